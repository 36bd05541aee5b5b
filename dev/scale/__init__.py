"""Many locations due at once, on one and on several servers: `make bench-scale`."""

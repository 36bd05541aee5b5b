"""The control API under ``/_sandbox``: steers and inspects, needs no token."""

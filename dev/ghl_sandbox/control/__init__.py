"""The control API under ``/_sandbox``: steers and inspects the sandbox, needs no token."""

"""The lock that makes a process the one writer of a location."""

# First half of the advisory lock; the second is the location's id.
LOCK_SPACE = 0x47484C  # "GHL"

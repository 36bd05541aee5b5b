"""The rate at which a location changes: changes that reads have found, by the hour.

An average that forgets: what was found `HALF_LIFE` hours ago counts half. It is
measured by what reads find, so that a location whose webhooks bring every change needs
few reads, and many again once they bring none.
"""

from __future__ import annotations

HALF_LIFE = 2.0
# An import must not count for days.
MAX_RATE = 60.0


def follow_rate(rate: float | None, changes: int, hours: float) -> float | None:
    """Return the changes by the hour after another read.

    :param rate: what it was before, None while nothing is known
    :param changes: what this read has found
    :param hours: what it covers: the time since the read before it
    """
    if hours <= 0:
        return rate
    found = min(changes / hours, MAX_RATE)
    if rate is None:
        return found
    kept: float = 0.5 ** (hours / HALF_LIFE)
    return min(rate, MAX_RATE) * kept + found * (1 - kept)

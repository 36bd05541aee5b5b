"""Calendar months of a place, as epoch milliseconds.

A month is told as one number, year × 12 + month - 1. What lies beyond the calendar's
years (1 to 9999) counts as its first or last month.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, tzinfo

from ..dates import MAX_STORED_MS, MIN_STORED_MS

_FIRST, _LAST = 12, 9999 * 12 + 11


def month_of(ms: float, zone: tzinfo) -> int:
    """Return the month of a moment (epoch ms) in a zone."""
    if ms < MIN_STORED_MS:
        return _FIRST
    if ms > MAX_STORED_MS:
        return _LAST
    timestamp = datetime.fromtimestamp(ms / 1_000, UTC)
    # The first and last hours of the calendar have no other zone.
    with suppress(OverflowError):
        timestamp = timestamp.astimezone(zone)
    return timestamp.year * 12 + timestamp.month - 1


def start_of(month: int, zone: tzinfo) -> int:
    """Return the first moment (epoch ms) of a month in a zone."""
    if month <= _FIRST:
        return MIN_STORED_MS
    if month > _LAST:
        return MAX_STORED_MS + 1
    start = datetime(month // 12, month % 12 + 1, 1, tzinfo=zone)
    return int(start.timestamp()) * 1_000


def name_of(month: int) -> str:
    """Return ``YYYY-MM``."""
    return f"{month // 12:04d}-{month % 12 + 1:02d}"

"""The vendor's clock: epoch milliseconds, and their ISO form with three decimals."""

import time
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_NAIVE = datetime(1970, 1, 1)


class Clock:
    """Wall clock that a test may shift, as the vendor's may differ from ours."""

    def __init__(self) -> None:
        self.offset = 0.0

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time() + self.offset

    def now_ms(self) -> int:
        """Milliseconds since the epoch."""
        return int(self.now() * 1000)

    def now_iso(self) -> str:
        """Now, as the vendor writes dates."""
        return to_iso(self.now_ms())


def to_iso(ms: int) -> str:
    """``1736471515514`` -> ``2025-01-10T01:11:55.514Z``."""
    timestamp = EPOCH_NAIVE + timedelta(milliseconds=ms)
    return timestamp.isoformat("T", "milliseconds") + "Z"


def to_ms(value: object) -> int | None:
    """Milliseconds of an ISO string or a number; None when it is neither.

    Dates that a calendar cannot hold (year 0, year 30000) are "neither": the search
    index treats such a contact as one without that date.
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return int(value) if abs(value) < 8.64e15 else None
    if not isinstance(value, str):
        return None
    try:
        timestamp = datetime.fromisoformat(value)
    except ValueError:
        return None
    if timestamp.tzinfo is None:
        timestamp = timestamp.replace(tzinfo=UTC)
    delta = timestamp - EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1000 + delta.microseconds // 1000

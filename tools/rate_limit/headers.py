"""Read the vendor's rate limit headers; any case, and nothing that is not plausible."""

from __future__ import annotations

import math
from calendar import timegm
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

# Beyond these a value is garbage, not a limit.
MAX_COUNT = 1_000_000_000
MIN_INTERVAL, MAX_INTERVAL = 0.05, 86_400.0
MAX_RETRY_AFTER = 86_400.0
# The daily window has 24 hours; a little more for clocks that differ.
MAX_DAILY_RESET = 90_000.0


@dataclass(frozen=True, slots=True)
class RateHeaders:
    """The limits as one answer tells them; ``None`` where it says nothing usable.

    `interval` and `daily_reset` are in seconds (the headers are in milliseconds).
    """

    limit: int | None = None
    interval: float | None = None
    remaining: int | None = None
    daily_limit: int | None = None
    daily_remaining: int | None = None
    daily_reset: float | None = None

    @classmethod
    def parse(cls, headers: Mapping[str, str]) -> RateHeaders:
        """Pick the ``X-RateLimit-*`` headers out of `headers`."""
        found = {
            key.lower()[12:]: value
            for key, value in headers.items()
            if isinstance(key, str) and key.lower().startswith("x-ratelimit-")
        }
        if not found:
            return cls()
        interval = _number(found.get("interval-milliseconds"))
        if interval is not None:
            interval /= 1000
            if not MIN_INTERVAL <= interval <= MAX_INTERVAL:
                interval = None
        limit = _count(found.get("max"))
        daily_limit = _count(found.get("limit-daily"))
        return cls(
            limit=limit or None,
            interval=interval,
            remaining=_count(found.get("remaining")),
            daily_limit=daily_limit or None,
            daily_remaining=_count(found.get("daily-remaining")),
            daily_reset=_reset(found.get("daily-reset")),
        )


def parse_retry_after(headers: Mapping[str, str], wall_now: float) -> float | None:
    """Return the seconds that ``Retry-After`` asks for, ``None`` without a usable one.

    No time at all is not usable either: what has just failed would only fail again.

    :param headers: of the answer; its own ``Date`` is the reference for a date, so that
        a wrong clock on either side does not matter
    :param float wall_now: the reference when there is no ``Date``
    """
    lowered = {
        key.lower(): value
        for key, value in headers.items()
        if isinstance(key, str) and key.lower() in ("retry-after", "date")
    }
    text = lowered.get("retry-after")
    if text is None:
        return None
    seconds = _number(text)
    if seconds is None:
        until = _http_date(text)
        if until is None:
            return None
        sent = _http_date(lowered.get("date"))
        seconds = until - (wall_now if sent is None else sent)
    return min(seconds, MAX_RETRY_AFTER) if seconds > 0 else None


def _number(text: str | None) -> float | None:
    # A header sent twice arrives as "100, 100".
    try:
        value = float(str(text).split(",", 1)[0])
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _count(text: str | None) -> int | None:
    value = _number(text)
    # Less than nothing is left of nothing: such a figure tells nothing at all.
    if value is None or not 0 <= value <= MAX_COUNT:
        return None
    return int(value)


def _reset(text: str | None) -> float | None:
    value = _number(text)
    if value is None or not 0 < value <= MAX_DAILY_RESET * 1000:
        return None
    return value / 1000


def _http_date(text: str | None) -> float | None:
    try:
        moment = parsedate_to_datetime(str(text))
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    # A date without a zone is meant as GMT, the only one that HTTP knows.
    return timegm(moment.utctimetuple())


def as_float(value: Any) -> float | None:
    """Return a number of a snapshot, None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if abs(value) < 1e15 else None


def as_dict(value: Any) -> Mapping[str, Any]:
    """Return an object of a snapshot, an empty one for anything else."""
    return value if isinstance(value, dict) else {}

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
MIN_DAILY_RESET, MAX_DAILY_RESET = 0.001, 90_000.0


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
        told = _lower(headers)
        return cls(
            limit=_count(told.get("x-ratelimit-max")) or None,
            interval=_seconds(
                told.get("x-ratelimit-interval-milliseconds"),
                MIN_INTERVAL,
                MAX_INTERVAL,
            ),
            remaining=_count(told.get("x-ratelimit-remaining")),
            daily_limit=_count(told.get("x-ratelimit-limit-daily")) or None,
            daily_remaining=_count(told.get("x-ratelimit-daily-remaining")),
            daily_reset=_seconds(
                told.get("x-ratelimit-daily-reset"), MIN_DAILY_RESET, MAX_DAILY_RESET
            ),
        )


def parse_retry_after(headers: Mapping[str, str], wall_now: float) -> float | None:
    """Return the seconds that ``Retry-After`` asks for, ``None`` without a usable one.

    No time at all is not usable either: what has just failed would only fail again.

    :param headers: of the answer; its own ``Date`` is the reference for a date, so that
        a wrong clock on either side does not matter
    :param float wall_now: the reference when there is no ``Date``
    """
    told = _lower(headers)
    text = told.get("retry-after")
    seconds = _number(text, -math.inf, math.inf)
    if seconds is None:
        until, sent = _http_date(text), _http_date(told.get("date"))
        if until is None:
            return None
        seconds = until - (wall_now if sent is None else sent)
    return min(seconds, MAX_RETRY_AFTER) if seconds > 0 else None


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {k.lower(): text for k, text in headers.items() if isinstance(k, str)}


def _number(text: str | None, least: float, most: float) -> float | None:
    # A header sent twice arrives as "100, 100".
    try:
        value = float(str(text).split(",", 1)[0])
    except ValueError:
        return None
    return value if least <= value <= most else None


def _count(text: str | None) -> int | None:
    # Less than nothing is left of nothing: such a figure tells nothing at all.
    value = _number(text, 0, MAX_COUNT)
    return None if value is None else int(value)


def _seconds(text: str | None, least: float, most: float) -> float | None:
    """Return the seconds of a header in milliseconds."""
    value = _number(text, least * 1000, most * 1000)
    return None if value is None else value / 1000


def _http_date(text: str | None) -> float | None:
    try:
        timestamp = parsedate_to_datetime(str(text))
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    # A date without a zone is meant as GMT, the only one that HTTP knows.
    return timegm(timestamp.utctimetuple())


def as_float(value: Any) -> float | None:
    """Return a number of a snapshot, None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if abs(value) < 1e15 else None


def as_dict(value: Any) -> Mapping[str, Any]:
    """Return an object of a snapshot, an empty one for anything else."""
    return value if isinstance(value, dict) else {}

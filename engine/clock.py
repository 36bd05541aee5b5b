"""Moments that this machine's clock told, and how far they can be believed.

A clock may have been wrong when a moment was stored. One that is still to come was: it
is taken for unknown, so that it neither stops a schedule nor keeps an edit away.
"""

from datetime import datetime, timedelta
from typing import Any

from odoo import fields

# The clocks of an installation's machines may differ by so much.
SKEW = timedelta(minutes=5)
SKEW_MS = 300_000
# Longest waits: pauses that grow, or that GoHighLevel asks for; a day's quota.
_LONGEST_PAUSE = timedelta(hours=1, minutes=15)
_LONGEST_QUOTA = timedelta(hours=25)
_QUOTA_CODES = (
    *("rate_limited", "daily_quota_spent", "daily_share_spent"),
    "daily_reserve_reached",
)


def known(timestamp: Any, now: datetime | None = None) -> datetime | None:
    """Return a stored moment of the past, None for one that cannot be true."""
    now = now or fields.Datetime.now()
    return timestamp if timestamp and timestamp <= now + SKEW else None


def age_seconds(timestamp: Any, now: datetime | None = None) -> float | None:
    """Return how long ago something was, None when that is not known."""
    now = now or fields.Datetime.now()
    timestamp = known(timestamp, now)
    return None if timestamp is None else max(0.0, (now - timestamp).total_seconds())


def is_fresh(timestamp: Any, seconds: float, now: datetime | None = None) -> bool:
    """Tell whether something was less than so many seconds ago, for certain."""
    age = age_seconds(timestamp, now)
    return age is not None and age < seconds


def has_to_wait(run: Any, now: datetime | None = None) -> bool:
    """Tell whether a waiting run is to wait on.

    A wait is a span: when it was begun by a clock that was ahead, or is longer than any
    wait can be, its end is not known, and the run had better try.
    """
    now = now or fields.Datetime.now()
    if run.state != "waiting" or not run.resume_at or run.resume_at <= now:
        return False
    if run.heartbeat_at and not known(run.heartbeat_at, now):
        return False
    quota = run.error_code in _QUOTA_CODES
    return bool(run.resume_at <= now + (_LONGEST_QUOTA if quota else _LONGEST_PAUSE))


def usable_watermark(
    watermark: float | None, now: datetime | None = None
) -> int | None:
    """Return a watermark (epoch ms), None when there is none or it is beyond now.

    What lies before a watermark is not read again: one that is too late hides every
    change up to it.
    """
    if not watermark or watermark > watermark_bound(now):
        return None
    return int(watermark)


def watermark_bound(now: datetime | None = None) -> int:
    """Return the epoch ms after which a date of change is a typing error."""
    now = now or fields.Datetime.now()
    epoch = datetime(1970, 1, 1)
    return int((now - epoch).total_seconds() * 1_000) + SKEW_MS

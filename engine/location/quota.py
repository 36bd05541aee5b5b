"""The day's quota of a location: what is left of it, and for whom."""

import time
from typing import Any

from ...tools.rate_limit.quota import Quota


def quota_of(location: Any) -> Quota:
    """Return the day's quota, as the last answer that was noted told it."""
    # sudo: a figure for whoever sees the location.
    share = location.env["ghl.settings"]._int("quota_share") / 100
    return Quota.of(location.sudo().rate_snapshot, time.time(), share)


def daily_budget(location: Any, share: float, used: int = 0) -> int | None:
    """Return how many requests a job may send today within its share of the quota.

    Never more than what is left for background work: persons and other programs that
    use the same counter come first.

    :param share: of the day's limit (0…1)
    :param used: what the job has sent since the day's window began
    :return: None while GoHighLevel has told no limit
    """
    return quota_of(location).budget(share, used)

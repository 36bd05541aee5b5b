"""The day's quota of a location: what is left of it, and for whom."""

import time
from typing import Any

from ...tools.rate_limit.quota_figures import Quota


def quota_of(location: Any) -> Quota:
    """Return the day's quota, as the last answer that was noted told it."""
    # sudo: a figure for whoever sees the location.
    share = location.env["ghl.settings"]._int("quota_share") / 100
    return Quota.of(location.sudo().rate_snapshot, time.time(), share)

"""Time zones by the names that the vendor sends."""

from __future__ import annotations

from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo

# Names that the vendor sends, and that newer systems file away as legacy.
_LEGACY = {
    "Canada/Atlantic": "America/Halifax",
    "Canada/Central": "America/Winnipeg",
    "Canada/Eastern": "America/Toronto",
    "Canada/Mountain": "America/Edmonton",
    "Canada/Newfoundland": "America/St_Johns",
    "Canada/Pacific": "America/Vancouver",
    "Canada/Saskatchewan": "America/Regina",
    "US/Alaska": "America/Anchorage",
    "US/Arizona": "America/Phoenix",
    "US/Central": "America/Chicago",
    "US/East-Indiana": "America/Indiana/Indianapolis",
    "US/Eastern": "America/New_York",
    "US/Hawaii": "Pacific/Honolulu",
    "US/Michigan": "America/Detroit",
    "US/Mountain": "America/Denver",
    "US/Pacific": "America/Los_Angeles",
    "US/Samoa": "Pacific/Pago_Pago",
}


def find_zone(name: str | None) -> tuple[tzinfo, str]:
    """Return a time zone and its name: UTC for an unknown, broken or empty one."""
    for known in (name, _LEGACY.get(name or "")):
        if known:
            try:
                return ZoneInfo(known), known
            except (LookupError, ValueError, OSError):
                continue
    return UTC, "UTC"

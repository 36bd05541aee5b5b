"""Moments as the vendor writes them, as epoch milliseconds and back.

The vendor writes ISO-8601 in UTC with milliseconds, at times epoch milliseconds, and
records hold any year (imports, typing errors): integers cover all of them, Python's
`datetime` only the years 1 to 9999.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
_DAY_MS = 86_400_000
MIN_STORED_MS = -62_135_596_800_000  # 0001-01-01T00:00:00Z
MAX_STORED_MS = 253_402_300_799_999  # 9999-12-31T23:59:59.999Z
# Beyond a million years a number is no moment, and no float holds it to the ms.
_ABSURD_MS = 31_557_600_000_000_000

_ANY_YEAR = re.compile(
    r"([+-]?\d{4,6})-(\d\d)-(\d\d)"
    r"(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*(Z|[+-]\d\d:?\d\d)?)?$",
    re.IGNORECASE | re.ASCII,
)


def parse_ms(value: Any) -> int | None:
    """Return the epoch milliseconds of an ISO text or epoch number, None if neither."""
    if type(value) is str:
        # 2026-01-31T23:59:59.123Z, which is all that well-behaved records hold
        if len(value) == 24 and value[23] == "Z" and value[10] == "T":
            try:
                return (datetime.fromisoformat(value) - _EPOCH) // _MS
            except ValueError:
                return _parse_any_year(value)
        return _parse_any_year(value)
    if type(value) is int or type(value) is float:
        if value != value or abs(value) > _ABSURD_MS:
            return None
        return int(value)
    return None


def is_usual(timestamp: int) -> bool:
    """Whether calendars with years of four digits have this moment (epoch ms).

    No filter of ours names another one: a vendor need not understand it.
    """
    return MIN_STORED_MS <= timestamp <= MAX_STORED_MS


def parse_date(value: Any) -> str | None:
    """Return ``YYYY-MM-DD`` of a date text or an epoch number of milliseconds, or None.

    Birth dates come as text, and as a number in search hits:
    https://github.com/GoHighLevel/highlevel-api-docs/issues/314
    """
    if type(value) is str:
        match = re.match(r"(\d{4})-(\d\d)-(\d\d)", value, re.ASCII)
        if not match or (len(value) > 10 and parse_ms(value) is None):
            return None
        try:
            year, month, day = map(int, match.groups())
            return datetime(year, month, day).strftime("%Y-%m-%d").zfill(10)
        except ValueError:
            return None
    timestamp = parse_ms(value)
    if timestamp is None:
        return None
    if not MIN_STORED_MS <= timestamp <= MAX_STORED_MS:
        return None
    return (_EPOCH + timestamp * _MS).strftime("%Y-%m-%d").zfill(10)


def iso_seconds(timestamp: datetime | None) -> str | None:
    """Return a moment (UTC) as the JSON API tells it, in whole seconds."""
    return timestamp.strftime("%Y-%m-%dT%H:%M:%SZ") if timestamp else None


def format_ms(timestamp: int) -> str:
    """Return ISO-8601 UTC with milliseconds; years outside 0…9999 get six digits."""
    days, rest = divmod(timestamp, _DAY_MS)
    year, month, day = _civil(days)
    hours, rest = divmod(rest, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    seconds, ms = divmod(rest, 1_000)
    years = f"{year:04d}" if 0 <= year <= 9999 else f"{year:+07d}"
    clock = f"{hours:02d}:{minutes:02d}:{seconds:02d}.{ms:03d}"
    return f"{years}-{month:02d}-{day:02d}T{clock}Z"


def _parse_any_year(value: str) -> int | None:
    match = _ANY_YEAR.match(value.strip())
    if not match:
        return None
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    parts = [int(part or 0) for part in (month, day, hour, minute, second)]
    mon, dom, hrs, mins, secs = parts
    if not 1 <= mon <= 12 or not 1 <= dom <= _month_days(int(year), mon):
        return None
    if hrs > 24 or mins > 59 or secs > 60:
        return None
    ms = int(((fraction or "") + "000")[:3])
    offset = 0
    if zone and zone not in "Zz":
        sign = -1 if zone[0] == "-" else 1
        offset = sign * (int(zone[1:3]) * 60 + int(zone[-2:])) * 60_000
    days = _days(int(year), mon, dom)
    return days * _DAY_MS + ((hrs * 60 + mins) * 60 + secs) * 1_000 + ms - offset


def _month_days(year: int, month: int) -> int:
    if month == 2:
        leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        return 29 if leap else 28
    return 30 if month in (4, 6, 9, 11) else 31


def _days(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 in the proleptic Gregorian calendar, any year."""
    year -= month <= 2
    era = year // 400
    of_era = year - era * 400
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return (
        era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468
    )


def _civil(days: int) -> tuple[int, int, int]:
    """Inverse of `_days`."""
    days += 719_468
    era = days // 146_097
    of_era = days - era * 146_097
    year_of_era = (
        of_era - of_era // 1_460 + of_era // 36_524 - of_era // 146_096
    ) // 365
    of_year = of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * of_year + 2) // 153
    day = of_year - (153 * shifted + 2) // 5 + 1
    month = shifted + 3 if shifted < 10 else shifted - 9
    return year_of_era + era * 400 + (month <= 2), month, day

"""Months are those of the place, at any time and for any name of a zone."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from ghl_contact_sync.tools.dates import MAX_STORED_MS, MIN_STORED_MS, parse_ms
from ghl_contact_sync.tools.web.months import month_of, name_of, start_of
from ghl_contact_sync.tools.zones import find_zone


@pytest.mark.parametrize(
    ("zone", "timestamp", "month"),
    [
        ("America/Los_Angeles", "2025-02-01T06:30:00.000Z", "2025-01"),
        ("America/Los_Angeles", "2025-02-01T08:00:00.000Z", "2025-02"),
        # Summer time begins between the two.
        ("America/Los_Angeles", "2025-04-01T06:59:59.999Z", "2025-03"),
        ("America/Los_Angeles", "2025-04-01T07:00:00.000Z", "2025-04"),
        ("Pacific/Auckland", "2024-12-31T11:00:00.000Z", "2025-01"),
        ("Asia/Kathmandu", "2025-01-31T18:14:59.999Z", "2025-01"),
        ("Asia/Kathmandu", "2025-01-31T18:15:00.000Z", "2025-02"),
        ("US/Pacific", "2025-02-01T06:30:00.000Z", "2025-01"),
        ("Nowhere/Land", "2025-02-01T00:00:00.000Z", "2025-02"),
    ],
)
def test_month_of_a_place(zone, timestamp, month):
    found, _name = find_zone(zone)
    ms = parse_ms(timestamp)
    assert name_of(month_of(ms, found)) == month
    assert start_of(month_of(ms, found), found) <= ms
    assert ms < start_of(month_of(ms, found) + 1, found)


@pytest.mark.parametrize(
    "name",
    [None, "", " ", "Nowhere", "America", "../../etc/passwd", "/etc/passwd"]
    + ["a\x00b", "x" * 5_000, "\ud800", "posix", "."],
)
def test_what_is_no_zone_is_utc(name):
    assert find_zone(name) == (UTC, "UTC")


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Pacific/Kiritimati", "UTC"])
def test_ends_of_the_calendar(zone):
    zone = ZoneInfo(zone)
    for ms in (-1e18, MIN_STORED_MS - 1, MIN_STORED_MS):
        assert month_of(ms, zone) == 12
    for ms in (MAX_STORED_MS, MAX_STORED_MS + 1, 1e18):
        assert name_of(month_of(ms, zone)) == "9999-12"
    assert start_of(12, zone) == MIN_STORED_MS
    assert start_of(9999 * 12 + 12, zone) == MAX_STORED_MS + 1
    assert (
        start_of(2025 * 12, zone) < datetime(2025, 2, 1, tzinfo=UTC).timestamp() * 1e3
    )

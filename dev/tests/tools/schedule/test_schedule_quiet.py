"""Quiet hours by local clocks: over midnight, skipped and repeated hours, no zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ghl_contact_sync.tools.schedule.quiet import QuietHours
from ghl_contact_sync.tools.zones import find_zone

NEW_YORK = ZoneInfo("America/New_York")
BERLIN = ZoneInfo("Europe/Berlin")


def span_of(quiet, timestamp):
    span = quiet.find(timestamp)
    return span and (span.start, span.end)


def test_hours_of_a_zone_are_moments_of_utc():
    quiet = QuietHours(1, 5, NEW_YORK)
    assert span_of(quiet, datetime(2026, 1, 10, 7)) == (
        datetime(2026, 1, 10, 6),
        datetime(2026, 1, 10, 10),
    )
    assert quiet.find(datetime(2026, 1, 10, 5, 59)) is None
    assert quiet.find(datetime(2026, 1, 10, 10)) is None


def test_over_midnight():
    quiet = QuietHours(22, 5.5, UTC)
    for timestamp in (datetime(2026, 1, 10, 23), datetime(2026, 1, 11, 5, 29)):
        assert span_of(quiet, timestamp) == (
            datetime(2026, 1, 10, 22),
            datetime(2026, 1, 11, 5, 30),
        )
    assert quiet.find(datetime(2026, 1, 10, 12)) is None


def test_a_day_that_skips_an_hour_has_shorter_quiet_hours():
    # Berlin, 29 March 2026: from 2:00 to 3:00 at 1:00 UTC.
    quiet = QuietHours(1, 5, BERLIN)
    span = quiet.find(datetime(2026, 3, 29, 1))
    assert (span.start, span.end) == (
        datetime(2026, 3, 29, 0),
        datetime(2026, 3, 29, 3),
    )


@pytest.mark.parametrize(
    ("hours", "begins", "ends"),
    [
        ((23.5, 6), datetime(2026, 1, 9, 23, 30), datetime(2026, 1, 10, 6)),
        ((23, 24), datetime(2026, 1, 10, 23), datetime(2026, 1, 11)),
        ((24, 6), datetime(2026, 1, 10), datetime(2026, 1, 10, 6)),
        ((22, 24.5), datetime(2026, 1, 10, 22), datetime(2026, 1, 11, 0, 30)),
    ],
)
def test_hours_count_from_midnight_around_the_clock(hours, begins, ends):
    for timestamp in (begins, ends - timedelta(seconds=1)):
        assert span_of(QuietHours(*hours), timestamp) == (begins, ends)
    assert QuietHours(*hours).find(begins - timedelta(seconds=1)) is None
    assert QuietHours(*hours).find(ends) is None


@pytest.mark.parametrize("minute", range(0, 60, 7))
def test_whichever_skipped_minute_it_is_the_skip_counts(minute):
    spans = QuietHours(2 + minute / 60, 4, BERLIN).spans(datetime(2026, 3, 29, 12))
    assert datetime(2026, 3, 29, 1) in [span.start for span in spans]


def test_hours_that_a_day_skips_are_none():
    quiet = QuietHours(2, 3, BERLIN)
    spans = {span.start: span.end for span in quiet.spans(datetime(2026, 3, 29, 12))}
    change = datetime(2026, 3, 29, 1)
    assert spans[change] == change
    # Half an hour of it is skipped.
    half = QuietHours(2.5, 3.5, BERLIN).find(change)
    assert half.end - half.start == timedelta(minutes=30)


def test_a_day_that_repeats_an_hour_has_longer_quiet_hours():
    # Berlin, 25 October 2026: from 3:00 to 2:00 at 1:00 UTC.
    span = QuietHours(1, 5, BERLIN).find(datetime(2026, 10, 25, 1))
    assert span.end - span.start == timedelta(hours=5)


@pytest.mark.parametrize(
    "name",
    ["", None, "Nowhere/Land", "../../etc/passwd", "Europe", "x" * 5_000, "a\0b", "é"],
)
def test_a_zone_that_is_not_known_is_utc(name):
    assert find_zone(name) == (UTC, "UTC")


@pytest.mark.parametrize("hours", [(0, 0), (24, 0), (0, 24), (7.5, 7.5)])
def test_the_same_hour_twice_is_no_quiet_hour(hours):
    quiet = QuietHours(*hours)
    assert quiet.is_empty
    assert quiet.find(datetime(2026, 1, 1)) is None


@pytest.mark.parametrize(
    "zone", [NEW_YORK, BERLIN, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Asia/Gaza")]
)
@pytest.mark.parametrize("hours", [(1, 5), (22, 6), (2, 3), (23.5, 0.5)])
def test_each_day_of_years_has_one_span_and_none_overlap(zone, hours):
    quiet = QuietHours(*hours, zone)
    spans = list(quiet.spans(datetime(2026, 7, 1), days=400))
    assert len(spans) == 801
    for before, after in zip(spans, spans[1:], strict=False):
        assert before.start <= before.end <= after.start
        assert timedelta(hours=22) < after.start - before.start < timedelta(hours=26)

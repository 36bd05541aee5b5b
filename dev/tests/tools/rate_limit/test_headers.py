"""The vendor's headers about limits are read, and believed where they make sense."""

from __future__ import annotations

from email.utils import formatdate

import pytest

from ghl_contact_sync.tools.rate_limit.headers import RateHeaders, parse_retry_after

NOW = 1_750_000_000.0


def told(**values):
    """Parse one answer; names are the ends of the headers, with ``_`` for ``-``."""
    return RateHeaders.parse(
        {f"X-RateLimit-{name.replace('_', '-')}": text for name, text in values.items()}
    )


def test_every_header_has_its_place():
    assert told(
        Max="100",
        Interval_Milliseconds="10000",
        Remaining="97",
        Limit_Daily="200000",
        Daily_Remaining="199941",
        Daily_Reset="51236411",
    ) == RateHeaders(100, 10.0, 97, 200_000, 199_941, 51_236.411)


def test_names_have_any_case_and_others_are_left_alone():
    assert RateHeaders.parse({"x-ratelimit-MAX": "9", "Max": "7", 3: "x"}).limit == 9
    assert RateHeaders.parse({"Date": "now"}) == RateHeaders()
    assert RateHeaders.parse({}) == RateHeaders()


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("0", 0),
        ("12.9", 12),
        ("5, 6", 5),
        ("1000000000", 1_000_000_000),
        ("1000000001", None),
        ("-1", None),
        ("inf", None),
        ("nan", None),
        ("many", None),
        ("", None),
    ],
)
def test_counts(text, count):
    assert told(Remaining=text).remaining == count
    assert told(Daily_Remaining=text).daily_remaining == count
    # A limit of nothing is none: nothing could ever be sent.
    assert told(Max=text).limit == (count or None)
    assert told(Limit_Daily=text).daily_limit == (count or None)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("50", 0.05),
        ("49.9", None),
        ("86400000", 86_400.0),
        ("86400001", None),
        ("1500", 1.5),
        ("soon", None),
    ],
)
def test_intervals(text, seconds):
    assert told(Interval_Milliseconds=text).interval == seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1", 0.001),
        ("90000000", 90_000.0),
        ("90000001", None),
        ("0", None),
        ("-1", None),
        ("x", None),
    ],
)
def test_ends_of_the_day(text, seconds):
    assert told(Daily_Reset=text).daily_reset == seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        ("0.5", 0.5),
        ("0", None),
        ("-7", None),
        ("1e9", 86_400.0),
        ("86400", 86_400.0),
        ("later", None),
        ("", None),
        ("nan", None),
        (formatdate(NOW - 30, usegmt=True), None),
        (formatdate(NOW + 30, usegmt=True), 30.0),
        (formatdate(NOW, usegmt=True), None),
        (formatdate(NOW + 99_999, usegmt=True), 86_400.0),
        # Without a zone GMT is meant.
        (formatdate(NOW + 30, usegmt=True).removesuffix(" GMT"), 30.0),
        (formatdate(NOW + 30, usegmt=True).replace("GMT", "+0100"), None),
        ("Wed, 99 Xxx 2026 00:00:00 GMT", None),
    ],
)
def test_retry_after(text, seconds):
    assert parse_retry_after({"Retry-After": text}, NOW) == seconds


def test_retry_after_is_looked_for_in_any_case_and_may_be_missing():
    assert parse_retry_after({"retry-AFTER": "7"}, NOW) == 7
    assert parse_retry_after({"Date": formatdate(NOW, usegmt=True)}, NOW) is None
    assert parse_retry_after({}, NOW) is None
    assert parse_retry_after({3: "7"}, NOW) is None


def test_a_date_is_measured_by_the_vendors_own_clock():
    vendor = {
        "Retry-After": formatdate(5_000_020, usegmt=True),
        "Date": formatdate(5_000_000, usegmt=True),
    }
    assert parse_retry_after(vendor, NOW) == 20
    assert parse_retry_after({**vendor, "Date": "noon"}, 5_000_000.0) == 20

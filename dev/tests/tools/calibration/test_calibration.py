"""Calibration against the sandbox, one dialect after the other."""

from __future__ import annotations

import json
import re

import pytest
from live_sandbox import LiveSandbox

from ghl_contact_sync.tools.calibration import calibrate as module
from ghl_contact_sync.tools.calibration.calibrate import calibrate
from ghl_contact_sync.tools.calibration.requests import ask_all
from ghl_contact_sync.tools.dates import parse_ms
from ghl_contact_sync.tools.ghl.client import GhlClient
from ghl_contact_sync.tools.ghl.dialect import Capabilities, DialectClient
from ghl_contact_sync.tools.rate_limit.governor import RateGovernor
from ghl_contact_sync.tools.sync.window import range_filter

USUAL = Capabilities(
    configured_version="2021-07-28",
    page_limit=500,
    made_up_cursors=True,
    deleted_status=404,
)
NO_FILTERS = "filters-unsupported"


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    """A location with undated contacts, a large clean one, and an empty one."""
    running = LiveSandbox(
        tmp_path_factory.mktemp("sandbox"),
        "--limits",
        "off",
        "--location",
        "name=Mixed:size=600",
        "--location",
        "name=Large:size=12345:clean=1",
        "--location",
        "name=Empty:size=0:clean=1",
    )
    yield running
    running.close()


@pytest.fixture
def find_out(sandbox):
    """Return a function that calibrates under dialects: (capabilities, requests)."""

    def run(*dialects, location=0, version="2021-07-28", known=USUAL):
        sandbox.speak(*dialects)
        facts = location
        if isinstance(location, int):
            facts = sandbox.facts["locations"][location]
        sent = []
        client = DialectClient(
            token=facts["pit"],
            base_url=sandbox.url,
            location_id=facts["id"],
            version=version,
            governor=RateGovernor(),
            capabilities=known,
            on_request=lambda *facts: sent.append(facts),
        )
        with client:
            caps = calibrate(client)
            assert client.capabilities == caps
        return caps, sent

    yield run
    sandbox.speak()


@pytest.fixture
def populate(sandbox):
    """Return a function that makes a location of contacts added at these dates."""

    def make(*dates):
        told = sandbox.control("POST", "/locations", {"name": "Made", "size": 0})
        for date in dates:
            path = f"/locations/{told['id']}/contacts"
            sandbox.control("POST", path, {"contact": {"dateAdded": date}})
        return told

    return make


@pytest.fixture
def spoil(sandbox):
    """Return a function that adds a fault; all faults are gone after the test."""

    def add(fault, **rule):
        sandbox.control("POST", "/faults", {"fault": fault, **rule})

    yield add
    sandbox.control("DELETE", "/faults")


def test_usual_account(find_out):
    caps, sent = find_out()
    assert caps == Capabilities(**{**_values(USUAL), "rate_headers": caps.rate_headers})
    assert len(sent) <= 14


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [
        ("page-limit-100", {"page_limit": 100}),
        ("page-limit-200", {"page_limit": 200}),
        ("page-limit-50", {"page_limit": 50}),
        ("page-limit-400", {"page_limit": 500}),
        ("page-limit-clamped", {}),
        ("total-missing", {"total": False}),
        ("range-epoch-only", {"range_format": "epoch"}),
        ("range-iso-only", {"range_format": "iso"}),
        ("range-exclusive", {"date_filters": False}),
        ("range-inclusive", {"date_filters": False}),
        ("range-seconds", {"date_filters": False}),
        ("range-ignored", {"date_filters": False}),
        ("range-lower-ignored", {"date_filters": False}),
        ("range-upper-ignored", {"date_filters": False}),
        ("filters-ignored", {"filters": False, "exists_filters": False}),
        (
            "date-filters-unsupported",
            {"date_filters": False, "exists_filters": False},
        ),
        ("not-exists-unsupported", {"exists_filters": False}),
        ("not-exists-ignored", {"exists_filters": False}),
        ("cursor-no-filters", {"cursor_with_filters": False}),
        ("deleted-400", {"deleted_status": 400}),
        ("v3-only", {"version": "v3"}),
        ("v2-only", {}),
        ("short-pages", {}),
        ("cursor-bound", {"made_up_cursors": False}),
        ("cursor-top-level", {"made_up_cursors": False}),
        ("undated-first", {}),
    ],
)
def test_dialect(find_out, dialect, expected):
    caps, sent = find_out(dialect)
    got = _values(caps)
    got.pop("rate_headers")
    wanted = {**_values(USUAL), **expected}
    wanted.pop("rate_headers")
    assert got == wanted
    assert len(sent) <= 32


@pytest.mark.parametrize(
    ("dialects", "expected"),
    [
        (("range-seconds", "range-exclusive"), {"date_filters": False}),
        (("range-seconds", "range-inclusive"), {"date_filters": False}),
        (("range-inclusive", "range-epoch-only"), {"date_filters": False}),
        (
            ("range-ignored", "not-exists-ignored"),
            {"date_filters": False, "exists_filters": False},
        ),
    ],
)
def test_dialects_together(find_out, dialects, expected):
    caps, _sent = find_out(*dialects)
    assert _values(caps) == {**_values(caps), **expected}
    assert caps.filters


@pytest.mark.parametrize("size", [50, 100, 200])
@pytest.mark.parametrize(
    "words", ["page-limit-unnamed", "page-limit-reworded", "page-limit-unexplained"]
)
def test_size_is_refused_in_any_words(find_out, words, size):
    caps, _sent = find_out(words, "page-limit-400", f"page-limit-{size}")
    told = words != "page-limit-unexplained"
    assert caps.page_limit == (size if told or size < 200 else 100)


def test_size_is_refused_where_filters_are_too(find_out):
    caps, _sent = find_out("page-limit-unexplained", "page-limit-50", NO_FILTERS)
    assert caps.page_limit == 50
    caps, _sent = find_out(NO_FILTERS)
    assert caps.page_limit == 500


def test_no_filters_at_all(find_out):
    caps, _sent = find_out(NO_FILTERS)
    assert not caps.filters
    assert not (caps.can_split or caps.can_select_dates or caps.can_count_ranges)


def test_large_totals_are_trusted_when_their_parts_add_up(find_out):
    caps, sent = find_out(location=1)
    assert caps.count_limit is None
    assert len(sent) <= 32


@pytest.mark.parametrize("dialect", ["total-capped", "total-inexact"])
def test_large_totals_that_do_not_add_up(find_out, dialect):
    caps, _sent = find_out(dialect, location=1)
    assert caps.count_limit == 10_000


@pytest.mark.parametrize("dialect", ["filters-ignored", NO_FILTERS])
def test_large_total_without_parts(find_out, dialect):
    caps, _sent = find_out(dialect, "total-capped", location=1)
    assert caps.count_limit == 10_000
    caps, _sent = find_out(dialect, location=1)
    assert caps.count_limit is None


def test_small_location_does_not_refute_what_is_known_of_counts(find_out):
    known = Capabilities(count_limit=10_000)
    caps, _sent = find_out("total-capped", known=known)
    assert caps.count_limit == 10_000
    caps, _sent = find_out(location=1, known=known)
    assert caps.count_limit is None


def test_one_part_as_large_as_the_total_proves_nothing(find_out):
    caps, _sent = find_out("total-capped", location=1)
    assert caps.count_limit == 10_000


@pytest.mark.parametrize("dialects", [(), ("range-seconds",)])
def test_typing_errors_in_years_to_come(find_out, populate, dialects):
    usual = [f"2024-05-06T07:08:{second}.123Z" for second in range(10, 14)]
    odd = ["9999-12-31T23:59:59.999Z", "+030000-01-01T00:00:00.000Z"]
    caps, _sent = find_out(*dialects, location=populate(*usual, *odd))
    assert caps.date_filters == (not dialects)
    assert caps.complete


def test_questions_name_usual_years_only(find_out, populate, monkeypatch):
    asked, plain_search = [], GhlClient.search

    def search(client, **kw):
        asked.append(json.dumps([*kw.get("filters", ())]))
        return plain_search(client, **kw)

    monkeypatch.setattr(GhlClient, "search", search)
    location = populate("+030000-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z")
    caps, _sent = find_out(location=location)
    assert not caps.complete
    assert caps.date_filters
    assert not [filters for filters in asked if re.search(r'"[+-]\d', filters)]


@pytest.mark.parametrize("dialects", [(), ("range-seconds",)])
def test_last_millisecond_of_a_second_tells_nothing(find_out, populate, dialects):
    told = populate(*["2024-05-06T07:08:09.999Z"] * 3)
    caps, _sent = find_out(*dialects, location=told)
    assert not caps.complete
    other = populate("2024-05-06T07:08:09.999Z", "2023-05-06T07:08:09.998Z")
    caps, _sent = find_out(*dialects, location=other)
    assert caps.date_filters == (not dialects)


@pytest.mark.parametrize(
    "dialects",
    [
        (),
        ("range-inclusive",),
        ("range-exclusive",),
        ("range-seconds",),
        ("range-seconds", "range-inclusive"),
        ("range-seconds", "range-exclusive"),
    ],
)
def test_ranges_hold_what_the_engine_means(find_out, populate, sandbox, dialects):
    """Crowds in one second: ranges that are used select by the millisecond."""
    dates = [f"2024-05-06T07:08:09.{ms:03}Z" for ms in (0, 1, 500, 500, 998, 999)]
    dates += ["2024-05-06T07:08:08.999Z", "2024-05-06T07:08:10.000Z"] * 2
    told = populate(*dates)
    caps, _sent = find_out(*dialects, location=told)
    assert caps.date_filters == (not dialects)
    sandbox.speak(*dialects)
    client = DialectClient(
        token=told["pit"],
        base_url=sandbox.url,
        location_id=told["id"],
        governor=RateGovernor(),
        capabilities=caps,
    )
    cut = parse_ms("2024-05-06T07:08:09.000Z")
    wanted = {(cut, cut + 1000): 6, (cut - 1000, cut): 2, (cut + 1000, None): 2}
    wanted |= {(cut + 500, cut + 998): 2, (cut + 998, cut + 999): 1}
    with client:
        right = [
            client.count([range_filter("dateAdded", *bounds)]) == count
            for bounds, count in wanted.items()
        ]
    assert all(right) == caps.date_filters


def test_a_refusal_by_chance_is_no_rule(find_out, spoil):
    spoil("status", match={"probe": False}, status=400)
    caps, _sent = find_out()
    assert caps.page_limit == 500


def test_empty_location_leaves_questions_open(find_out):
    caps, _sent = find_out(location=2)
    assert not caps.complete
    assert caps.can_split


def test_rate_limit_headers_are_named(find_out, sandbox):
    sandbox.control("PATCH", "/settings", {"limits": {"enabled": True}})
    caps, _sent = find_out()
    sandbox.control("PATCH", "/settings", {"limits": {"enabled": False}})
    assert "X-RateLimit-Daily-Remaining" in caps.rate_headers


def test_capabilities_survive_storage(find_out):
    caps, _sent = find_out("range-epoch-only", "page-limit-100")
    assert Capabilities.from_json(caps.to_json()) == caps


@pytest.mark.parametrize("junk", [None, [], {"filters": "no", "page_limit": "x"}])
def test_unusable_storage_means_defaults(junk):
    assert Capabilities.from_json(junk) == Capabilities()


def _values(caps):
    return {name: getattr(caps, name) for name in Capabilities.__dataclass_fields__}


@pytest.mark.parametrize(
    ("dialects", "honoured"),
    [
        ((), True),
        (("undated-first",), True),
        (("filters-unsupported",), True),
        (("page-limit-100",), True),
        (("cursor-made-up-refused",), False),
        (("cursor-made-up-ignored",), False),
        (("cursor-made-up-by-date",), False),
        (("cursor-bound",), False),
        (("cursor-top-level",), False),
        (("cursor-no-filters",), True),
    ],
)
def test_made_up_cursors_are_tried(find_out, dialects, honoured):
    caps, _sent = find_out(*dialects)
    assert caps.made_up_cursors is honoured


@pytest.mark.parametrize("imports", ["", "100@0", "100@1"])
def test_made_up_cursors_are_tried_in_a_crowd(find_out, sandbox, imports):
    spec = {"name": "Moved", "size": 700, "imports": imports, "clean": True}
    told = sandbox.control("POST", "/locations", spec)
    caps, _sent = find_out(location=told)
    assert caps.made_up_cursors
    caps, _sent = find_out("cursor-made-up-by-date", location=told)
    assert not caps.made_up_cursors


@pytest.mark.parametrize("imports", ["", "100@0"])
def test_large_totals_are_known_after_two_rounds(
    find_out, sandbox, monkeypatch, imports
):
    spec = {"name": "Moved", "size": 10_200, "imports": imports, "clean": True}
    told = sandbox.control("POST", "/locations", spec)
    rounds = []

    def counted(questions):
        rounds.append(sorted(questions))
        return ask_all(questions)

    monkeypatch.setattr(module, "ask_all", counted)
    caps, _sent = find_out(location=told)
    assert caps.count_limit is None
    assert len(rounds) == 2, rounds


def test_the_usual_account_is_known_after_two_rounds(find_out, sandbox):
    """No question waits for another one that it does not need."""
    sandbox.control("PATCH", "/settings", {"latency": 0.2})
    sandbox.control("DELETE", "/stats")
    try:
        _able, sent = find_out()
        log = sandbox.control("GET", "/requests?last=50")
    finally:
        sandbox.control("PATCH", "/settings", {"latency": 0})
    assert len(log) == len(sent)
    first = min(entry["time"] + entry["ms"] / 1000 for entry in log)
    after = [entry for entry in log if entry["time"] > first]
    second = min(entry["time"] + entry["ms"] / 1000 for entry in after)
    assert not [entry for entry in log if entry["time"] > second]


@pytest.mark.parametrize(("dialect", "limit"), [("", None), ("total-capped", 10_000)])
def test_large_totals_of_a_location_that_no_date_divides(
    find_out, sandbox, dialect, limit
):
    spec = {"name": "Moved", "size": 10_400, "imports": "100@0", "clean": True}
    told = sandbox.control("POST", "/locations", spec)
    caps, _sent = find_out(*filter(None, [dialect]), location=told)
    assert caps.count_limit == limit
    assert caps.made_up_cursors

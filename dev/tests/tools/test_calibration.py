"""Calibration against the sandbox, one dialect after the other."""

from __future__ import annotations

import pytest
from live_sandbox import LiveSandbox

from ghl_contact_sync.tools.calibration import calibrate
from ghl_contact_sync.tools.capabilities import Capabilities, DialectClient
from ghl_contact_sync.tools.rate_governor import RateGovernor


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

    def run(*dialects, location=0, version="2021-07-28"):
        sandbox.speak(*dialects)
        facts = sandbox.facts["locations"][location]
        sent = []
        client = DialectClient(
            token=facts["pit"],
            base_url=sandbox.url,
            location_id=facts["id"],
            version=version,
            governor=RateGovernor(),
            on_request=lambda *facts: sent.append(facts),
        )
        with client:
            able = calibrate(client)
            assert client.capabilities == able
        return able, sent

    yield run
    sandbox.speak()


USUAL = Capabilities(
    configured_version="2021-07-28", page_limit=500, deleted_status=404
)


def test_usual_account(find_out):
    able, sent = find_out()
    assert able == Capabilities(**{**_values(USUAL), "rate_headers": able.rate_headers})
    assert len(sent) <= 15


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [
        ("page-limit-100", {"page_limit": 100}),
        ("page-limit-400", {"page_limit": 500}),
        ("total-missing", {"total": False}),
        ("range-epoch-only", {"range_format": "epoch"}),
        ("range-iso-only", {"range_format": "iso"}),
        ("range-exclusive", {"lower_inclusive": False}),
        ("range-inclusive", {"upper_inclusive": True}),
        ("range-upper-inclusive", {"upper_inclusive": True}),
        ("range-seconds", {"resolution_ms": 1000}),
        (
            "date-filters-unsupported",
            {"date_filters": False, "exists_filters": False},
        ),
        ("not-exists-unsupported", {"exists_filters": False}),
        ("cursor-no-filters", {"cursor_with_filters": False}),
        ("undated-unlisted", {"undated_listed": False}),
        ("deleted-400", {"deleted_status": 400}),
        ("v3-only", {"version": "v3"}),
        ("v2-only", {}),
        ("short-pages", {}),
        ("cursor-bound", {}),
        ("cursor-top-level", {}),
        ("undated-first", {}),
    ],
)
def test_dialect(find_out, dialect, expected):
    able, sent = find_out(dialect)
    got = _values(able)
    got.pop("rate_headers")
    wanted = {**_values(USUAL), **expected}
    wanted.pop("rate_headers")
    assert got == wanted
    assert len(sent) <= 16


def test_no_filters_at_all(find_out):
    able, _sent = find_out("filters-unsupported")
    assert not able.filters
    assert not (able.can_split or able.can_select_dates or able.can_count_ranges)


def test_large_totals_are_trusted_when_their_parts_add_up(find_out):
    able, sent = find_out(location=1)
    assert able.count_limit is None
    assert len(sent) <= 16


@pytest.mark.parametrize("dialect", ["total-capped", "total-inexact"])
def test_large_totals_that_do_not_add_up(find_out, dialect):
    able, _sent = find_out(dialect, location=1)
    assert able.count_limit == 10_000


def test_empty_location_leaves_questions_open(find_out):
    able, _sent = find_out(location=2)
    assert not able.complete
    assert able.can_split


def test_rate_limit_headers_are_named(find_out, sandbox):
    sandbox.control("PATCH", "/settings", {"limits": {"enabled": True}})
    able, _sent = find_out()
    sandbox.control("PATCH", "/settings", {"limits": {"enabled": False}})
    assert "X-RateLimit-Daily-Remaining" in able.rate_headers


def test_capabilities_survive_storage(find_out):
    able, _sent = find_out("range-seconds", "page-limit-100")
    assert Capabilities.from_json(able.to_json()) == able


@pytest.mark.parametrize("junk", [None, [], {"filters": "no", "resolution_ms": 0}])
def test_unusable_storage_means_defaults(junk):
    assert Capabilities.from_json(junk) == Capabilities()


def _values(able):
    return {name: getattr(able, name) for name in Capabilities.__dataclass_fields__}

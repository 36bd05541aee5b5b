"""What is known of an account's API, and what follows from it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ghl_contact_sync.tools.dates import format_ms
from ghl_contact_sync.tools.ghl.dialect import (
    MAX_NAMES,
    USUAL,
    Capabilities,
    DialectClient,
)
from ghl_contact_sync.tools.rate_limit.governor import RateGovernor

NOW = 1_700_000_000_000
ODD = {
    "version": "v9",
    "configured_version": "v3",
    "page_limit": 100,
    "filters": False,
    "date_filters": False,
    "exists_filters": False,
    "cursor_with_filters": False,
    "range_format": "epoch",
    "total": False,
    "count_limit": 10_000,
    "made_up_cursors": True,
    "deleted_status": 404,
    "rate_headers": ("X-Limit",),
    "complete": False,
}


def without(*names):
    return replace(USUAL, **dict.fromkeys(names, False))


@pytest.mark.parametrize(
    ("lacking", "selects", "splits", "counts"),
    [
        ((), True, True, True),
        (("filters",), False, False, False),
        (("date_filters",), False, False, False),
        (("exists_filters",), True, False, False),
        (("cursor_with_filters",), False, False, True),
        (("total", "complete"), True, True, True),
    ],
)
def test_how_contacts_are_read_follows_from_what_is_known(
    lacking, selects, splits, counts
):
    caps = without(*lacking)
    assert caps.can_select_dates is selects
    assert caps.can_split is splits
    assert caps.can_count_ranges is counts


@pytest.mark.parametrize("name", sorted(ODD))
def test_contacts_are_read_otherwise_where_one_might_have_been_missed(name):
    other = replace(USUAL, **{name: ODD[name]})
    matters = {
        *("version", "filters", "date_filters", "exists_filters"),
        *("cursor_with_filters", "range_format"),
    }
    assert USUAL.reads_like(other) is (name not in matters)
    assert other.reads_like(other)


def test_ranges_are_sent_in_the_account_s_form_of_dates():
    span = {"gte": format_ms(NOW), "lt": format_ms(NOW + 5)}
    ranged = {"field": "dateAdded", "operator": "range", "value": span}
    equal = {"field": "id", "operator": "eq", "value": "a"}
    starts = {"field": "id", "operator": "starts_with", "value": "a"}
    group = {"group": "OR", "filters": [ranged, equal]}
    nodes = [ranged, equal, starts, group, {"group": "AND"}]
    as_iso = [ranged, equal, starts, group, {"group": "AND", "filters": []}]
    assert USUAL.adapt(nodes) == as_iso
    in_ms = {**ranged, "value": {"gte": NOW, "lt": NOW + 5}}
    epoch = Capabilities(range_format="epoch")
    assert epoch.adapt(nodes) == [
        *(in_ms, equal, starts),
        {"group": "OR", "filters": [in_ms, equal]},
        {"group": "AND", "filters": []},
    ]
    # The caller's own are left as they are.
    assert ranged["value"] == span


def test_all_that_is_known_survives_storage():
    assert Capabilities.from_json(Capabilities(**ODD).to_json()) == Capabilities(**ODD)
    stored = Capabilities(**ODD).to_json()
    assert stored["rate_headers"] == ["X-Limit"]
    assert set(stored) == set(ODD)


@pytest.mark.parametrize(
    ("name", "junk"),
    [
        *[(name, {"no": "way"}) for name in ODD],
        *[(name, ["no way"]) for name in ODD if name != "rate_headers"],
        *[("page_limit", junk) for junk in ("100", True, 1.5)],
        *[("filters", junk) for junk in (0, None, "false")],
        *[("version", junk) for junk in (3, None)],
        ("rate_headers", "X-Limit"),
        ("unheard_of", 5),
    ],
)
def test_what_cannot_be_used_of_what_was_stored_keeps_its_default(name, junk):
    assert Capabilities.from_json({name: junk}) == USUAL
    found = Capabilities.from_json({"count_limit": 7, name: junk})
    assert found.count_limit == (None if name == "count_limit" else 7)


def test_of_an_account_that_nobody_asked_what_is_likely_is_taken():
    for nothing in (None, [], "x", {}):
        assert Capabilities.from_json(nothing) == USUAL
    assert USUAL.total
    assert USUAL.complete
    assert not USUAL.made_up_cursors


def test_names_of_headers_are_texts():
    assert Capabilities.from_json({"rate_headers": [5, "x"]}).rate_headers == ("5", "x")


@pytest.fixture
def make():
    made = []

    def client(base_url="http://localhost:9", **known):
        one = DialectClient(
            token="t",
            location_id="loc",
            base_url=base_url,
            version="v3",
            governor=RateGovernor(sleep=lambda seconds: None),
            capabilities=Capabilities(**known),
        )
        made.append(one)
        return one

    yield client
    for one in made:
        one.close()


def test_the_version_that_answers_is_asked_for(make):
    assert make().version == "v3"
    assert make(version="v9", configured_version="v3").version == "v9"
    assert make(configured_version="v3").version == "v3"
    # It was found out under another setting.
    assert make(version="v9", configured_version="v2").version == "v3"
    assert make(version="v9", configured_version="v4").version == "v3"
    client = make(version="v9", configured_version="v3")
    client.set_capabilities(USUAL)
    assert (client.version, client.capabilities) == ("v3", USUAL)
    client.use_version("v4")
    assert client.version == "v4"


def test_names_of_headers_that_tell_limits_are_collected(server, make):
    limits = {
        "X-RateLimit-Max": "100",
        "x-ratelimit-daily-remaining": "9",
        "Retry-After": "0",
        "X-Other": "5",
    }
    server.script(lambda one: one.send({"contacts": []}, headers=limits))
    client = make(base_url=server.url)
    assert client.header_names == ()
    client.count()
    names = client.header_names
    assert names == ("Retry-After", "x-ratelimit-daily-remaining", "X-RateLimit-Max")


def test_headers_of_any_number_are_not_kept(server, make):
    many = {f"X-RateLimit-{n:03d}": "5" for n in range(MAX_NAMES + 9)}
    server.script(lambda one: one.send({"contacts": []}, headers=many))
    client = make(base_url=server.url)
    client.count()
    assert len(client.header_names) == MAX_NAMES


@pytest.mark.parametrize(("limit", "told"), [(None, 9), (8, None), (9, None), (10, 9)])
def test_a_count_says_nothing_from_where_counts_end(server, make, limit, told):
    server.script(lambda one: one.send({"contacts": [], "total": 9}))
    assert make(base_url=server.url, count_limit=limit).count() == told


def test_searches_speak_the_account_s_dialect(server, make):
    answer = {"contacts": []}
    server.script(*[lambda one: one.send(answer)] * 2)
    client = make(base_url=server.url, range_format="epoch")
    span = {"gte": format_ms(NOW), "lt": format_ms(NOW + 5)}
    node = {"field": "dateAdded", "operator": "range", "value": span}
    client.search(filters=[node], sort=[], page_limit=5)
    client.count([node])
    in_ms = {**node, "value": {"gte": NOW, "lt": NOW + 5}}
    assert [seen.json["filters"] for seen in server.seen] == [[in_ms], [in_ms]]

"""Filters, compared with a plain reading of the truth."""

import pytest


def leaf(field, operator, value=None):
    node = {"field": field, "operator": operator}
    return node if value is None else {**node, "value": value}


def span(field, **bounds):
    return leaf(field, "range", bounds)


def count(truth, test):
    return sum(1 for contact in truth if test(contact))


@pytest.mark.parametrize("field", ["dateAdded", "dateUpdated"])
def test_ranges_to_the_millisecond(sandbox, field):
    truth = sandbox.truth()
    dates = sorted(c[field] for c in truth if c.get(field))
    pivot = max(set(dates), key=dates.count)
    below = sum(date < pivot for date in dates)
    equal = dates.count(pivot)
    assert equal > 1
    assert sandbox.total(span(field, gte=pivot)) == len(dates) - below
    assert sandbox.total(span(field, gt=pivot)) == len(dates) - below - equal
    assert sandbox.total(span(field, lt=pivot)) == below
    assert sandbox.total(span(field, lte=pivot)) == below + equal
    assert sandbox.total(span(field, gte=pivot, lte=pivot)) == equal
    assert sandbox.total(span(field, gte=pivot, lt=pivot)) == 0


def test_windows_partition_the_location(sandbox):
    cuts = ["2021-06-01T00:00:00Z", "2022-06-01T00:00:00.000Z", 1_690_000_000_000]
    parts = [
        span("dateAdded", lt=cuts[0]),
        span("dateAdded", gte=cuts[0], lt=cuts[1]),
        span("dateAdded", gte=cuts[1], lt=cuts[2]),
        span("dateAdded", gte=cuts[2]),
        leaf("dateAdded", "not_exists"),
    ]
    totals = [sandbox.total(part) for part in parts]
    assert all(totals)
    assert sum(totals) == sandbox.total() == 1200
    ids = [hit["id"] for part in parts for hit in sandbox.walk(filters=[part])]
    assert len(set(ids)) == len(ids) == 1200


def test_two_dates_at_once_and_presence(sandbox):
    truth = sandbox.truth()
    added, updated = "2022-01-01T00:00:00.000Z", "2023-01-01T00:00:00.000Z"
    expected = count(
        truth,
        lambda c: (c.get("dateAdded") or "") >= added
        and "" < (c.get("dateUpdated") or "") < updated,
    )
    both = [span("dateAdded", gte=added), span("dateUpdated", lt=updated)]
    assert sandbox.total(*both) == expected > 0
    assert len(sandbox.walk(filters=both, limit=40)) == expected
    neither = [leaf("dateAdded", "not_exists"), leaf("dateUpdated", "not_exists")]
    missing = count(
        truth, lambda c: not c.get("dateAdded") and not c.get("dateUpdated")
    )
    assert sandbox.total(*neither) == missing > 0
    assert sandbox.total(leaf("dateAdded", "exists"), neither[0]) == 0


def test_other_operators(sandbox):
    truth = sandbox.truth()
    tagged = count(truth, lambda c: "vip" in (c.get("tags") or []))
    assert sandbox.total(leaf("tags", "eq", "vip")) >= tagged > 0
    cities = count(truth, lambda c: c.get("city") == "Berlin")
    assert sandbox.total(leaf("city", "eq", "Berlin")) == cities
    assert sandbox.total(leaf("city", "not_eq", "Berlin")) == 1200 - cities
    named = sandbox.total(leaf("firstNameLowerCase", "contains", "an"))
    unnamed = sandbox.total(leaf("firstNameLowerCase", "not_contains", "an"))
    assert named + unnamed == 1200
    mailed = count(truth, lambda c: c.get("email"))
    assert sandbox.total(leaf("email", "exists")) == mailed
    assert sandbox.total(leaf("email", "not_exists")) == 1200 - mailed
    key = truth[3]["id"]
    assert sandbox.total(leaf("id", "eq", key)) == 1
    assert sandbox.total(leaf("id", "not_eq", key)) == 1199
    assert sandbox.total(leaf("id", "eq", "nobody")) == 0
    valued = next(c for c in truth if c.get("customFields"))
    field = valued["customFields"][0]["id"]
    holders = count(
        truth, lambda c: any(f["id"] == field for f in c.get("customFields") or [])
    )
    assert 0 < sandbox.total(leaf(f"customFields.{field}", "exists")) <= holders


def test_groups(sandbox):
    berlin, austin = leaf("city", "eq", "Berlin"), leaf("city", "eq", "Austin")
    either = {"group": "OR", "filters": [berlin, austin]}
    assert sandbox.total(either) == sandbox.total(berlin) + sandbox.total(austin)
    recent = span("dateAdded", gte="2023-01-01T00:00:00Z")
    nested = {"group": "AND", "filters": [either, recent]}
    assert sandbox.total(nested) == sandbox.total(either, recent) > 0
    old_or_undated = {
        "group": "OR",
        "filters": [
            span("dateAdded", lt="2023-01-01T00:00:00Z"),
            leaf("dateAdded", "not_exists"),
        ],
    }
    assert sandbox.total(old_or_undated) + sandbox.total(recent) == 1200


@pytest.mark.parametrize(
    "node",
    [
        leaf("dateAdded", "eq", "2024-01-01"),
        leaf("id", "contains", "x"),
        leaf("city", "like", "x"),
        leaf("city", "eq"),
        leaf("city", "eq", "x" * 76),
        leaf("dateAdded", "range", {"from": 1}),
        leaf("dateAdded", "range", {"gte": "yesterday"}),
        leaf("dateAdded", "range", "2024"),
        {"group": "XOR", "filters": []},
        {"group": "OR"},
        "text",
    ],
)
def test_nonsense_is_refused(sandbox, node):
    assert sandbox.search(filters=[node]).status_code == 400


def test_query_looks_at_names_and_mail(sandbox):
    contact = next(c for c in sandbox.truth() if c.get("email"))
    found = sandbox.search(query=contact["email"]).json()["contacts"]
    assert contact["id"] in [hit["id"] for hit in found]

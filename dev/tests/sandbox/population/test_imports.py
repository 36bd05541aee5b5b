"""Populations with bulk imports, and cursors that no answer has shown."""

import pytest

from ghl_sandbox import population
from ghl_sandbox.population.imports import Import, parse_imports
from ghl_sandbox.population.plan import Plan
from ghl_sandbox.world.clock import to_ms

ADDED = [{"field": "dateAdded", "direction": "asc"}]


def records(imports, size=2_000, **more):
    plan = Plan("testTESTtestTEST0001", size, "7", 1_735_689_600_000, **more)
    plan.imports = parse_imports(imports)
    rng = plan.rng("fields")
    plan.fields = population.custom_fields(plan.location_id, rng)
    plan.users = population.users(plan.location_id, "company", rng)
    return population.build(plan)


def densest(found, width):
    """The most contacts that any window of `width` ms holds."""
    dates = sorted(record.added for record in found if record.added is not None)
    return max(
        sum(start <= date <= start + width for date in dates) for start in set(dates)
    )


@pytest.mark.parametrize("clean", [False, True])
@pytest.mark.parametrize(
    ("imports", "share", "width"),
    [("1@0", 0.01, 0), ("10@1", 0.1, 1_000), ("40@60", 0.4, 60_000), ("100@0", 1, 0)],
)
def test_an_import_brings_its_share(clean, imports, share, width):
    found = records(imports, clean=clean)
    assert len(found) == 2_000
    most = densest(found, width)
    assert 0.75 * share * 2_000 - 10 <= most <= 1.3 * share * 2_000 + 10


def test_contacts_of_an_import_are_edited_later_or_never():
    edited = records("100@0", clean=True)
    assert len({record.updated for record in edited}) > 1_000
    never = records("100@0", clean=True, untouched=True)
    assert {record.updated for record in never} == {record.added for record in never}


def test_words_for_imports():
    assert parse_imports("10@0, 30@60") == [Import(0.1, 0), Import(0.3, 60_000)]
    assert parse_imports("") == []
    for wrong in ("10", "@5", "0@1", "120@0", "60@0,60@1", "5@-1", "many@0"):
        with pytest.raises(ValueError, match="imports"):
            parse_imports(wrong)


def test_a_location_with_imports_can_be_ordered(sandbox):
    spec = {"name": "Moved", "size": 300, "imports": "100@0", "clean": True}
    made = sandbox.control("POST", "/locations", spec)
    shown = sandbox.control("GET", f"/locations/{made['id']}/summary")["date_added"]
    assert shown["min"] == shown["max"]
    sandbox.control("DELETE", f"/locations/{made['id']}")
    wrong = {"name": "Moved", "size": 1, "imports": "all"}
    assert sandbox.control("POST", "/locations", wrong, ok=False).status_code == 400


def crowd(sandbox):
    """The walk's hits that share the busiest instant, in order, and that instant."""
    hits = sandbox.walk()
    dates = [hit.get("dateAdded") for hit in hits if hit.get("dateAdded")]
    timestamp = max(set(dates), key=dates.count)
    return [hit for hit in hits if hit.get("dateAdded") == timestamp], to_ms(timestamp)


def between(low, high):
    """An id that stands between two that follow each other."""
    made_up = low[:-1] + chr(ord(low[-1]) + 1)
    return made_up if low < made_up < high else low + "0"


def test_a_made_up_cursor_goes_on_where_it_says(sandbox):
    hits, timestamp = crowd(sandbox)
    middle = len(hits) // 2
    made_up = between(hits[middle]["id"], hits[middle + 1]["id"])
    page = sandbox.search(sort=ADDED, searchAfter=[timestamp, made_up]).json()
    assert page["contacts"][0]["id"] == hits[middle + 1]["id"]
    page = sandbox.search(sort=ADDED, searchAfter=[timestamp - 1, "zzzz"]).json()
    assert page["contacts"][0]["id"] == hits[0]["id"]
    down = [{"field": "dateAdded", "direction": "desc"}]
    page = sandbox.search(sort=down, searchAfter=[timestamp, made_up]).json()
    assert page["contacts"][0]["id"] == hits[middle]["id"]


def test_a_made_up_cursor_may_be_refused_ignored_or_cut_short(sandbox):
    hits, timestamp = crowd(sandbox)
    first = sandbox.search(sort=ADDED).json()["contacts"][0]["id"]
    made_up = [timestamp, between(hits[5]["id"], hits[6]["id"])]
    genuine = hits[5]["searchAfter"]
    for dialect in ("refused", "ignored", "by-date"):
        sandbox.settings(dialects=[f"cursor-made-up-{dialect}"])
        page = sandbox.search(sort=ADDED, searchAfter=genuine).json()["contacts"]
        assert page[0]["id"] == hits[6]["id"]
        assert len(sandbox.walk(limit=200)) == 1200
        answer = sandbox.search(sort=ADDED, searchAfter=made_up)
        if dialect == "refused":
            assert answer.status_code == 400
        elif dialect == "ignored":
            assert answer.json()["contacts"][0]["id"] == first
        else:
            shown = answer.json()["contacts"][0]["dateAdded"]
            assert to_ms(shown) > timestamp
    # Who was deleted meanwhile leaves a cursor that is none the less genuine.
    sandbox.settings(dialects=["cursor-made-up-refused"])
    path = sandbox.place(f"/contacts/{hits[5]['id']}")
    sandbox.control("DELETE", f"{path}?webhooks=0")
    answer = sandbox.search(sort=ADDED, searchAfter=genuine)
    assert answer.json()["contacts"][0]["id"] == hits[6]["id"]

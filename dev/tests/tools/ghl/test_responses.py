"""What a page of contacts holds, whatever shape it has."""

from __future__ import annotations

import json

import pytest

from ghl_contact_sync.tools.errors import GhlPayloadError
from ghl_contact_sync.tools.ghl.responses import MAX_TOTAL, search_page
from ghl_contact_sync.tools.http.json_body import parse
from ghl_contact_sync.tools.process.budget import ByteBudget

DAYS = ["2024-01-01T00:00:00.000Z", "2024-01-01T00:00:01.500Z"]


def read(value, limit=None, location_id=""):
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return search_page(body, parse(body, replace=True), 5.0, limit, location_id)


def of(*locations):
    return [{"id": f"{n}", "locationId": one} for n, one in enumerate(locations)]


@pytest.mark.parametrize("value", [None, [], "x", {}, {"contacts": {"id": "a"}}])
def test_an_answer_without_a_list_of_contacts_is_none(value):
    with pytest.raises(GhlPayloadError) as caught:
        read(value)
    assert caught.value.code == "wrong_shape"
    assert "a list of contacts" in str(caught.value)


@pytest.mark.parametrize(
    ("told", "total"),
    [
        (0, 0),
        (MAX_TOTAL, MAX_TOTAL),
        (MAX_TOTAL + 1, None),
        ("0", 0),
        ("9" * 25, None),
        ("1" + "0" * 17, None),
        ("٣", None),
        ("", None),
        (3.0, 3),
        ({"value": "7"}, 7),
        ({"value": {"value": 7}}, None),
        ({}, None),
        ([7], None),
        (False, None),
    ],
)
def test_a_total_is_a_number_that_can_be(told, total):
    assert read({"contacts": [], "total": told}).total == total


def test_the_total_may_be_told_beside_the_contacts():
    assert read({"contacts": [], "meta": {"total": 4}}).total == 4
    assert read({"contacts": [], "total": 3, "meta": {"total": 4}}).total == 3
    for meta in (None, [4], {}, 4):
        assert read({"contacts": [], "meta": meta}).total is None


def test_only_a_text_is_the_trace_of_an_answer():
    assert read({"contacts": [], "traceId": "t"}).trace_id == "t"
    assert read({"contacts": [], "traceId": 7}).trace_id is None
    assert read({"contacts": []}).requested_at == 5.0


@pytest.mark.parametrize(
    ("limit", "total", "count", "complete"),
    [
        (None, None, 1, False),
        (2, None, 1, True),
        (1, None, 1, False),
        (1, 1, 1, True),
        (None, 1, 1, True),
        (9, 2, 1, False),
        (9, 0, 1, False),
        (1, None, 0, True),
    ],
)
def test_a_page_holds_every_hit_by_its_total_or_where_it_is_not_full(
    limit, total, count, complete
):
    value = {"contacts": of(*["loc"] * count), "total": total}
    assert read(value, limit).is_complete is complete
    # Nobody knows what the contacts of another location stand for.
    foreign = {**value, "contacts": of(*["other"] * count)}
    assert read(foreign, limit, "loc").is_complete is (complete and not count)


@pytest.mark.parametrize(
    ("own", "others", "is_foreign"), [(2, 1, False), (1, 1, False), (1, 2, True)]
)
def test_a_page_is_another_locations_where_most_of_it_is(own, others, is_foreign):
    page = read({"contacts": of(*["loc"] * own, *["other"] * others)}, 9, "loc")
    assert (page.foreign, page.is_foreign) == (others, is_foreign)
    page.drop_foreign("loc")
    assert {one["locationId"] for one in page.contacts} == {"loc"}
    # Its text still has them.
    assert page.body is None


def test_whose_contacts_they_are_matters_where_it_is_asked():
    page = read({"contacts": of("loc", "other")})
    assert (page.foreign, page.is_foreign) == (0, False)
    whole = page.body
    page.drop_foreign("loc")
    assert page.body == whole
    assert len(page.contacts) == 2


def test_a_forgotten_page_still_tells_its_size_and_dates():
    found = [{"dateAdded": DAYS[0]}, {"dateAdded": DAYS[1], "dateUpdated": DAYS[0]}]
    page = read({"contacts": [*found, {"dateAdded": "junk"}], "total": 3})
    page.lease = ByteBudget().lease()
    added, changed = page.timestamps("dateAdded"), page.timestamps("dateUpdated")
    assert (added, changed) == ([1704067200000, 1704067201500], [1704067200000])
    page.forget_contacts(dateAdded=[*added, None])
    assert (page.count, page.is_complete) == (3, True)
    assert page.timestamps("dateAdded") == added
    assert page.timestamps("dateUpdated") == []
    assert (page.contacts, page.body) == ([], None)


def test_only_a_sound_page_keeps_its_text():
    sound = json.dumps({"contacts": [{"id": "a"}]}).encode()
    assert read(sound).body == sound
    assert read({"contacts": [{"id": "a"}, None]}).body is None
    odd = read(b'{"contacts": [{"id": "\xff"}]}')
    assert (odd.body, odd.repairs) == (None, ("invalid_utf8",))
    assert odd.raw_has_escapes
    assert not read(sound).raw_has_escapes
    assert read({"contacts": [{"id": "a\x00"}]}).raw_has_escapes


def test_a_page_tells_its_keys_where_each_item_is_a_contact():
    keys = [{"id": one, "searchAfter": [5, one]} for one in "ab"]
    assert read({"contacts": keys}).stretch.last == (5, "b")
    assert read({"contacts": [*keys, None]}).stretch is None
    assert read({"contacts": []}).stretch is None


def test_a_repr_shows_no_contact():
    page = read({"contacts": [{"id": "secret"}], "total": 9})
    assert repr(page) == "SearchPage(1 contacts, total=9)"


class Lease:
    def __init__(self):
        self.told = []

    def settle(self):
        self.told.append("settled")

    def release(self):
        self.told.append("released")


def test_a_page_gives_its_memory_back_in_two_steps():
    page = read({"contacts": [{"id": "a"}]})
    page.release()
    page.lease = lease = Lease()
    page.forget_contacts()
    page.release()
    assert lease.told == ["settled", "released"]

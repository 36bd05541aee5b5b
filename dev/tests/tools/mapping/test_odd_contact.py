"""One odd value at a time: where it goes, and what is said of it."""

from __future__ import annotations

import pytest

from ghl_contact_sync.tools.dates import MAX_STORED_MS
from ghl_contact_sync.tools.mapping.columns import MAX_ID, MAX_TAG, MAX_TEXT
from ghl_contact_sync.tools.mapping.prepare_contact import (
    BadRecord,
    is_own,
    prepare,
)
from ghl_contact_sync.tools.mapping.scrub import scrub

LONG = "x" * (MAX_TEXT + 1)


def odd(**values):
    """What becomes of values: payload, extra and problems, without the id."""
    found = prepare({"id": "a", **values}, "loc")
    payload = {key: value for key, value in found.payload.items() if key != "id"}
    return payload, found.extra, found.problems


@pytest.mark.parametrize(
    ("key", "value", "kept", "problem"),
    [
        ("email", 5, "5", "email: a number where a text belongs"),
        ("email", 0.5, "0.5", "email: a number where a text belongs"),
        ("email", True, None, "email: yes or no where a text belongs"),
        ("email", ["a"], None, "email: a list where a text belongs"),
        ("email", {"a": 1}, None, "email: an object where a text belongs"),
        ("dnd", "yes", None, "dnd: a text where yes or no belongs"),
        ("dnd", 1, None, "dnd: a number where yes or no belongs"),
        ("dateAdded", "soon", "soon", "dateAdded: no date"),
        (
            "dateUpdated",
            MAX_STORED_MS + 1,
            MAX_STORED_MS + 1,
            "dateUpdated: a year that no calendar here shows",
        ),
        ("dateOfBirth", "soon", None, "dateOfBirth: no date"),
        ("locationId", 7, None, "locationId: names no location"),
        ("tags", ["a", 5], None, "tags: an entry that is no usable name"),
        ("tags", [""], None, "tags: an entry that is no usable name"),
        ("tags", ["x" * (MAX_TAG + 1)], None, "tags: an entry that is no usable name"),
        ("tags", "a", None, "tags: an entry that is no usable name"),
    ],
)
def test_what_does_not_fit_is_set_aside_and_told(key, value, kept, problem):
    payload, extra, problems = odd(**{key: value})
    assert payload.get(key) == kept
    assert extra == {key: value}
    assert problems == [problem]


@pytest.mark.parametrize(
    ("key", "value", "extra"),
    [
        ("email", "a", None),
        ("email", "x" * MAX_TEXT, None),
        ("dnd", False, None),
        ("dateAdded", "2024-01-01T00:00:00.000Z", None),
        # Another form of the same date is kept as it came.
        ("dateAdded", "2024-01-01", {"dateAdded": "2024-01-01"}),
        (
            "dateAdded",
            "2024-01-02T00:00+01:00",
            {"dateAdded": "2024-01-02T00:00+01:00"},
        ),
        ("dateOfBirth", "1990-05-04", None),
        ("dateOfBirth", "", {"dateOfBirth": ""}),
        ("locationId", "loc", None),
        ("tags", ["a", "x" * MAX_TAG], None),
        ("tags", ["a", "a"], {"tags": ["a", "a"]}),
    ],
)
def test_what_can_be_kept_is_no_problem(key, value, extra):
    _payload, found, problems = odd(**{key: value})
    assert (found, problems) == (extra, [])


def test_a_text_that_is_too_long_is_kept_beside_its_column():
    payload, extra, problems = odd(email=LONG)
    assert (payload, extra) == ({}, {"email": LONG})
    assert problems == [f"email: more than {MAX_TEXT} characters where a text belongs"]
    number = int("9" * 400)
    payload, extra, _problems = odd(email=number)
    assert (payload, extra) == ({"email": str(number)[:MAX_TEXT]}, {"email": number})


def test_two_names_of_one_column():
    """The first that is told counts; the other is kept where it says something else."""
    for other in ("b", "A"):
        told = odd(address="a", address1=other)
        assert told == ({"address": "a"}, {"address1": other}, [])
    payload, extra, _problems = odd(address="a", address1="a", tags=[""])
    assert (payload, extra) == ({"address": "a"}, {"tags": [""]})


def test_keys_that_are_not_known_stay_beside_an_odd_value():
    payload, extra, _problems = odd(visitorId="v", main=7, anything=[1], email=5)
    assert payload == {"visitorId": "v", "main": 7, "anything": [1], "email": "5"}
    assert extra == {"email": 5}


def test_tags_are_usable_names_each_once():
    found = prepare({"id": "a", "tags": ["b", "a", "b", None]}, "loc")
    assert found.tags == ["b", "a"]
    assert prepare({"id": "a", "tags": [["b"]]}, "loc").tags == []


def test_ids():
    assert prepare({"id": 7}, "loc").ghl_id == "7"
    assert prepare({"id": "x" * MAX_ID}, "loc").ghl_id == "x" * MAX_ID
    with pytest.raises(BadRecord, match="too long") as caught:
        prepare({"id": "x" * (MAX_ID + 1)}, "loc")
    assert caught.value.ghl_id == "x" * (MAX_ID + 1)
    with pytest.raises(BadRecord, match="no object but list"):
        prepare([], "loc")


def test_records_of_another_location_are_refused():
    with pytest.raises(BadRecord, match="another location") as caught:
        prepare({"id": "a", "locationId": "other"}, "loc")
    assert (caught.value.reason, caught.value.ghl_id) == (str(caught.value), "a")
    for value in ("loc", " ", "", None, 5):
        assert is_own({"locationId": value}, "loc")
    assert not is_own({"locationId": "other"}, "loc")


def test_what_postgresql_cannot_store_is_replaced_at_any_depth():
    assert scrub("a\x00b\ud800") == "a\ufffdb\ufffd"
    assert scrub({"\x00": ["\x00", {"a": "\udfff"}]}) == {
        "\ufffd": ["\ufffd", {"a": "\ufffd"}]
    }
    numbers = [float("nan"), float("inf"), -float("inf"), 1.5, 0.0, 7, None, True]
    assert scrub(numbers) == ["nan", "inf", "-inf", 1.5, 0.0, 7, None, True]

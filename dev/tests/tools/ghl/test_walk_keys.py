"""What the cursors of a page tell of a sorted walk."""

from __future__ import annotations

import pytest

from ghl_contact_sync.tools.ghl.walk_keys import Stretch, key_of


def hits(*keys):
    return [{"searchAfter": list(key)} for key in keys]


def test_a_key_is_a_moment_and_an_id():
    assert key_of([5, "abc"]) == (5, "abc")
    assert key_of([0, "abc"]) == (0, "abc")
    assert key_of([-5, "abc"]) == (-5, "abc")


@pytest.mark.parametrize(
    "cursor",
    [
        *(None, "x", "ab", (5, "a"), {"a": 5}),
        *([], [5], [1, 2, 3], [5, "a", "b"]),
        *([5, ""], [5, 6], [5, None], ["5", "a"], [True, "a"], [None, "a"], [5.0, "a"]),
    ],
)
def test_any_other_cursor_is_no_key(cursor):
    assert key_of(cursor) is None


def test_a_page_covers_its_first_to_its_last_key():
    stretch = Stretch.of(hits((5, "c"), (7, "a"), (7, "b")))
    assert (stretch.first, stretch.last) == ((5, "c"), (7, "b"))
    assert stretch.crowd_ids == ("a", "b")
    assert (stretch.crowd_first, stretch.crowd_count) == ("a", 2)
    assert stretch.in_order
    alone = Stretch.of(hits((5, "c")))
    assert (alone.first, alone.last, alone.crowd_ids) == ((5, "c"), (5, "c"), ("c",))
    assert alone.in_order


def test_who_shared_the_date_before_another_one_is_no_part_of_the_crowd():
    assert Stretch.of(hits((7, "a"), (5, "c"), (7, "b"))).crowd_ids == ("b",)
    # A walk may go the other way.
    assert Stretch.of(hits((9, "c"), (7, "b"))).crowd_ids == ("b",)
    keyless = [*hits((7, "a")), {"id": "x"}, *hits((7, "b"))]
    assert Stretch.of(keyless).crowd_ids == ("b",)


@pytest.mark.parametrize(
    ("ids", "rises"),
    [("abc", True), ("acb", False), ("bac", False), ("aab", False), ("aB", False)],
)
def test_ids_of_one_date_rise_character_by_character(ids, rises):
    assert Stretch.of(hits(*[(7, one) for one in ids])).in_order is rises
    # Those of another date begin anew.
    assert Stretch.of(hits((5, "z"), *[(7, one) for one in ids])).in_order is rises


def test_the_digits_are_the_characters_of_the_ids_of_one_date():
    assert Stretch.of(hits((5, "xyz"), (7, "ba0"), (7, "bb"))).digits == "0ab"


def test_a_page_without_keys_at_its_ends_covers_nothing():
    assert Stretch.of([]) is None
    assert Stretch.of([{"id": "x"}]) is None
    assert Stretch.of([{"id": "x"}, *hits((7, "b"))]) is None
    assert Stretch.of([*hits((7, "b")), {"id": "x"}]) is None

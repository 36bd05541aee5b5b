"""A crowd: how many lie between two ids, and which id cuts it."""

from __future__ import annotations

import pytest
from window_pages import NOW, page

from ghl_contact_sync.tools.sync.crowd import LEAST, Crowd


def shown(*ids):
    """What a page of contacts of one instant shows."""
    return page([NOW] * len(ids), ids=list(ids)).stretch


def decimals(*numbers):
    """Ids of ten digits, of which eight are looked at."""
    return [f"{number:08d}00" for number in numbers]


def spread(first=0, step=100_000):
    """A crowd of which a page shows 21 contacts, evenly spread."""
    return Crowd.seen_on(shown(*decimals(*range(first, first + 21 * step, step))))


def one_prefix(*numbers):
    """Ids that begin with the same letters, as a vendor that counts makes them."""
    return [f"contact{number:010d}" for number in numbers]


def test_many_contacts_of_one_instant_are_a_crowd():
    ids = decimals(*range(0, 10**6, 10**4))
    assert Crowd.seen_on(None) is None
    assert Crowd.seen_on(shown(*ids[: LEAST - 1])) is None
    crowd = Crowd.seen_on(shown(*ids[:LEAST]))
    assert (crowd.timestamp, crowd.top, crowd.sample) == (NOW, None, [])
    # Ids that do not rise tell nothing.
    assert Crowd.seen_on(shown(*ids[1:LEAST], *ids[:2])) is None


def test_what_lies_between_two_ids_is_told_by_how_dense_a_page_is():
    crowd = spread()
    # 21 contacts in a fiftieth of all ids.
    first, tenth, fifth = decimals(0, 10**7, 2 * 10**7)
    assert crowd.between(first, None) == 1_050
    assert crowd.between(first, tenth) == 105
    assert crowd.between(tenth, fifth) == 105
    assert crowd.between(fifth, None) == 840
    assert crowd.between(fifth, tenth) == 0
    # Another page of it tells better.
    crowd.learn(shown(*decimals(*range(0, 21 * 10**6, 10**6))))
    assert crowd.between(first, None) == 105


def test_ids_of_other_lengths_and_characters_have_their_place_as_well():
    crowd = spread()
    assert crowd.between("5", None) == crowd.between("50000000", None) == 525
    assert crowd.between("z", None) == 0
    assert crowd.between("9z", None) == crowd.between("99999999", None)
    assert crowd.between("", None) == 1_050


def test_a_cut_has_as_many_contacts_before_it_as_were_asked_for():
    crowd = spread()
    first, tenth, fifth = decimals(0, 10**7, 2 * 10**7)
    assert crowd.cut(first, None, 105) == tenth
    assert crowd.cut(tenth, None, 105) == fifth
    assert crowd.cut(tenth, fifth, 104) < fifth
    # There is none below the end.
    assert crowd.cut(tenth, fifth, 105) is None
    assert crowd.cut(tenth, fifth, 106) is None
    assert crowd.cut(first, None, 1_049)
    assert crowd.cut(first, None, 1_050) is None
    assert crowd.cut(first, None, 5_000) is None
    assert crowd.cut("", None, 1_050) is None
    # Nor above the beginning, where none is to lie before it.
    assert crowd.cut(tenth, None, 0) is None
    assert crowd.cut("1000000099", None, 0) is None


def test_ids_that_can_not_be_told_apart_are_not_cut():
    crowd = Crowd.seen_on(shown(*("a" + "0" * number for number in range(25))))
    assert crowd.between("a", None) == 0
    assert crowd.cut("a", None, 10) is None
    crowd.expect(10**6, "a")
    crowd.note_empty("b")
    assert crowd.cut("a", None, 10) is None


def test_ids_that_all_begin_alike_are_told_apart_by_what_follows():
    crowd = Crowd.seen_on(shown(*one_prefix(*range(0, 100, 5))))
    first, middle, last = one_prefix(0, 50, 95)
    assert crowd.between(first, last) == 20
    assert crowd.between(first, middle) in (10, 11)
    assert first < crowd.cut(first, last, 10) < last
    assert crowd.between(first, crowd.cut(first, last, 10)) == 10
    # What begins otherwise lies before all, or behind.
    assert crowd.between("a", last) == 20
    assert crowd.between("z", None) == 0
    assert crowd.cut("z", None, 10) is None


def test_nothing_lies_above_an_id_where_nothing_was_found():
    crowd = spread(step=4_111_111)
    half, more, less = decimals(5 * 10**7, 6 * 10**7, 4 * 10**7)
    crowd.note_empty(half)
    assert crowd.top == half
    crowd.note_empty(more)
    assert crowd.top == half
    crowd.note_empty(less)
    assert crowd.top == less
    assert crowd.between(less, None) == crowd.between(more, None) == 0
    assert crowd.between(decimals(3 * 10**7)[0], None) > 0
    # Neither is there a cut above it.
    assert crowd.cut(less, None, 10) is None


def letter(*numbers):
    """Ids that begin with one letter: it takes an eighth of what is looked at."""
    return [f"c{number:010d}" for number in numbers]


def assumed():
    """A crowd whose ids are taken to begin alike, and its first and last known id."""
    ids = letter(*range(0, 21 * 10**7, 10**7))
    crowd = Crowd.seen_on(shown(*ids))
    crowd.note_empty("d")
    return crowd, ids[0], ids[-1]


def test_a_cut_in_vain_tells_that_ids_begin_alike():
    ids = letter(*range(0, 21 * 10**7, 10**7))
    known = Crowd.seen_on(shown(*ids))
    first, last, other = ids[0], ids[-1], letter(3 * 10**9)[0]
    assert known.between(first, None) == 1_270
    assert known.between(other, None) > 0
    known.note_empty("d")
    # Now only what begins with c0 counts.
    assert known.between(first, None) == 116
    assert known.between(other, None) == 0
    assert known.between(first, last) == 21
    assert known.cut(first, None, 20).startswith("c01")
    # That was said once: what is found out since is not forgotten.
    known.expect(1_000, first)
    known.note_empty("c9")
    assert known.between(first, None) > 1_000


def test_a_sample_is_cut_at_the_id_before_the_wanted_one():
    crowd = spread()
    one, two, three, four = drawn = decimals(*(n * 10**7 for n in (1, 2, 3, 4)))
    crowd.draw(reversed(drawn))
    assert crowd.sample == drawn
    first = decimals(0)[0]
    # 105 contacts lie between each two of them.
    assert crowd.cut(first, None, 105) == one
    assert crowd.cut(first, None, 209) == one
    assert crowd.cut(first, None, 210) == two
    assert crowd.cut(first, None, 900) == four
    # Less than to the next one: that is the nearest one behind.
    assert crowd.cut(first, None, 10) == one
    assert crowd.cut(one, None, 10) == two
    assert crowd.cut(two, four, 105) == three
    assert crowd.cut(three, four, 10) is None
    assert crowd.cut(two, three, 50) is None
    assert crowd.cut(four, None, 10) is None
    # One where nothing was found is behind all.
    sparse = spread(step=4_111_111)
    sparse.draw(drawn)
    assert sparse.cut(one, None, 6) == three
    sparse.note_empty(three)
    assert sparse.cut(one, None, 6) is None
    assert sparse.cut(one, None, 4) == two
    sparse.note_empty(two)
    assert sparse.cut(one, None, 6) is None


def test_contacts_are_counted_until_some_were_walked_twice():
    crowd = spread()
    assert crowd.read == 0
    crowd.count_read(3, 7)
    assert not crowd.is_read
    crowd.count_read(4, 7)
    assert crowd.read == 7
    assert crowd.is_read
    crowd.read = None
    crowd.count_read(5, 7)
    assert crowd.read is None
    assert not crowd.is_read


def test_a_total_that_falls_or_is_not_told_ends_no_crowd():
    crowd = spread()
    crowd.count_read(3, 8)
    crowd.count_read(4, 7)
    assert (crowd.told, crowd.is_read) == (8, False)
    crowd.count_read(1, None)
    crowd.count_read(9, 7)
    assert not crowd.is_read


@pytest.mark.parametrize(
    ("found", "estimate"),
    [
        (0, 105),
        (2 * 105 + LEAST, 105),
        (2 * 105 + LEAST + 1, 1_050),
        (2 * 1_050 + LEAST + 1, 10_500),
        (10**9, 105_000 * 9 // 10),
    ],
)
def test_many_more_than_estimated_tell_that_ids_do_not_begin_alike(found, estimate):
    """No more than it takes: each character less is ten times as many."""
    ids = [f"000{number:09d}" for number in range(0, 21 * 10**7, 10**7)]
    crowd = Crowd.seen_on(shown(*ids))
    crowd.note_empty("9")
    crowd.expect(found, ids[0])
    assert crowd.between(ids[0], None) == estimate


def test_a_page_of_ids_that_begin_otherwise_tells_how_they_begin():
    crowd, first, _last = assumed()
    assert crowd.between(*letter(5 * 10**9, 6 * 10**9)) == 0
    crowd.learn(shown(*letter(*range(5 * 10**9, 5 * 10**9 + 210, 10))))
    assert crowd.between(*letter(5 * 10**9, 5 * 10**9 + 200)) in (20, 21)

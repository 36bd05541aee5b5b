"""Where a window ends while contacts leave it, and others come."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fake_location import FakeLocation, contact
from window_pages import NOW, advanced, days, page

from ghl_contact_sync.tools.sync.splitting import to_date_ranges
from ghl_contact_sync.tools.sync.window import ALL, DATED, MAX_REPEATS, UPDATED, Window


@pytest.mark.parametrize("count", [10, 7])
def test_a_total_that_falls_is_no_end_since_what_was_read_may_have_left(count):
    window = advanced(Window(DATED), page(days(*range(10)), 11 + count), exact=True)
    left = page(days(*range(10, 10 + count)), 10 + count)
    assert not advanced(window, left, exact=True).done
    late = page(days(40), 10 + count)
    assert not advanced(window, late, exact=True).done
    assert advanced(window, page([], 10 + count), exact=True).done
    assert (window.seen, window.short) == (11 + count, False)


def test_a_full_page_does_not_end_a_walk_whose_total_is_another_one_now():
    cut = advanced(Window(DATED), page(days(*range(10)), 40), exact=True)
    cut.upper, cut.expected = NOW + 30 * 86_400_000, 21
    assert not advanced(cut, page(days(*range(10, 20)), 20), exact=True).done
    short = advanced(cut, page(days(20, 21), 22), exact=True)
    assert short.done, "a short page that reaches the total does"
    # A walk that was taken up again does not know the totals before.
    stored = Window(DATED, cursor=[1, "a"], position=1, expected=20, seen=10)
    assert not advanced(stored, page(days(*range(10, 20)), 20), exact=True).done
    fallen = Window(DATED, cursor=[1, "a"], position=1, expected=21, seen=10)
    assert not advanced(fallen, page(days(*range(10, 19)), 19), exact=True).done
    assert advanced(fallen, page([], 19), exact=True).done
    same = Window(DATED, cursor=[1, "a"], position=1, expected=19, seen=10)
    assert advanced(same, page(days(*range(10, 19)), 19), exact=True).done


@pytest.mark.parametrize("leaving", [1, 300])
def test_contacts_that_stay_are_read_while_others_leave(leaving):
    location = FakeLocation([contact(n, NOW + n * 60_000) for n in range(1_301)], 500)
    window, read = Window(DATED), set()
    while not window.done:
        shown = location.fetch(window.request()).page
        read |= {one["id"] for one in shown.contacts}
        advanced(window, shown, exact=True, limit=500)
        for one in shown.contacts[:leaving] if window.seen == 500 else ():
            del location.contacts[one["id"]]
    assert set(location.contacts) <= read


def test_a_walk_over_all_that_becomes_one_by_dates_has_not_lost_anybody():
    window = advanced(Window(ALL), page(days(*range(10)), 14))
    to_date_ranges(window)
    # Two of them have no date.
    assert advanced(window, page(days(10, 11), 12), exact=True).done


def half_read():
    """Return a walk that has read a page of ten of thirty contacts."""
    return advanced(Window(UPDATED, lower=NOW), page(days(*range(10)), 30))


@pytest.mark.parametrize("total", [0, 9])
def test_an_empty_page_of_an_index_that_is_away_is_no_end(total):
    for window in (half_read(), replace(half_read(), upper=NOW + 10**11)):
        for _repeat in range(MAX_REPEATS - 1):
            advanced(window, page([], total))
            assert not window.done
            assert window.expected == 30, "the total before is what is to be read"
        back = page(days(*range(10, 20)), 30)
        assert not advanced(replace(window), back).done
        # Believed in the end, as one that broke off.
        assert advanced(window, page([], total)).done
        assert window.short


def test_one_that_is_taken_up_again_knows_what_was_to_be_read():
    stored = Window(UPDATED, cursor=[1, "a"], position=1, expected=30, seen=10)
    for _repeat in range(MAX_REPEATS - 1):
        assert not advanced(stored, page([], 0)).done
    assert advanced(stored, page([], 0)).short


def test_contacts_that_have_left_after_all_was_read_keep_no_walk_from_its_end():
    window = advanced(half_read(), page(days(*range(10, 30)), 30))
    assert advanced(window, page([], 25)).done
    assert not window.short
    # Those that were left have moved on, and nobody else.
    moved = half_read()
    assert advanced(moved, page([], 10)).done
    assert not moved.short

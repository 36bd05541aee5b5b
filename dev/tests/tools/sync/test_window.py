"""One window: what it asks for, how far it is, and where it ends."""

from __future__ import annotations

import pytest
from window_pages import NOW, advanced, days, page

from ghl_contact_sync.tools.dates import format_ms
from ghl_contact_sync.tools.ghl.dialect import COUNT_LIMIT
from ghl_contact_sync.tools.sync.window import (
    ALL,
    DATED,
    MAX_REPEATS,
    RECENT,
    UNCHANGED,
    UNDATED,
    UPDATED,
    Window,
    range_filter,
)

MISSING = "not_exists"


def test_a_window_asks_for_its_own_contacts():
    added = {"field": "dateAdded", "operator": "range"}
    bounds = {"gte": format_ms(NOW), "lt": format_ms(NOW + 5)}
    assert Window(DATED, NOW, NOW + 5).filters() == [{**added, "value": bounds}]
    assert Window(DATED, 0).filters() == [{**added, "value": {"gte": format_ms(0)}}]
    assert range_filter("x", None, 0)["value"] == {"lt": format_ms(0)}
    assert Window(DATED).filters() == [{"field": "dateAdded", "operator": "exists"}]
    assert Window(UNDATED).filters() == [{"field": "dateAdded", "operator": MISSING}]
    assert Window(UNCHANGED).filters() == [
        {"field": "dateUpdated", "operator": MISSING}
    ]
    assert Window(UPDATED, NOW).filters()[0]["field"] == "dateUpdated"
    assert Window(ALL, NOW).filters() == Window(RECENT, NOW).filters() == []
    both = Window(DATED, NOW, second=(UPDATED, 5, None)).filters()
    assert both == Window(DATED, NOW).filters() + Window(UPDATED, 5).filters()


def test_a_walk_goes_along_its_date():
    asc = {"direction": "asc"}
    assert Window(DATED).sort() == [{"field": "dateAdded", **asc}]
    assert Window(UPDATED).sort() == [{"field": "dateUpdated", **asc}]
    assert Window(RECENT).sort() == [{"field": "dateUpdated", "direction": "desc"}]
    # A sample is of an order that has nothing to do with ids.
    assert Window(DATED, sample=True).sort() == [{"field": "email", **asc}]


def test_a_request_carries_all_that_selects():
    window = Window(DATED, 1, 2, [3, "a"], 4, second=(UPDATED, 5, 6), sample=True)
    window.seen, window.expected = 7, 8
    request = window.request()
    assert request.filters() == window.filters()
    assert request.sort() == window.sort()
    assert (request.cursor, request.position) == ([3, "a"], 4)


def test_a_window_ends_with_a_short_page_that_reaches_the_total():
    window = advanced(Window(DATED), page(days(*range(10)), 14))
    assert (window.done, window.remaining, window.position) == (False, 4, days(9)[0])
    assert window.cursor == [days(9)[0], "id009"]
    advanced(window, page(days(10, 11, 12, 13), 14))
    assert (window.done, window.short, window.seen) == (True, False, 14)


@pytest.mark.parametrize(
    ("total", "exact", "done"),
    [
        (10, False, False),
        (10, True, True),
        (11, True, False),
        (9, True, True),
        (None, True, False),
    ],
)
def test_a_full_page_is_the_last_one_only_where_totals_are_exact(total, exact, done):
    window = advanced(Window(DATED), page(days(*range(10)), total), exact=exact)
    assert window.done is done
    # An empty page ends it in any case, as soon as nothing is known to be left.
    if not done and total != 11:
        window.expected = total
        pages = [page([], total)] * (1 if total else 2)
        assert advanced(window, *pages).done
        assert not window.short


def test_a_total_at_which_counts_end_is_no_total():
    for above, done in ((-1, True), (0, False), (1, False)):
        total = COUNT_LIMIT + above
        window = advanced(Window(DATED), page(days(*range(10)), total), exact=True)
        window.seen = total - 10
        more = page(days(*range(10, 20)), total)
        assert advanced(window, more, exact=True).done is done


def test_a_page_without_a_total_leaves_what_was_told_before():
    window = advanced(Window(DATED), page(days(*range(10)), 30))
    advanced(window, page(days(*range(10, 20)), None))
    assert (window.remaining, window.done) == (10, False)


def test_nobody_knows_that_totals_are_exact_unless_it_is_said():
    window = Window(DATED)
    window.advance_by(page(days(*range(10)), 10), 10)
    assert not window.done


def test_a_page_without_dates_moves_no_position():
    bounded = advanced(Window(DATED, upper=NOW), page([None] * 10, 20))
    assert (bounded.position, bounded.seen, bounded.done) == (None, 10, False)


def test_records_that_were_refused_count_as_seen():
    refused = page(days(1, 2), 3)
    refused.rejected = [{"id": None}]
    window = advanced(Window(DATED), refused)
    assert (window.seen, window.done) == (3, True)


def test_an_empty_page_that_comes_too_early_is_asked_for_again():
    window = advanced(Window(DATED), page(days(1, 2), 5))
    for repeats in range(1, MAX_REPEATS):
        advanced(window, page([], 5))
        assert (window.done, window.repeats) == (False, repeats)
    assert advanced(window, page([], 5)).done
    # It ended before its total: something is missing.
    assert window.short
    # Without a total one more look is enough, and nothing is known to be missing.
    blind = advanced(Window(DATED), page(days(1, 2)), page([]))
    assert (blind.done, blind.repeats) == (False, 1)
    assert advanced(blind, page([])).done
    assert not blind.short


def test_a_page_in_between_begins_the_count_anew():
    window = advanced(Window(DATED), page(days(1), 9), page([], 9), page([], 9))
    window.refusals = 1
    advanced(window, page(days(2), 9))
    assert (window.repeats, window.refusals) == (0, 0)


def test_the_page_before_is_no_progress():
    same = page(days(*range(10)), 30)
    window = advanced(Window(DATED), *[same] * MAX_REPEATS)
    assert (window.seen, window.is_stuck) == (10, False)
    advanced(window, same)
    assert (window.seen, window.is_stuck, window.done) == (10, True, False)
    assert advanced(window, same).is_stuck
    assert not Window(DATED, repeats=MAX_REPEATS, done=True).is_stuck


def test_a_walk_ends_at_a_bound_that_was_set_while_its_page_travelled():
    window = Window(DATED)
    window.requested_upper, window.upper = None, days(5)[0]
    window.advance_by(page(days(*range(5)), 99), 5, False)
    assert not window.done
    window.requested_upper = None
    window.advance_by(page(days(5), 99, ["x"]), 5, False)
    assert window.done
    beyond = Window(DATED, upper=days(5)[0])
    beyond.advance_by(page(days(4, 6), 99), 5, False)
    assert beyond.done
    # With the bound in the request, the vendor's range ends below it.
    bounded = advanced(Window(DATED, upper=days(5)[0]), page(days(4, 5, 6), 99))
    assert (bounded.done, bounded.position) == (False, days(4)[0])


def test_a_contact_with_an_odd_date_moves_nothing():
    far = 253_402_300_799_000 * 10
    odd = page(days(1), 9)
    odd._timestamps = {"dateAdded": [*days(1), far]}
    assert advanced(Window(DATED), odd).position == days(1)[0]


@pytest.mark.parametrize(("below", "ignored"), [(2_001, True), (2_000, False)])
def test_dates_far_below_the_bound_tell_that_it_is_ignored(below, ignored):
    window = advanced(Window(DATED, NOW), page([NOW - below, NOW], 9))
    assert window.ignores_bounds is ignored
    # It was seen once: a page that fits proves nothing.
    assert advanced(window, page([NOW + 1], 9, ["x"])).ignores_bounds is ignored


def test_changes_are_walked_from_the_newest_to_the_bound():
    window = Window(RECENT, days(3)[0])
    pages = [page(days(*two), 9, field="dateUpdated") for two in ((9, 8), (5, 3))]
    assert not advanced(window, pages[0]).done
    advanced(window, pages[1])
    assert (window.position, window.newest, window.done) == (*days(3, 9), False)
    last = page(days(2), 9, ["x"], "dateUpdated")
    assert advanced(window, last).done
    assert window.newest == days(9)[0]
    endless = advanced(Window(RECENT), *pages, last)
    assert (endless.position, endless.done) == (days(2)[0], False)
    for scope in (DATED, UPDATED):
        assert Window(scope, upper=5, position=3).newest == 3
    changed = advanced(Window(UPDATED), page(days(1, 2), 9, field="dateUpdated"))
    assert changed.position == days(2)[0]


def test_what_is_left_is_never_less_than_nothing():
    assert Window(DATED, seen=9, expected=5).remaining == 0
    assert Window(DATED, seen=2).remaining == 0
    assert Window(DATED, seen=2, expected=5).remaining == 3


def test_the_density_of_the_last_page_is_noted():
    window = advanced(Window(DATED), page([NOW, NOW + 30, NOW + 90], 99))
    assert window.ms_each == 30
    assert advanced(Window(DATED), page([NOW, NOW + 1], 9)).ms_each == 0.5
    assert advanced(window, page([], 3)).ms_each == 0


def crowd(count, start=0, more=(), total=None):
    """A page of contacts of one instant, and others after it."""
    ids = [f"{number * 997 % 10**6:06d}" for number in range(start, start + count)]
    ids = sorted(ids) + [f"x{number}" for number, _date in enumerate(more)]
    return page([NOW] * count + list(more), total or 5_000, ids)


def test_a_crowd_is_seen_where_a_page_ends_among_many_of_one_instant():
    assert advanced(Window(DATED), crowd(30)).crowd.timestamp == NOW
    # Of fewer contacts one tells little.
    assert advanced(Window(DATED), crowd(19)).crowd is None
    assert advanced(Window(DATED), crowd(20)).crowd
    # Nor are contacts a crowd that show other dates than they are filed under.
    for other in (-9, 9):
        odd = crowd(30)
        odd._timestamps = {"dateAdded": [NOW + other]}
        assert advanced(Window(DATED), odd).crowd is None
    # It is passed as soon as a page ends at another date.
    window = advanced(Window(DATED), crowd(30), crowd(25, 30, [NOW + 5]))
    assert window.crowd is None


def part(**more):
    """A part of a crowd, cut at made-up ids."""
    first = advanced(Window(DATED), crowd(30)).crowd
    start = {"cursor": [NOW, "400000"], "position": NOW, "expected": 100}
    return Window(DATED, NOW, crowd=first, made_up=True, **{**start, **more})


def test_a_part_ends_at_the_key_where_the_next_one_begins():
    end = (NOW, "500000")
    ids = [f"4{number:05d}" for number in range(10)]
    window = advanced(part(until=end), page([NOW] * 10, 5_000, ids))
    assert not window.done
    # Its total is another windows' as well.
    assert window.expected != 5_000
    for last in ("499999", "500000", "500001"):
        ids = [f"45000{number}" for number in range(9)] + [last]
        one = advanced(part(until=end), page([NOW] * 10, 5_000, ids))
        assert one.done is (last >= "500000")


def test_a_part_whose_pages_show_no_keys_ends_behind_its_instant():
    for date, done in ((NOW, False), (NOW + 1, True)):
        keyless = page([date] * 3, 5_000)
        keyless.stretch = None
        assert advanced(part(until=(NOW, "5")), keyless).done is done
    keyless = page([NOW - 5] * 3, 5_000)
    keyless.stretch = None
    early = part(position=NOW - 9, until=(NOW, "5"))
    assert not advanced(early, keyless).done


def test_a_part_whose_ids_do_not_rise_goes_on_to_the_very_end():
    ids = ["450000", "440000", "600000"]
    window = advanced(part(until=(NOW, "500000")), page([NOW] * 3, 5_000, ids))
    assert (window.until, window.ignores_bounds, window.done) == (None, True, False)


def test_an_index_that_is_away_ends_no_part():
    window = advanced(part(), crowd(30, total=5_000))
    left = window.remaining
    for total, repeats in ((None, 1), (2_499, 2)):
        advanced(window, page([], total))
        assert (window.done, window.repeats) == (False, repeats)
        assert window.remaining == left
    assert advanced(window, page([], 2_500)).done
    assert advanced(part(), crowd(30), page([], 5_000)).done
    # Where even the total is missing, the second empty page is the end.
    blind = advanced(part(), crowd(30), *[page([], 9)] * 2, page([], None))
    assert blind.done


def test_nothing_behind_a_made_up_id_tells_where_ids_end():
    window = part(cursor=[NOW, "900000"])
    known = window.crowd
    before = known.between("000000", None)
    advanced(window, page([], 5_000))
    assert (window.done, known.top) == (True, "900000")
    assert known.between("950000", None) == 0 < before


def test_a_part_that_was_taken_up_again_and_comes_empty_ends():
    start = {"cursor": [NOW, "900000"], "position": NOW, "expected": 9}
    stored = Window(DATED, NOW, made_up=True, **start)
    assert advanced(stored, page([], 5_000)).done


def test_what_a_part_cannot_begin_is_read_by_the_one_before():
    one, other = part(until=(NOW, "5")), part(until=(NOW, "7"), expected=40)
    one.take_back(other)
    assert (one.until, one.expected, other.done) == ((NOW, "7"), 140, True)
    assert one.end_id() == "7"
    unknown = part(until=(NOW, "5"), expected=None)
    unknown.take_back(part(until=None, expected=40))
    assert unknown.expected == 40
    last = part(until=None, expected=None)
    one.take_back(last)
    assert (one.until, one.expected, one.end_id()) == (None, 140, None)


def test_a_part_expects_what_its_crowd_is_thought_to_have_left():
    window = advanced(part(), crowd(30, 400))
    assert window.remaining == window.crowd_left() > 0
    # Behind the crowd nothing of it is left.
    later = advanced(part(), crowd(30, 400, [NOW + 5]))
    assert (later.seen, later.remaining) == (31, 0)


def test_a_part_counts_its_own_contacts_only():
    ids = [f"45000{number}" for number in range(10)]
    for end, own in ((None, 10), ((NOW, "450004"), 5), ((NOW, "450009"), 10)):
        window = part(until=end)
        before, known = window.crowd.read, window.crowd
        advanced(window, page([NOW] * 10, 5_000, ids))
        assert known.read - before == own


def test_a_crowd_ends_when_its_windows_have_read_all_of_it():
    window = advanced(Window(DATED), crowd(30, total=45), exact=True, limit=100)
    assert (window.done, window.may_end_with_crowd) == (False, True)
    window.crowd.count_read(14, 45)
    assert not window.ends_with_crowd()
    for _one in range(2):
        window.crowd.count_read(1, 45)
        assert window.ends_with_crowd()
    # What is read again from its first contact on was counted already.
    window.crowd.read = None
    assert not window.ends_with_crowd()


def test_a_crowd_is_not_known_to_end():
    for exact, limit, total in (
        (False, 100, 45),
        (True, 30, 45),
        (True, 100, None),
        (True, 100, COUNT_LIMIT),
    ):
        pages = crowd(30)
        pages.total = total
        window = advanced(Window(DATED), pages, exact=exact, limit=limit)
        window.crowd.count_read(COUNT_LIMIT, 45)
        assert not window.may_end_with_crowd
        assert not window.ends_with_crowd()
    behind = advanced(
        Window(DATED), crowd(30, more=[NOW + 5], total=45), exact=True, limit=100
    )
    assert not behind.may_end_with_crowd


def test_a_restarted_walk_counts_no_crowd():
    window = advanced(Window(DATED), crowd(30))
    known = window.crowd
    window.restart()
    assert (known.read, window.crowd_left()) == (None, 0)


@pytest.mark.parametrize(("contacts", "learned"), [(19, False), (20, True), (40, True)])
def test_a_page_of_many_tells_how_dense_a_crowd_is(contacts, learned):
    window = advanced(Window(DATED), crowd(30))
    before = window.crowd.between("000000", "900000")
    ids = [f"9{number:05d}" for number in range(contacts)]
    advanced(window, page([NOW] * contacts, 5_000, ids))
    # These lie much closer to each other than those of the first page.
    assert (window.crowd.between("000000", "900000") > 2 * before) is learned


def test_another_instant_is_another_crowd():
    window = advanced(Window(DATED), crowd(30))
    first = window.crowd
    assert advanced(window, crowd(25, 30)).crowd is first
    # Few contacts more tell little, and change nothing.
    assert advanced(window, crowd(5, 60)).crowd is first
    assert first.read == 60
    ids = sorted(f"{number * 997:06d}" for number in range(30))
    advanced(window, page([NOW + 5] * 30, 5_000, ids))
    assert window.crowd.timestamp == NOW + 5
    # Where ids do not follow each other no estimate holds.
    unordered = page([NOW + 5] * 3, 5_000, ["9", "5", "7"])
    assert advanced(window, unordered).crowd is None


def test_ids_that_begin_alike_are_spread_as_the_total_tells():
    """As far as they can be told apart: then the estimate stays, and looking ends."""
    ids = [f"contact0{number:06d}" for number in range(0, 900_000, 30_000)]
    window = advanced(Window(DATED), page([NOW] * 30, 60, ids))
    window.crowd.note_empty("contact0950000")
    narrow = window.crowd_left()
    window.crowd.top = None
    window.expected = 5_000
    assert window.crowd_left() > 10 * narrow
    window.expected = 10**9
    assert window.crowd_left() < 10**9

"""Where windows are cut: in full pages, evenly, and not in vain."""

from __future__ import annotations

from copy import copy

import pytest
from fake_location import FakeLocation, contact, run
from hypothesis import given
from hypothesis import strategies as st

from ghl_contact_sync.tools.sync.splitting import (
    divide,
    draw_sample,
    filling,
    split,
    spread,
    to_date_ranges,
)
from ghl_contact_sync.tools.sync.window import (
    ALL,
    DATED,
    RECENT,
    UNCHANGED,
    UNDATED,
    UPDATED,
    Window,
)

NOW = 1_700_000_000_000


def dated(**more):
    """A window of a second, at whose beginning the walk is; times are from `NOW` on."""
    values = {"scope": DATED, "upper": 1_000, "position": 0, **more}
    for name in ("lower", "upper", "position"):
        if values.get(name) is not None:
            values[name] += NOW
    return Window(**values)


def crowded(count=1_000, later=0, page=100, **more):
    """A window after its first page, which shows contacts of one instant only."""
    step = 10**7 // count
    contacts = [{**contact(0, NOW), "id": f"{n * step:07d}"} for n in range(count)]
    contacts += [contact(10_000 + n, NOW + 1) for n in range(later)]
    for number, one in enumerate(contacts):
        one["dateUpdated"] = f"2024-01-01T00:00:00.{number % 1000:03d}Z"
    window = Window(DATED, **more)
    location = FakeLocation(contacts, page)
    window.advance_by(location.fetch(window).page, page, False)
    return window


def ranges(windows):
    """Ranges and sizes of windows, in whole milliseconds from `NOW` on."""
    found = [(one.lower, one.upper, one.expected) for one in windows]
    assert all(value is None or type(value) is int for one in found for value in one)
    return [(low - NOW, high and high - NOW, size) for low, high, size in found]


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 40))
def test_what_is_left_is_cut_evenly_and_nothing_is_left_out(position, last, parts):
    window = Window(DATED, position=position, seen=500, expected=2_431)
    windows = [window, *spread(window, last, parts)]
    edges = [one.lower for one in windows[1:]]
    assert [one.upper for one in windows] == [*edges, None]
    assert all(position < edge <= last for edge in edges)
    assert edges == sorted(set(edges))
    assert len(windows) <= max(parts, 1)
    assert sum(one.remaining for one in windows) <= 2_431 - 500
    if parts > 1 and last - position >= parts:
        assert len(windows) == parts


def test_even_parts_have_an_equal_share():
    window = dated(upper=None, seen=500, expected=2_500)
    later = spread(window, NOW + 1_000, 4)
    assert ranges(later) == [(250, 500, 500), (500, 750, 500), (750, None, 500)]
    assert (window.upper, window.remaining) == (NOW + 250, 500)
    bounded = dated(upper=2_000, expected=900)
    assert ranges(spread(bounded, NOW + 1_000, 2)) == [(500, 2_000, 450)]
    assert spread(dated(), NOW + 1_000, 1) == []
    assert spread(dated(position=None), NOW + 1_000, 4) == []
    thirds = spread(dated(upper=None, expected=900), NOW + 1_000, 3)
    assert ranges(thirds) == [(333, 667, 300), (667, None, 300)]
    # An instant is no room for a cut, two of them are.
    assert ranges(spread(dated(upper=None, expected=9), NOW + 1, 4)) == [(1, None, 4)]
    assert spread(dated(), NOW, 4) == []


@pytest.mark.parametrize("remaining", [620, 1_000, 1_400, 1_900, 5_000, 33_000])
def test_a_cut_leaves_whole_pages(remaining):
    window = Window(DATED, 0, 10**9, position=0, expected=remaining)
    later = split(window, None, 500)
    assert window.remaining + later.remaining == remaining
    if remaining > 900:
        assert window.remaining in [filling(pages, 500) for pages in range(1, 40)]
    assert 0.3 * remaining < window.remaining <= 0.5 * remaining + 250
    # What is left of its last page is room for dates that come more densely.
    assert remaining <= 900 or -window.remaining % 500 < 350
    assert later.lower == window.upper


def test_half_of_a_few_contacts_are_left():
    window = dated(expected=107, seen=7)
    assert ranges([split(window, None, 500)]) == [(500, 1_000, 50)]
    assert (window.upper, window.expected) == (NOW + 500, 57)
    # However long the time is: no page has told yet how dense they are.
    assert ranges([split(dated(upper=10**8, expected=100), None, 500)]) == [
        (50_000_000, 10**8, 50)
    ]
    # The smallest pages, as well.
    assert ranges([split(dated(expected=4), None, 4)]) == [(500, 1_000, 2)]
    # The last instant counts.
    assert ranges([split(dated(upper=999, expected=100), None, 500)]) == [
        (500, 999, 50)
    ]
    opened = dated(upper=None, expected=100)
    assert ranges([split(opened, NOW + 1_000, 500)]) == [(500, None, 50)]
    assert split(dated(upper=None, expected=100), None, 500) is None
    # The second condition holds for both parts.
    second = (UPDATED, 5, None)
    assert split(dated(expected=100, second=second), None, 500).second == second
    assert split(dated(scope=UPDATED, expected=100), None, 500).scope == UPDATED


@pytest.mark.parametrize(
    "window",
    [
        *(dated(scope=scope, expected=100) for scope in (ALL, UNDATED, UNCHANGED)),
        dated(scope=RECENT, expected=100),
        dated(position=None, expected=100),
        dated(expected=100, ignores_bounds=True),
        dated(expected=100, until=(NOW, "a")),
        dated(expected=1),
        dated(expected=100, seen=100),
        dated(expected=None),
        dated(upper=1, expected=100),
        # Contacts that show a date below the bound draw the middle below it as well.
        dated(lower=500, expected=100),
        dated(lower=600, expected=100),
    ],
)
def test_what_cannot_be_cut_stays_as_it_is(window):
    before = copy(window)
    assert split(window, NOW + 1_000, 500, by_ids=True) is None
    assert window == before


def test_two_instants_can_be_told_apart():
    assert ranges([split(dated(upper=2, expected=10), None, 500)]) == [(1, 2, 5)]
    assert split(dated(lower=499, expected=100), None, 500).lower == NOW + 500


@pytest.mark.parametrize(
    ("ms_each", "middle"), [(0.0, 500), (0.1, 6), (0.6, 31), (0.62, 500), (9.0, 500)]
)
def test_an_import_is_cut_by_the_density_of_its_last_page(ms_each, middle):
    """Where half of the contacts would fill less than a sixteenth of half the time."""
    assert split(dated(expected=100, ms_each=ms_each), None, 500).lower == NOW + middle


def test_a_crowd_is_cut_behind_its_instant():
    window = crowded(later=50)
    later = split(window, NOW + 1, 100)
    assert (later.lower, later.upper) == (NOW + 1, None)
    assert window.upper == NOW + 1
    assert window.remaining + later.remaining == 950
    assert 30 <= later.expected <= 60
    # Nothing is behind it: the instant is the last one, or ends the window.
    assert split(crowded(), NOW, 100) is None
    assert split(crowded(), NOW - 5, 100) is None
    assert split(crowded(upper=NOW + 1), NOW + 9, 100) is None
    # Hardly more are left than of the crowd: none is expected behind it.
    full = crowded()
    full.expected = full.seen + 50
    assert split(full, NOW + 9, 100).expected == 0
    assert full.remaining == 50
    # What is left of it comes with one page: a cut by time will do.
    assert split(crowded(150, later=2_000), NOW + 9, 100).lower > NOW + 1


def test_a_crowd_is_cut_at_an_id_where_cursors_may_be_made_up():
    window = crowded()
    assert split(crowded(), NOW, 100) is None
    later = split(window, NOW, 100, by_ids=True)
    assert later.cursor == list(window.until)
    assert (later.lower, later.position, later.made_up) == (NOW, NOW, True)
    # Planned in whole pages, each of which comes nearly full: half of the crowd.
    assert (window.remaining, later.remaining) == (450, 450)
    assert later.crowd is window.crowd
    again = split(later, NOW, 100, by_ids=True)
    assert window.until < tuple(again.cursor)
    assert (again.until, later.until) == (None, tuple(again.cursor))
    assert split(window, NOW, 100) is None
    # Half of what is left would be more than five pages.
    more = crowded(1_100)
    assert more.crowd_left() > 950
    split(more, NOW, 100, by_ids=True)
    assert more.remaining == 450
    # By the total a page of it is left, or less, whatever its ids let expect.
    for left in (50, 90):
        few = crowded()
        few.expected = few.seen + left
        assert split(few, NOW, 100, by_ids=True) is None


def test_a_part_that_is_cut_keeps_the_bounds_and_the_end_of_the_whole():
    window = crowded(lower=NOW - 5, upper=NOW + 1, second=(UPDATED, 0, None))
    later = split(window, NOW, 100, by_ids=True)
    assert (later.lower, later.upper) == (NOW, NOW + 1)
    assert later.second == (UPDATED, 0, None)
    end = window.until
    middle = split(window, NOW, 100, by_ids=True)
    assert middle.until == end
    assert window.until == tuple(middle.cursor)


def test_less_than_a_page_of_a_crowd_is_not_cut():
    part = split(crowded(), NOW, 100, by_ids=True)
    part.cursor = [NOW, "9600000"]
    part.crowd.draw(["9700000", "9800000"])
    assert split(part, NOW, 100, by_ids=True) is None
    # A cut leaves a page where there is more than one.
    more = split(crowded(), NOW, 100, by_ids=True)
    more.cursor = [NOW, "8500000"]
    again = split(more, NOW, 100, by_ids=True)
    assert more.remaining == 90
    assert 40 <= again.remaining <= 70
    # The walk is to begin anew: there is no id to cut behind.
    more.restart()
    assert split(more, NOW, 100, by_ids=True) is None


def test_a_part_without_an_id_of_the_sample_is_not_cut():
    window = crowded(2_000)
    split(window, NOW, 100, by_ids=True)
    assert window.remaining > 200
    window.crowd.draw(["9900000"])
    assert split(window, NOW, 100, by_ids=True) is None


def test_one_sample_of_a_crowd_is_drawn():
    window = crowded(second=(UPDATED, 0, None))
    sample = draw_sample(window)
    assert (sample.lower, sample.upper, sample.sample) == (NOW, NOW + 1, True)
    assert (sample.scope, sample.second) == (DATED, (UPDATED, 0, None))
    assert draw_sample(window) is None
    assert draw_sample(dated(expected=100)) is None
    part = split(crowded(), NOW, 100, by_ids=True)
    assert draw_sample(part) is None


def seconds(windows):
    return [one.second for one in windows]


def test_a_crowd_is_divided_at_dates_of_its_changes():
    window = crowded(lower=NOW, upper=NOW + 1)
    window.updates = [10, 20, 30, 40]
    parts = divide(window, 4, 1)
    cells = [(UPDATED, None, 20), (UPDATED, 20, 30), (UPDATED, 30, 40)]
    cells += [(UPDATED, 40, None), (UNCHANGED, None, None)]
    assert seconds([window, *parts]) == cells
    assert {(one.lower, one.upper) for one in parts} == {(NOW, NOW + 1)}
    assert {one.expected for one in parts} == {900 // 5} == {window.expected}
    # It is walked anew: its cursor belongs to other filters.
    assert (window.cursor, window.seen, window.crowd) == (None, 0, None)
    # Not all of them hold just as many.
    uneven = crowded()
    uneven.updates = [10, 20, 30, 40, 50, 60]
    assert {one.expected for one in divide(uneven, 6, 1)} == {900 // 7}


def test_a_part_is_divided_within_its_own_dates():
    window = crowded()
    window.second, window.updates = (UPDATED, 20, 40), [10, 20, 30, 40, 50]
    cells = [(UPDATED, 20, 30), (UPDATED, 30, 40)]
    assert seconds([window, *divide(window, 5, 1)]) == cells
    late = crowded()
    late.second, late.updates = (UPDATED, 20, 40), [5, 10, 30, 35]
    cells = [(UPDATED, 20, 30), (UPDATED, 30, 35), (UPDATED, 35, 40)]
    assert seconds([late, *divide(late, 4, 1)]) == cells
    # At the first date that was seen nothing is cut off.
    few = crowded()
    few.second, few.updates = (UPDATED, 20, 40), [30, 35]
    cells = [(UPDATED, 20, 35), (UPDATED, 35, 40)]
    assert seconds([few, *divide(few, 2, 1)]) == cells
    half = crowded()
    half.second, half.updates = (UPDATED, None, 40), [10, 20, 30, 50]
    assert seconds([half, *divide(half, 2, 1)]) == [
        (UPDATED, None, 30),
        (UPDATED, 30, 40),
    ]


def test_parts_of_a_division_hold_what_they_shall():
    window = crowded()
    window.updates = list(range(100))
    # Two parts by date, and the contacts that were never changed.
    assert len(divide(window, 10, least=400)) == 2
    for least in (451, 10**6):
        assert divide(crowded(), 10, least=least) == []
    for parts in (0, 1):
        assert divide(crowded(), parts, 1) == []


def test_what_cannot_be_divided_stays_as_it_is():
    same, never = crowded(), crowded()
    same.updates, never.updates = [7] * 100, []
    unchanged = crowded()
    unchanged.second = (UNCHANGED, None, None)
    part = split(crowded(), NOW, 100, by_ids=True)
    part.updates = [1, 2, 3]
    others = [crowded() for _scope in range(4)]
    for window, scope in zip(others, (UPDATED, ALL, UNDATED, RECENT), strict=True):
        window.scope, window.updates = scope, [1, 2, 3]
    for window in (same, never, unchanged, part, *others):
        before = copy(window)
        assert divide(window, 4, 1) == []
        assert window == before


def test_a_window_over_all_goes_on_by_date():
    window = Window(ALL, cursor=[NOW, "a"], position=NOW, seen=100, expected=900)
    assert to_date_ranges(window) == Window(UNDATED)
    assert (window.scope, window.cursor, window.seen) == (DATED, [NOW, "a"], 100)
    # Among contacts without date its cursor leads nowhere.
    lost = Window(ALL, cursor=[None, "a"], seen=100, expected=900)
    to_date_ranges(lost)
    assert (lost.scope, lost.cursor, lost.seen) == (DATED, None, 0)


@pytest.mark.parametrize("pages", [1, 4, 40])
def test_pages_are_planned_to_be_nearly_full(pages):
    assert 0.85 * 500 * pages < filling(pages, 500) < 500 * pages
    # Small pages are planned to be half full.
    assert filling(pages, 4) >= 2 * pages
    assert filling(1, 4) == 2
    # 2.5 standard deviations of as many contacts are left free.
    assert abs(500 * pages - filling(pages, 500) - 2.5 * (500 * pages) ** 0.5) < 1


def test_nothing_is_cut_while_the_limit_takes_the_time():
    location = FakeLocation([contact(n, n * 1_000) for n in range(3_000)], 50)
    told = []

    def is_limited(pages, in_flight):
        told.append((pages, in_flight))
        return True

    windows = [Window(DATED)]
    read = run(location, 8, windows=windows, last=3_000_000, is_limited=is_limited)
    assert set(read) == set(location.contacts)
    assert len(windows) == 1
    # The empty page at the end is the only one more than there have to be.
    assert len(location.fetches) == 61
    assert max(pages for pages, _flying in told) == 59
    assert max(flying for _pages, flying in told) == 1

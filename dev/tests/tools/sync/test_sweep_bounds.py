"""A sweep, step by step: when nothing more is cut, and when it is ending."""

from __future__ import annotations

import pytest
from fake_location import contact
from one_by_one import ids_of, located, rest_of, sweep_of
from window_pages import NOW

from ghl_contact_sync.tools.sync.reader import ENOUGH
from ghl_contact_sync.tools.sync.window import DATED, UNDATED, Window


def test_a_last_page_in_vain_counts_as_one():
    """It is on its way, and the other window has two pages more."""
    location = located(40)
    ended = []
    sweep = sweep_of(
        location,
        Window(DATED, NOW, NOW + 10_000),
        Window(DATED, NOW + 10_000, NOW + 40_000),
        on_ending=lambda: ended.append(len(location.fetches)),
    )
    assert sorted(ids_of(rest_of(sweep))) == sorted(location.contacts)
    assert ended == [4]


@pytest.mark.parametrize("ignores", [False, True])
def test_nothing_is_cut_while_a_window_that_ignores_its_bounds_is_on_its_way(ignores):
    """One that was cut at ids: of other windows that says nothing for good."""
    location, cut = located(100), []
    odd = Window(DATED, NOW + 95_000, ignores_bounds=ignores)
    large = Window(DATED, NOW, NOW + 95_000, position=NOW, expected=95)
    sweep = sweep_of(
        location, odd, large, on_split=lambda *both: cut.append(both), last=NOW + 10**5
    )
    sweep.begin()
    assert bool(cut) is not ignores
    while not odd.done:
        sweep.next()
    assert cut


@pytest.mark.parametrize("ignored", [False, True])
def test_nothing_is_cut_once_a_page_has_shown_that_bounds_are_ignored(ignored):
    """Even if it was the last one of its window."""
    location, cut = located(100), []
    fetch = location.fetch
    first = Window(DATED, NOW + 95_000, NOW + 99_000)

    def wrapped(window):
        fetched = fetch(window)
        if ignored and window.lower == first.lower:
            fetched.page.contacts = [contact(7, NOW), *fetched.page.contacts[1:]]
        return fetched

    location.fetch = wrapped
    sweep = sweep_of(
        location,
        first,
        Window(DATED, NOW, NOW + 95_000),
        on_split=lambda *both: cut.append(both),
        last=NOW + 10**5,
    )
    sweep.next()
    assert first.done
    items = rest_of(sweep)
    assert bool(cut) is not ignored
    assert len(set(ids_of(items))) >= 95


@pytest.mark.parametrize(("waiting", "asked"), [(ENOUGH - 1, 1), (ENOUGH, 0)])
def test_so_many_pages_that_wait_are_enough(waiting, asked):
    location = located(waiting * 10)
    edges = [NOW + number * 10_000 for number in range(waiting + 1)]
    pairs = zip(edges, edges[1:], strict=False)
    sweep = sweep_of(location, *(Window(DATED, *pair) for pair in pairs), threads=20)
    sweep.begin()
    # All have arrived, and none was taken.
    sweep._pool.wait(lambda: len(location.fetches) == waiting)
    sweep.add(Window(UNDATED))
    sweep.begin()
    assert sweep.in_flight == waiting + asked

"""Where windows are cut: in full pages, evenly, and not in vain."""

from __future__ import annotations

import pytest
from fake_location import FakeLocation, contact, run
from hypothesis import given
from hypothesis import strategies as st

from ghl_contact_sync.tools.sync.splitting import filling, split, spread
from ghl_contact_sync.tools.sync.window import DATED, Window


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


@pytest.mark.parametrize("remaining", [620, 1_000, 1_400, 1_900, 5_000, 33_000])
def test_a_cut_leaves_whole_pages(remaining):
    window = Window(DATED, 0, 10**9, position=0, expected=remaining)
    later = split(window, None, 500)
    assert window.remaining + later.remaining == remaining
    assert 0.3 * remaining < window.remaining <= 0.5 * remaining + 250
    # What is left of its last page is room for dates that come more densely.
    assert remaining <= 900 or -window.remaining % 500 < 350
    assert later.lower == window.upper


@pytest.mark.parametrize("pages", [1, 4, 40])
def test_pages_are_planned_to_be_nearly_full(pages):
    assert 0.85 * 500 * pages < filling(pages, 500) < 500 * pages
    assert filling(pages, 1) >= 0


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

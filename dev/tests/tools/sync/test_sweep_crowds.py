"""A sweep of a crowd, step by step: where it is cut, and what becomes of the parts."""

from __future__ import annotations

import pytest
from fake_location import contact
from one_by_one import crowded, failing, ids_of, rest_of, sweep_of
from window_pages import NOW

from ghl_contact_sync.tools.errors import GhlServerError
from ghl_contact_sync.tools.sync.allowed_cuts import Cuts
from ghl_contact_sync.tools.sync.reader import MAX_EMPTY_PARTS
from ghl_contact_sync.tools.sync.window import DATED, Window


def crowd_sweep(location, threads=5, **options):
    windows = [Window(DATED)]
    cut = []
    sweep = sweep_of(
        location,
        *windows,
        threads=threads,
        on_split=lambda _one, later: windows.append(later),
        on_cut=cut.append,
        pages_to_split=1,
        last=NOW,
        **options,
    )
    return sweep, windows, cut


@pytest.mark.parametrize("made_up", ["refused", "ignored", "empty", "unshown"])
def test_a_part_that_cannot_begin_is_given_back(made_up):
    location = crowded(600, made_up)
    sweep, windows, cut = crowd_sweep(location, cuts=Cuts(made_up=True))
    items = rest_of(sweep)
    assert sorted(set(ids_of(items))) == sorted(location.contacts)
    # Once is enough to know, but for empty pages, which may be right.
    assert not sweep.cuts.made_up
    assert cut
    assert all(window in windows for window in cut)
    assert all(window.done for window in windows)
    vain = [one for one in windows if one.made_up and not one.seen]
    assert len(vain) >= (MAX_EMPTY_PARTS if made_up == "empty" else 1)
    # Little more is read than without cuts.
    assert len(location.fetches) <= 31 + 3 * 5


def test_a_crowd_is_read_by_parts_that_end_together():
    location = crowded(590)
    ended = []
    sweep, windows, cut = crowd_sweep(
        location, cuts=Cuts(made_up=True, exact=True), on_end=ended.append
    )
    items = rest_of(sweep)
    assert sorted(set(ids_of(items))) == sorted(location.contacts)
    assert cut == []
    assert all(window.done for window in windows)
    assert len(windows) >= 5
    assert sweep.cuts.made_up
    # No page came in vain.
    assert all(item.page.count for _window, item in items)
    assert len(ended) == 1
    assert len(location.fetches) <= 45


def test_a_part_that_comes_empty_is_no_failure_where_another_was_read():
    location = crowded(600, below=3 * 10**7)
    sweep, windows, cut = crowd_sweep(location, cuts=Cuts(made_up=True))
    items = rest_of(sweep)
    assert sorted(set(ids_of(items))) == sorted(location.contacts)
    in_vain = [one for one in windows if one.made_up and not one.seen]
    assert in_vain
    assert cut == []
    assert sweep.cuts.made_up


def test_where_nothing_was_found_no_further_part_begins():
    location = crowded(600, "empty")
    sweep, windows, _cut = crowd_sweep(location, threads=2, cuts=Cuts(made_up=True))
    rest_of(sweep)
    begins = [one.cursor[1] for one in windows if one.made_up and not one.seen]
    assert len(begins) == MAX_EMPTY_PARTS
    assert begins == sorted(begins, reverse=True)
    # From then on no cursor is made up, whether or not another cut would have paid.
    assert not sweep.cuts.made_up


def test_a_sample_tells_where_to_cut_once():
    location = crowded(600, "refused")
    sweep, windows, _cut = crowd_sweep(location, cuts=Cuts(divide=True))
    items = rest_of(sweep)
    assert sorted(set(ids_of(items))) == sorted(location.contacts)
    assert sum(window.sample for window in location.fetches) == 1
    assert sum(window.made_up for window in windows) >= 4
    assert max(window.seen for window in windows) <= 300


def test_a_sample_that_fails_costs_nothing_else():
    location = crowded(600, "refused")
    failing(
        location,
        lambda one: GhlServerError("busy", status=503) if one.sample else None,
    )
    sweep, _windows, _cut = crowd_sweep(location, cuts=Cuts(divide=True))
    assert sorted(set(ids_of(rest_of(sweep)))) == sorted(location.contacts)


def edited(count):
    """A crowd whose contacts were changed at other times; only shown ids will do."""
    location = crowded(count, "unshown")
    for number, one in enumerate(location.contacts.values()):
        one["dateUpdated"] = f"2024-01-01T00:00:00.{number * 7 % 1000:03d}Z"
    return location


def samples(location):
    return sum(window.sample for window in location.fetches)


def test_a_crowd_is_divided_by_changes_where_no_id_will_do():
    location = edited(600)
    sweep, windows, _cut = crowd_sweep(location, cuts=Cuts(divide=True))
    items = rest_of(sweep)
    assert sorted(set(ids_of(items))) == sorted(location.contacts)
    assert sum(window.second is not None for window in windows) >= 4
    assert all(window.done for window in windows)
    assert all(window.done for window, _item in items)
    # Ids of the one sample were tried once, and no others.
    assert samples(location) == 1
    assert sum(window.made_up and not window.seen for window in windows) <= 5
    assert len(location.fetches) <= 31 + 25


@pytest.mark.parametrize(
    ("count", "threads", "cuts"),
    [(600, 5, Cuts()), (600, 1, Cuts(divide=True)), (40, 5, Cuts(divide=True))],
)
def test_no_sample_is_drawn_in_vain(count, threads, cuts):
    """Of what is walked in any case, by nobody else, or with one page more."""
    location = edited(count)
    sweep, windows, _cut = crowd_sweep(location, threads, cuts=cuts)
    assert sorted(set(ids_of(rest_of(sweep)))) == sorted(location.contacts)
    assert samples(location) == 0
    assert len(windows) == 1


@pytest.mark.parametrize(
    ("threads", "others", "drawn"), [(3, 2, 0), (3, 3, 0), (4, 2, 1), (4, 3, 0)]
)
def test_a_sample_is_drawn_where_two_threads_are_idle(threads, others, drawn):
    """The other windows are longer, and have the rest of the threads."""
    location = edited(120)
    windows = [Window(DATED, NOW)]
    for number in range(1, others + 1):
        end = NOW - number * 10_000
        windows.append(Window(DATED, end - 1_000, end))
        for place in range(400):
            one = contact(number * 1_000 + place, end - 900 + place)
            location.contacts[one["id"]] = one
    sweep = sweep_of(
        location,
        *windows,
        threads=threads,
        on_split=lambda _one, later: windows.append(later),
        pages_to_split=1,
        last=NOW,
        cuts=Cuts(divide=True),
        is_limited=lambda _pages, _in_flight: True,
    )
    assert sorted(set(ids_of(rest_of(sweep)))) == sorted(location.contacts)
    assert samples(location) == drawn

"""Contacts leave while they are read, pages come short, and many share a date."""

from __future__ import annotations

import random
from dataclasses import fields

import pytest
from fake_location import FakeLocation, contact
from hypothesis import given, settings
from hypothesis import strategies as st
from one_by_one import OneByOne, ids_of, sweep_of
from window_pages import NOW

from ghl_contact_sync.tools.sync.allowed_cuts import Cuts
from ghl_contact_sync.tools.sync.splitting import split
from ghl_contact_sync.tools.sync.window import DATED, Window

YEAR = 365 * 86_400_000
EXACT = Cuts(exact=True)
SHORT = ["never", "always", "now and then"]
# What the row of a window keeps; all else is forgotten where a slice ends.
KEPT = {
    *("scope", "lower", "upper", "cursor", "position", "expected", "seen", "done"),
    *("short", "fell_short", "made_up", "until", "second"),
}


class RandomOrder(OneByOne):
    """A pool whose answers come in any order."""

    def __init__(self, rng):
        super().__init__()
        self._rng = rng

    def wait(self, ready):
        while not ready():
            self._rng.shuffle(self.tasks)
            future, work, args = self.tasks.popleft()
            if future.set_running_or_notify_cancel():
                future.set_result(work(*args))


class Leaving(FakeLocation):
    """Contacts leave it between answers, and its pages come short.

    :param full: the size of page that is asked for
    :param leaving: how many contacts leave after an answer, at the most
    """

    def __init__(self, rng, contacts, full, made_up, short, leaving):
        super().__init__(contacts, full, made_up)
        self._rng, self._full, self._short = rng, full, short
        self._leaving, self._shown_last = leaving, []

    def fetch(self, window):
        size = self._full
        if self._short == "always":
            size = self._full * 3 // 4
        elif self._short == "now and then" and self._rng.random() < 0.4:
            size = self._rng.randrange(self._full // 2, self._full)
        self.page_limit = size
        fetched = super().fetch(window)
        self._shown_last += [one["id"] for one in fetched.page.contacts]
        for _number in range(self._rng.randrange(self._leaving + 1)):
            # Those that were shown are the ones whose place in a total others take.
            among = self._shown_last if self._rng.random() < 0.8 else self.contacts
            if among:
                self.contacts.pop(self._rng.choice(list(among)), None)
        return fetched


def people(rng, crowds, others):
    """Crowds of one instant each, among others of four years; their ids are drawn."""
    dates = [NOW - rng.randrange(4 * YEAR) for _number in range(others)]
    for count in crowds:
        dates += [NOW - rng.choice([0, 0, YEAR, 2 * YEAR])] * count
    found = []
    for date in dates:
        changed = rng.choice([None, NOW + rng.randrange(9_999)])
        one = contact(0, date, changed)
        found.append({**one, "id": f"{rng.randrange(16**12):012x}"})
    return found


def kept(window):
    """Return a window as the next slice finds it."""
    names = [one.name for one in fields(window) if one.name in KEPT]
    return Window(**{name: getattr(window, name) for name in names})


def slices_of(location, lengths, pool, **options):
    """Return whom slices have read; each goes on from what the one before has kept.

    :param lengths: pages of each slice, before what is on its way; the last reads all
    """
    windows, read, pages_fill = [Window(DATED)], [], True
    for pages in (*lengths, None):
        windows[:] = map(kept, windows)
        sweep = sweep_of(
            location,
            *windows,
            pool=pool,
            on_split=lambda _window, later: windows.append(later),
            pages_fill=pages_fill,
            **options,
        )
        while pages != 0 and (item := sweep.next()) is not None:
            read.append(item)
            pages = None if pages is None else pages - 1
        read += sweep.take_all()
        pages_fill = sweep.pages_fill
    return read


@settings(max_examples=150, deadline=None)
@given(
    st.integers(0, 10**6),
    st.lists(st.integers(1, 8), max_size=3),
    st.lists(st.integers(20, 300), max_size=2),
    st.integers(0, 150),
    st.integers(1, 6),
    st.sampled_from([20, 33, 50]),
    st.sampled_from([EXACT, Cuts(True, exact=True), Cuts(False, True, True)]),
    st.sampled_from(["honoured", "refused", "unshown"]),
    st.sampled_from(SHORT),
    st.integers(0, 3),
)
def test_who_stays_is_read(
    seed, lengths, crowds, others, threads, full, cuts, made_up, short, leaving
):
    rng = random.Random(seed)
    contacts = people(rng, crowds, others)
    location = Leaving(rng, contacts, full, made_up, short, leaving)
    read = slices_of(
        location,
        lengths,
        RandomOrder(rng),
        threads=threads,
        pages_to_split=1,
        last=NOW,
        cuts=cuts,
    )
    assert set(location.contacts) <= set(ids_of(read))


def located(dates):
    """Contacts of these dates in a location of full pages of 30."""
    return FakeLocation([contact(n, date) for n, date in enumerate(dates)], 30)


def read_page(location, window, size=30, pages_fill=True):
    """Have a window read a page, short if so wished; return whose it was."""
    location.page_limit = size
    page = location.fetch(window.request()).page
    window.requested_upper = window.upper
    window.advance_by(page, 30, True, pages_fill)
    return [one["id"] for one in page.contacts]


def test_a_crowd_does_not_end_for_one_that_was_read_and_has_left():
    location, window = located([NOW] * 90), Window(DATED)
    first = read_page(location, window) + read_page(location, window)
    del location.contacts[first[0]]
    read_page(location, window, 29)
    assert (window.crowd.read, window.crowd.told) == (89, 90)
    assert not window.done
    assert not window.may_end_with_crowd, "and waits for no other to end with"
    assert len(read_page(location, window)) == 1


def test_a_part_does_not_end_for_one_that_another_has_read():
    """Its own total has not fallen: it was first told when that one had left."""
    location, window = located([NOW] * 150), Window(DATED)
    first = read_page(location, window)
    later = split(window, NOW, 30, by_ids=True)
    del location.contacts[first[0]]
    while not window.done:
        read_page(location, window)
    read = set(first)
    while later.remaining > 30:
        read |= set(read_page(location, later))
    left = [one for one in sorted(location.contacts) if one > later.cursor[1]]
    read_page(location, later, len(left) - 1)
    assert later.crowd.read == 149
    assert not later.done
    assert read_page(location, later) == left[-1:]


def test_a_walk_that_was_cut_does_not_end_for_one_that_left_meanwhile():
    """Where pages come short; else a short one is the last."""
    for pages_fill in (True, False):
        location = located([NOW + number * 1_000 for number in range(90)])
        window = Window(DATED)
        first = read_page(location, window, 29)
        split(window, NOW + 90_000, 30)
        window.upper = NOW + 59_000
        del location.contacts[first[0]]
        read_page(location, window, 29, pages_fill)
        assert (window.seen, window.expected) == (58, 58)
        assert window.done is pages_fill


@pytest.mark.parametrize("sizes", [[29], [29, 30]])
def test_a_walk_that_a_slice_goes_on_with_does_not_end_for_one_that_left(sizes):
    """That pages come short was seen before, or the last page of then was short."""
    passed = sum(sizes)
    location = located([NOW + number * 1_000 for number in range(passed + 61)])
    window, read, pages_fill = Window(DATED), [], True

    def read_slice(*sizes):
        sweep = sweep_of(location, window, threads=1, cuts=EXACT, pages_fill=pages_fill)
        sweep.page_limit = 30
        for location.page_limit in sizes:
            read.extend(ids_of([sweep.next()]))
        return sweep.pages_fill

    pages_fill = read_slice(*sizes)
    del location.contacts[read[0]]
    split(window, NOW + 90_000, 30)
    window = kept(window)
    window.upper = NOW + (passed + 30) * 1_000
    pages_fill = read_slice(29)
    assert window.seen == window.expected == passed + 29
    assert not window.done
    assert len(read_page(location, window)) == 1

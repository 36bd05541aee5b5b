"""Windows and sweep: every contact is read, whatever the dates and whoever edits."""

from __future__ import annotations

import threading

import pytest
from fake_location import POOL, FakeLocation, contact, run
from hypothesis import given, settings
from hypothesis import strategies as st

from ghl_contact_sync.tools.dates import MAX_STORED_MS, parse_ms
from ghl_contact_sync.tools.errors import (
    GhlCursorRefused,
    GhlPayloadError,
    GhlServerError,
)
from ghl_contact_sync.tools.sync.reader import Sweep
from ghl_contact_sync.tools.sync.splitting import split
from ghl_contact_sync.tools.sync.window import ALL, DATED, UNDATED, Window

DATES = st.one_of(
    st.none(),
    st.integers(0, 50),
    st.integers(1_600_000_000_000, 1_700_000_000_000),
    st.sampled_from([-62_167_219_200_000, MAX_STORED_MS + 1, 5]),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(DATES, max_size=400), st.integers(1, 8), st.integers(1, 40))
def test_every_contact_is_read(dates, threads, page_limit):
    contacts = [contact(number, date) for number, date in enumerate(dates)]
    location = FakeLocation(contacts, page_limit)
    assert set(run(location, threads)) == set(location.contacts)


@settings(max_examples=40, deadline=None)
@given(st.lists(DATES, min_size=60, max_size=300), st.data())
def test_contacts_that_stay_are_read_while_others_come_and_go(dates, data):
    contacts = [contact(number, date) for number, date in enumerate(dates)]
    location = FakeLocation(contacts, 7)
    leaving = data.draw(st.sets(st.sampled_from(contacts_ids(contacts)), max_size=30))
    coming = iter(data.draw(st.lists(DATES, max_size=30)))

    def edit(_window, _fetched):
        with location.lock:
            if leaving:
                location.contacts.pop(leaving.pop(), None)
            date = next(coming, None)
            new = contact(1_000_000 + len(location.contacts), date)
            location.contacts[new["id"]] = new

    stays = set(location.contacts) - leaving
    assert stays <= set(run(location, 3, edit))


def contacts_ids(contacts):
    return [c["id"] for c in contacts]


def test_one_thread_reads_a_small_location_by_one_cursor():
    location = FakeLocation([contact(n, n * 1_000) for n in range(25)], 10)
    read = run(location)
    assert len(read) == len(set(read)) == 25
    assert all(window.scope == ALL for window in location.fetches)


def test_a_large_location_is_read_by_many_windows_with_little_read_twice():
    location = FakeLocation([contact(n, n * 1_000) for n in range(5_000)], 50)
    windows = [Window(ALL)]
    read = run(location, 8, windows=windows)
    assert set(read) == set(location.contacts)
    assert len(windows) >= 8
    assert all(window.done for window in windows)
    # A split costs at most the page that is in flight.
    assert len(read) <= 5_000 + len(windows) * location.page_limit


def test_thousands_with_one_date_are_walked_by_cursor():
    location = FakeLocation([contact(n, 1_000) for n in range(3_000)], 100)
    read = run(location, 6)
    assert set(read) == set(location.contacts)


def test_resume_reads_at_most_one_page_per_window_again():
    location = FakeLocation([contact(n, n * 1_000) for n in range(2_000)], 50)
    windows = [Window(ALL)]
    saved = {}

    class Killed(Exception):
        pass

    stored = []

    def store(_window, fetched):
        stored.extend(c["id"] for c in fetched.page.contacts)
        for number, window in enumerate(windows):
            fields = ("scope", "lower", "upper", "cursor", "position", "expected")
            saved[number] = {name: getattr(window, name) for name in fields}
            saved[number].update(seen=window.seen, done=window.done)
        if len(stored) >= 800:
            raise Killed

    with pytest.raises(Killed):
        run(location, 4, store, windows)
    resumed = [Window(**values) for values in saved.values()]
    again = run(location, 4, windows=resumed)
    assert set(stored) | set(again) == set(location.contacts)
    twice = len(stored) + len(again) - len(location.contacts)
    assert twice <= 2 * len(windows) * location.page_limit


def refusing(location, refuse):
    fetch = location.fetch

    def wrapped(window):
        refuse(window)
        return fetch(window)

    location.fetch = wrapped
    return location


def test_a_refused_cursor_is_replaced_by_the_date_passed():
    refusals = []

    def refuse(window):
        if window.cursor and len(refusals) < 5 and window.scope == DATED:
            refusals.append(window)
            raise GhlCursorRefused("no such cursor", status=400)

    location = FakeLocation([contact(n, n * 1_000) for n in range(500)], 20)
    assert set(run(refusing(location, refuse))) == set(location.contacts)
    assert len(refusals) == 5


def test_a_vendor_without_cursors_at_all_is_still_read_by_dates():
    def refuse(window):
        if window.cursor and window.scope != UNDATED:
            raise GhlCursorRefused("cursors are not supported", status=400)

    location = FakeLocation([contact(n, n * 1_000) for n in range(300)], 20)
    start = [Window(DATED)]
    assert set(run(refusing(location, refuse), windows=start)) == set(location.contacts)


def test_a_cursor_that_leads_nowhere_is_an_error_not_a_loop():
    def refuse(window):
        if window.cursor:
            raise GhlCursorRefused("cursors are not supported", status=400)

    location = FakeLocation([contact(n, 1_000) for n in range(300)], 20)
    with pytest.raises(GhlCursorRefused):
        run(refusing(location, refuse), windows=[Window(DATED)])


def test_trouble_of_one_window_is_raised_and_the_sweep_can_go_on():
    troubles = []

    def refuse(window):
        if window.scope == DATED and not troubles:
            troubles.append(window)
            raise GhlServerError("busy", status=503)

    location = refusing(
        FakeLocation([contact(n, n * 1_000) for n in range(400)], 20), refuse
    )
    windows = [Window(DATED), Window(UNDATED)]
    read = set()
    sweep = Sweep(location.fetch, windows, pool=POOL, threads=2, page_limit=20)
    with pytest.raises(GhlServerError):
        while (item := sweep.next()) is not None:
            read |= {c["id"] for c in item[1].page.contacts}
    while (item := sweep.next()) is not None:
        read |= {c["id"] for c in item[1].page.contacts}
    sweep.close()
    assert read == set(location.contacts)


def lying(location, alter):
    fetch = location.fetch

    def wrapped(window):
        fetched = fetch(window)
        alter(window, fetched.page)
        return fetched

    location.fetch = wrapped
    return location


def test_short_pages_and_lying_totals_do_not_end_a_walk():
    def alter(_window, page):
        if len(page.contacts) > 4:
            del page.contacts[len(page.contacts) // 2 :]
            last = page.contacts[-1]
            page.search_after = [parse_ms(last.get("dateAdded")), last["id"]]
        page.total += 3

    location = FakeLocation([contact(n, n * 1_000) for n in range(300)], 20)
    assert set(run(lying(location, alter))) == set(location.contacts)


def test_an_empty_page_too_early_is_asked_for_again():
    empties = []

    def alter(_window, page):
        if len(empties) < 2 and page.contacts:
            empties.append(1)
            page.contacts = []
            page.search_after = None

    location = FakeLocation([contact(n, n * 1_000) for n in range(100)], 10)
    assert set(run(lying(location, alter))) == set(location.contacts)


def test_a_page_that_repeats_is_asked_for_again():
    pages = []

    def alter(_window, page):
        pages.append(page)
        if len(pages) == 3:
            before = pages[1]
            page.contacts, page.search_after = before.contacts, before.search_after

    location = FakeLocation([contact(n, n * 1_000) for n in range(25)], 10)
    assert set(run(lying(location, alter), 1)) == set(location.contacts)


def test_a_page_without_a_cursor_is_an_error():
    def alter(_window, page):
        page.search_after = None

    location = FakeLocation([contact(n, n * 1_000) for n in range(30)], 10)
    with pytest.raises(GhlPayloadError):
        run(lying(location, alter))


def test_pages_in_flight_are_bounded():
    location = FakeLocation([contact(n, n * 1_000) for n in range(4_000)], 10)
    highest = []
    sweep = Sweep(
        location.fetch,
        [Window(DATED)],
        pool=POOL,
        threads=5,
        page_limit=10,
        on_split=lambda *_: None,
        last=4_000_000,
    )
    try:
        while sweep.next() is not None:
            highest.append(sweep.in_flight)
    finally:
        sweep.close()
    assert max(highest) <= 5


def empty(page):
    page.contacts, page.search_after = [], None


def test_an_index_that_is_away_for_a_moment_costs_no_window():
    """Three empty answers in a row, and three pauses, before the walk goes on."""
    empties = []

    def alter(window, page):
        if window.cursor and len(empties) < 3:
            empties.append(1)
            empty(page)

    location = FakeLocation([contact(n, n * 1_000) for n in range(200)], 10)
    read = run(lying(location, alter), 1, windows=[Window(DATED)], repeat_pause=0.01)
    assert set(read) == set(location.contacts)


def test_without_a_total_one_empty_page_ends_no_walk():
    empties = []

    def alter(window, page):
        page.total = None
        if window.cursor and not empties:
            empties.append(1)
            empty(page)

    location = FakeLocation([contact(n, n * 1_000) for n in range(50)], 10)
    read = run(lying(location, alter), 1, windows=[Window(DATED)])
    assert set(read) == set(location.contacts)


@pytest.mark.parametrize(
    ("scope", "dates"),
    [
        (DATED, lambda n: 1_600_000_000_000),
        (UNDATED, lambda n: None),
        (ALL, lambda n: 1_600_000_000_000 + n),
    ],
)
def test_a_cursor_that_is_always_refused_deep_in_a_window_ends_the_walk(scope, dates):
    """A vendor that walks no further than so many hits, by whatever cursor."""
    contacts = [contact(n, dates(n)) for n in range(150)]
    ids = [one["id"] for one in contacts]

    def refuse(window):
        if window.cursor and ids.index(window.cursor[1]) >= 100:
            raise GhlCursorRefused("too deep", status=400)

    location = refusing(FakeLocation(contacts, 10), refuse)
    sweep = Sweep(location.fetch, [Window(scope)], pool=POOL, threads=1, page_limit=10)
    try:
        with pytest.raises(GhlCursorRefused):
            while sweep.next() is not None:
                assert len(location.fetches) < 200
    finally:
        sweep.close()


def test_a_single_refusal_of_a_cursor_reads_nothing_again():
    refused = []

    def refuse(window):
        if window.cursor and len(refused) < 3 and window.cursor not in refused:
            refused.append(window.cursor)
            raise GhlCursorRefused("an accident", status=400)

    location = FakeLocation([contact(n, 5_000) for n in range(60)], 10)
    read = run(refusing(location, refuse), 1, windows=[Window(DATED)])
    assert sorted(read) == sorted(location.contacts)
    assert len(refused) == 3


def test_a_contact_that_shows_another_date_cuts_no_window_off():
    def alter(_window, page):
        for found in page.contacts:
            if found["id"] == "contact0000105":
                found["dateAdded"] = "2021-01-01T00:00:00.000Z"

    contacts = [contact(n, 1_600_000_000_000 + n * 1_000) for n in range(400)]
    location = FakeLocation(contacts, 10)
    fetch = location.fetch

    def copied(window):
        fetched = fetch(window)
        fetched.page.contacts = [dict(found) for found in fetched.page.contacts]
        alter(window, fetched.page)
        return fetched

    location.fetch = copied
    middle = 1_600_000_200_000
    windows = [Window(DATED, None, middle), Window(DATED, middle)]
    assert set(run(location, 1, windows=windows)) == set(location.contacts)


@pytest.mark.parametrize("ignored", [False, True])
def test_windows_are_not_cut_where_the_vendor_ignores_their_bounds(ignored):
    """Every window brings everything: two of them are enough to find that out."""
    day = 86_400_000
    contacts = [contact(n, 1_600_000_000_000 + n * day) for n in range(600)]
    location = FakeLocation(contacts, 10)
    if ignored:
        location._matches = lambda _window, _found: True
    windows = [Window(DATED)]
    last = 1_600_000_000_000 + 600 * day
    read = run(location, 8, windows=windows, last=last)
    assert set(read) == set(location.contacts)
    if ignored:
        # Those that were cut before the first page of one came back.
        assert len(windows) <= 8
        assert len(location.fetches) <= 8 * 61
    else:
        assert len(windows) > 8


@pytest.mark.parametrize("page", [2, 60])
def test_nothing_is_cut_once_a_window_is_known_to_bring_everything(page):
    """The other one has room for idle threads: it gets none, even when it is alone.

    :param page: the page of the first one at whose request the other one begins
    """
    day = 86_400_000
    middle = 1_600_000_000_000 + 300 * day
    contacts = [contact(n, 1_600_000_000_000 + n * day) for n in range(600)]
    location = FakeLocation(contacts, 10)
    location._matches = lambda _window, _found: True
    fetch, is_known, asked = location.fetch, threading.Event(), []

    def in_turn(window):
        if window.lower is None:
            is_known.wait(60)
        else:
            asked.append(window.cursor)
            if len(asked) == page:
                # Its pages before this one have been looked at.
                is_known.set()
        return fetch(window)

    location.fetch = in_turn
    windows = [Window(DATED, None, middle), Window(DATED, middle)]
    read = run(location, 3, windows=windows, last=1_600_000_000_000 + 600 * day)
    assert set(read) == set(location.contacts)
    assert len(windows) == 2
    assert split(windows[1], None, 10) is None
    usual = Window(DATED, 0, 9_000, position=10, expected=100)
    assert split(usual, None, 10)
    usual.ignores_bounds = True
    assert split(usual, None, 10) is None


def test_what_closes_a_sweep_is_read_beside_the_last_pages():
    location = FakeLocation([contact(n, n * 1_000, n) for n in range(95)], 10)
    closing = Window(UNDATED)
    ended = []
    run(
        location,
        2,
        windows=[Window(DATED)],
        closing=[closing],
        on_ending=lambda: ended.append(len(location.fetches)),
    )
    assert closing.done
    assert len(ended) == 1
    # Not before nine of ten pages were asked for.
    assert ended[0] >= 9

"""Contacts that share a date: cut by ids or by another date, and every one is read."""

from __future__ import annotations

import random
import string
import time

import pytest
from fake_location import FakeLocation, contact, run
from hypothesis import given, settings
from hypothesis import strategies as st

from ghl_contact_sync.tools.ghl.dialect import COUNT_LIMIT
from ghl_contact_sync.tools.ghl.walk_keys import Stretch, key_of
from ghl_contact_sync.tools.sync.allowed_cuts import Cuts
from ghl_contact_sync.tools.sync.crowd import Crowd
from ghl_contact_sync.tools.sync.splitting import split
from ghl_contact_sync.tools.sync.window import DATED, Window

NOW = 1_700_000_000_000
MADE_UP = Cuts(made_up=True)
DIVIDE = Cuts(divide=True)
ID_DIGITS = string.digits + string.ascii_letters


def random_id(rng):
    return "".join(rng.choices(ID_DIGITS, k=20))


def people(rng, dates, updated=None, ids=random_id):
    """Contacts with ids as the vendor makes them, one for each date."""
    found = []
    for date in dates:
        changed = updated(rng) if updated else None
        mail = f"{rng.random()}@example.com"
        found.append({**contact(0, date, changed), "id": ids(rng), "email": mail})
    return found


def crowd_of(rng, count, others=0, **more):
    """A crowd in one instant among others of four years."""
    year = 365 * 86_400_000
    dates = [NOW] * count + [NOW - rng.randrange(4 * year) for _ in range(others)]
    return people(rng, dates, **more)


def slowly(location, seconds=0.002):
    """Have answers take a while, so that threads are idle and windows are cut."""
    fetch = location.fetch

    def wrapped(window):
        time.sleep(seconds)
        return fetch(window)

    location.fetch = wrapped
    return location


@pytest.mark.parametrize("others", [0, 1_500])
def test_a_crowd_is_read_side_by_side_where_cursors_may_be_made_up(others):
    contacts = crowd_of(random.Random(1), 4_000, others)
    location = slowly(FakeLocation(contacts, 100))
    windows = [Window(DATED)]
    read = run(location, 12, windows=windows, cuts=MADE_UP, last=NOW, pages_to_split=1)
    assert set(read) == set(location.contacts)
    parts = [window for window in windows if window.shares_total]
    assert len(parts) >= 8
    # The longest walk through the crowd is a small part of it.
    longest = max(window.seen for window in windows)
    assert longest <= 2_500
    # Little is read twice: a part ends within the page that reaches the next.
    assert len(location.fetches) <= 1.6 * (4_000 + others) / 100 + 20


@pytest.mark.parametrize(
    "made_up", ["refused", "ignored", "empty", "by_date", "unshown"]
)
def test_nothing_is_lost_where_a_made_up_cursor_is_no_good_after_all(made_up):
    contacts = crowd_of(random.Random(2), 2_000, 500)
    location = slowly(FakeLocation(contacts, 100, made_up))
    windows = [Window(DATED)]
    read = run(location, 6, windows=windows, cuts=MADE_UP, last=NOW, pages_to_split=1)
    if made_up == "by_date":
        # Calibration finds that out; here the proof would.
        assert set(read) <= set(location.contacts)
    else:
        assert set(read) == set(location.contacts)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 10**6),
    st.integers(0, 900),
    st.integers(0, 400),
    st.integers(1, 9),
    st.sampled_from([20, 33, 50]),
    st.sampled_from([MADE_UP, DIVIDE, Cuts(True, True, True), Cuts()]),
    st.sampled_from(["honoured", "refused", "ignored", "empty", "unshown"]),
)
def test_every_contact_is_read(seed, crowd, others, threads, page, cuts, made_up):
    rng = random.Random(seed)
    contacts = crowd_of(rng, crowd, others, updated=lambda r: NOW + r.randrange(9_999))
    for one in contacts[::7]:
        one.pop("dateUpdated")
    location = slowly(FakeLocation(contacts, page, made_up), 0.0005)
    read = run(
        location,
        threads,
        cuts=cuts,
        windows=[Window(DATED)],
        last=NOW,
        pages_to_split=1,
    )
    assert set(read) == set(location.contacts)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 6), st.booleans())
def test_contacts_that_stay_are_read_while_a_crowd_comes_and_goes(
    seed, threads, made_up
):
    rng = random.Random(seed)
    contacts = crowd_of(rng, 700, 200, updated=lambda r: NOW + r.randrange(9_999))
    location = FakeLocation(contacts, 40)
    leaving = set(rng.sample(sorted(location.contacts), 60))
    stays = set(location.contacts) - leaving

    def edit(_window, _fetched):
        with location.lock:
            for _number in range(3):
                if leaving:
                    location.contacts.pop(leaving.pop(), None)
            for new in people(rng, [NOW, NOW + 5], lambda r: NOW + r.randrange(9_999)):
                location.contacts[new["id"]] = new

    read = run(
        location,
        threads,
        edit,
        cuts=MADE_UP if made_up else DIVIDE,
        windows=[Window(DATED)],
        last=NOW,
        pages_to_split=1,
    )
    assert stays <= set(read)


@pytest.mark.parametrize("made_up", ["refused", "ignored", "by_date"])
def test_a_crowd_is_cut_at_ids_of_a_sample_where_no_cursor_can_be_made_up(made_up):
    contacts = crowd_of(random.Random(9), 5_000, 300, updated=lambda r: NOW)
    location = slowly(FakeLocation(contacts, 100, made_up))
    windows = [Window(DATED)]
    read = run(location, 10, windows=windows, cuts=DIVIDE, last=NOW, pages_to_split=1)
    assert set(read) == set(location.contacts)
    assert sum(window.made_up for window in windows) >= 6
    assert max(window.seen for window in windows) <= 1_500
    assert len(location.fetches) <= 100


def test_a_crowd_is_divided_by_its_changes_where_no_id_will_do():
    rng = random.Random(3)
    contacts = crowd_of(rng, 5_000, updated=lambda r: NOW + r.randrange(10**9))
    for one in contacts[::11]:
        one.pop("dateUpdated")
    location = slowly(FakeLocation(contacts, 100, "unshown"))
    windows = [Window(DATED)]
    read = run(location, 10, windows=windows, cuts=DIVIDE, last=NOW, pages_to_split=1)
    assert set(read) == set(location.contacts)
    assert len(windows) >= 8
    assert max(window.seen for window in windows) <= 2_000
    assert len(location.fetches) <= 130


def test_a_crowd_that_was_never_edited_is_walked_by_one_thread():
    """And no request is spent on looking for a date that cuts it."""
    contacts = crowd_of(random.Random(4), 2_000, updated=lambda r: NOW)
    location = slowly(FakeLocation(contacts, 100, "unshown"))
    read = run(location, 10, windows=[Window(DATED)], cuts=DIVIDE, last=NOW + 10**9)
    assert set(read) == set(location.contacts)
    assert len(location.fetches) <= 60


def test_ids_that_all_begin_alike_are_cut_all_the_same():
    rng, numbers = random.Random(5), iter(range(10**6))
    contacts = crowd_of(rng, 4_000, ids=lambda r: f"contact{next(numbers):013d}")
    location = slowly(FakeLocation(contacts, 100))
    windows = [Window(DATED)]
    read = run(location, 8, windows=windows, cuts=MADE_UP, last=NOW, pages_to_split=1)
    assert set(read) == set(location.contacts)
    assert max(window.seen for window in windows) <= 3_000
    assert len(location.fetches) <= 130


def test_an_import_within_a_minute_is_found_without_bisecting_years():
    rng = random.Random(6)
    minute = [NOW + rng.randrange(60_000) for _ in range(4_000)]
    spread = [NOW - rng.randrange(4 * 365 * 86_400_000) for _ in range(50)]
    contacts = people(rng, minute + spread)
    location = slowly(FakeLocation(contacts, 100))
    windows = [Window(DATED)]
    last = NOW + 10 * 365 * 86_400_000
    read = run(location, 8, windows=windows, last=last)
    assert set(read) == set(location.contacts)
    assert max(window.seen for window in windows) <= 2_000
    assert len(location.fetches) <= 90


def test_a_part_goes_on_where_it_was_stored():
    rng = random.Random(7)
    contacts = crowd_of(rng, 1_500)
    location = slowly(FakeLocation(contacts, 50))
    windows = [Window(DATED)]
    stored = set()

    class Killed(Exception):
        pass

    def store(_window, fetched):
        stored.update(c["id"] for c in fetched.page.contacts)
        if len(stored) >= 600:
            raise Killed

    names = "scope lower upper cursor position expected seen done until made_up second"
    with pytest.raises(Killed):
        run(location, 6, store, windows, cuts=MADE_UP, last=NOW, pages_to_split=1)
    saved = [
        Window(**{name: getattr(window, name) for name in names.split()})
        for window in windows
    ]
    again = run(location, 6, windows=saved, cuts=MADE_UP, last=NOW, pages_to_split=1)
    assert stored | set(again) == set(location.contacts)


def test_the_index_is_away_while_a_part_is_read():
    contacts = crowd_of(random.Random(8), 2_000)
    location = slowly(FakeLocation(contacts, 100))
    fetch, empties = location.fetch, []

    def away(window):
        fetched = fetch(window)
        if window.cursor and key_of(window.cursor)[1] > "k" and len(empties) < 3:
            empties.append(window)
            page = fetched.page
            page.contacts, page.search_after, page.stretch = [], None, None
            page.total = 0
        return fetched

    location.fetch = away
    read = run(
        location, 4, windows=[Window(DATED)], cuts=MADE_UP, last=NOW, pages_to_split=1
    )
    assert set(read) == set(location.contacts)


def test_a_full_page_is_the_last_one_where_totals_are_exact():
    for exact, requests in ((False, 4), (True, 3)):
        location = FakeLocation([contact(n, n * 1_000) for n in range(30)], 10)
        run(location, 1, windows=[Window(DATED)], cuts=Cuts(exact=exact))
        assert len(location.fetches) == requests


def test_a_total_at_which_counts_end_is_no_end():
    """Many vendors count no further than 10,000; before calibration nobody knows."""
    count = COUNT_LIMIT + 700
    location = FakeLocation([contact(n, NOW) for n in range(count)], 500)
    fetch = location.fetch

    def capped(window):
        fetched = fetch(window)
        fetched.page.total = min(fetched.page.total, COUNT_LIMIT)
        return fetched

    location.fetch = capped
    read = run(location, 1, windows=[Window(DATED)], cuts=Cuts(exact=True))
    assert set(read) == set(location.contacts)


@pytest.mark.parametrize(("exact", "empty"), [(True, 0), (False, 1)])
def test_no_empty_page_follows_a_crowd_that_is_known_to_be_read(exact, empty):
    """A short page ends it once the windows have read as many as there are."""
    location = FakeLocation(crowd_of(random.Random(10), 1_930), 100)
    window = Window(DATED)
    window.advance_by(location.fetch(window).page, 100, exact)
    windows = [window, split(window, NOW, 100, by_ids=True)]
    pages = []
    for one in windows:
        while not one.done:
            pages.append(location.fetch(one).page)
            one.advance_by(pages[-1], 100, exact)
    ids = {found["id"] for page in pages for found in page.contacts}
    assert len(ids) == 1_930 - 100
    assert window.crowd.read == 1_930
    assert [page.count for page in pages].count(0) == empty


def test_parts_of_a_crowd_end_together():
    """One whose page was short waits for the others rather than for an empty page."""
    location = slowly(FakeLocation(crowd_of(random.Random(11), 4_000), 100))
    ended, in_vain = [], []

    def note(window, fetched):
        if not fetched.page.count and window.seen:
            in_vain.append(window)

    windows = [Window(DATED)]
    read = run(
        location,
        8,
        note,
        windows,
        cuts=Cuts(made_up=True, exact=True),
        last=NOW,
        pages_to_split=1,
        on_end=ended.append,
    )
    assert set(read) == set(location.contacts)
    assert not in_vain
    assert all(window.done for window in windows)
    assert all(window in windows for window in ended)


@given(st.integers(0, 10**6), st.integers(30, 400), st.data())
def test_a_cut_lies_between_its_ids(seed, count, data):
    rng = random.Random(seed)
    ids = sorted(random_id(rng) for _ in range(count))
    hits = [{"searchAfter": [NOW, one]} for one in ids]
    crowd = Crowd.seen_on(Stretch.of(hits[: max(20, count // 3)]))
    low, high = sorted(data.draw(st.sets(st.sampled_from(ids), min_size=2, max_size=2)))
    cut = crowd.cut(low, high, data.draw(st.integers(1, 400)))
    assert cut is None or low < cut < high
    estimate = crowd.between(ids[0], None)
    assert 0.4 * count <= estimate <= 2.5 * count


def crowd_in_parts(location, cuts):
    """Windows that divide a crowd at ids; what they begin with is to be read last."""
    ids = sorted(location.contacts)
    shown = [{"searchAfter": [NOW, one]} for one in ids[: location.page_limit]]
    crowd = Crowd(Stretch.of(shown))
    parts, until, size = [], None, len(ids) // (len(cuts) + 1)
    for cut in reversed(cuts):
        part = Window(DATED, NOW, cursor=[NOW, cut], position=NOW, expected=size)
        part.made_up, part.until, part.crowd = True, until, crowd
        parts.append(part)
        until = (NOW, cut)
    first = Window(DATED, NOW, until=until, expected=size)
    return crowd, [*reversed(parts), first]


def test_a_cursor_that_names_a_contact_speaks_for_no_made_up_one():
    """The second part comes empty: that the first was read says nothing of it."""
    location = FakeLocation(crowd_of(random.Random(4), 300), 50, "empty")
    ids = sorted(location.contacts)
    crowd, windows = crowd_in_parts(location, [ids[100], ids[200][:-1] + "~"])
    crowd.draw([ids[100]])
    read = run(location, 1, cuts=MADE_UP, windows=windows, last=NOW)
    assert set(read) == set(location.contacts)


def test_a_crowd_that_is_walked_anew_does_not_end_by_what_was_read_before():
    """All of it is read twice, so that their sum tells of no end."""
    location = FakeLocation(crowd_of(random.Random(5), 300), 50, "empty")
    ids = sorted(location.contacts)
    crowd, windows = crowd_in_parts(location, [ids[200][:-1] + "~"])
    # The first part was read before the second came empty; and pages are not full.
    first = windows.pop()
    first.done, crowd.read = True, 201
    shrink = location.fetch

    def fetch(window):
        location.page_limit = 30
        return shrink(window)

    location.fetch = fetch
    exact = MADE_UP._replace(exact=True)
    read = run(location, 1, cuts=exact, windows=windows, last=NOW)
    assert set(read) == set(location.contacts)

"""A sweep, step by step: what is asked for and when, without threads."""

from __future__ import annotations

from threading import Event, Timer

import pytest
from one_by_one import failing, ids_of, located, rest_of, sweep_of
from window_pages import NOW

from ghl_contact_sync.tools.errors import (
    GhlCursorRefused,
    GhlPayloadError,
    GhlServerError,
)
from ghl_contact_sync.tools.process.workers import Workers
from ghl_contact_sync.tools.sync.reader import ENOUGH
from ghl_contact_sync.tools.sync.window import DATED, MAX_REPEATS, UNDATED, Window


def three(location):
    """Windows of a third of the contacts each."""
    third = len(location.contacts) // 3 * 1_000
    edges = [None, NOW + third, NOW + 2 * third, None]
    return [Window(DATED, *pair) for pair in zip(edges, edges[1:], strict=False)]


def test_a_batch_is_what_has_arrived():
    location = located(90)
    sweep = sweep_of(location, *three(location))
    read = []
    while items := sweep.next_batch(5):
        assert len(items) == 1, "without threads only one page comes at a time"
        read += items
    assert sorted(ids_of(read)) == sorted(location.contacts)
    assert sweep.next_batch(5) == []


def arrived(sweep):
    """Have all that is in flight arrive, as a thread would."""
    futures = list(sweep._futures.values())
    sweep._pool.wait(lambda: all(future.done() for future in futures))


def test_no_more_pages_come_at_once_than_are_wanted():
    location = located(90)
    sweep = sweep_of(location, *three(location))
    sweep.begin()
    assert sweep.in_flight == 3
    arrived(sweep)
    assert len(sweep.next_batch(2)) == 2
    arrived(sweep)
    # Their next pages were asked for at once.
    assert sweep.in_flight == 3
    assert len(sweep.next_batch(9)) == 3
    assert len(location.fetches) == 5


@pytest.mark.parametrize("kind", ["fetch", "page"])
def test_trouble_in_a_batch_is_raised_once_the_others_are_stored(kind):
    location = located(90)
    windows = three(location)
    troubles = []

    def fails(window):
        if window.lower == windows[1].lower and not troubles and kind == "fetch":
            troubles.append(window)
            return GhlServerError("busy", status=503)
        return None

    failing(location, fails)
    fetch = location.fetch

    def without_cursor(window):
        fetched = fetch(window)
        if window.lower == windows[1].lower and not troubles:
            troubles.append(window)
            fetched.page.search_after = None
        return fetched

    location.fetch = without_cursor
    sweep = sweep_of(location, *windows)
    sweep.begin()
    arrived(sweep)
    items = sweep.next_batch(9)
    assert [window for window, _item in items] == windows[:1]
    expected = GhlServerError if kind == "fetch" else GhlPayloadError
    with pytest.raises(expected):
        sweep.next_batch(9)
    items += rest_of(sweep)
    assert sorted(set(ids_of(items))) == sorted(location.contacts)


def test_what_is_in_flight_can_be_taken_without_asking_for_more():
    location = located(90)
    windows = three(location)
    failing(
        location,
        lambda window: (
            GhlServerError("busy", status=503)
            if window.lower == windows[1].lower
            else None
        ),
    )
    sweep = sweep_of(location, *windows)
    sweep.begin()
    items = list(sweep.take_all())
    assert [window for window, _item in items] == [windows[0], windows[2]]
    assert len(ids_of(items)) == len(set(ids_of(items))) == 20
    # They can go on there.
    assert [window.seen for window in windows] == [10, 0, 10]
    assert (sweep.in_flight, len(location.fetches)) == (0, 2)


def test_nothing_is_asked_for_that_is_done_already():
    location = located(5)
    done = Window(DATED, done=True)
    sweep = sweep_of(location, done, closing=[Window(UNDATED, done=True)])
    sweep.add(Window(DATED, done=True))
    assert sweep.next() is None
    assert location.fetches == []
    sweep.add(Window(DATED))
    assert len(ids_of(rest_of(sweep))) == 5


def test_no_more_is_asked_for_while_many_pages_wait():
    location = located(300)
    edges = [NOW + n * 10_000 for n in range(31)]
    windows = [Window(DATED, *pair) for pair in zip(edges, edges[1:], strict=False)]
    sweep = sweep_of(location, *windows, threads=12)
    sweep.begin()
    assert sweep.in_flight == 12
    arrived(sweep)
    sweep.next()
    # Eleven wait: storing takes the time.
    assert sweep.in_flight == 11
    while sweep.in_flight >= ENOUGH:
        before = sweep.in_flight
        sweep.next()
    assert before == ENOUGH
    assert sorted(ids_of(rest_of(sweep)))


def test_a_page_that_comes_empty_is_asked_for_after_ever_longer_pauses():
    location = located(30)
    fetch, pauses = location.fetch, []

    class Stop:
        def wait(self, seconds):
            pauses.append(seconds)

        def set(self):
            pass

    def empty(window):
        fetched = fetch(window)
        if window.cursor:
            fetched.page.contacts, fetched.page.search_after = [], None
        return fetched

    location.fetch = empty
    window = Window(DATED)
    sweep = sweep_of(location, window, threads=1, repeat_pause=0.5)
    sweep.stop = Stop()
    rest_of(sweep)
    assert pauses == [0.5, 1, 2]
    assert len(location.fetches) == 1 + MAX_REPEATS
    assert (window.done, window.short) == (True, True)


@pytest.mark.parametrize("seen", [0, 10])
def test_a_cursor_that_is_refused_is_sent_once_more(seen):
    """Then the walk goes on without it, also one that was taken up again."""
    location = located(30)
    sent = []

    def fails(window):
        sent.append(window.cursor)
        return GhlCursorRefused("gone", status=400) if window.cursor else None

    failing(location, fails)
    stored = {"cursor": [NOW + 9_000, "contact0000009"], "position": NOW + 9_000}
    window = Window(DATED, **stored, seen=10) if seen else Window(DATED)
    items = rest_of(sweep_of(location, window, threads=1))
    assert len(set(ids_of(items))) == (21 if seen else 30)
    cursors = [one for one in sent if one]
    assert cursors[0] == cursors[1]
    assert all(cursors.count(one) == 2 for one in cursors)


def test_what_is_in_flight_is_called_off():
    location = located(90)
    sweep = sweep_of(location, *three(location))
    sweep.begin()
    sweep.close()
    assert sweep.stop.is_set()
    assert location.fetches == []


def test_trouble_before_the_next_page_is_raised_once_the_page_is_stored():
    location = located(30)
    troubles = []

    def before_next(_window):
        if not troubles:
            troubles.append(1)
            raise GhlServerError("busy", status=503)

    sweep = sweep_of(location, threads=1, before_next=before_next)
    items = [sweep.next()]
    assert len(ids_of(items)) == 10
    with pytest.raises(GhlServerError):
        sweep.next()
    assert sorted(ids_of(items + rest_of(sweep))) == sorted(location.contacts)


@pytest.mark.parametrize(
    ("windows", "threads", "asked"),
    [
        # The last page alone is on its way: of nine, eight have come.
        (1, 4, 8),
        (1, 2, 8),
        # With all threads at work nothing else would be begun.
        (1, 1, 9),
        # The end does not wait for two pages more, where three are on their way.
        (3, 4, 4),
        (3, 3, 7),
    ],
)
def test_a_sweep_is_ending_when_only_its_last_pages_are_on_their_way(
    windows, threads, asked
):
    location = located(85)
    ended = []
    closing = [Window(UNDATED), Window(UNDATED)]
    sweep = sweep_of(
        location,
        *(three(location) if windows == 3 else ()),
        threads=threads,
        closing=closing,
        on_ending=lambda: ended.append(len(location.fetches)),
    )
    rest_of(sweep)
    assert all(window.done for window in closing)
    assert ended == [asked]


def test_the_last_pages_go_first_where_the_limit_has_no_room_for_all():
    location = located(85)
    ended, rooms = [], []

    def has_room(pages):
        rooms.append(pages)
        return False

    sweep = sweep_of(
        location,
        *three(location),
        closing=[Window(UNDATED)],
        on_ending=lambda: ended.append(len(location.fetches)),
        has_room=has_room,
    )
    rest_of(sweep)
    # Three would be on their way after four; the two that are left wait for none.
    assert ended == [6]
    assert set(rooms) == {2}


@pytest.mark.parametrize(
    ("windows", "contacts", "asked"),
    [
        # Fewer pages are left than are on their way.
        (5, 15, 5),
        # A page for the rest counts as one, and none for nothing.
        (3, 25, 4),
        (3, 20, 3),
        # Where two are on their way the end waits for each page more.
        (2, 25, 4),
    ],
)
def test_a_sweep_is_ending_by_the_pages_that_are_left(windows, contacts, asked):
    location = located(windows * contacts)
    edges = [NOW + contacts * 1_000 * place for place in range(windows + 1)]
    pairs = zip(edges, edges[1:], strict=False)
    ended = []
    sweep = sweep_of(
        location,
        *(Window(DATED, *pair) for pair in pairs),
        threads=9,
        on_ending=lambda: ended.append(len(location.fetches)),
    )
    rest_of(sweep)
    assert ended == [asked]


def test_a_window_is_cut_while_threads_are_idle_and_much_is_left():
    location = located(300)
    cut = []
    window = Window(DATED)
    sweep = sweep_of(
        location,
        window,
        threads=3,
        on_split=lambda one, later: cut.append((one, later)),
        last=NOW + 300_000,
    )
    first = sweep.next()
    assert sweep.in_flight == 3
    assert cut[0][0] is window
    assert sorted(set(ids_of([first, *rest_of(sweep)]))) == sorted(location.contacts)
    # The largest is cut, each time.
    sizes = [later.lower for _one, later in cut[:2]]
    assert NOW + 100_000 < sizes[0] < NOW + 200_000


@pytest.mark.parametrize(("left", "is_cut"), [(20, False), (21, True)])
def test_a_window_of_few_pages_is_not_cut(left, is_cut):
    location = located(10 + left)
    cut = []
    sweep = sweep_of(
        location, on_split=lambda *both: cut.append(both), last=NOW + 60_000
    )
    sweep.next()
    assert bool(cut) is is_cut
    # Nor is any where nobody is told.
    untold = sweep_of(located(90), last=NOW + 90_000)
    untold.next()
    assert untold.in_flight == 1


@pytest.mark.parametrize("count", [295, 300])
def test_nothing_is_cut_where_the_limit_takes_the_time_for_the_pages_left(count):
    told, cut = [], []

    def is_limited(pages, in_flight):
        told.append((pages, in_flight))
        return True

    sweep = sweep_of(
        located(count),
        on_split=lambda *both: cut.append(both),
        last=NOW + count * 1_000,
        is_limited=is_limited,
    )
    sweep.next()
    # The last of them may come with five contacts.
    assert told[-1] == (29, 1)
    assert (sweep.in_flight, cut) == (1, [])


def test_the_end_of_a_sweep_waits_for_what_has_begun():
    location = located(30)
    fetch, started, may_end, ended = location.fetch, Event(), Event(), []

    def slow(window):
        started.set()
        may_end.wait(60)
        ended.append(window)
        return fetch(window)

    location.fetch = slow
    sweep = sweep_of(location, pool=Workers(1))
    sweep.begin()
    started.wait(60)
    Timer(0.02, may_end.set).start()
    sweep.close()
    assert ended

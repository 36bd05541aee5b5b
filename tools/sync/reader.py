"""Read many windows side by side, one page in flight for each.

Worker threads fetch and parse, nothing else; the calling thread takes the pages one by
one, stores them, and owns every `Window`. So memory is bounded by the number of
threads, and no lock is needed.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import Any, NamedTuple

from ..errors import GhlCursorRefused, GhlError, GhlPayloadError
from ..ghl.responses import SearchPage
from ..ghl.walk_keys import key_of
from ..mapping.batch import Batch
from ..process.workers import Workers
from .allowed_cuts import PLAIN_CUTS, Cuts
from .splitting import divide, draw_sample, split
from .window import MAX_REFUSALS, Window

# Seconds before a page that came empty, or did not move on, is asked for again; each
# time twice as many. A vendor whose index is away for a moment is back by then.
REPEAT_PAUSE = 0.5
# Parts of crowds that come empty, none having brought contacts, after which no cursor
# is made up any more.
MAX_EMPTY_PARTS = 3
# Pages that wait to be taken, above which no more are asked for: storing is then what
# takes the time, and they would only fill the memory.
ENOUGH = 8
# A window is worth a second thread when more than that many pages of it are left.
PAGES_TO_SPLIT = 2
# The end of a sweep does not wait for the last pages, if the limit has room for all.
PAGES_AT_END = 2


class FetchedPage(NamedTuple):
    """A page, and its contacts ready for the merge."""

    page: SearchPage
    batch: Batch


class Sweep:
    """The pages of `windows`, in the order in which they arrive.

    :param fetch: ``fetch(window) -> FetchedPage``, called in worker threads; must read
        only `filters()`, `sort()` and `cursor` of the window it is given (a copy)
    :param windows: what is to be read; those that are done are skipped
    :param closing: what is to be read last, beside the last pages of the others
    :param pool: what runs `fetch`, in as many threads as there is room for
    :param threads: how many pages may be in flight or waiting to be taken
    :param page_limit: the size of a full page
    :param before_next: called with a window, advanced, in the calling thread before its
        next page is asked for; may change it
    :param on_split: called with (window, new window) in the calling thread
    :param on_cut: called with a window whose end was moved, in the calling thread
    :param on_end: called with a window that has ended after its last page was returned,
        in the calling thread
    :param on_ending: called once in the calling thread, when nothing but the last pages
        is on its way
    :param last: the latest date of the location in epoch ms, for splitting; may be set
        later
    :param float repeat_pause: seconds before a page that came empty is asked for again
    :param pages_to_split: windows with more pages left than that may be cut
    :param cuts: what the account allows beside ranges of dates
    :param is_limited: ``is_limited(pages, in_flight)`` tells whether the limit is what
        takes the time, when so many pages are left: then nothing more is cut
    :param has_room: ``has_room(pages)`` tells whether the limit lets so many pages pass
        beside what closes the sweep; else they go first
    :param pages_fill: no page was seen to be short in the midst of a walk, so far
    """

    def __init__(
        self,
        fetch: Callable[[Window], FetchedPage],
        windows: Iterable[Window],
        *,
        closing: Iterable[Window] = (),
        pool: Workers,
        threads: int,
        page_limit: int,
        before_next: Callable[[Window], None] | None = None,
        on_split: Callable[[Window, Window], None] | None = None,
        on_cut: Callable[[Window], None] | None = None,
        on_end: Callable[[Window], None] | None = None,
        on_ending: Callable[[], None] | None = None,
        last: int | None = None,
        repeat_pause: float = REPEAT_PAUSE,
        pages_to_split: int = PAGES_TO_SPLIT,
        cuts: Cuts = PLAIN_CUTS,
        is_limited: Callable[[int, int], bool] = lambda _pages, _in_flight: False,
        has_room: Callable[[int], bool] = lambda _pages: True,
        pages_fill: bool = True,
    ) -> None:
        self._fetch = fetch
        self._waiting = [window for window in windows if not window.done]
        self._closing = [window for window in closing if not window.done]
        self._threads = threads
        self.page_limit = page_limit
        self._before_next = before_next
        self._on_split = on_split
        self._on_cut = on_cut
        self._on_end = on_end
        # Whether the account made nothing of a cursor that was not shown to us.
        self._ids_failed = False
        # Whether one has brought contacts, and how many parts came empty before.
        self._ids_worked = False
        self._empty_parts = 0
        #: whether every page was full that another one followed
        self.pages_fill = pages_fill
        # Whether the account was seen to ignore bounds, by whichever window.
        self._bounds_failed = False
        self._on_ending = on_ending
        self.last = last
        self._repeat_pause = repeat_pause
        self._pages_to_split = pages_to_split
        #: may be set later, when more is known of the account
        self.cuts = cuts
        self._is_limited = is_limited
        self._has_room = has_room
        #: set it to make waiting threads give up
        self.stop = threading.Event()
        self._flying: dict[int, Window] = {}
        self._arrived: queue.SimpleQueue[tuple[Window, Any]] = queue.SimpleQueue()
        self._pool = pool
        self._futures: dict[int, Future[None]] = {}
        self._postponed: list[tuple[Window, BaseException]] = []
        # Samples of crowds on their way: the window that reads the crowd.
        self._samples: dict[int, Window] = {}
        # Parts of crowds whose next page is asked for only if others leave a rest.
        self._held: list[Window] = []

    @property
    def in_flight(self) -> int:
        """Pages asked for and not taken yet."""
        return len(self._flying)

    def add(self, window: Window) -> None:
        """Read another window as well."""
        if not window.done:
            self._waiting.append(window)

    def begin(self) -> None:
        """Ask for the first pages; `next` does so too."""
        self._fill()

    def next(self) -> tuple[Window, FetchedPage] | None:
        """Return the next page with its window, advanced; None when all is read.

        The window's next page is asked for before this returns, so that it travels
        while the caller stores this one.

        :raise GhlError: what the fetch of a page raised; the sweep can go on
        """
        while True:
            self._fill()
            if not self._flying and not self._postponed:
                return None
            window, outcome = self._take()
            if isinstance(outcome, GhlCursorRefused):
                self._refused(window, outcome)
                continue
            if isinstance(outcome, BaseException):
                if self._samples.pop(id(window), None):
                    # A sample only saves time: the sweep goes on without it.
                    continue
                self._waiting.append(window)
                raise outcome
            item = self._accept(window, outcome)
            self._fill()
            return item

    def next_batch(self, most: int) -> list[tuple[Window, FetchedPage]]:
        """Return the next page and those that have arrived as well; empty at the end.

        Trouble with one of the others is raised by the next call, after the caller has
        stored these.
        """
        first = self.next()
        items = [first] if first else []
        while items and len(items) < most and not self._arrived.empty():
            window, outcome = self._take()
            if isinstance(outcome, BaseException):
                self._postponed.append((window, outcome))
                break
            try:
                items.append(self._accept(window, outcome))
            except GhlError as err:
                self._postponed.append((window, err))
                break
            self._fill()
        return items

    def take_all(self) -> Iterable[tuple[Window, FetchedPage]]:
        """Yield what is in flight already and ask for nothing more."""
        while self._flying:
            window, outcome = self._take()
            if isinstance(outcome, BaseException):
                continue
            if window.sample:
                window.done = True
            else:
                self._advance(window, outcome)
            yield window, outcome

    def _take(self) -> tuple[Window, Any]:
        if self._postponed:
            return self._postponed.pop(0)
        self._pool.wait(lambda: not self._arrived.empty())
        window, outcome = self._arrived.get()
        del self._flying[id(window)], self._futures[id(window)]
        return window, outcome

    def _accept(
        self, window: Window, fetched: FetchedPage
    ) -> tuple[Window, FetchedPage]:
        if window.sample:
            self._cut_by_sample(window, fetched)
            return window, fetched
        self._advance(window, fetched)
        if window.is_stuck:
            self._refused(window, GhlPayloadError("GoHighLevel repeats the same page."))
        elif not window.done:
            if fetched.page.search_after is None and fetched.page.count:
                raise GhlPayloadError("GoHighLevel sent a page without a cursor.")
            self._go_on(window)
        return window, fetched

    def _go_on(self, window: Window) -> None:
        try:
            if self._before_next:
                self._before_next(window)
        except GhlError as err:
            # The page is good all the same, and the window has more of them.
            self._postponed.append((window, err))
        else:
            self._divide(window)
            if window.may_end_with_crowd:
                self._held.append(window)
            else:
                self._waiting.insert(0, window)

    def _release(self) -> None:
        """End parts of crowds that were read, or have them go on to their very end."""
        held, self._held = self._held, []
        others = (*self._flying.values(), *self._waiting)
        for window in held:
            if window.ends_with_crowd():
                window.done = True
                if self._on_end:
                    self._on_end(window)
            elif any(one.crowd is window.crowd for one in others):
                self._held.append(window)
            else:
                self._waiting.append(window)

    def _advance(self, window: Window, fetched: FetchedPage) -> None:
        page, stretch = fetched.page, fetched.page.stretch
        if window.made_up and not window.seen and stretch is not None:
            start = key_of(window.cursor)
            if start is not None and stretch.first <= start:
                # The account makes nothing of such a cursor, and began elsewhere.
                self._no_more_ids()
                if self._take_back(window):
                    return
        if self._is_doubtful(window, page):
            self._read_otherwise(window)
            return
        self._ids_worked |= window.is_guess and bool(page.count)
        # One that was cut at ids ignores their order, and says nothing of dates.
        by_dates = window.until is None and not window.ignores_bounds
        self.pages_fill &= not (window.fell_short and page.count)
        window.advance_by(page, self.page_limit, self.cuts.exact, self.pages_fill)
        self._bounds_failed |= by_dates and window.ignores_bounds

    def _is_doubtful(self, part: Window, page: SearchPage) -> bool:
        """Whether nothing was found behind a made-up cursor where something should be.

        There may be nothing; or the account honours such cursors in other searches
        only. Unless one has brought contacts, that is not to be told apart. One at an
        id that a sample has shown tells nothing of those that no answer has.
        """
        is_empty = not page.count and not page.rejected and page.total is not None
        is_first = part.made_up and not part.seen and bool(part.remaining)
        return is_empty and is_first and not self._ids_worked

    def _read_otherwise(self, part: Window) -> None:
        """Have a part of a crowd walked that its made-up cursor did not lead to."""
        self._empty_parts += 1
        if self._empty_parts >= MAX_EMPTY_PARTS:
            self._no_more_ids()
        part.note_empty()
        if not self._take_back(part):
            # The window before it has ended: all of the instant is walked anew, and
            # what others have read of it is read twice.
            part.cursor, part.made_up = None, False
            if part.crowd is not None:
                part.crowd.read = None

    def _no_more_ids(self) -> None:
        self.cuts = self.cuts._replace(made_up=False)
        self._ids_failed = True

    def _take_back(self, part: Window) -> bool:
        """Have the window before a part read what it cannot begin; tell if one does."""
        start = key_of(part.cursor)
        for window in (*self._flying.values(), *self._waiting, *self._held):
            if window.until == start and not window.done:
                window.take_back(part)
                if self._on_cut:
                    self._on_cut(window)
                return True
        return False

    def _cut_by_sample(self, sample: Window, fetched: FetchedPage) -> None:
        sample.done = True
        window = self._samples.pop(id(sample), None)
        if window is not None and window.crowd is not None:
            # From now on idle threads cut there.
            window.crowd.draw(fetched.batch.ids)

    def _cuts_ids(self, window: Window) -> bool:
        """Whether a crowd may be cut at ids, made up or drawn."""
        drawn = window.crowd is not None and bool(window.crowd.sample)
        return self.cuts.made_up or (drawn and not self._ids_failed)

    def _divide(self, window: Window) -> None:
        """Divide a crowd among the idle threads, where that takes another date."""
        idle = self._threads - len(self._flying) - len(self._waiting)
        if self._on_split is None or not self.cuts.divide or idle < 2:
            return
        if window.crowd is None or not self._is_large(window):
            return
        later = split(window, self.last, self.page_limit)
        if later is not None:
            self._on_split(window, later)
            self._waiting.append(later)
        if not self._is_large(window):
            return
        sample = None if self._ids_failed else draw_sample(window)
        if sample is not None:
            self._samples[id(sample)] = window
            self._waiting.append(sample)
        if id(window) in map(id, self._samples.values()) or self._cuts_ids(window):
            # The next answers tell where to cut, or have told.
            return
        for part in divide(window, idle, self.page_limit):
            self._on_split(window, part)
            self._waiting.append(part)

    def close(self) -> None:
        """Wait for what is in flight; its pages are dropped."""
        self.stop.set()
        futures = list(self._futures.values())
        for future in futures:
            future.cancel()
        self._pool.wait(lambda: all(future.done() for future in futures))

    def _fill(self) -> None:
        self._release()
        while (
            self._waiting
            and len(self._flying) < self._threads
            and self._arrived.qsize() < ENOUGH
        ):
            self._submit(self._waiting.pop(0))
        # Pages that wait to be taken mean that storing is what takes the time: another
        # window would not make it faster.
        while len(self._flying) < self._threads and self._arrived.empty():
            later = self._split_largest()
            if later is None:
                break
            self._submit(later)
        if not self._waiting and self._is_ending():
            while self._closing:
                self._submit(self._closing.pop(0))
            if self._on_ending:
                self._on_ending()
                self._on_ending = None

    def _is_ending(self) -> bool:
        """Whether hardly a page more is to be asked for than is on its way."""
        flying = self._flying.values()
        if len(flying) >= self._threads or any(one.expected is None for one in flying):
            return False
        pages = sum(max(1, -(-one.remaining // self.page_limit)) for one in flying)
        if len(flying) > PAGES_AT_END and self._has_room(PAGES_AT_END):
            pages -= PAGES_AT_END
        return pages <= len(flying)

    def _is_large(self, window: Window) -> bool:
        return window.remaining > self._pages_to_split * self.page_limit

    def _split_largest(self) -> Window | None:
        flying = self._flying.values()
        if self._on_split is None or self._bounds_failed:
            return None
        pages = sum(-(-one.remaining // self.page_limit) for one in flying)
        if self._is_limited(pages, len(flying)):
            return None
        if any(one.ignores_bounds for one in flying):
            return None
        candidates = [one for one in flying if self._is_large(one)]
        for window in sorted(candidates, key=lambda w: w.remaining, reverse=True):
            later = split(window, self.last, self.page_limit, self._cuts_ids(window))
            if later is not None:
                self._on_split(window, later)
                return later
        return None

    def _submit(self, window: Window) -> None:
        self._flying[id(window)] = window
        window.requested_upper = window.upper
        # A copy: the caller's thread may split the window while the page travels.
        request = window.request()
        pause = self._repeat_pause * 2**window.repeats / 2 if window.repeats else 0.0
        self._futures[id(window)] = self._pool.submit(self._run, window, request, pause)

    def _run(self, window: Window, request: Window, pause: float) -> None:
        outcome: Any
        try:
            if pause:
                self.stop.wait(pause)
            outcome = self._fetch(request)
        # Errors that a worker meets are raised in the caller's thread, by `next`.
        except BaseException as err:  # noqa: BLE001
            outcome = err
        self._arrived.put((window, outcome))

    def _refused(self, window: Window, error: Exception) -> None:
        """Try once more, then go on without the cursor, unless that was tried just now.

        A single refusal may be an accident, and without the cursor everything that
        shares a date with the last contact is read again.
        """
        if window.made_up and not window.seen:
            self._no_more_ids()
            if self._take_back(window):
                return
        had_cursor = window.cursor is not None
        self._waiting.insert(0, window)
        if had_cursor and window.refusals < MAX_REFUSALS and not window.is_stuck:
            window.refusals += 1
            return
        if not had_cursor or not window.restart():
            raise error

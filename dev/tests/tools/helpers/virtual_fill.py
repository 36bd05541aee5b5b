"""A first fill of a large location by a virtual clock, slice after slice.

The windows, the sweep and the limit are the real ones; threads, answers, storing and
the turns of slices are events of a simulated time.
"""

from __future__ import annotations

import heapq
import itertools
import math
import random
from bisect import bisect_left
from collections import deque
from concurrent.futures import Future
from typing import NamedTuple

from ghl_contact_sync.tools.http.tally import RequestTally
from ghl_contact_sync.tools.rate_limit.governor import RateGovernor, Ticket
from ghl_contact_sync.tools.rate_limit.strands import Strands
from ghl_contact_sync.tools.sync.allowed_cuts import Cuts
from ghl_contact_sync.tools.sync.reader import FetchedPage, Sweep
from ghl_contact_sync.tools.sync.splitting import filling, spread, to_date_ranges
from ghl_contact_sync.tools.sync.window import ALL, UNDATED, Window

PAGE, LIMIT, INTERVAL = 500, 100, 10.0
# Seconds: the turn from one slice to the next, and how long one waits to end well.
TURN, PATIENCE = 0.5, 10.0
# Pages of which no window is cut any more; pages that are stored together.
PAGES_TO_SPLIT, AT_ONCE = 3, 12
# What the proof counts.
COUNTS = 26


def growing(count, seed=1):
    """Dates of a location that grows: the later, the denser. Ids are their numbers."""
    rng = random.Random(seed)
    year = 365 * 86_400_000
    start = 1_600_000_000_000
    return sorted(start + int(4 * year * rng.random() ** 0.6) for _ in range(count))


class DatesPage:
    """As much of a `SearchPage` as a sweep looks at."""

    rejected = ()
    stretch = None

    def __init__(self, dates, total, first):
        self.dates, self.total, self.count = dates, total, len(dates)
        last = first + len(dates) - 1
        self.search_after = [dates[-1], f"{last:09d}"] if dates else None

    def timestamps(self, name):
        return self.dates if name == "dateAdded" else []


class Dates:
    """A location of which only dates are known, in order."""

    def __init__(self, dates):
        self.dates = dates
        self.read = set()
        self.pages = 0

    def fetch(self, window):
        if window.scope == UNDATED:
            return FetchedPage(DatesPage([], 0, 0), ())
        low = 0 if window.lower is None else bisect_left(self.dates, window.lower)
        high = len(self.dates)
        if window.upper is not None:
            high = bisect_left(self.dates, window.upper)
        first = low if window.cursor is None else int(window.cursor[1]) + 1
        found = self.dates[first : min(first + PAGE, high)]
        self.pages += 1
        self.read.update(range(first, first + len(found)))
        return FetchedPage(DatesPage(found, high - low, first), ())


class _Request(NamedTuple):
    future: Future
    work: object
    arguments: tuple


class VirtualVendor:
    """A pool for a sweep, whose requests wait for the limit and then for an answer."""

    def __init__(self, latency, seed):
        self.now = 0.0
        self.sent = []
        self.tally = RequestTally()
        self.governor = RateGovernor(
            clock=lambda: self.now, wall_clock=lambda: 1e9 + self.now
        )
        self._latency = latency
        self._rng = random.Random(seed)
        self._events = []
        self._number = itertools.count()
        self._queue = deque()
        self._looks_at = math.inf

    def submit(self, work, *arguments):
        request = _Request(Future(), work, arguments)
        self._queue.append(request)
        self._send()
        return request.future

    def wait(self, ready):
        while not ready():
            assert self._step(math.inf), "nothing is on its way"

    def spend(self, seconds):
        """Have time pass, with what happens meanwhile."""
        end = self.now + seconds
        while self._step(end):
            pass
        self.now = end

    def call_off(self):
        """Call off what waits for its turn; return how many of them there were."""
        called_off = [request.arguments[0] for request in self._queue]
        self._queue.clear()
        return called_off

    def drain(self):
        self.wait(lambda: not self._queue and not self._events)

    def _send(self):
        while self._queue:
            answer = self.governor.poll()
            if not isinstance(answer, Ticket):
                moment = self.now + answer + 1e-6
                if not self.now < self._looks_at <= moment:
                    self._looks_at = moment
                    self._at(moment, self._send)
                return
            self._answer_later(self._queue.popleft(), answer)

    def _answer_later(self, request, ticket):
        self.sent.append(self.now)
        recent = sum(at > self.now - INTERVAL for at in self.sent[-2 * LIMIT :])
        seconds = self._latency * self._rng.uniform(0.7, 1.3)
        told = {
            "X-RateLimit-Max": str(LIMIT),
            "X-RateLimit-Interval-Milliseconds": str(int(1_000 * INTERVAL)),
            "X-RateLimit-Remaining": str(LIMIT - recent),
        }

        def answer():
            self.tally.on_request("search", 200, seconds)
            self.governor.observe(told, 200, ticket)
            request.future.set_result(request.work(*request.arguments))
            self._send()

        self._at(self.now + seconds, answer)

    def _at(self, moment, event):
        heapq.heappush(self._events, (moment, next(self._number), event))

    def _step(self, until):
        if not self._events or self._events[0][0] > until:
            return False
        moment, _number, event = heapq.heappop(self._events)
        self.now = max(self.now, moment)
        event()
        return True


class VirtualFill:
    """Reads all of a location, as the engine does.

    :param slices: seconds after which others wait: of the first slice, of the others
    :param storing: seconds that it takes to store a page
    """

    def __init__(
        self, dates, latency, threads=32, slices=(30, 11), storing=0.062, seed=5
    ):
        self.location = Dates(dates)
        self.vendor = VirtualVendor(latency, seed)
        self.threads, self.storing = threads, storing
        self._slices = slices
        self._last = dates[-1]
        self._limits = Strands(self.vendor.governor, self.vendor.tally, threads)
        self.ended = False
        self.slices = 0
        self.windows = self._open()

    def run(self):
        """Read to the end; return the seconds that it took."""
        while not self._is_slice_over():
            self.vendor.spend(TURN)
            # A new slice has no answer yet.
            self.vendor.tally = RequestTally()
            self._limits = Strands(
                self.vendor.governor, self.vendor.tally, self.threads
            )
        self.vendor.drain()
        return self.vendor.now

    def _open(self):
        """The first round, and windows that are cut by time."""
        vendor, first = self.vendor, Window(ALL)
        for _other in range(6):
            vendor.submit(lambda: None)
        answer = vendor.submit(self.location.fetch, first.request())
        vendor.drain()
        first.advance_by(answer.result().page, PAGE)
        undated = to_date_ranges(first)
        undated.expected = 0
        parts = -(-first.remaining // PAGE)
        pages = 1
        while parts > self._limits.enough():
            parts = -(-first.remaining // filling(pages, PAGE))
            pages += 1
        return [first, *spread(first, self._last, parts), undated]

    def _is_slice_over(self):
        """Do a slice; tell whether all is read."""
        began, self.slices = self.vendor.now, self.slices + 1
        sweep = self._sweep()
        while items := sweep.next_batch(AT_ONCE):
            self._store(items)
            if self._has_to_end(self.vendor.now - began):
                self._take_all(sweep)
                return False
        return True

    def _sweep(self):
        limits = self._limits
        return Sweep(
            self.location.fetch,
            self.windows,
            pool=self.vendor,
            threads=self.threads,
            page_limit=PAGE,
            on_split=lambda _window, later: self.windows.append(later),
            on_ending=None if self.ended else self._on_ending,
            last=self._last,
            pages_to_split=PAGES_TO_SPLIT,
            cuts=Cuts(made_up=True, exact=True),
            is_limited=limits.is_limited,
            has_room=lambda pages: limits.has_room(pages + COUNTS),
        )

    def _on_ending(self):
        self.ended = True
        for _count in range(COUNTS):
            self.vendor.submit(lambda: None)

    def _store(self, items):
        self.vendor.spend(self.storing * len(items) + 0.01)

    def _has_to_end(self, seconds):
        """Tell whether the slice ends here, by the rules of `SyncSlice`."""
        over = seconds - self._slices[self.slices > 1]
        if over < 0:
            return False
        if over >= PATIENCE:
            return True
        return not self.ended and self._limits.may_rest()

    def _take_all(self, sweep):
        for window in self.vendor.call_off():
            sweep._flying.pop(id(window), None)
        for item in sweep.take_all():
            self._store([item])

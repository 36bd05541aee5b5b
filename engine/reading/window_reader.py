"""Reading windows: page after page, stored together with how far each window is.

A `Window` (`tools/sync/window.py`) is a part of a location's contacts. Pages of many
windows travel side by side (`tools/sync/reader.py`); this thread stores what has
arrived, by one transaction with the windows' rows, so that a slice may end after any
commit and the next one goes on from there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial
from typing import Any

from ...tools.dates import parse_ms
from ...tools.errors import GhlAuthError, GhlError, GhlScopeError
from ...tools.ghl.dialect import DialectClient
from ...tools.ghl.responses import SearchPage
from ...tools.sync.allowed_cuts import Cuts, cuts_for
from ...tools.sync.reader import REPEAT_PAUSE, FetchedPage, Sweep
from ...tools.sync.splitting import to_date_ranges
from ...tools.sync.window import ALL, DATED, UNDATED, UPDATED, Window
from ..checkpoint import load_checkpoint, save_checkpoint
from ..slice.slice import SliceOver, SyncSlice
from ..slice.vendor_calls import QUICK_THREADS
from .page_store import store_pages
from .shrink_pages import shrink_pages

# Dates later than that after now are typing errors; as a watermark one of them would
# hide every change to come.
FUTURE_MS = 86_400_000
# Pages that have arrived together are stored together: the bookkeeping around a page
# costs half as much as an unchanged page itself.
MAX_PAGES_AT_ONCE = 12
# A walk over all becomes windows when so many pages are left, so that all threads have
# work. Where answers are quick a few are enough, and each cut costs part of a page.
SLOW_PAGES, QUICK_PAGES = 3, 8
# Above so many pages it is the limit that counts, and a request more takes its time.
MANY_PAGES = 1_000

# Pages that arrived together, each with its window, advanced.
Items = Sequence[tuple[Window, FetchedPage]]


class WindowReader:
    """Reads windows of a run: `load` or `add` them, then `read_windows`.

    ::

        reader = WindowReader(run_slice)
        windows = reader.load("sweep")
        if not windows:
            windows = run_slice.commit(lambda: reader.add(Window(ALL)))
        reader.read_windows(windows)

    One reader reads one list of windows at a time.

    :param around: entered with the pages that are about to be stored, left when they
        are, within the transaction that does so
    """

    def __init__(
        self,
        run_slice: SyncSlice,
        around: Callable[[Items], AbstractContextManager[None]] | None = None,
    ) -> None:
        self._slice = run_slice
        self._around = around
        self._run: Any = run_slice.run
        self._table: Any = run_slice.env["ghl.sync.window"]
        self._windows: list[Window] = []
        #: windows that have no row yet, or have ended without another page
        self._new: list[Window] = []
        #: windows that were cut in two since the last commit
        self._cut: list[Window] = []
        self._sweep: Sweep | None = None

    # === WINDOWS AND THEIR ROWS === #

    def load(self, phase: str) -> list[Window]:
        """Return the windows of a phase as they were stored last."""
        rows = self._table.search(
            [("run_id", "=", self._run.id), ("phase", "=", phase)], order="id"
        )
        return [row._to_window() for row in rows]

    def add(self, *windows: Window, phase: str | None = None) -> list[Window]:
        """Make rows of new windows, as a part of the transaction; return them.

        :param phase: which phase reads them; the present one
        """
        self._table._store(self._run, list(windows), phase=phase)
        return list(windows)

    # === READING === #

    def read_windows(self, windows: list[Window]) -> None:
        """Read and store every page of the windows; cut them while threads are idle.

        :param windows: those that are done are skipped; what is cut off is appended
        :raise SliceOver: when the time is up; what was in flight has been stored
        :raise GhlError: that no repetition helps against; the same holds
        """
        self.begin(windows)
        self.go_on()

    def begin(
        self,
        windows: list[Window],
        closing: Sequence[Window] = (),
        on_ending: Callable[[], None] | None = None,
        requests_at_end: int = 0,
    ) -> None:
        """Ask for the first pages; the windows need no rows before `go_on`.

        :param windows: as for `read_windows`
        :param closing: windows to be read last, beside the last pages of the others
        :param on_ending: called when only those are left
        :param requests_at_end: how many these and `on_ending` take
        """
        self._windows = windows
        self._new.clear()
        self._cut.clear()
        self._sweep = self._make_sweep(closing, on_ending, requests_at_end)
        self._sweep.begin()

    def go_on(self, beside: Callable[[Sweep], None] | None = None) -> None:
        """Read and store what was begun.

        :param beside: called after pages were stored; may end the slice
        """
        sweep = self._sweep
        assert sweep is not None
        try:
            while items := self._next_pages(sweep):
                self._store(items, self._slice.commit)
                self._new.clear()
                self._cut.clear()
                if beside is not None:
                    beside(sweep)
                self._slice.poll_inbox()
        except BaseException as err:
            # Requests that wait for their turn are called off.
            self._slice.stop.set()
            if isinstance(err, (SliceOver, GhlError)):
                # Time is up, or one window met trouble: pages that have travelled are
                # stored all the same.
                for item in sweep.take_all():
                    self._store([item], self._slice.save)
            raise
        finally:
            self.call_off()

    def call_off(self) -> None:
        """Call off what was begun, and wait for what is on its way."""
        if self._sweep is not None:
            self._sweep.close()
            self._slice.stop.clear()

    def _make_sweep(
        self,
        closing: Sequence[Window],
        on_ending: Callable[[], None] | None,
        requests_at_end: int,
    ) -> Sweep:
        run_slice = self._slice
        threads, strands = run_slice.threads, run_slice.vendor.strands
        # Measured when the run was prepared, and assumed before. The slice's own figure
        # may tell otherwise later on; a run keeps to the windows with which it began.
        checkpoint = load_checkpoint(self._run)
        slow = checkpoint.high_latency
        sweep = Sweep(
            run_slice.fetch,
            self._windows,
            closing=closing,
            pool=run_slice.pool,
            threads=threads if slow else min(threads, QUICK_THREADS),
            page_limit=run_slice.page_limit,
            before_next=lambda window: self._to_date_ranges(sweep, window),
            on_split=self._on_split,
            on_cut=self._cut.append,
            on_end=self._new.append,
            on_ending=on_ending,
            last=self._last_date(),
            cuts=self._cuts(),
            pages_to_split=self._pages_to_split(slow),
            is_limited=strands.is_limited,
            has_room=lambda pages: strands.has_room(pages + requests_at_end),
            # Empty pages are no passing trouble where totals were found to lie.
            repeat_pause=0.0 if was_cut_short(self._run) else REPEAT_PAUSE,
            pages_fill=not checkpoint.pages_short,
        )
        return sweep

    def _cuts(self) -> Cuts:
        capabilities = self._slice.client.capabilities
        tried = bool(self._slice.location.connection_id.calibrated_at)
        cuts = cuts_for(capabilities, tried=tried)
        if self._run.phase == "prove":
            # Cursors that were made up may be what lost the contacts: a repair walks
            # without them.
            cuts = cuts._replace(made_up=False)
        return cuts

    def _pages_to_split(self, slow: bool) -> int:
        """Return how many pages of a window must be left for it to be cut.

        Where answers are slow, the halves of a short rest take hardly more requests
        than the whole; of very many pages the last ones take little of the time.
        """
        if not slow:
            return QUICK_PAGES
        many = MANY_PAGES * self._slice.page_limit
        return 3 if (self._run.contacts_expected or 0) > many else 1

    def _next_pages(self, sweep: Sweep) -> Items:
        """Return the pages that have arrived, at least one; none when all is read."""
        while True:
            try:
                return sweep.next_batch(MAX_PAGES_AT_ONCE)
            except GhlError as err:
                self._recover(sweep, err)

    def _recover(self, sweep: Sweep, err: GhlError) -> None:
        """Handle the error of a fetch, so that the sweep can go on.

        :raise GhlError: `err`, when there is nothing to be done about it here
        """
        if isinstance(err, GhlAuthError):
            self._slice.renew_token(err)
        elif isinstance(err, GhlScopeError) and self._slice.any_success:
            self._slice.tolerate_once(err)
        elif shrink_pages(self._slice, err):
            sweep.page_limit = self._slice.page_limit
        else:
            raise err

    def _store(self, items: Items, commit: Callable[..., Any]) -> None:
        def store() -> None:
            with self._around(items) if self._around else nullcontext():
                store_pages(self._slice, items, self._new, self._cut)
            if self._sweep is not None and not self._sweep.pages_fill:
                _note_short_pages(self._run)

        commit(
            store,
            processed=sum(len(fetched.batch) for _window, fetched in items) or 1,
        )
        for _window, fetched in items:
            # The next answers have the memory.
            fetched.page.release()

    # === CUTTING === #

    def _on_split(self, window: Window, later: Window) -> None:
        self._append(later)
        self._cut.append(window)

    def _append(self, window: Window) -> None:
        self._windows.append(window)
        self._new.append(window)

    def _to_date_ranges(self, sweep: Sweep, window: Window) -> None:
        """Go on by ranges once the first page has told that there is much to read."""
        if window.scope != ALL or not self._slice.client.capabilities.can_split:
            return
        slow = load_checkpoint(self._run).high_latency
        least = SLOW_PAGES if slow else QUICK_PAGES
        if window.remaining < least * self._slice.page_limit:
            return
        if sweep.last is None:
            latest = self._slice.call(partial(search_ends, direction="desc"))
            sweep.last = date_added(latest)
        if sweep.last is None:
            return
        undated = to_date_ranges(window)
        checkpoint = load_checkpoint(self._run)
        save_checkpoint(self._run, replace(checkpoint, last_added_ms=sweep.last))
        if not any(one.scope == UNDATED for one in self._windows):
            # A window of their own for contacts that have no date.
            self._append(undated)
            sweep.add(undated)

    def _last_date(self) -> int | None:
        """Return the latest date that a window without end may reach, for splitting."""
        if any(window.scope == UPDATED for window in self._windows):
            return future_ms() - FUTURE_MS
        return load_checkpoint(self._run).last_added_ms


def _note_short_pages(run: Any) -> None:
    """Have the next slices know that short pages end no walk."""
    checkpoint = load_checkpoint(run)
    if not checkpoint.pages_short:
        save_checkpoint(run, replace(checkpoint, pages_short=True))


def was_cut_short(run: Any) -> bool:
    """Tell whether the vendor counted more than it showed in this `ghl.sync.run`."""
    if load_checkpoint(run).cut_short:
        return True
    return bool(
        run.env["ghl.sync.window"].search_count(
            [("run_id", "=", run.id), ("short", "=", True)], limit=1
        )
    )


def search_ends(client: DialectClient, direction: str) -> SearchPage:
    """Return a page with the contact that was added first ("asc"), or last ("desc")."""
    return client.search(
        filters=Window(DATED).filters(),
        sort=[{"field": "dateAdded", "direction": direction}],
        page_limit=1,
    )


def date_added(page: SearchPage | None) -> int | None:
    """Return the date of the first contact of a page (epoch ms), if it has one."""
    contacts = page.contacts if page else []
    timestamp = parse_ms(contacts[0].get("dateAdded")) if contacts else None
    # A typing error in years to come would have windows cut where nobody is.
    return None if timestamp is None else min(timestamp, future_ms())


def future_ms() -> int:
    """Return the moment (epoch ms) after which dates are typing errors."""
    return int(time.time() * 1_000) + FUTURE_MS

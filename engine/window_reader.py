"""Reading windows: page after page, stored together with the checkpoint."""

import json
import time
from dataclasses import replace
from functools import partial

from odoo import models

from ..tools.dates import parse_ms
from ..tools.errors import (
    GhlAuthError,
    GhlCursorRefused,
    GhlError,
    GhlPageLimitRefused,
    GhlPayloadError,
    GhlRequestError,
    GhlScopeError,
)
from ..tools.sync.partition import ALL, DATED, UNDATED, UPDATED, Window, open_up
from ..tools.sync.reader import REPEAT_PAUSE, Sweep, cuts_for
from .checkpoint import load_checkpoint, save_checkpoint
from .mirror.merge import Merger
from .older_states import note_older
from .slice import SliceOver
from .vendor_calls import QUICK_THREADS

# What a vendor that refuses our page size is asked for instead.
SMALLER_PAGES = (250, 100, 50, 20)
TOO_LARGE = "too_large"
# Dates later than that after now are typing errors; as a watermark one of them would
# hide every change to come.
FUTURE_MS = 86_400_000
# Pages that have arrived together are stored together: the bookkeeping around a page
# costs half as much as an unchanged page itself.
MAX_PAGES_AT_ONCE = 12
# A walk over all becomes windows when so many pages are left, so that all threads have
# work. Where answers are quick a few are enough, and each cut costs part of a page.
SLOW_PAGES, QUICK_PAGES = 3, 8


class GhlSyncRun(models.Model):
    _inherit = "ghl.sync.run"

    def _read_windows(
        self,
        run_slice,
        windows: list[Window],
        with_splits: bool,
        closing: list[Window] = (),
        on_ending=None,
    ) -> None:
        """Read and store every page of the windows.

        :param closing: windows to be read last, beside the last pages of the others
        :param on_ending: called when only those are left
        :raise SliceOver: when the time is up; what was in flight has been stored
        """
        new: list[Window] = []
        cut: list[Window] = []

        def on_split(window: Window, later: Window) -> None:
            windows.append(later)
            new.append(later)
            cut.append(window)

        def before_next(window: Window) -> None:
            undated = self._open_up(run_slice, sweep, window, windows)
            if undated:
                windows.append(undated)
                new.append(undated)
                sweep.add(undated)

        def store(items, commit=run_slice.commit) -> None:
            commit(
                lambda: self._store_pages(run_slice, items, new, cut),
                processed=sum(len(fetched.batch) for _w, fetched in items) or 1,
            )
            release(items)

        slow = self._is_slow()
        threads = run_slice.threads
        sweep = Sweep(
            run_slice.fetch,
            windows,
            closing=closing,
            pool=run_slice.pool,
            threads=threads if slow else min(threads, QUICK_THREADS),
            page_limit=run_slice.page_limit,
            before_next=before_next,
            on_split=on_split if with_splits else None,
            on_ending=on_ending,
            last=self._last_date(windows),
            cuts=cuts_for(run_slice.client.capabilities),
            # The halves of a short rest take hardly more requests than the whole.
            pages_to_split=1 if slow else QUICK_PAGES,
            # Where totals were found to lie, empty pages are no passing trouble.
            repeat_pause=0.0 if self._was_cut_short() else REPEAT_PAUSE,
        )
        try:
            while True:
                items = self._next_pages(run_slice, sweep)
                if not items:
                    return
                store(items)
                new.clear()
                cut.clear()
                run_slice.poll_inbox()
        except BaseException as err:
            # Requests that wait for their turn are called off.
            run_slice.stop.set()
            if isinstance(err, (SliceOver, GhlError)):
                # Time is up, or one window met trouble: pages that have travelled are
                # stored all the same.
                for item in sweep.take_all():
                    store([item], run_slice.save)
            raise
        finally:
            sweep.close()
            run_slice.stop.clear()

    def _is_slow(self) -> bool:
        """Tell whether answers took their time when the run was prepared.

        They are taken for slow while that is not known. The slice's own `high_latency`
        may tell otherwise later on; a run keeps to the windows with which it began.
        """
        return load_checkpoint(self).high_latency

    def _last_date(self, windows: list[Window]) -> int | None:
        """Return the latest date that a window without end may reach, for splitting."""
        if any(window.scope == UPDATED for window in windows):
            return future_ms() - FUTURE_MS
        return load_checkpoint(self).last_added_ms

    def _next_pages(self, run_slice, sweep) -> list:
        """Return the pages that have arrived, at least one; none when all is read."""
        while True:
            try:
                return sweep.next_batch(MAX_PAGES_AT_ONCE)
            except GhlError as err:
                self._cure(run_slice, sweep, err)

    def _cure(self, run_slice, sweep, err: GhlError) -> None:
        """Do what lets the sweep go on.

        :raise GhlError: `err`, when there is nothing to be done about it here
        """
        if isinstance(err, GhlAuthError):
            run_slice.renew_token(err)
        elif isinstance(err, GhlScopeError) and run_slice.any_success:
            run_slice.tolerate_once(err)
        elif not (
            self._is_size_refused(run_slice, err)
            and self._shrink_pages(run_slice, sweep, err)
        ):
            raise err

    def _is_size_refused(self, run_slice, err: GhlError) -> bool:
        """Tell whether it is the size of the pages that is refused.

        A vendor may say so in any words: the plainest question of all tells.
        """
        if isinstance(err, GhlPageLimitRefused) or err.code == TOO_LARGE:
            return True
        if isinstance(err, GhlCursorRefused) or err.status not in (400, 422):
            return False
        return not self._accepts(run_slice, run_slice.page_limit)

    def _accepts(self, run_slice, page_limit: int) -> bool:
        window = Window(ALL)
        try:
            run_slice.call(
                lambda client: client.search(sort=window.sort(), page_limit=page_limit)
            )
        except GhlRequestError:
            return False
        except GhlPayloadError as err:
            if err.code != TOO_LARGE:
                raise
            return False
        return True

    def _shrink_pages(self, run_slice, sweep, err: GhlError) -> bool:
        """Go on with the largest smaller pages that the vendor accepts, if any."""
        for size in SMALLER_PAGES:
            if size < run_slice.page_limit and self._accepts(run_slice, size):
                run_slice.page_limit = sweep.page_limit = size
                if err.code != TOO_LARGE:
                    # Else it is this location's contacts that are large.
                    run_slice.save(partial(self._remember_page_limit, size))
                return True
        return False

    def _remember_page_limit(self, size: int) -> None:
        self.location_id.connection_id.page_limit_accepted = size

    def _open_up(self, run_slice, sweep, window, windows) -> Window | None:
        """Go on by ranges once the first page has told that there is much to read.

        :return: a window for the contacts without date, where that is needed
        """
        least = (SLOW_PAGES if self._is_slow() else QUICK_PAGES) * run_slice.page_limit
        if window.scope != ALL or window.remaining < least:
            return None
        if not run_slice.client.capabilities.can_split:
            return None
        if sweep.last is None:
            sweep.last = date_added(
                run_slice.call(partial(search_ends, direction="desc"))
            )
        if sweep.last is None:
            return None
        undated = open_up(window)
        save_checkpoint(self, replace(load_checkpoint(self), last_added_ms=sweep.last))
        return None if any(one.scope == UNDATED for one in windows) else undated

    def _store_pages(
        self, run_slice, items, new: list[Window], cut: list[Window]
    ) -> None:
        """Merge pages and move the checkpoint: one transaction, nothing in between.

        :param items: (window, fetched page) of pages that arrived together, all of one
            phase
        :param new: windows that have no row yet
        :param cut: windows that were cut in two since the last checkpoint
        """
        result = Merger(self.location_id).merge_batches(
            [(fetched.batch, fetched.page.requested_at) for _w, fetched in items],
            run_slice.began_xid,
        )
        run_slice.expects_changes = result.created + result.updated > result.unchanged
        self._count_pages(items, result)
        if result.outdated:
            # The mirror holds another state than was read: which one is right?
            save_checkpoint(self, replace(load_checkpoint(self), doubt=True))
            note_older(self, result.outdated)
        if result.seen_ids:
            # Past the ORM, which would take as long as a tenth of the page.
            self.env.cr.execute(
                "INSERT INTO ghl_sync_page (run_id, contact_ids) VALUES (%s, %s)",
                [self.id, json.dumps(result.seen_ids, separators=(",", ":"))],
            )
        stored = list({id(window): window for window, _fetched in items}.values())
        stored += [window for window in new if window not in stored]
        self.env["ghl.sync.window"]._store(self, stored, cut)

    def _count_pages(self, items, result) -> None:
        """Add pages that were merged, and what is wrong with them, to the figures."""
        location = self.location_id
        values = {
            "attempt": 0,
            "error": False,
            "error_code": False,
            "contacts_created": self.contacts_created + result.created,
            "contacts_updated": self.contacts_updated + result.updated,
        }
        self._add_issues(result.issues)
        for window, fetched in items:
            page = fetched.page
            self._add_issues(
                [
                    {
                        "severity": "rejected",
                        "reason": "an entry of the page is no object",
                    }
                    for _item in page.rejected
                ]
            )
            if self.kind == "delta" and window.expected:
                values["contacts_expected"] = window.expected
            if self.kind == "full" and not self.contacts_expected and page.total:
                self.contacts_expected = page.total
                location._store_total(page.total)
        if self.kind == "delta" or self.phase == "sweep":
            # What is read again at the end of a full sync was counted before.
            seen = sum(fetched.page.count for _w, fetched in items)
            values["contacts_seen"] = self.contacts_seen + seen
            values["contacts_unchanged"] = self.contacts_unchanged + result.unchanged
        self.write(values)
        if result.live_delta:
            location.contact_count += result.live_delta

    def _load_windows(self, phase: str) -> list[Window]:
        """Return the windows of a phase as they were stored last."""
        rows = self.env["ghl.sync.window"].search(
            [("run_id", "=", self.id), ("phase", "=", phase)], order="id"
        )
        return [row._to_window() for row in rows]

    def _add_windows(self, *windows: Window, phase: str | None = None) -> list[Window]:
        """Make rows of windows that the current phase reads, or another one."""
        self.env["ghl.sync.window"]._store(self, list(windows), phase=phase)
        return list(windows)


def release(items) -> None:
    """Let the next answers have the memory of pages that are stored."""
    for _window, fetched in items:
        fetched.page.release()


def search_ends(client, direction: str):
    """Return a page with the contact that was added first, or last."""
    return client.search(
        filters=Window(DATED).filters(),
        sort=[{"field": "dateAdded", "direction": direction}],
        page_limit=1,
    )


def date_added(page) -> int | None:
    """Return the date of the first contact of a page, if it has one."""
    contacts = page.contacts if page else []
    moment = parse_ms(contacts[0].get("dateAdded")) if contacts else None
    # A typing error in years to come would have windows cut where nobody is.
    return None if moment is None else min(moment, future_ms())


def future_ms() -> int:
    """Return the moment after which dates are typing errors."""
    return int(time.time() * 1_000) + FUTURE_MS

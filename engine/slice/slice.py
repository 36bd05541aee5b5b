"""The slice of a run: its calls to the vendor, and its commits.

A slice is what a location's cron does in one go. Nothing of it outlives the slice: the
next one goes on from what was committed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from ...tools.errors import GhlAuthError, GhlError
from ...tools.ghl.responses import SearchPage
from ...tools.gil_turn import CPU_LOCK
from ...tools.mapping.batch import Batch, prepare_batch
from ...tools.sync.reader import FetchedPage
from ...tools.sync.window import Window
from ..connection.page_limit import page_limit
from ..transaction import commit_or_retry, end_transaction
from .run_figures import RunFigures
from .vendor_calls import Answer, Answers, Call, VendorCalls

# Work that is part of a commit; its result is whatever the caller wants of it.
Work = Callable[[], Any]
# Odoo ends a process whose job lasts two minutes; a last request may take over one.
MAX_SECONDS = 30
# So much longer it may take until the limit is used up: what passes unused while a
# slice ends and the next begins is lost to a large location.
REST_PATIENCE = 10
# Seconds between two looks whether webhooks have come.
LOOK_EVERY = 1.0
# Seconds between two signs of life while nothing arrives.
PULSE_EVERY = 1.0


class SliceOver(Exception):
    """The slice's time is up; the next one goes on from the checkpoint."""


class SliceCancelled(Exception):
    """Somebody asked the run to stop."""


class DeleteBrake(Exception):
    """More contacts are gone than may be deleted without asking a person."""


class SyncSlice:
    """One call of a location's cron: calls, figures, and the way to commit.

    Threads only ever touch `fetch`, the client and the tally.

    :param run: the `ghl.sync.run` that is worked on, with its own environment; an
        empty one, with `location`, for work that belongs to no run
    :param on_inbox_poll: works off webhooks; called with this slice between two pages
    :param options: for `GhlClient`
    """

    def __init__(
        self,
        run: Any,
        location: Any = None,
        on_inbox_poll: Callable[[SyncSlice], None] | None = None,
        **options: Any,
    ) -> None:
        self.run = run
        self.env = run.env
        self.location = run.location_id if location is None else location
        self.stop = threading.Event()
        self.threads: int = self.env["ghl.settings"]._int("fetch_threads")
        self.page_limit: int = page_limit(self.location)
        self.vendor = VendorCalls(
            self.location,
            self.threads,
            self.stop,
            pulse=lambda at_once: self.pulse(at_once),
            before_wait=self._end_work,
            **options,
        )
        self.client = self.vendor.client
        self.pool = self.vendor.pool
        self.watch = self.vendor.watch
        self.figures = RunFigures(run, self.location, self.vendor, self.stop)
        #: a transaction before everything that this slice asks for
        self.began_xid = _current_xid(self.env.cr)
        #: GHL id of a contact that lives, shown beside those in question; and those
        #: that were denied themselves
        self.control: str | None = None
        #: the vendor has listed it; else it is only known from the mirror
        self.control_is_listed = False
        self.controls_refused: list[str] = []
        #: what was asked for before its time: {name: (of what, function that waits)}
        self.prefetched: dict[str, Any] = {}
        #: whether most contacts of the next pages will have to be written
        self.expects_changes = True
        self._location_ghl_id = self.location.ghl_id
        self._on_inbox_poll = on_inbox_poll
        self._deferred: list[Work] = []
        self._began = self._pulsed_at = time.monotonic()
        self._polled_at = -LOOK_EVERY
        self._over_since: float | None = None

    # === FETCHING (any thread) === #

    def fetch(self, window: Window) -> FetchedPage:
        """Fetch the next page of a window, ready for the merge."""
        number, page_limit = self.vendor.token_number, self.page_limit
        try:
            page = self.client.search(
                filters=window.filters(),
                sort=window.sort(),
                page_limit=page_limit,
                search_after=window.cursor,
            )
        except GhlError as err:
            err.page_limit = page_limit
            if isinstance(err, GhlAuthError):
                err.token_number = number
            raise
        return FetchedPage(page, self._prepare(page))

    def _prepare(self, page: SearchPage) -> Batch:
        with CPU_LOCK:
            batch = prepare_batch(
                page.contacts,
                self._location_ghl_id,
                escapes=page.raw_has_escapes,
                as_sent=page.body,
            )
            if batch.payloads is None and len(batch) == page.count:
                # A page that waits to be stored keeps a text and some figures, no
                # objects.
                page.forget_contacts(
                    dateAdded=batch.added_ms, dateUpdated=batch.updated_ms
                )
                if self.expects_changes:
                    batch.texts()
            batch.id_items()
            batch.digest_items()
            return batch

    # === TALKING TO THE VENDOR (calling thread) === #

    @property
    def high_latency(self) -> bool:
        """See `VendorCalls.high_latency`."""
        return self.vendor.high_latency

    @property
    def sent(self) -> int:
        """See `RunFigures.sent`."""
        return self.figures.sent

    @property
    def any_success(self) -> bool:
        """Whether the vendor has accepted anything in this slice."""
        return self.vendor.tally.any_success

    def call(self, call: Call[Answer]) -> Answer:
        """See `VendorCalls.call`."""
        return self.vendor.call(call)

    def gather(self, calls: dict[Any, Call[Any]]) -> dict[Any, Any]:
        """See `VendorCalls.gather`."""
        return self.vendor.gather(calls)

    def submit_all(self, calls: dict[Any, Call[Any]]) -> Answers:
        """See `VendorCalls.submit_all`."""
        return self.vendor.submit_all(calls)

    def renew_token(self, error: GhlAuthError) -> None:
        """See `VendorCalls.renew_token`."""
        self.vendor.renew_token(error)

    def tolerate_once(self, error: GhlError) -> None:
        """See `RequestTally.tolerate_once`."""
        self.vendor.tally.tolerate_once(error)

    # === COMMITTING (calling thread) === #

    def commit(self, work: Work | None = None, processed: int = 1) -> Any:
        """Do `work()` and commit it with the run's figures, as one transaction.

        A conflict with another transaction undoes all of it and tries again.

        :return: what `work` returned
        :raise SliceOver: committed, but the time is up
        :raise SliceCancelled: committed, but the run is to stop
        """
        result, left = self._committed(work, processed)
        if self.run.cancel_requested:
            raise SliceCancelled
        if not left and not self._may_go_on():
            raise SliceOver
        return result

    def save(
        self, work: Work | None = None, processed: int = 1, remaining: int = 1
    ) -> Any:
        """Do as `commit` does, but go on even when the time is up.

        :param remaining: 0 when the cron has nothing left to do for now
        """
        return self._committed(work, processed, remaining)[0]

    def defer(self, work: Work) -> None:
        """Do `work()` with the next commit, before anything else of it.

        What is to be written between two requests need not be committed by itself:
        whoever goes on without it does it again. Where answers are slow it is committed
        before the next one is waited for, for whoever watches the run; the slice goes
        on in any case, since a slice that ended here would have got nowhere.

        :param work: may be done again after a conflict, like all that is committed
        """
        self._deferred.append(work)

    def discard_deferred(self) -> None:
        """Leave what was deferred to whoever goes on with the run."""
        self._deferred.clear()

    def pulse(self, at_once: bool = False) -> None:
        """Tell whoever watches the run what it is waiting for, once a second.

        Called while this thread waits, when it has no transaction; leaves none open.

        :raise SliceCancelled: somebody asked the run to stop meanwhile
        """
        now = time.monotonic()
        if not self.run or not (at_once or now - self._pulsed_at >= PULSE_EVERY):
            return
        self._pulsed_at = now
        if self._deferred or self.figures.has_news:
            self.save(processed=0)
        cancelled = self.run.cancel_requested
        end_transaction(self.env)
        if cancelled and not self.stop.is_set():
            raise SliceCancelled

    def poll_inbox(self) -> None:
        """Have webhooks worked off, once a second; called between two pages."""
        now = time.monotonic()
        if self._on_inbox_poll is None or now - self._polled_at < LOOK_EVERY:
            return
        self._polled_at = now
        self._on_inbox_poll(self)

    def close(self) -> None:
        """End everything that is on its way."""
        self.stop.set()
        self.vendor.close()

    # === INSIDE === #

    def _end_work(self) -> None:
        """Leave no transaction open, as the slice is about to wait for the vendor."""
        # A slice that is being stopped may be in the middle of an error.
        if self._deferred and self.high_latency and not self.stop.is_set():
            self.save(processed=0)
        end_transaction(self.env)

    def _committed(
        self, work: Work | None, processed: int, remaining: int = 1
    ) -> tuple[Any, float]:
        def counted() -> Any:
            if remaining:
                # A crash of PostgreSQL (not of Odoo) may undo the last half second,
                # rows and checkpoint together: what they tell of is just done again.
                self.env.cr.execute("SET LOCAL synchronous_commit TO off")
            self.figures.store()
            for deferred in self._deferred:
                deferred()
            return work() if work else None

        outcome = commit_or_retry(self.env, counted, processed, remaining)
        self._deferred.clear()
        self.figures.committed()
        return outcome

    def _may_go_on(self) -> bool:
        """Tell whether the slice may take more time than Odoo gives each job.

        At the end of a slice everything on its way has to arrive before the next one
        begins: with slow answers that is a tenth of the time. While no other job waits
        for a worker, nobody gains by it. Else it ends when the limit lets nothing pass
        anyway, and nothing is kept that the next slice would have to ask for again.
        """
        now = time.monotonic()
        if now - self._began <= MAX_SECONDS and not self._is_awaited():
            self._over_since = None
            return True
        if self._over_since is None:
            self._over_since = now
        if now - self._over_since >= REST_PATIENCE:
            return False
        return bool(self.prefetched) or not self.vendor.strands.may_rest()

    def _is_awaited(self) -> bool:
        """Tell whether another job waits for a worker."""
        cr = self.env.cr
        cr.execute(
            """
            SELECT EXISTS (
                SELECT FROM ir_cron c
                 WHERE active AND id <> %s
                   AND (nextcall <= now() AT TIME ZONE 'UTC'
                        OR EXISTS (
                            SELECT FROM ir_cron_trigger t
                             WHERE t.cron_id = c.id
                               AND t.call_at <= now() AT TIME ZONE 'UTC')))
            """,
            [self.location.cron_id.id or 0],
        )
        return bool(cr.fetchone()[0])


def _current_xid(cr: Any) -> str:
    cr.execute("SELECT (txid_current() % (2::bigint ^ 32)::bigint)::text")
    xid: str = cr.fetchone()[0]
    return xid

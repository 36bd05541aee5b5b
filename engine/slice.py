"""What one slice of a run needs at hand; no model, no state that outlives it."""

import logging
import math
import threading
import time

import psycopg2
from psycopg2 import errorcodes

from odoo import fields

from ..tools.errors import GhlAuthError, GhlError
from ..tools.gil_turn import CPU_LOCK
from ..tools.http.watch import CallWatch
from ..tools.mapping.batch import Batch, prepare_batch
from ..tools.process.workers import Workers
from ..tools.sync.reader import FetchedPage
from .access.refusals import note_accepted
from .transaction import end_transaction

_logger = logging.getLogger(__name__)

_CONFLICTS = (
    errorcodes.SERIALIZATION_FAILURE,
    errorcodes.DEADLOCK_DETECTED,
    errorcodes.LOCK_NOT_AVAILABLE,
    # Somebody wrote a contact that the snapshot does not show.
    errorcodes.UNIQUE_VIOLATION,
)
_TRIES = 8
# Kinds of calls that read contacts, as `GhlClient` names them.
_OF_CONTACTS = ("search", "contact", "count")
# Threads for calls beside those that fetch pages, where answers are slow.
MAX_ASKED_AT_ONCE = 32
# Where answers are quick, more threads than that only wait for each other.
QUICK_THREADS = 12
# A token that has just been made can be refused as well, when something else renews it.
MAX_RENEWALS = 3
# Odoo ends a process whose job lasts two minutes; a last request may take over one.
MAX_SECONDS = 30
# Seconds after which answers count as slow: windows are then cut beforehand.
SLOW_ANSWER = 0.1
# Seconds between two looks whether webhooks have come.
LOOK_EVERY = 1.0
# Seconds between two signs of life while nothing arrives.
PULSE_EVERY = 1.0
# Seconds between two notes on the location of how the rate limits are used.
RATES_EVERY = 1.0


class SliceOver(Exception):
    """The slice's time is up; the next one goes on from the checkpoint."""


class SliceCancelled(Exception):
    """Somebody asked the run to stop."""


class DeleteBrake(Exception):
    """More contacts are gone than may be deleted without asking a person."""


def seconds_left(env) -> float:
    """Return what `_commit_progress` would tell of the time, without a commit."""
    return max(env.context.get("cron_end_time", math.inf) - time.monotonic(), 0.0)


def commit_or_retry(env, work, processed: int = 0, remaining: int = 1):
    """Do `work()` and commit it; a conflict with others undoes it and tries again.

    :return: (what `work` returned, seconds left of the cron's time)
    """
    for attempt in range(1, _TRIES + 1):
        try:
            result = work()
            left = env["ir.cron"]._commit_progress(processed, remaining=remaining)
        except psycopg2.Error as err:
            env.cr.rollback()
            env.invalidate_all(flush=False)
            if err.pgcode not in _CONFLICTS or attempt == _TRIES:
                raise
            _logger.info("conflict %s with another transaction, try again", err.pgcode)
            time.sleep(0.02 * 2**attempt)
            continue
        return result, left
    raise AssertionError("unreachable")


class SyncSlice:
    """One call of a location's cron: client, counters, and the way to commit.

    Threads only ever touch `fetch`, `client` and the counters.

    :param run: the `ghl.sync.run` that is worked on, with its own environment; an
        empty one, with `location`, for work that belongs to no run
    :param options: for `GhlClient`
    """

    def __init__(self, run, location=None, **options):
        self.run = run
        self.env = run.env
        self.location = run.location_id if location is None else location
        self._location_ghl_id = self.location.ghl_id
        self.stop = threading.Event()
        #: what the calls of this slice are waiting for
        self.watch = CallWatch()
        settings = self.env["ghl.settings"]
        self.threads = settings._int("fetch_threads")
        self.page_limit = self.location._get_page_limit()
        self.client = self.location.connection_id._make_client(
            self.location,
            stop=self.stop,
            on_request=self._count_request,
            on_retry=self._count_retry,
            watch=self.watch,
            **options,
        )
        #: for all that this slice asks for: a thread for each call would take longer
        #: to begin than a quick answer does to come
        self.pool = Workers(
            self._most_threads,
            before_wait=self.end_transaction,
            while_waiting=self.pulse,
        )
        self._token = self.location.connection_id._get_access_token(self.location)
        # Counts the tokens of this slice: requests in flight when one is replaced fail
        # with the old one, and must not cause another renewal.
        self._token_number = 0
        self._tolerated = False
        #: a transaction before everything that this slice asks for
        self.began_xid = _current_xid(self.env.cr)
        #: seconds that the quickest answer took
        self.min_latency = math.inf
        #: whether the vendor has accepted anything in this slice
        self.any_success = False
        #: GHL id of a contact that lives, shown beside those in question; and those
        #: that were denied themselves
        self.control: str | None = None
        #: the vendor has listed it; else it is only known from the mirror
        self.control_is_listed = False
        self.controls_refused: list[str] = []
        #: whether it has shown contacts, and whether that was noted
        self._readable = self._noted = False
        #: what was asked for before its time: {name: (of what, function that waits)}
        self.prefetched: dict = {}
        #: whether most contacts of the next pages will have to be written
        self.expects_changes = True
        self._lock = threading.Lock()
        self._requests = self._retries = self._limited = 0
        self._deferred: list = []
        self._began = self._since = time.monotonic()
        self._pulsed_at = self._began
        self._told = None
        self._rates_at = -RATES_EVERY
        self._looked_at = -LOOK_EVERY

    # === COUNTING (any thread) === #

    def _count_request(self, kind: str, status: int, seconds: float) -> None:
        with self._lock:
            self.min_latency = min(self.min_latency, seconds)
            self._requests += 1
            self._limited += status == 429
            self.any_success |= 200 <= status < 300
            self._readable |= 200 <= status < 300 and kind in _OF_CONTACTS
            self._tolerated &= not 200 <= status < 300

    def _count_retry(self, _error: GhlError) -> None:
        with self._lock:
            self._retries += 1

    def fetch(self, window):
        """Fetch the next page of a window, ready for the merge (any thread)."""
        number = self._token_number
        try:
            page = self.client.search(
                filters=window.filters(),
                sort=window.sort(),
                page_limit=self.page_limit,
                search_after=window.cursor,
            )
        except GhlAuthError as err:
            err.token_number = number
            raise
        return FetchedPage(page, self._prepare(page))

    def _prepare(self, page) -> Batch:
        with CPU_LOCK:
            batch = prepare_batch(
                page.contacts,
                self._location_ghl_id,
                escapes=page.raw_has_escapes,
                as_sent=page.body,
            )
            if batch.payloads is None and len(batch) == page.count:
                # What waits to be stored is a text and some figures, no objects.
                page.let_go(dateAdded=batch.added_ms, dateUpdated=batch.updated_ms)
                if self.expects_changes:
                    batch.texts()
            batch.id_items()
            batch.digest_items()
            return batch

    # === TALKING TO THE VENDOR (calling thread) === #

    def _most_threads(self) -> int:
        """Return how many threads are of use, by how quick the answers are."""
        if self.high_latency:
            return self.threads + MAX_ASKED_AT_ONCE
        return max(min(self.threads, QUICK_THREADS), 1)

    def end_transaction(self) -> None:
        """Hold no transaction, and so no lock and no snapshot, while one waits.

        A database may end sessions that stay idle in one, and PostgreSQL cannot clean
        up behind them.
        """
        end_transaction(self.env)

    @property
    def high_latency(self) -> bool:
        """Whether answers take their time; not knowing it, they may."""
        return self.min_latency > SLOW_ANSWER

    @property
    def sent(self) -> int:
        """How many requests the run has sent, those of this moment included."""
        with self._lock:
            return self.run.requests_sent + self._requests

    def renew_token(self, error: GhlAuthError) -> None:
        """Replace the token that was refused, or let the refusal stand.

        A connection that has no other token gets one more try with the same: a single
        401 can be the vendor's slip, and would end a run that a person then misses.

        :raise GhlAuthError: when that does not help either
        """
        if getattr(error, "token_number", self._token_number) != self._token_number:
            return
        token = self._renewed_token()
        if not token or token == self._token:
            self.tolerate_once(error)
            token = self._token
        self._token = token
        self._token_number += 1
        self.client.set_token(token)

    def _renewed_token(self) -> str | None:
        """Have the token renewed, which takes a call of its own for OAuth."""
        connection = self.location.connection_id
        if connection.auth_kind == "oauth":
            self.watch.renewing(True)
            self.pulse(at_once=True)
        self.end_transaction()
        try:
            return connection._renew_access_token(self.location, self._token)
        finally:
            self.watch.renewing(False)

    def tolerate_once(self, error: GhlError) -> None:
        """Let a refusal pass that may be the vendor's slip; not twice in a row.

        :raise GhlError: nothing was accepted since the last one
        """
        with self._lock:
            if self._tolerated:
                raise error
            self._tolerated = True

    def gather(self, calls: dict) -> dict:
        """Return {name: answer or GhlError} of {name: call(client)}, asked at once.

        The governor sees to the pace, so that small answers may all travel together.
        """
        answers = self.submit_all(calls)()
        refused = [a for a in answers.values() if isinstance(a, GhlAuthError)]
        if refused:
            self.renew_token(refused[0])
            again = {n: calls[n] for n, a in answers.items() if isinstance(a, GhlError)}
            answers.update({name: self._ask_quietly(c) for name, c in again.items()})
        return answers

    def submit_all(self, calls: dict):
        """Begin to ask what `gather` would; return a function that waits for it.

        Does not renew the token: a refusal is an answer here.
        """
        futures = {
            name: self.pool.submit(call, self.client) for name, call in calls.items()
        }

        def wait() -> dict:
            trouble = None
            for future in self.pool.as_completed(futures.values()):
                error = None if future.cancelled() else future.exception()
                if trouble is None and getattr(error, "retryable", False):
                    # The vendor is out of order: what has not begun would only wait.
                    trouble = error
                    for other in futures.values():
                        other.cancel()
            return {name: _outcome(f, trouble) for name, f in futures.items()}

        return wait

    def _ask_quietly(self, call):
        try:
            return self.call(call)
        except GhlError as err:
            return err

    def call(self, call):
        """Return `call(client)`, with a new token whenever one is refused.

        In a thread, so that this one can tell meanwhile what it waits for.
        """
        for _renewal in range(MAX_RENEWALS):
            try:
                return self.pool.call(call, self.client)
            except GhlAuthError as err:
                self.renew_token(err)
        return self.pool.call(call, self.client)

    # === COMMITTING (calling thread) === #

    def commit(self, work=None, processed: int = 1):
        """Do `work()` and commit it with the run's counters, as one transaction.

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

    def _may_go_on(self) -> bool:
        """Tell whether the slice may take more time than Odoo gives each job.

        At the end of a slice everything on its way has to arrive before the next one
        begins: with slow answers that is a tenth of the time. While no other job waits
        for a worker, nobody gains by it.
        """
        if time.monotonic() - self._began > MAX_SECONDS:
            return False
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
        return not cr.fetchone()[0]

    def defer(self, work) -> None:
        """Do `work()` with the next commit, before anything else of it.

        What is to be written between requests that are quickly answered need not be
        committed by itself: whoever goes on without it does it again. Where answers
        are slow it is committed at once, for whoever watches the run; the slice goes
        on in any case, since a slice that ended here would have got nowhere.

        :param work: may be done again after a conflict, like all that is committed
        """
        if self.high_latency:
            self.save(work)
        else:
            self._deferred.append(work)

    def discard_deferred(self) -> None:
        """Leave what was put off to whoever goes on with the run."""
        self._deferred.clear()

    def save(self, work=None, processed: int = 1, remaining: int = 1):
        """Do as `commit` does, but go on even when the time is up.

        :param remaining: 0 when the cron has nothing left to do for now
        """
        return self._committed(work, processed, remaining)[0]

    def pulse(self, at_once: bool = False) -> None:
        """Tell whoever watches the run what it is waiting for, once a second.

        Called while this thread waits, when it has no transaction; leaves none open.

        :raise SliceCancelled: somebody asked the run to stop meanwhile
        """
        now = time.monotonic()
        if not self.run or not (at_once or now - self._pulsed_at >= PULSE_EVERY):
            return
        self._pulsed_at = now
        with self._lock:
            news = bool(self._requests or self._retries)
        if news or self._deferred or self.watch.facts() != self._told:
            self.save(processed=0)
        cancelled = self.run.cancel_requested
        self.end_transaction()
        if cancelled and not self.stop.is_set():
            raise SliceCancelled

    def _committed(self, work, processed: int, remaining: int = 1):
        def counted():
            if remaining:
                # A crash of PostgreSQL (not of Odoo) may undo the last half second,
                # rows and checkpoint together: what they tell of is just done again.
                self.env.cr.execute("SET LOCAL synchronous_commit TO off")
            self._write_counters()
            for deferred in self._deferred:
                deferred()
            return work() if work else None

        outcome = commit_or_retry(self.env, counted, processed, remaining)
        self._deferred.clear()
        self._requests_written()
        return outcome

    def _write_counters(self) -> None:
        run = self.run
        with self._lock:
            self._pending = (self._requests, self._retries, self._limited)
        requests, retries, limited = self._pending
        now = time.monotonic()
        self._told = self.watch.facts()
        run.write(
            {
                "activity": self._told or False,
                "requests_sent": run.requests_sent + requests,
                "retries": run.retries + retries,
                "rate_limited": run.rate_limited + limited,
                "busy_seconds": run.busy_seconds + now - self._since,
                "heartbeat_at": fields.Datetime.now(),
            }
        )
        self._now = now
        if self._readable and not self._noted:
            # A token that works again, a location that may be read again.
            note_accepted(self.location)
        self._write_rates(now)

    def _write_rates(self, now: float) -> None:
        """Note how the rate limits are used, for whoever sends next.

        Not with each of many small commits: most of them write nothing else on the
        location, and readers of pages write there as well, at the cost of a conflict.
        Whoever takes over from a killed process asks the vendor for what it lacks.
        """
        at_work = not self.stop.is_set()
        if at_work and now - self._rates_at < RATES_EVERY:
            return
        self._rates_at = now
        self.location.rate_snapshot = self.location._get_rate_snapshot(at_work)

    def _requests_written(self) -> None:
        """Subtract what the commit has stored from what is still to be stored."""
        requests, retries, limited = self._pending
        self._noted = self._readable
        with self._lock:
            self._requests -= requests
            self._retries -= retries
            self._limited -= limited
        self._since = self._now

    def inbox_poll_due(self) -> bool:
        """Tell whether it is time to look for webhooks, and note that it was done."""
        now = time.monotonic()
        if now - self._looked_at < LOOK_EVERY:
            return False
        self._looked_at = now
        return True

    def close(self) -> None:
        self.stop.set()
        self.pool.close()
        self.client.close()


def _current_xid(cr) -> str:
    cr.execute("SELECT (txid_current() % (2::bigint ^ 32)::bigint)::text")
    return cr.fetchone()[0]


def _outcome(future, trouble):
    """Return the answer of a call, or its error; `trouble` if it was never begun."""
    if future.cancelled():
        return trouble
    error = future.exception()
    if error is None:
        return future.result()
    if isinstance(error, GhlError):
        return error
    raise error

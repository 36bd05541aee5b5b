"""The requests of one slice: client, token, threads, and the wait for answers."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from ...tools.errors import GhlAuthError, GhlError
from ...tools.ghl.dialect import DialectClient
from ...tools.http.tally import RequestTally
from ...tools.http.watch import CallWatch
from ...tools.process.workers import Workers
from ...tools.rate_limit.strands import Strands
from ..connection.client import make_client
from ..connection.tokens import get_access_token, renew_access_token
from ..rate_limit import get_governor
from ..transaction import end_transaction

# Threads for calls beside those that fetch pages, where answers are slow.
MAX_ASKED_AT_ONCE = 32
# More threads than that only wait for each other when answers are quick.
QUICK_THREADS = 12
# A token that has just been made can be refused as well, when something else renews it.
MAX_RENEWALS = 3
# Seconds after which answers count as slow: windows are then cut beforehand.
SLOW_ANSWER = 0.1

Answer = TypeVar("Answer")
Call = Callable[[DialectClient], Answer]


class Answers:
    """Answers that are on their way. Called, it waits for all of them."""

    def __init__(self, pool: Workers, futures: dict[Any, Future[Any]]) -> None:
        self._pool = pool
        self._futures = futures

    @property
    def is_ready(self) -> bool:
        """Whether all have come."""
        return all(future.done() for future in self._futures.values())

    def __call__(self) -> dict[Any, Any]:
        """Return {name: answer or GhlError}."""
        trouble: GhlError | None = None
        for future in self._pool.as_completed(self._futures.values()):
            error = None if future.cancelled() else future.exception()
            if trouble is None and isinstance(error, GhlError) and error.retryable:
                # The vendor is out of order: what has not begun would only wait.
                trouble = error
                for other in self._futures.values():
                    other.cancel()
        return {name: _outcome(f, trouble) for name, f in self._futures.items()}


class VendorCalls:
    """Calls that travel together, and the token that they travel with.

    To be used by the thread that owns the slice; others only use `client` and `tally`.

    :param location: the `ghl.location` that is read
    :param threads: how many pages may be fetched at a time
    :param pulse: called once a second while the owner waits; with True when the token
        is about to be renewed
    :param before_wait: called before the owner waits; leaves no transaction open
    :param options: for `GhlClient`
    """

    def __init__(
        self,
        location: Any,
        threads: int,
        stop: threading.Event,
        pulse: Callable[[bool], None],
        before_wait: Callable[[], None],
        **options: Any,
    ) -> None:
        self.threads = threads
        #: what the calls are waiting for
        self.watch = CallWatch()
        self.tally = RequestTally()
        governor = get_governor(location)
        #: how many pages at once are enough to use the whole limit
        self.strands = Strands(governor, self.tally, threads)
        # Counts the tokens of this slice: requests in flight when one is replaced fail
        # with the old one, and must not cause another renewal.
        self.token_number = 0
        self._location = location
        self._pulse = pulse
        connection = location.connection_id
        self.client: DialectClient = make_client(
            connection,
            location,
            stop=stop,
            on_request=self.tally.on_request,
            on_retry=self.tally.on_retry,
            watch=self.watch,
            **options,
        )
        self._token: str = get_access_token(connection, location)
        #: for all that the slice asks for: a thread for each call would take longer to
        #: begin than a quick answer does to come
        self.pool = Workers(
            self._most_threads,
            before_wait=before_wait,
            while_waiting=lambda: pulse(False),
        )

    @property
    def high_latency(self) -> bool:
        """Whether answers are slow; they are taken for slow until one was quick."""
        return self.tally.min_latency > SLOW_ANSWER

    def call(self, call: Call[Answer]) -> Answer:
        """Return `call(client)`, with a new token whenever one is refused.

        In a thread, so that this one can tell meanwhile what it waits for.
        """
        for _renewal in range(MAX_RENEWALS):
            try:
                return self._call_once(call)
            except GhlAuthError as err:
                self.renew_token(err)
        return self._call_once(call)

    def gather(self, calls: dict[Any, Call[Any]]) -> dict[Any, Any]:
        """Return {name: answer or GhlError} of {name: call(client)}, asked at once.

        The governor sees to the pace, so that small answers may all travel together.
        """
        answers = self.submit_all(calls)()
        refused = [a for a in answers.values() if isinstance(a, GhlAuthError)]
        if refused:
            self.renew_token(refused[0])
            again = {n: calls[n] for n, a in answers.items() if isinstance(a, GhlError)}
            answers.update({name: self._answer_of(c) for name, c in again.items()})
        return answers

    def submit_all(self, calls: dict[Any, Call[Any]]) -> Answers:
        """Begin to ask what `gather` would; return what waits for it when called.

        Does not renew the token: a refusal is an answer here.
        """
        return Answers(
            self.pool,
            {name: self.pool.submit(call, self.client) for name, call in calls.items()},
        )

    def renew_token(self, error: GhlAuthError) -> None:
        """Replace the token that was refused, or let the refusal stand.

        A connection that has no other token gets one more try with the same: a single
        401 can be the vendor's slip, and would end a run that a person then misses.

        :raise GhlAuthError: when that does not help either
        """
        if error.token_number not in (None, self.token_number):
            return
        token = self._renewed_token()
        if not token or token == self._token:
            self.tally.tolerate_once(error)
            token = self._token
        self._token = token
        self.token_number += 1
        self.client.set_token(token)

    def close(self) -> None:
        """End the threads and the connections."""
        self.pool.close()
        self.client.close()

    # === INSIDE === #

    def _most_threads(self) -> int:
        """Return how many threads are of use, by how quick the answers are."""
        if self.high_latency:
            return self.threads + MAX_ASKED_AT_ONCE
        return max(min(self.threads, QUICK_THREADS), 1)

    def _call_once(self, call: Call[Answer]) -> Answer:
        answer: Answer = self.pool.call(call, self.client)
        return answer

    def _answer_of(self, call: Call[Answer]) -> Answer | GhlError:
        try:
            return self.call(call)
        except GhlError as err:
            return err

    def _renewed_token(self) -> str | None:
        """Have the token renewed, which takes a call of its own for OAuth."""
        connection = self._location.connection_id
        if connection.auth_kind == "oauth":
            self.watch.renewing(True)
            self._pulse(True)
        end_transaction(self._location.env)
        try:
            token: str | None = renew_access_token(
                connection, self._location, self._token
            )
            return token
        finally:
            self.watch.renewing(False)


def _outcome(future: Future[Any], trouble: GhlError | None) -> Any:
    """Return the answer of a call, or its error; `trouble` if it was never begun."""
    if future.cancelled():
        return trouble
    error = future.exception()
    if error is None:
        return future.result()
    if isinstance(error, GhlError):
        return error
    raise error

"""The one place that decides whether, when and how often a call is repeated.

How long a location's requests keep away after a 429 is the governor's to say
(`tools/rate_limit/`): a call waits for that, or gives up.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import tenacity

from ..errors import GhlError, GhlStopped

T = TypeVar("T")

# Threads that were told the same Retry-After should not all come back at once.
RETRY_AFTER_JITTER = 0.25


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """The patience of a call; times in seconds.

    Odoo ends a worker whose job takes two minutes (``limit_time_real``), so a call has
    to give up in time for its caller to say so.

    :param int attempts: tries in all, the first included
    :param float max_wait: a longer ``Retry-After`` is not waited for
    :param float max_total_wait: pauses of one call taken together
    :param float max_total: attempts and pauses of one call taken together
    :param float attempt_time: longest that one attempt may take; none is begun that
        could end after `max_total`
    """

    attempts: int = 7
    max_wait: float = 60.0
    max_total_wait: float = 60.0
    max_total: float = 75.0
    attempt_time: float = 45.0
    backoff_multiplier: float = 0.5
    backoff_max: float = 20.0

    def call(
        self,
        fn: Callable[[], T],
        *,
        idempotent: bool = True,
        stop: threading.Event | None = None,
        on_retry: Callable[[GhlError], None] | None = None,
        on_wait: Callable[[GhlError, int, float], None] | None = None,
        sleep: Callable[[float], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> T:
        """Return ``fn()``, repeated while its failure is one that may pass.

        :param bool idempotent: ``False`` for what must not reach the vendor twice
        :param stop: ends a pause with `GhlStopped` when set
        :param on_retry: told of each failure that is followed by another attempt
        :param on_wait: told of it as well: failure, number of the next attempt, pause
        :param sleep: replaces the pause, for tests
        :param clock: seconds that count; one that stands still while an attempt waits
            for its turn leaves that out
        :raise GhlError: the last failure, when the patience is used up
        """
        if not idempotent:
            return fn()
        pause = sleep or time.sleep
        began = clock()

        def wait_or_stop(seconds: float) -> None:
            if stop is None:
                pause(seconds)
                return
            if sleep is None:
                stop.wait(seconds)
            else:
                pause(seconds)
            if stop.is_set():
                raise GhlStopped("The sync was stopped.")

        def tell(state: tenacity.RetryCallState) -> None:
            error = _failure(state)
            if error is None:
                return
            if on_retry is not None:
                on_retry(error)
            if on_wait is not None and state.next_action is not None:
                on_wait(error, state.attempt_number + 1, state.next_action.sleep)

        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception(self._worth_repeating),
            stop=lambda state: self._used_up(state, clock() - began),
            wait=self._wait,
            before_sleep=tell,
            sleep=wait_or_stop,
            reraise=True,
        )
        return retrying(fn)

    def _worth_repeating(self, error: BaseException) -> bool:
        if not isinstance(error, GhlError) or not error.retryable:
            return False
        return (error.retry_after or 0) <= self.max_wait

    def _used_up(self, state: tenacity.RetryCallState, elapsed: float) -> bool:
        if state.attempt_number >= self.attempts:
            return True
        if elapsed + self._longest_wait(state) + self.attempt_time > self.max_total:
            return True
        return state.idle_for + _retry_after(state) > self.max_total_wait

    def _longest_wait(self, state: tenacity.RetryCallState) -> float:
        backoff = self.backoff_multiplier * 2.0 ** (state.attempt_number - 1)
        return _retry_after(state) or min(backoff, self.backoff_max)

    def _wait(self, state: tenacity.RetryCallState) -> float:
        asked = _retry_after(state)
        if asked:
            return asked + random.uniform(0, RETRY_AFTER_JITTER)
        backoff = tenacity.wait_random_exponential(
            multiplier=self.backoff_multiplier, max=self.backoff_max
        )
        return backoff(state)


def _retry_after(state: tenacity.RetryCallState) -> float:
    error = _failure(state)
    return (error.retry_after or 0.0) if error is not None else 0.0


def _failure(state: tenacity.RetryCallState) -> GhlError | None:
    error = state.outcome.exception() if state.outcome is not None else None
    return error if isinstance(error, GhlError) else None

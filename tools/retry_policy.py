"""The one place that decides whether, when and how often a call is repeated."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import tenacity

from .ghl_errors import GhlError, GhlStopped

T = TypeVar("T")

# Threads that were told the same Retry-After should not all come back at once.
RETRY_AFTER_JITTER = 0.25


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How patient to be; times in seconds.

    :param int attempts: tries in all, the first included
    :param float max_wait: a longer ``Retry-After`` is not waited for
    :param float max_total_wait: pauses of one call taken together
    """

    attempts: int = 7
    max_wait: float = 60.0
    max_total_wait: float = 180.0
    backoff_multiplier: float = 0.5
    backoff_max: float = 20.0

    def call(
        self,
        fn: Callable[[], T],
        *,
        idempotent: bool = True,
        stop: threading.Event | None = None,
        on_retry: Callable[[GhlError], None] | None = None,
        sleep: Callable[[float], None] | None = None,
    ) -> T:
        """Return ``fn()``, repeated while its failure is one that may pass.

        :param bool idempotent: ``False`` for what must not reach the vendor twice
        :param stop: ends a pause with `GhlStopped` when set
        :param on_retry: told of each failure that is followed by another attempt
        :param sleep: replaces the pause, for tests
        :raise GhlError: the last failure, when the patience is used up
        """
        if not idempotent:
            return fn()
        pause = sleep or time.sleep

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
            if on_retry is not None and error is not None:
                on_retry(error)

        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception(self._worth_repeating),
            stop=self._used_up,
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

    def _used_up(self, state: tenacity.RetryCallState) -> bool:
        if state.attempt_number >= self.attempts:
            return True
        error = _failure(state)
        ahead = (error.retry_after or 0) if error is not None else 0
        return state.idle_for + ahead > self.max_total_wait

    def _wait(self, state: tenacity.RetryCallState) -> float:
        error = _failure(state)
        if error is not None and error.retry_after:
            return error.retry_after + random.uniform(0, RETRY_AFTER_JITTER)
        backoff = tenacity.wait_random_exponential(
            multiplier=self.backoff_multiplier, max=self.backoff_max
        )
        return backoff(state)


def _failure(state: tenacity.RetryCallState) -> GhlError | None:
    error = state.outcome.exception() if state.outcome is not None else None
    return error if isinstance(error, GhlError) else None

"""A bound on the requests that a process works on at once, for each caller and in all.

A request that is let in takes a connection to the database; one that waits here takes
none. So a flood of one caller's requests queues up before the pool, and not inside it.
Pure Python, safe in threads.
"""

from __future__ import annotations

import math
import threading
import time
from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import contextmanager

# The part of the mean that the latest request makes up.
_SMOOTHING = 0.1
_MAX_RETRY_AFTER = 30


class Refused(Exception):
    """A request that is not let in.

    `by_caller` tells whether the caller's own requests are the reason, `retry_after`
    the whole seconds after which to try again.
    """

    def __init__(self, by_caller: bool, retry_after: int) -> None:
        super().__init__("too many requests at once")
        self.by_caller = by_caller
        self.retry_after = retry_after


class _Waiter:
    __slots__ = ("admitted", "caller")

    def __init__(self, caller: Hashable) -> None:
        self.caller = caller
        self.admitted = threading.Event()


class Gate:
    """Lets requests in, first come first served among callers below their limit."""

    def __init__(
        self,
        *,
        places: int,
        per_caller: int,
        queue: int,
        queue_per_caller: int,
        patience: float,
    ) -> None:
        """Open the gate.

        :param places: requests that are worked on at once
        :param per_caller: … of one caller
        :param queue: requests that may wait for a place
        :param queue_per_caller: … of one caller
        :param patience: seconds that a request waits at the most
        """
        self._places, self._per_caller = places, per_caller
        self._queue_size, self._queue_per_caller = queue, queue_per_caller
        self._patience = patience
        self._lock = threading.Lock()
        self._inside: Counter[Hashable] = Counter()
        self._busy = 0
        self._queue: list[_Waiter] = []
        self._waiting: Counter[Hashable] = Counter()
        self._mean_seconds = 0.05

    @contextmanager
    def enter(self, caller: Hashable) -> Iterator[None]:
        """Hold a place while the block runs.

        :raise Refused: the queue is full, or the wait has been too long
        """
        self._admit(caller)
        started = time.monotonic()
        try:
            yield
        finally:
            self._leave(caller, time.monotonic() - started)

    def _admit(self, caller: Hashable) -> None:
        with self._lock:
            if self._has_place(caller):
                self._take_place(caller)
                return
            if self._waiting[caller] >= self._queue_per_caller:
                raise self._refusal(caller, by_caller=True)
            if len(self._queue) >= self._queue_size:
                raise self._refusal(caller, by_caller=False)
            waiter = _Waiter(caller)
            self._queue.append(waiter)
            self._waiting[caller] += 1
        if waiter.admitted.wait(self._patience):
            return
        with self._lock:
            if waiter.admitted.is_set():
                # The request was let in just as its patience ended.
                return
            self._queue.remove(waiter)
            self._forget_waiting(caller)
            by_caller = self._inside[caller] >= self._per_caller
            raise self._refusal(caller, by_caller=by_caller)

    def _leave(self, caller: Hashable, seconds: float) -> None:
        with self._lock:
            self._mean_seconds += _SMOOTHING * (seconds - self._mean_seconds)
            self._busy -= 1
            self._inside[caller] -= 1
            if not self._inside[caller]:
                del self._inside[caller]
            for waiter in list(self._queue):
                if self._busy >= self._places:
                    break
                if self._has_place(waiter.caller):
                    self._queue.remove(waiter)
                    self._forget_waiting(waiter.caller)
                    self._take_place(waiter.caller)
                    waiter.admitted.set()

    def _has_place(self, caller: Hashable) -> bool:
        return (
            self._busy < self._places and self._inside.get(caller, 0) < self._per_caller
        )

    def _take_place(self, caller: Hashable) -> None:
        self._busy += 1
        self._inside[caller] += 1

    def _forget_waiting(self, caller: Hashable) -> None:
        self._waiting[caller] -= 1
        if not self._waiting[caller]:
            del self._waiting[caller]

    def _refusal(self, caller: Hashable, by_caller: bool) -> Refused:
        if by_caller:
            ahead, at_once = self._waiting[caller], self._per_caller
        else:
            ahead, at_once = len(self._queue), self._places
        seconds = math.ceil((ahead + 1) * self._mean_seconds / at_once)
        return Refused(by_caller, min(max(seconds, 1), _MAX_RETRY_AFTER))

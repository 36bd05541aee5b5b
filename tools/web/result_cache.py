"""Results that took long to make, kept in memory for a time in proportion to that."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any


class CostAwareCache:
    """A small cache of a process, for results that may be somewhat old.

    What is made quickly is not kept. Callers who want the same result while it is made
    make it themselves: they have connections of their own, and nobody waits in vain.
    """

    def __init__(
        self,
        *,
        min_cost: float = 0.5,
        factor: float = 60,
        longest: float = 600,
        size: int = 64,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin empty.

        :param min_cost: seconds that a result must take to be kept
        :param factor: it is kept that many times as long as it took
        :param longest: seconds that it is kept at the most
        :param size: number of results; the one unused for longest goes first
        """
        self._min_cost, self._factor, self._longest = min_cost, factor, longest
        self._size, self._clock = size, clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, tuple[Hashable, float, Any]] = OrderedDict()

    def get(self, key: Hashable, stamp: Hashable, make: Callable[[], Any]) -> Any:
        """Return what is kept under `key`, else what `make` returns.

        :param stamp: the kept result is of no use any more when this is another one
        """
        started = self._clock()
        with self._lock:
            kept_stamp, until, result = self._kept.get(key, (None, started, None))
            if kept_stamp == stamp and started < until:
                self._kept.move_to_end(key)
                return result
        result = make()
        now = self._clock()
        took = now - started
        with self._lock:
            self._kept.pop(key, None)
            if took >= self._min_cost:
                until = now + min(took * self._factor, self._longest)
                self._kept[key] = (stamp, until, result)
                while len(self._kept) > self._size:
                    self._kept.popitem(last=False)
        return result

"""One budget of bytes for all answers that are in memory at the same time.

Every answer has some bytes free. One that grows beyond them waits until others have
been worked off; the one that began first may exceed the budget by as much as one answer
may have, so that there is always one that gets on.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from . import room

MEGABYTE = room.MEGABYTE
# All answers together, and one of them, where nothing limits the process.
MAX_TOTAL, MAX_ANSWER = 64 * MEGABYTE, 32 * MEGABYTE
MIN_TOTAL, MIN_ANSWER = 8 * MEGABYTE, 4 * MEGABYTE
# Shares of the memory that a limit leaves. A parsed answer takes up to eight times its
# bytes.
TOTAL_SHARE, ANSWER_SHARE = 1 / 8, 1 / 16
# An answer takes so many bytes without asking; usual pages have less.
FREE = MEGABYTE // 2
# Answers beyond that are parsed one at a time.
LARGE = MEGABYTE
# Seconds for which an answer waits for its bytes.
PATIENCE = 15.0
# Seconds for which a large answer waits for the one before it to be worked off.
TURN_PATIENCE = 2.0


class BudgetSpent(Exception):
    """The answers before this one were not worked off in time."""


def largest_answer() -> int:
    """Return how many bytes one answer may have, by what the process may still take."""
    free = room.left()
    if free is None:
        return MAX_ANSWER
    return min(MAX_ANSWER, max(MIN_ANSWER, int(free * ANSWER_SHARE)))


class Lease:
    """The bytes of one answer, from its first to when it is worked off."""

    def __init__(self, budget: ByteBudget) -> None:
        self._budget: ByteBudget | None = budget
        self._expanded = False
        self.size = 0

    def grow(self, size: int) -> None:
        """Have `size` bytes in all; may have to wait for it.

        :raise BudgetSpent: waited in vain
        """
        if self._budget is not None and size > self.size:
            self._budget._grow(self, size)

    def complete(self) -> None:
        """Say that it will not grow any more, which lets the next one exceed."""
        if self._budget is not None:
            self._budget._complete(self)

    def expand(self) -> None:
        """Wait for the turn to be parsed, which takes several times the bytes.

        Large answers are parsed one at a time, each until `settle`, as far as that can
        be waited for: who holds the turn may itself wait for this very answer.
        """
        if self._budget is not None and self.size > LARGE and not self._expanded:
            self._expanded = self._budget._expand()

    def settle(self) -> None:
        """Say that what was parsed is not needed any more; may be called again."""
        if self._budget is not None and self._expanded:
            self._expanded = False
            self._budget._settle()

    def release(self) -> None:
        """Give the bytes back; may be called again."""
        self.settle()
        budget, self._budget = self._budget, None
        if budget is not None:
            budget._release(self)

    def __del__(self) -> None:
        # An answer that is dropped unused must not take its bytes along.
        self.release()


class ByteBudget:
    """The budget; see the module.

    :param int total: bytes of all answers together; None: by the process's limits
    """

    def __init__(
        self,
        total: int | None = None,
        *,
        free: int = FREE,
        overdraft: int = MAX_ANSWER,
        patience: float = PATIENCE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._total = total
        self._free = free
        self._overdraft = overdraft
        self._patience = patience
        self._clock = clock
        # Reentrant: `Lease.__del__` may run wherever an object is collected.
        self._changed = threading.Condition(threading.RLock())
        self._used = 0
        self._growing: list[int] = []
        self._is_expanding = False

    @property
    def used(self) -> int:
        """Bytes beyond the free ones that answers have now."""
        return self._used

    def lease(self) -> Lease:
        """Return the lease of an answer that is about to be read."""
        return Lease(self)

    def _most(self) -> int:
        if self._total is not None:
            return self._total
        free = room.left()
        if free is None:
            return MAX_TOTAL
        return min(MAX_TOTAL, max(MIN_TOTAL, int(free * TOTAL_SHARE)))

    def _grow(self, lease: Lease, size: int) -> None:
        more = max(size - self._free, 0) - max(lease.size - self._free, 0)
        if not more:
            lease.size = size
            return
        deadline = self._clock() + self._patience
        with self._changed:
            if id(lease) not in self._growing:
                self._growing.append(id(lease))
            while not self._has(lease, more):
                wait = deadline - self._clock()
                if wait <= 0:
                    raise BudgetSpent
                self._changed.wait(wait)
            self._used += more
            lease.size = size

    def _has(self, lease: Lease, more: int) -> bool:
        most = self._most()
        if self._growing[0] == id(lease):
            most += self._overdraft
        return self._used + more <= most

    def _complete(self, lease: Lease) -> None:
        if lease.size <= self._free and id(lease) not in self._growing:
            return
        with self._changed:
            if id(lease) in self._growing:
                self._growing.remove(id(lease))
                self._changed.notify_all()

    def _release(self, lease: Lease) -> None:
        with self._changed:
            self._complete(lease)
            self._used -= max(lease.size - self._free, 0)
            self._changed.notify_all()
        if lease.size > LARGE:
            room.give_back()

    def _expand(self) -> bool:
        """Take the turn; tell whether it came in time."""
        deadline = self._clock() + min(self._patience, TURN_PATIENCE)
        with self._changed:
            while self._is_expanding:
                wait = deadline - self._clock()
                if wait <= 0:
                    return False
                self._changed.wait(wait)
            self._is_expanding = True
            return True

    def _settle(self) -> None:
        with self._changed:
            self._is_expanding = False
            self._changed.notify_all()


#: for the answers of all clients of this process
ANSWERS = ByteBudget()

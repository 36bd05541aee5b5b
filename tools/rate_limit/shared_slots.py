"""Usage of a shared limit: the processes tell each other when they used slots of it.

As text it has to be small, since it is stored with every second of a sync: the requests
are counted by hundredths of the interval, each of them as if it was sent at the end of
its hundredth, never too early.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from .headers import as_float

STEPS = 100
# More than that is garbage, not what a process has sent within an interval.
MAX_SLOTS = 100_000


@dataclass(frozen=True, slots=True)
class Usage:
    """The slots that one process used, as it told last.

    :param float at: wall time of telling
    :param float step: seconds in which requests are counted together
    :param counts: requests in each step before `at`, the latest step first
    """

    at: float
    step: float
    counts: tuple[int, ...]

    @classmethod
    def of(cls, ages: Iterable[float], at: float, hold: float) -> Usage:
        """Count slots.

        :param ages: seconds for which each slot has been taken
        :param float hold: seconds for which a slot is taken
        """
        step = hold / STEPS
        counts = [0] * STEPS
        for age in ages:
            counts[min(max(int(age / step), 0), STEPS - 1)] += 1
        while counts and not counts[-1]:
            counts.pop()
        return cls(at, step, tuple(counts))

    @classmethod
    def from_json(cls, value: Any) -> Usage | None:
        """Return what `to_json` made, ``None`` for anything else."""
        if not isinstance(value, list) or len(value) != 3:
            return None
        at, step, counts = as_float(value[0]), as_float(value[1]), value[2]
        if at is None or step is None or not _are_counts(counts):
            return None
        if not 0 < step < 86_400:
            return None
        return cls(at, step, tuple(counts))

    def to_json(self) -> list[Any]:
        """Return it in a form that JSON can hold."""
        return [self.at, self.step, list(self.counts)]

    def times(self) -> Iterator[float]:
        """Yield the wall time of each slot, the latest first."""
        for number, count in enumerate(self.counts):
            for _slot in range(count):
                yield self.at - number * self.step


def _are_counts(value: Any) -> bool:
    if not isinstance(value, list) or len(value) > STEPS:
        return False
    if any(type(one) is not int or one < 0 for one in value):
        return False
    return sum(value) <= MAX_SLOTS

"""Latency of GoHighLevel's answers, as counts in classes of seconds.

Counts of classes can be added over threads, runs and days, and tell percentiles;
percentiles themselves cannot be added.
"""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections.abc import Iterable, Sequence

# Upper bounds of the classes in seconds; one more class holds what took longer.
BOUNDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
CLASSES = len(BOUNDS) + 1


def class_of(seconds: float) -> int:
    """Return the index of the class that an answer belongs to."""
    return bisect_left(BOUNDS, seconds)


def add(*lists: Iterable[int] | None) -> tuple[int, ...]:
    """Return the sum of several lists of counts; None is an empty one."""
    columns = itertools.zip_longest(*(one or () for one in lists), fillvalue=0)
    return tuple(map(sum, columns))


def percentile(counts: Sequence[int] | None, share: float) -> float | None:
    """Return the seconds within which that share of answers came.

    Within a class the answers are taken for evenly spread; of those in the last class
    only its lower bound is known.

    :param share: 0.95 for the 95th percentile
    :return: None when nothing was answered
    """
    total = sum(counts or ())
    if not counts or total <= 0:
        return None
    wanted, upto = share * total, 0
    for index, count in enumerate(counts):
        if count and upto + count >= wanted:
            lower = BOUNDS[index - 1] if index else 0.0
            if index >= len(BOUNDS):
                return BOUNDS[-1]
            return lower + (BOUNDS[index] - lower) * max(wanted - upto, 0) / count
        upto += count
    return BOUNDS[-1]

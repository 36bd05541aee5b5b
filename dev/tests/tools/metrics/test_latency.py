"""Percentiles from counts of classes, and sums of such counts."""

import random

import pytest

from ghl_contact_sync.tools.metrics.latency import (
    BOUNDS,
    CLASSES,
    add,
    class_of,
    percentile,
)


def counts_of(times):
    counts = [0] * CLASSES
    for time in times:
        counts[class_of(time)] += 1
    return counts


@pytest.mark.parametrize("share", [0.5, 0.95, 0.99])
@pytest.mark.parametrize("typical", [0.004, 0.08, 0.7, 9.0])
def test_a_percentile_is_right_to_its_class(share, typical):
    draw = random.Random(7)
    times = sorted(draw.expovariate(1 / typical) for _answer in range(2_000))
    told = percentile(counts_of(times), share)
    true = times[int(share * len(times)) - 1]
    # Never off by more than the class in which it lies.
    at = class_of(true)
    lower = BOUNDS[at - 1] if at else 0.0
    upper = BOUNDS[min(at, len(BOUNDS) - 1)]
    assert lower <= told <= upper


def test_percentiles_rise_with_their_share():
    counts = counts_of([0.02, 0.3, 0.3, 4.0, 100.0])
    told = [percentile(counts, share / 100) for share in range(1, 101)]
    assert told == sorted(told)
    # Times beyond the last bound are only known to be longer.
    assert told[-1] == BOUNDS[-1]


@pytest.mark.parametrize("counts", [None, [], [0] * CLASSES])
def test_without_answers_there_is_none(counts):
    assert percentile(counts, 0.95) is None


def test_sums():
    assert add([1, 2], None, [3, 4, 5]) == (4, 6, 5)
    assert add(None, None) == ()


@pytest.mark.parametrize("bound", BOUNDS)
def test_a_bound_belongs_to_its_class(bound):
    assert BOUNDS[class_of(bound)] == bound

"""Results that took long are kept for a while; others are made anew."""

from __future__ import annotations

import pytest
from fake_clock import FakeClock

from ghl_contact_sync.tools.web.result_cache import CostAwareCache


@pytest.fixture
def clock():
    return FakeClock(100.0)


@pytest.fixture
def make(clock):
    """Return a function that returns a maker which takes some seconds."""
    made = []

    def maker(seconds):
        def make():
            clock.now += seconds
            made.append(seconds)
            return len(made)

        return make

    return maker


def test_quick_results_are_not_kept(clock, make):
    kept = CostAwareCache(clock=clock)
    assert [kept.get("a", 1, make(0.4)) for _time in range(3)] == [1, 2, 3]


def test_slow_results_are_kept_in_proportion(clock, make):
    kept = CostAwareCache(clock=clock)
    assert kept.get("a", 1, make(2)) == 1
    clock.now += 119
    assert kept.get("a", 1, make(2)) == 1
    clock.now += 1
    assert kept.get("a", 1, make(2)) == 2


def test_never_for_longer_than_the_limit(clock, make):
    kept = CostAwareCache(clock=clock)
    kept.get("a", 1, make(100))
    clock.now += 600
    assert kept.get("a", 1, make(100)) == 2


def test_another_stamp_or_key_is_another_result(clock, make):
    kept = CostAwareCache(clock=clock)
    assert kept.get("a", 1, make(2)) == 1
    assert kept.get("a", 2, make(2)) == 2
    assert kept.get("b", 2, make(2)) == 3
    assert kept.get("a", 2, make(2)) == 2


def test_the_one_unused_for_longest_goes_first(clock, make):
    kept = CostAwareCache(clock=clock, size=2)
    for key in "ab":
        kept.get(key, 1, make(2))
    kept.get("a", 1, make(2))
    kept.get("c", 1, make(2))
    assert kept.get("a", 1, make(2)) == 1
    assert kept.get("b", 1, make(2)) == 4


def test_what_fails_leaves_what_is_kept(clock, make):
    kept = CostAwareCache(clock=clock)
    kept.get("a", 1, make(2))
    with pytest.raises(ZeroDivisionError):
        kept.get("a", 2, lambda: 1 / 0)
    assert kept.get("a", 1, make(2)) == 1

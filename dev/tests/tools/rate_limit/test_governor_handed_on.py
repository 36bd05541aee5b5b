"""What one governor tells the next: to the second and to the request."""

from __future__ import annotations

import pytest
from governor_sim import WALL_START, SimClock, headers

from ghl_contact_sync.tools.rate_limit.governor import CLOCK_SKEW, SILENCE
from ghl_contact_sync.tools.rate_limit.sliding_window import Ticket


@pytest.fixture
def clock():
    return SimClock()


@pytest.fixture
def governor(clock):
    return clock.governor()


@pytest.mark.parametrize(
    ("ahead", "limit"), [(0, 3), (CLOCK_SKEW, 3), (CLOCK_SKEW + 1, 100)]
)
def test_a_clock_that_is_far_ahead_tells_nothing(governor, ahead, limit):
    governor.restore({"at": WALL_START + ahead, "limit": 3})
    assert governor.snapshot()["limit"] == limit


@pytest.mark.parametrize(("age", "limit"), [(0, 3), (9, 3), (10, 100), (11, 100)])
def test_what_was_told_before_the_own_last_request_is_no_news(
    clock, governor, age, limit
):
    governor.acquire()
    clock.now += 10
    governor.restore({"at": clock.wall() - age, "limit": 3})
    assert governor.snapshot()["limit"] == limit


def test_its_own_word_is_no_news_however_late(clock, governor):
    state = {**governor.snapshot(), "limit": 3, "at": WALL_START + 5}
    clock.now += 10
    governor.restore(state)
    assert governor.snapshot()["limit"] == 100


@pytest.mark.parametrize(
    ("left", "pause"), [(-1, 0), (0, 0), (0.5, 0.5), (3_600, 3_600), (3_601, 0)]
)
def test_a_pause_is_taken_over_for_what_is_left_of_it(governor, left, pause):
    governor.restore({"at": WALL_START, "paused_until": WALL_START + left})
    answer = governor.poll()
    assert (0 if isinstance(answer, Ticket) else answer) == pytest.approx(pause)


def test_what_others_hold_is_at_most_the_limit(clock, governor):
    governor.restore({"at": WALL_START, "limit": 50, "others": 70.9})
    assert governor.snapshot()["others"] == 50
    later = clock.governor()
    later.restore({"at": WALL_START - 5, "others": 40.9})
    assert later.snapshot()["others"] == 20


def test_figures_of_the_day_are_taken_over_as_far_as_they_are_told(governor):
    told = {"at": WALL_START, "limit_today": 500, "remaining_today": 300.7}
    governor.restore(told)
    state = governor.snapshot()
    assert (state["limit_today"], state["remaining_today"]) == (500, 300)
    governor.restore({"at": WALL_START, "remaining_today": None})
    state = governor.snapshot()
    assert (state["limit_today"], state["remaining_today"]) == (500, None)


@pytest.mark.parametrize(("told", "known"), [(True, True), (False, False), (1, False)])
def test_a_limit_is_the_vendors_word_where_that_is_told(governor, told, known):
    governor.restore({"at": WALL_START, "limit": 50, "announced": told})
    assert governor.snapshot()["announced"] is known


def test_the_vendors_own_word_stays_its_word(clock, governor):
    governor.observe(headers(), 200, governor.acquire())
    clock.now += 1
    governor.restore({"at": clock.wall(), "announced": False})
    assert governor.snapshot()["announced"] is True


@pytest.mark.parametrize(
    ("age", "reserved"), [(0, 97), (SILENCE - 1, 97), (SILENCE, 0), (SILENCE + 1, 0)]
)
def test_one_that_was_silent_for_long_sends_nothing_more(governor, age, reserved):
    governor.restore({"at": WALL_START - age, "at_work": True})
    assert governor.snapshot()["reserved"] == reserved


@pytest.mark.parametrize("told", [False, None, 1, "yes"])
def test_nothing_is_reserved_for_one_that_has_ended(governor, told):
    governor.restore({"at": WALL_START, "at_work": told})
    assert governor.snapshot()["reserved"] == 0


def test_the_next_answer_tells_what_a_killed_process_has_used(clock, governor):
    """Whatever was sent here before."""
    for _one in range(3):
        governor.acquire()
    clock.now += 60
    governor.restore({"at": clock.wall(), "at_work": True})
    assert governor.room() == 1
    governor.observe(headers(remaining=99), 200, governor.acquire())
    # Two more are left for what it may have told of and never sent.
    assert governor.snapshot()["reserved"] == 2


def test_what_it_has_told_itself_is_not_counted_twice(clock, governor):
    for _one in range(5):
        governor.acquire()
    told, name = governor.snapshot()["usage"], governor.snapshot()["by"]
    clock.now += 1
    governor.restore({"at": clock.wall(), "by": "another", "usage": told})
    assert governor.snapshot()["remaining"] == 95
    other = clock.governor()
    other.restore({"at": clock.wall(), "by": "another", "usage": told})
    assert other.snapshot()["remaining"] == 95
    assert set(other.snapshot()["usage"]) == {name, other.snapshot()["by"]}


def test_usage_that_cannot_be_is_none(governor):
    governor.restore({"at": WALL_START, "usage": {"a": [1, 2], "b": None}})
    assert governor.snapshot()["remaining"] == 100


def test_pace_and_peak_are_handed_on(governor):
    peak = [WALL_START - 1, 20]
    governor.restore({"at": WALL_START, "pace": [2.0, 0.5], "others_peak": peak})
    state = governor.snapshot()
    assert (state["pace"], state["others_peak"]) == ([2.0, 0.5], peak)

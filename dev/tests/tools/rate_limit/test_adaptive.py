"""The pace by itself: how it is found, rises, is cut, and is handed on."""

from __future__ import annotations

import json
import math

import pytest

from ghl_contact_sync.tools.rate_limit.adaptive import (
    CUT,
    FAST,
    MAX_TRIAL,
    RECALL,
    STEP,
    STRIDE,
    AdaptiveRate,
)

NOW = 1_000.0
INTERVAL, TOP = 10.0, 10.0


def accept(pace, count, begin, seconds):
    """Have so many requests let in, evenly; return when the last one was."""
    for number in range(count):
        at = begin + seconds * number / count
        pace.sent(at)
        pace.accepted(at, at, INTERVAL, TOP)
    return at


def refused(pace, at, announced=False):
    pace.refused(at, INTERVAL, announced)


def found(count=20, announced=False):
    """Return a pace that was found by one trial after `count` in an interval."""
    pace = AdaptiveRate()
    accept(pace, count, NOW, INTERVAL)
    refused(pace, NOW + INTERVAL, announced)
    if announced:
        refused(pace, NOW + INTERVAL, announced)
    pace.accepted(NOW + INTERVAL, NOW + INTERVAL, INTERVAL, TOP)
    return pace


def test_as_long_as_nothing_is_refused_nothing_is_held_back():
    pace = AdaptiveRate()
    accept(pace, 500, NOW, 1)
    assert pace.delay(NOW, 0) == 0
    assert pace.to_json(INTERVAL) is None


# === A trial ===


@pytest.mark.parametrize(
    ("interval", "gap"), [(2.0, 2.0), (10.0, 10.0), (60.0, MAX_TRIAL)]
)
def test_one_request_goes_at_a_time(interval, gap):
    pace = AdaptiveRate()
    pace.sent(NOW)
    pace.refused(NOW, interval, limit_announced=False)
    assert pace.delay(NOW, 0) == pace.delay(NOW, 5) == pytest.approx(gap)
    assert pace.delay(NOW + 1, 0) == pytest.approx(gap - 1)
    pace.after_pause()
    assert pace.delay(NOW + 1, 0) <= 0


def test_what_was_sent_before_the_refusal_ends_no_trial():
    pace = AdaptiveRate()
    refused(pace, NOW)
    pace.accepted(NOW - 1, NOW + 1, INTERVAL, TOP)
    assert pace.rate == 1 / INTERVAL
    pace.accepted(NOW, NOW + 1, INTERVAL, TOP)
    assert pace.rate != 1 / INTERVAL


def test_what_was_let_in_within_the_interval_is_the_estimate():
    assert found(20).rate == pytest.approx(20 / INTERVAL)
    # No more than what leaves nothing to hold back.
    assert found(400).rate == TOP


def test_a_trial_after_a_while_measures_from_the_first_that_was_let_in():
    pace = AdaptiveRate()
    accept(pace, 6, NOW, 2)
    refused(pace, NOW + 2)
    pace.accepted(NOW + 4, NOW + 4, INTERVAL, TOP)
    assert pace.rate == pytest.approx(6 / 4)
    # It may be too low, so that it rises fast.
    assert pace.to_json(INTERVAL) == [pytest.approx(1.5), 0.0]


def test_without_anything_let_in_one_an_interval_is_the_estimate():
    pace = AdaptiveRate()
    refused(pace, NOW)
    pace.accepted(NOW + 3, NOW + 3, INTERVAL, TOP)
    # Nothing tells that more would be let in.
    first = pytest.approx(1 / INTERVAL)
    assert pace.to_json(INTERVAL) == [first, pytest.approx(STEP / INTERVAL)]


@pytest.mark.parametrize(
    ("age", "exact"), [(9.9, False), (10.0, True), (30.0, True), (30.1, False)]
)
def test_an_estimate_over_an_interval_is_exact(age, exact):
    pace = AdaptiveRate()
    pace.accepted(NOW, NOW, INTERVAL, TOP)
    refused(pace, NOW + 1)
    pace.accepted(NOW + age, NOW + age, INTERVAL, TOP)
    rate, step = pace.to_json(INTERVAL)
    assert step == (pytest.approx(STEP * rate) if exact else 0.0)


@pytest.mark.parametrize(
    ("later", "held"),
    [(INTERVAL, True), (RECALL * INTERVAL, True), (RECALL * INTERVAL + 1, False)],
)
def test_an_announced_limit_outlives_a_refusal_but_not_two_in_a_while(later, held):
    pace = AdaptiveRate()
    refused(pace, NOW, announced=True)
    pace.accepted(NOW, NOW, INTERVAL, TOP)
    assert pace.rate is None
    refused(pace, NOW + later, announced=True)
    pace.accepted(NOW + later, NOW + later, INTERVAL, TOP)
    assert (pace.rate is not None) == held


def test_a_single_request_that_passes_ends_what_only_one_answer_told():
    pace = AdaptiveRate()
    pace.probe_singly(NOW, INTERVAL)
    assert pace.delay(NOW, 0) <= INTERVAL
    pace.accepted(NOW, NOW, INTERVAL, TOP)
    assert pace.rate is None


def test_the_vendors_word_ends_it_and_all_doubts():
    pace = found()
    pace.clear()
    assert pace.delay(NOW, 0) == 0
    refused(pace, NOW + 11, announced=True)
    pace.accepted(NOW + 11, NOW + 11, INTERVAL, TOP)
    assert pace.rate is None


# === Up and down ===


def test_a_firm_rate_rises_step_by_step_and_each_step_is_longer():
    pace = found(20)
    rates, at = [pace.rate], NOW + INTERVAL
    for _round in range(3):
        at = accept(pace, 40, at + 0.01, INTERVAL + 1) + 1
        rates.append(pace.rate)
    steps = [after - before for before, after in zip(rates, rates[1:], strict=False)]
    first = STEP * rates[0]
    assert steps == pytest.approx([first, first * STRIDE, first * STRIDE**2])


def test_a_rate_that_is_not_used_does_not_rise():
    pace = found(20)
    # Half of what it allows in an interval is not enough.
    accept(pace, 10, NOW + 2 * INTERVAL, INTERVAL)
    assert pace.rate == pytest.approx(2.0)
    pace.accepted(NOW + 3 * INTERVAL, NOW + 3 * INTERVAL, INTERVAL, TOP)
    assert pace.rate == pytest.approx(2.0 + STEP * 2.0)


def rising():
    """Return a pace of one estimate that rises fast, and when it was made."""
    pace = AdaptiveRate()
    accept(pace, 4, NOW, 2)
    refused(pace, NOW + 2)
    pace.accepted(NOW + 2, NOW + 2, INTERVAL, TOP)
    assert pace.rate == pytest.approx(2.0)
    return pace, NOW + 2


def test_a_first_estimate_rises_fast_once_it_is_used():
    pace, at = rising()
    accept(pace, 4, at + 3, 0.1)
    assert pace.rate == pytest.approx(2.0)
    pace.accepted(at + 4, at + 4, INTERVAL, TOP)
    assert pace.rate == pytest.approx(2.0 * FAST)


def test_a_refusal_goes_back_to_the_last_rate_that_was_good():
    pace, at = rising()
    at = accept(pace, 5, at + 3, 0.5)
    assert pace.rate == pytest.approx(2.0 * FAST)
    pace.accepted(at + 0.1, at + 0.1, INTERVAL, TOP)
    refused(pace, at + 0.2)
    assert pace.rate == pytest.approx(2.0)
    # From there it rises slowly, and is cut by a share.
    assert pace.to_json(INTERVAL)[1] == pytest.approx(STEP * 2.0)
    pace.accepted(at + 0.3, at + 0.3, INTERVAL, TOP)
    refused(pace, at + 0.4)
    assert pace.rate == pytest.approx(2.0 * CUT)


def test_several_refusals_in_a_row_tell_no_rate():
    pace = found(20)
    refused(pace, NOW + INTERVAL + 1)
    assert pace.rate == pytest.approx(2.0)
    pace.accepted(NOW + INTERVAL + 2, NOW + INTERVAL + 2, INTERVAL, TOP)
    refused(pace, NOW + INTERVAL + 3)
    assert pace.rate == pytest.approx(2.0 * CUT)
    refused(pace, NOW + INTERVAL + 4)
    assert pace.rate == pytest.approx(2.0 * CUT)
    # For an interval from the cut it does not rise.
    accept(pace, 30, NOW + INTERVAL + 5, 5)
    assert pace.rate == pytest.approx(2.0 * CUT)


def test_what_was_granted_in_no_time_tells_no_rate():
    pace = AdaptiveRate()
    pace.restore([2.0, 0.0], NOW, INTERVAL)
    pace.accepted(NOW, NOW, INTERVAL, TOP)
    refused(pace, NOW)
    assert pace.rate == pytest.approx(2.0 * CUT)


def test_no_more_than_half_of_an_estimate_is_taken_back():
    pace = AdaptiveRate()
    pace.restore([1.5, 0.0], NOW, INTERVAL)
    pace.accepted(NOW, NOW, INTERVAL, TOP)
    refused(pace, NOW + 9)
    assert pace.rate == pytest.approx(0.75)


def test_a_pace_that_was_taken_over_outlives_a_trial():
    pace = AdaptiveRate()
    pace.restore([2.0, 0.02], NOW, INTERVAL)
    pace.probe_singly(NOW + 1, INTERVAL)
    pace.accepted(NOW + 2, NOW + 2, INTERVAL, TOP)
    assert pace.rate is not None


@pytest.mark.parametrize(("accepted", "rate"), [(1, 1.0), (3, 1.5), (4, 2.0 * CUT)])
def test_an_estimate_that_was_too_high_is_replaced_by_what_was_granted(accepted, rate):
    """By half of it at the most, and by a share of it at the least."""
    pace = AdaptiveRate()
    accept(pace, 4, NOW, 2)
    refused(pace, NOW + 2)
    pace.accepted(NOW + 2, NOW + 2, INTERVAL, TOP)
    for _one in range(accepted):
        pace.accepted(NOW + 2.5, NOW + 2.5, INTERVAL, TOP)
    refused(pace, NOW + 4)
    assert pace.rate == pytest.approx(rate)


def test_one_request_an_interval_is_always_left():
    pace = AdaptiveRate()
    pace.restore([0.1, 0.01], NOW, INTERVAL)
    pace.accepted(NOW + 1, NOW + 1, INTERVAL, TOP)
    refused(pace, NOW + 2)
    assert pace.rate == 1 / INTERVAL


def test_at_the_top_nothing_is_held_back_any_more():
    pace = AdaptiveRate()
    pace.restore([9.95, 0.1], NOW, INTERVAL)
    accept(pace, 60, NOW + INTERVAL + 1, 0.1)
    assert pace.rate is None


# === What is known for others ===


def test_the_time_until_slots_come_back():
    pace = AdaptiveRate()
    assert pace.turnover(NOW, INTERVAL) == math.inf
    accept(pace, 3, NOW, 3)
    assert pace.turnover(NOW + 4, INTERVAL) == 6
    assert pace.turnover(NOW, INTERVAL) == math.inf
    assert pace.turnover(NOW + INTERVAL, INTERVAL) == math.inf
    assert pace.turnover(NOW + INTERVAL - 1, INTERVAL) == 1
    assert pace.turnover(NOW + 2 * INTERVAL, INTERVAL) == math.inf


def test_what_is_older_than_an_interval_counts_no_more():
    pace = AdaptiveRate()
    accept(pace, 3, NOW, 3)
    pace.accepted(NOW + INTERVAL, NOW + INTERVAL, INTERVAL, TOP)
    assert pace.turnover(NOW + INTERVAL, INTERVAL) == 1
    later = NOW + 3 * INTERVAL
    pace.accepted(later, later, INTERVAL, TOP)
    assert pace.turnover(later + 1, INTERVAL) == INTERVAL - 1


# === Handed on ===


def handed_on(pace, now, to=None):
    other = to or AdaptiveRate()
    other.restore(json.loads(json.dumps(pace.to_json(INTERVAL))), now, INTERVAL)
    return other


def test_a_pace_is_handed_on_with_its_step():
    pace, now = found(20), NOW + INTERVAL
    other = handed_on(pace, now)
    assert other.to_json(INTERVAL) == pace.to_json(INTERVAL)
    # The next request may go at once.
    assert other.delay(now, 0) <= 0
    # It has to be used for an interval before it rises.
    accept(other, 30, now + 0.1, 5)
    assert other.rate == pytest.approx(2.0)
    accept(other, 1, now + INTERVAL, 1)
    assert other.rate == pytest.approx(2.0 + 2.0 * STEP)


def test_a_first_estimate_rises_after_an_interval_in_the_next_process():
    for interval in (5.0, 30.0):
        pace = AdaptiveRate()
        pace.restore([2.0, 0.0], NOW, interval)
        for number in range(100):
            at = NOW + interval - 0.1 + 0.001 * number
            pace.accepted(at, at, interval, TOP)
            assert pace.rate == pytest.approx(2.0 if at < NOW + interval else 2 * FAST)
            if at >= NOW + interval:
                break


def test_one_that_has_worked_takes_over_what_is_newer():
    """Without what it has seen by itself: the other has cut since."""
    mine, now = found(20), NOW + 2 * INTERVAL
    accept(mine, 5, NOW + INTERVAL + 1, 1)
    other = AdaptiveRate()
    other.restore([1.0, 0.02], now, INTERVAL)
    mine = handed_on(other, now, to=mine)
    assert mine.rate == 1.0
    # A refusal before anything was let in tells no rate.
    refused(mine, now + 1)
    assert mine.rate == 1.0
    # Nor does what had been sent before.
    mine.accepted(now - 0.1, now + 1, INTERVAL, TOP)
    refused(mine, now + 2)
    assert mine.rate == 1.0


def test_no_pace_is_news_as_well():
    mine = handed_on(AdaptiveRate(), NOW + INTERVAL, to=found(20))
    assert mine.rate is None
    # A trial under way of one that was announced tells nothing yet.
    trial = AdaptiveRate()
    refused(trial, NOW, announced=True)
    assert trial.to_json(INTERVAL) is None
    sure = AdaptiveRate()
    accept(sure, 4, NOW, 4)
    refused(sure, NOW + 4)
    assert sure.to_json(INTERVAL) == [4 / INTERVAL, 0.0]
    none = AdaptiveRate()
    refused(none, NOW)
    assert none.to_json(INTERVAL) == [1 / INTERVAL, 0.0]


@pytest.mark.parametrize(
    "value", [[0.1, 0.0], [2.0, 2.0], [2.0, 0.0]], ids=["least", "step", "fast"]
)
def test_what_can_be_is_taken_over(value):
    pace = AdaptiveRate()
    pace.restore(value, NOW, INTERVAL)
    assert pace.to_json(INTERVAL) == value

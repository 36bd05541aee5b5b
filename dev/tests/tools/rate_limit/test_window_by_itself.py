"""The short interval by itself: slots, what others use, and processes that died."""

from __future__ import annotations

import math

import pytest
from short_window import HOLD, NOW, WALL, answer, window

from ghl_contact_sync.tools.rate_limit.headers import RateHeaders
from ghl_contact_sync.tools.rate_limit.sliding_window import (
    CUSHION,
    DECAY_INTERVALS,
    MAX_MARGIN,
    MIN_MARGIN,
    PEAK_INTERVALS,
    SAMPLES,
    SPREAD_SHARE,
    SlidingWindow,
    Ticket,
)


def with_others(level, now=NOW):
    """Return a window in which others were seen to use that many slots."""
    found = window(sent=1, at=now)
    answer(found, 99 - level, now)
    return found


# === Slots ===


@pytest.mark.parametrize(
    ("limit", "reserve"), [(1, 0), (19, 0), (20, 1), (99, 1), (100, 2), (1_000, 20)]
)
def test_a_fiftieth_is_kept_for_who_must_not_wait(limit, reserve):
    found = window(limit)
    assert found.reserve == reserve
    assert found.capacity("sync") == limit - reserve
    assert found.capacity("interactive") == found.capacity("probe") == limit
    assert found.rate == limit / 10


def test_a_limit_is_learned_and_the_first_one_is_news():
    found = SlidingWindow()
    assert (found.limit, found.interval) == (100, 10)
    assert not found.learn(RateHeaders(interval=5.0))
    assert (found.limit, found.interval, found.announced) == (100, 5.0, False)
    assert found.learn(RateHeaders(limit=7))
    assert (found.limit, found.interval, found.announced) == (7, 5.0, True)
    assert not found.learn(RateHeaders(limit=9))
    assert found.limit == 9
    assert not found.learn(RateHeaders())
    assert (found.limit, found.announced) == (9, True)


def test_a_slot_is_free_after_an_interval_and_a_margin():
    found = window(limit=2, sent=1)
    assert found.add(NOW + 1) == 2
    assert found.used(NOW + 1) == 2
    assert found.delay(NOW + 1, "sync", 0) == pytest.approx(HOLD - 1)
    # Who is second in line waits for the second.
    assert found.delay(NOW + 1, "sync", 1) == pytest.approx(HOLD)
    assert found.delay(NOW + 1, "sync", 9) == pytest.approx(HOLD)
    assert found.used(NOW + HOLD) == 1
    assert found.delay(NOW + HOLD, "sync", 0) == 0
    assert found.delay(NOW + HOLD, "sync", 1) == pytest.approx(1)


def test_before_anything_is_sent_as_many_may_go_as_fit():
    found = window(limit=3)
    assert found.delay(NOW, "sync", 2) == 0
    assert found.delay(NOW, "sync", 3) == pytest.approx(HOLD)


def test_what_leaves_late_takes_its_slot_from_then_on():
    found = window(limit=2, sent=1)
    found.add(NOW + 1)
    found.move(NOW, NOW + 5)
    assert list(found.log) == [NOW + 1, NOW + 5]
    # What is not known any more is added.
    found.move(NOW, NOW + 6)
    assert found.used(NOW + 6) == 3


@pytest.mark.parametrize(
    ("limit", "sent", "age", "wait"),
    [
        # One of theirs fades soon.
        (10, 5, 1, 10 / 6),
        # One of ours comes back sooner.
        (10, 5, 9, HOLD - 9),
        # None of ours is in use.
        (5, 0, 0, 10 / 6),
    ],
)
def test_a_slot_of_others_may_be_free_first(limit, sent, age, wait):
    found = window(limit, sent=sent)
    found.assume_foreign_usage(5, NOW + age)
    assert found.used(NOW + age) == sent + 5 == limit
    assert found.delay(NOW + age, "sync", 0) == pytest.approx(wait)


# === Refusals ===


def test_a_margin_grows_with_refusals_and_decays_with_time():
    found, now = window(), NOW
    found.increase_margin(now)
    assert found.margin == 2 * MIN_MARGIN
    for _refusal in range(6):
        found.increase_margin(now)
    assert found.margin == MAX_MARGIN
    for early in (1, DECAY_INTERVALS * 10):
        found.decay_margin(now + early)
        assert found.margin == MAX_MARGIN
    found.decay_margin(now + DECAY_INTERVALS * 10 + 0.5)
    assert found.margin == MAX_MARGIN / 2
    for number in range(2, 6):
        found.decay_margin(now + number * (DECAY_INTERVALS * 10 + 1))
    assert found.margin == MIN_MARGIN


@pytest.mark.parametrize(
    ("in_window", "remaining", "explained"),
    [
        (98, None, True),
        (99, None, True),
        (98, 0, True),
        (97, 0, False),
        # The vendor says that there is room: nothing explains it.
        (98, 1, False),
    ],
)
def test_a_refusal_is_explained_by_a_full_interval(in_window, remaining, explained):
    ticket = Ticket(NOW, 1, in_window, "sync")
    assert window().explains(ticket, remaining, NOW) == explained


def test_a_refusal_is_explained_by_others_or_by_who_was_killed():
    ticket = Ticket(NOW, 1, 1, "sync")
    found = window()
    found.assume_foreign_usage(1, NOW)
    assert found.explains(ticket, None, NOW + 9.9)
    assert not found.explains(ticket, None, NOW + 10)
    found = window()
    found.reserve_for_crashed(NOW, 1)
    assert len(found.crashed) == 97
    assert found.explains(ticket, 0, NOW)


# === Other programs ===


@pytest.mark.parametrize(("seen", "thought"), [(2, 0), (3, 5), (25, 29), (98, 99)])
def test_others_are_left_what_they_used_and_a_little_more(seen, thought):
    assert with_others(seen).foreign_usage(NOW) == thought


def test_their_use_fades_evenly_where_it_is_only_assumed():
    found = window()
    found.assume_foreign_usage(50, NOW)
    usage = [found.foreign_usage(NOW + seconds) for seconds in (0, 1, 5, 9.9, 10, 11)]
    assert usage == [50, 45, 25, 1, 0, 0]
    found.assume_foreign_usage(-3, NOW)
    assert found.foreign_usage(NOW) == 0


def test_a_peak_is_expected_again_for_a_while():
    found, lasts = with_others(25), PEAK_INTERVALS * 10
    # They use less now; it is remembered all the same.
    answer(found, 99 - 9, NOW + 5)
    assert found.foreign_usage(NOW + lasts - 0.1) == 29
    assert found.peak_to_json(NOW + 5, WALL) == [WALL - 5, 25]
    assert found.foreign_usage(NOW + lasts) == 12
    assert found.foreign_usage(NOW + 5 + lasts) == 0
    # A higher one replaces it.
    answer(found, 99 - 36, NOW + 6)
    assert found.foreign_usage(NOW + 6) == 36 + 5


@pytest.mark.parametrize(("limit", "thought"), [(19, 6), (20, 8)])
def test_a_small_limit_leaves_nobody_more_than_was_seen(limit, thought):
    found = window(limit, sent=1)
    answer(found, limit - 1 - 6, NOW)
    assert found.foreign_usage(NOW) == thought


@pytest.mark.parametrize(("limit", "gap"), [(19, 0), (20, 10 / (19 - 8))])
def test_beside_others_a_small_limit_is_not_spread(limit, gap):
    found = window(limit, sent=1)
    answer(found, limit - 1 - 6, NOW)
    assert found.delay(NOW, "sync", 0) == pytest.approx(gap)


def test_later_requests_of_ours_are_no_use_of_others():
    found = window(sent=11)
    answer(found, 99 - 25, NOW, later=10)
    assert found.foreign_usage(NOW) == 15 + math.ceil(CUSHION * math.sqrt(15))


def test_the_least_of_several_answers_is_no_overtaking():
    found = window(sent=1)
    for number in range(SAMPLES):
        answer(found, 99 - 20 - number % 2, NOW, later=20)
        expected = 20 + 4 if number == SAMPLES - 1 else 0
        assert found.foreign_usage(NOW) == expected


def test_a_lower_estimate_has_to_be_old_to_count():
    found = window(limit=19, sent=1)
    for seconds, used, thought in ((0, 9, 9), (2.5, 3, 7), (2.6, 3, 3), (2.7, 8, 8)):
        answer(found, 18 - used, NOW + seconds)
        assert found.foreign_usage(NOW + seconds) == thought


def test_a_refusal_tells_of_no_peak_and_has_requests_spread():
    found = window(sent=1)
    answer(found, 0, NOW, accepted=False)
    assert found.peak_to_json(NOW, WALL) is None
    # Twenty slots less: one after the other.
    gap = 10 / (98 - 100 // SPREAD_SHARE)
    lasts = PEAK_INTERVALS * 10
    found.assume_foreign_usage(0, NOW)
    assert found.delay(NOW, "sync", 0) == pytest.approx(gap)
    assert found.delay(NOW, "sync", 2) == pytest.approx(3 * gap)
    assert found.delay(NOW, "interactive", 0) == 0
    found.add(NOW + lasts - 0.01)
    assert found.delay(NOW + lasts - 0.01, "sync", 0) == pytest.approx(gap)
    assert found.delay(NOW + lasts, "sync", 0) == 0


@pytest.mark.parametrize("age", [1, 60])
def test_beside_others_requests_go_one_after_the_other(age):
    """As long as nobody knows that they have gone."""
    found = with_others(25)
    at = NOW + age
    found.add(at)
    expected = 29 if age == 1 else 25
    assert found.delay(at, "sync", 0) == pytest.approx(10 / (98 - expected))
    answer(found, 98, at + 20)
    found.add(at + 20)
    assert found.delay(at + 20, "sync", 0) == 0


def test_where_others_use_all_but_one_slot_it_is_ours():
    found = window(sent=1)
    answer(found, 0, NOW)
    assert found.foreign_usage(NOW) == 99
    assert found.delay(NOW, "sync", 0) == pytest.approx(10)


# === Peaks from one process to the next ===


def test_a_peak_is_told_with_its_time():
    found = with_others(25)
    assert found.peak_to_json(NOW + 3, WALL) == [WALL - 3, 25]
    assert window().peak_to_json(NOW, WALL) is None
    other = window()
    other.restore_peak([WALL - 3, 25], NOW + 3, WALL)
    assert other.peak_to_json(NOW + 4, WALL + 1) == [WALL - 3, 25]
    assert other.foreign_usage(NOW + 3) == 29


@pytest.mark.parametrize(
    ("told", "peak"),
    [
        ([WALL - 1, 30], [WALL - 1, 30]),
        ([WALL + 50, 30], [WALL, 30]),
        ([WALL, 300], [WALL, 100]),
        ([WALL, 0], None),
        ([WALL, -1], None),
        ((WALL, 30), [WALL, 30]),
        ([WALL, 30, 1], None),
        ([WALL], None),
        ([None, 30], None),
        ([WALL, None], None),
        ("12", None),
    ],
)
def test_a_peak_that_can_be_is_taken_over(told, peak):
    other = window()
    other.restore_peak(told, NOW, WALL)
    assert other.peak_to_json(NOW, WALL) == peak


@pytest.mark.parametrize(("age", "level"), [(4, 50), (5, 25), (6, 25)])
def test_a_peak_that_was_told_earlier_is_no_news(age, level):
    found = with_others(25, NOW - 5)
    found.restore_peak([WALL - age, 50], NOW, WALL)
    assert found.peak_to_json(NOW, WALL)[1] == level


def test_a_peak_of_long_ago_is_replaced_by_a_lower_one():
    found = with_others(25, NOW - 60)
    found.restore_peak([WALL - 1, 4], NOW, WALL)
    assert found.peak_to_json(NOW, WALL) == [WALL - 1, 4]

"""The day's quota by itself: what is left, for whom, and when there is more."""

from __future__ import annotations

import json

import pytest

from ghl_contact_sync.tools.rate_limit.daily_quota import (
    FIRST_PROBE,
    MAX_RESERVE,
    RESET_MARGIN,
    UNANSWERED,
    DailyQuota,
    reserve_of,
)
from ghl_contact_sync.tools.rate_limit.day_usage import DAY
from ghl_contact_sync.tools.rate_limit.headers import MAX_DAILY_RESET, RateHeaders

NOON = 19_700 * DAY + DAY / 2
HOUR = 3_600.0
LIMIT = 10_000
RESERVE = 100


def told(left=None, limit=LIMIT, reset=None):
    return RateHeaders(daily_limit=limit, daily_remaining=left, daily_reset=reset)


def quota(left=None, reset=None, limit=LIMIT):
    """Return a quota after one request, and what was answered to it."""
    daily = DailyQuota(HOUR)
    daily.spend(1, NOON)
    if left is not None:
        daily.learn(told(left, limit, reset), 1, 1, NOON)
    return daily


def handed_on(daily, at=NOON, wall=None, to=None, **changes):
    """Return what the next process takes over."""
    other = to or DailyQuota(HOUR)
    other.limit = daily.limit
    notes = {"remaining": daily.remaining, "resume_at": daily.resume_at, **changes}
    state = json.loads(json.dumps(daily.to_json()))
    other.restore(state, at=at, wall=at if wall is None else wall, **notes)
    return other


# === What is left ===


@pytest.mark.parametrize(
    ("limit", "reserve"),
    [(None, 1), (1, 1), (199, 1), (200, 2), (10_000, 100), (10**9, MAX_RESERVE)],
)
def test_a_hundredth_is_left_to_persons(limit, reserve):
    assert reserve_of(limit) == reserve
    daily = DailyQuota(HOUR)
    daily.limit = limit
    assert daily.reserve == daily.background_reserve(NOON) == reserve


@pytest.mark.parametrize(
    ("left", "sync", "person"),
    [
        (RESERVE + 1, True, True),
        (RESERVE, False, True),
        (1, False, True),
        (0, False, False),
    ],
)
def test_who_may_use_what_is_left(left, sync, person):
    daily = quota(left)
    assert (daily.blocked_until("interactive", NOON) is None) == person
    assert (daily.blocked_until("sync", NOON) is None) == sync


def test_while_nothing_is_told_nobody_is_kept_away():
    daily = quota()
    assert daily.remaining is None
    assert daily.blocked_until("sync", NOON) is None


def test_others_are_left_what_they_are_likely_to_use():
    daily = quota(5_000, reset=10 * HOUR)
    daily.spend(2, NOON + HOUR)
    daily.learn(told(3_999, reset=9 * HOUR), 2, 2, NOON + HOUR)
    # A thousand in an hour: much more than is left, so half of the day.
    assert daily.usage.foreign == 1_000
    assert daily.background_reserve(NOON + HOUR) == RESERVE + LIMIT // 2
    assert daily.blocked_until("sync", NOON + HOUR)
    assert daily.blocked_until("interactive", NOON + HOUR) is None


@pytest.mark.parametrize(("ours", "is_enough"), [(4_999, True), (5_000, False)])
def test_our_share_of_the_day(ours, is_enough):
    daily = quota(4_000)
    daily.share = 0.5
    daily.usage.ours = ours
    assert (daily.blocked_until("sync", NOON) is None) == is_enough
    assert daily.blocked_until("interactive", NOON) is None
    # All of it is no bound, though others may have had some back.
    daily.share = 1.0
    daily.usage.ours = LIMIT + 5
    daily.resume_at = None
    assert daily.blocked_until("sync", NOON) is None


def test_a_share_begins_anew_at_midnight_where_no_window_is_told():
    daily = quota(4_000)
    daily.share = 0.5
    daily.usage.ours = 6_000
    assert daily.blocked_until("sync", NOON + DAY / 2 - 1)
    daily.resume_at = None
    daily.remaining = 4_000
    assert daily.blocked_until("sync", NOON + DAY / 2) is None


def test_a_limit_is_what_is_left_at_least():
    assert quota(12_000).limit == 12_000
    assert quota(12_000, limit=None).limit == 12_000
    daily = quota(9_000)
    daily.learn(told(8_000, limit=None), 2, 2, NOON)
    assert daily.limit == LIMIT
    # Without a rest the limit alone is learned.
    daily.learn(told(None, limit=500), 3, 3, NOON)
    assert (daily.limit, daily.remaining) == (500, 8_000)


# === Answers in any order ===


def granted(*numbers):
    """Return a quota of which so many requests were granted, none answered yet."""
    daily = quota(1_000)
    for number in numbers:
        daily.spend(number, NOON)
    return daily


def test_what_is_granted_is_spent_before_it_is_answered():
    daily = granted(2, 3)
    assert (daily.remaining, daily.usage.ours) == (998, 3)
    daily.learn(told(999), 2, 3, NOON)
    assert daily.remaining == 998
    daily.learn(told(998), 3, 3, NOON)
    assert daily.remaining == 998


def test_who_overtakes_does_not_tell_of_who_was_overtaken():
    daily = granted(2, 3, 4)
    # The vendor had counted none of the first two.
    daily.learn(told(999), 4, 4, NOON)
    assert daily.remaining == 997
    daily.learn(told(998), 2, 4, NOON)
    assert daily.remaining == 996
    daily.learn(told(997), 3, 4, NOON)
    assert daily.remaining == 996


def test_who_was_counted_first_and_answered_last_is_spent_once():
    daily = granted(2, 3, 4)
    daily.learn(told(997), 4, 4, NOON)
    assert daily.remaining == 995
    # More was left than the last one told: it had counted these.
    daily.learn(told(999), 2, 4, NOON)
    assert daily.remaining == 996
    daily.learn(told(998), 3, 4, NOON)
    assert daily.remaining == 997


@pytest.mark.parametrize("left", [990, 989])
def test_who_was_overtaken_and_counted_later_gives_nothing_back(left):
    daily = granted(2, 3, 4, 5)
    daily.learn(told(990), 5, 5, NOON)
    assert daily.remaining == 987
    daily.learn(told(left), 4, 5, NOON)
    assert daily.remaining == 987


def test_an_answer_that_nobody_waited_for_any_more_gives_nothing_back():
    daily = granted(2)
    daily.spend(3, NOON + UNANSWERED)
    daily.learn(told(900), 3, 3, NOON + UNANSWERED)
    daily.learn(told(950), 2, 3, NOON + UNANSWERED)
    assert daily.remaining == 900


def test_a_probe_of_a_spent_quota_makes_no_room():
    daily = quota(0)
    daily.spend(2, NOON)
    for priority in ("sync", "interactive"):
        assert daily.blocked_until(priority, NOON) is not None


def test_an_earlier_answer_that_tells_less_is_believed():
    daily = granted(2, 3)
    daily.learn(told(900), 3, 3, NOON)
    daily.learn(told(700), 2, 3, NOON)
    assert daily.remaining == 699


@pytest.mark.parametrize(
    ("passed", "counted"),
    [(UNANSWERED - 1, 2), (UNANSWERED, 1), (UNANSWERED + 1, 1), (-1, 1)],
)
def test_what_is_not_answered_is_given_up(passed, counted):
    """Or when the clock was set back since."""
    daily = granted(2)
    daily.spend(3, NOON + passed)
    daily.spend(4, NOON + passed)
    daily.learn(told(900), 4, 4, NOON + passed)
    assert daily.remaining == 900 - counted


# === A spent quota ===


def test_a_refusal_is_waited_out_as_long_as_the_window_lasts():
    daily = quota(5_000, reset=2 * HOUR)
    assert daily.exhaust(NOON + 10, 30.0) == NOON + 2 * HOUR + RESET_MARGIN
    assert daily.remaining == 0
    for priority in ("sync", "interactive"):
        assert daily.blocked_until(priority, NOON + 20) == NOON + 2 * HOUR + 1
    # As the window is told, another refusal may be told another end.
    daily.learn(told(0, reset=3 * HOUR), 2, 2, NOON + 30)
    assert daily.exhaust(NOON + 30, None) == NOON + 30 + 3 * HOUR + RESET_MARGIN


def test_without_a_window_probes_come_later_and_later():
    daily, now, waits = quota(5_000), NOON, []
    for _round in range(6):
        waits.append(daily.exhaust(now, None) - now)
        now += waits[-1]
    assert waits == [FIRST_PROBE, 600, 1_200, 2_400, HOUR, HOUR]


def test_a_wait_under_way_is_not_prolonged():
    daily = quota(5_000)
    until = daily.exhaust(NOON, None)
    assert daily.exhaust(until - 1, None) == until
    assert daily.exhaust(until + 50, None) == until + 650


def test_a_told_wait_is_kept_within_the_longest():
    assert quota(5_000).exhaust(NOON, 10.0) == NOON + 10
    assert quota(5_000).exhaust(NOON, 2 * HOUR) == NOON + HOUR


def test_the_wait_is_over_when_it_is_over():
    daily = quota(5_000)
    until = daily.exhaust(NOON, None)
    assert daily.blocked_until("sync", until - 1) == until
    assert daily.blocked_until("sync", until + 1) is None
    assert (daily.resume_at, daily.remaining) == (None, None)
    # Probes go on growing until one is let in.
    assert daily.exhaust(until, None) == until + 600


@pytest.mark.parametrize(
    "good", [lambda daily: daily.forgive(), lambda daily: daily.learn(
        told(5_000), 2, 2, NOON + 400
    )]
)  # fmt: skip
def test_once_there_is_quota_probes_begin_anew(good):
    daily = quota(5_000)
    daily.exhaust(daily.exhaust(NOON, None), None)
    good(daily)
    assert daily.resume_at is None
    assert daily.blocked_until("sync", NOON + 400) is None
    assert daily.exhaust(NOON + 400, None) == NOON + 400 + FIRST_PROBE


def test_too_little_for_syncs_ends_no_wait_of_theirs():
    daily = quota(5_000)
    until = daily.exhaust(NOON, None)
    daily.learn(told(RESERVE), 2, 2, NOON + 10)
    assert daily.blocked_until("sync", NOON + 10) == until
    assert daily.blocked_until("interactive", NOON + 10) is None


def test_a_window_that_ends_takes_its_counts_along():
    daily = quota(50, reset=HOUR)
    ends = NOON + HOUR + RESET_MARGIN
    assert daily.blocked_until("sync", NOON) == ends
    assert daily.blocked_until("sync", ends - 0.5) == ends
    assert daily.usage.ours == 1
    assert daily.blocked_until("sync", ends) is None
    assert (daily.remaining, daily.reset_at, daily.usage.ours) == (None, None, 0)
    assert daily.exhaust(ends, None) == ends + FIRST_PROBE


def test_between_the_end_of_a_window_and_its_margin_nobody_knows_the_next():
    daily = quota(50, reset=HOUR)
    assert daily.exhaust(NOON + HOUR, None) == NOON + HOUR + FIRST_PROBE
    daily = quota(50, reset=HOUR)
    between = NOON + HOUR + RESET_MARGIN / 2
    assert daily.exhaust(between, None) == between + FIRST_PROBE
    late = quota(50, reset=HOUR)
    assert late.exhaust(NOON + HOUR - 1, None) == NOON + HOUR + RESET_MARGIN


@pytest.mark.parametrize(("more", "waits"), [(0, True), (1, False)])
def test_a_wait_longer_than_any_window_is_a_clock_s_fault(more, waits):
    daily = quota(0)
    daily.resume_at = NOON + MAX_DAILY_RESET + RESET_MARGIN + more
    assert (daily.blocked_until("sync", NOON) is not None) == waits


# === From one process to the next ===


def test_a_spent_quota_is_handed_on_with_its_end():
    daily = quota(0, reset=2 * HOUR)
    daily.exhaust(NOON, None)
    other = handed_on(daily)
    until = NOON + 2 * HOUR + RESET_MARGIN
    assert other.blocked_until("interactive", NOON + 60) == until
    assert (other.reset_at, other.usage.ours) == (NOON + 2 * HOUR, 1)


def test_probes_go_on_growing_in_the_next_process():
    daily = quota(0)
    until = daily.exhaust(NOON, None)
    other = handed_on(daily)
    assert other.exhaust(until, None) == until + 600


@pytest.mark.parametrize("probes", [None, "3", -1, 100, 101, True, 2.0])
def test_garbage_is_no_probe(probes):
    other = DailyQuota(HOUR)
    other.restore({"probes": probes}, None, None, NOON, NOON)
    assert other.exhaust(NOON, None) == NOON + FIRST_PROBE


@pytest.mark.parametrize(("probes", "wait"), [(0, 300), (1, 600), (99, HOUR)])
def test_as_many_probes_as_can_be_are_handed_on(probes, wait):
    other = DailyQuota(HOUR)
    other.restore({"probes": probes}, None, None, NOON, NOON)
    assert other.exhaust(NOON, None) == NOON + wait


def test_the_longest_wait_between_probes_is_bounded():
    """Whatever the setting, and however many there were."""
    daily = DailyQuota(1e12)
    daily.restore({"probes": 99}, None, None, NOON, NOON)
    assert daily.exhaust(NOON, None) == NOON + FIRST_PROBE * 2**10


def test_what_is_left_is_handed_on():
    other = handed_on(quota(4_000, reset=HOUR))
    assert (other.remaining, other.resume_at) == (4_000, None)
    assert other.reset_at == NOON + HOUR


def test_news_end_a_wait():
    waiting = quota(0)
    waiting.exhaust(NOON, None)
    other = handed_on(quota(4_000), to=waiting)
    assert (other.remaining, other.resume_at) == (4_000, None)


@pytest.mark.parametrize(("passed", "kept"), [(DAY / 2 - 1, True), (DAY / 2, False)])
def test_without_a_window_what_was_left_holds_until_midnight(passed, kept):
    other = handed_on(quota(4_000), wall=NOON + passed)
    assert other.remaining == (4_000 if kept else None)
    # With a window it holds as long as that.
    other = handed_on(quota(4_000, reset=DAY), wall=NOON + passed)
    assert other.remaining == 4_000


@pytest.mark.parametrize(("passed", "over"), [(0, False), (1, True)])
def test_of_a_window_that_is_over_nothing_is_handed_on(passed, over):
    wall = NOON + HOUR + passed
    old = quota(50, reset=HOUR)
    old.exhaust(NOON, None)
    other = handed_on(old, wall=wall)
    assert (other.usage.ours == 0) == over
    assert (other.remaining is None) == over
    # Who knows of the same window knows that it is over.
    other = handed_on(old, wall=wall, to=quota(50, reset=HOUR))
    assert (other.reset_at is None) == over
    # One that knows of no window forgets what was left before this one was over.
    other = handed_on(old, wall=wall, to=quota(7))
    assert other.remaining == (None if over else 0)
    assert (other.resume_at is None) == over
    # Probes begin anew in the next window.
    probed = quota(7)
    probed.exhaust(NOON, None)
    other = handed_on(old, wall=NOON + HOUR + 1, to=probed)
    assert other.exhaust(wall, None) == wall + FIRST_PROBE


def test_a_clock_that_is_behind_midnight_does_not_share_its_day():
    midnight = NOON + DAY / 2
    other = handed_on(quota(4_000), at=midnight + 60, wall=midnight - 60)
    assert other.remaining is None


def test_a_window_that_is_over_says_nothing_of_the_next():
    known = quota(7, reset=10 * HOUR)
    other = handed_on(quota(50, reset=HOUR), wall=NOON + 2 * HOUR, to=known)
    assert (other.remaining, other.reset_at) == (7, NOON + 10 * HOUR)


@pytest.mark.parametrize(
    ("rest", "taken"),
    [
        (MAX_DAILY_RESET - 1, True),
        (MAX_DAILY_RESET, False),
        (MAX_DAILY_RESET + 1, False),
    ],
)
def test_a_window_that_cannot_be_is_not_taken_over(rest, taken):
    other = DailyQuota(HOUR)
    other.restore({"reset_at": NOON + rest}, None, None, NOON, NOON)
    assert other.reset_at == (NOON + rest if taken else None)


@pytest.mark.parametrize(
    ("wait", "taken"),
    [
        (-1, False),
        (0, False),
        (1, True),
        (MAX_DAILY_RESET - 1, True),
        (MAX_DAILY_RESET, False),
        (MAX_DAILY_RESET + 1, False),
    ],
)
def test_a_wait_that_is_over_or_cannot_be_is_not_taken_over(wait, taken):
    other = handed_on(quota(4_000), resume_at=NOON + wait, remaining=None)
    assert other.resume_at == (NOON + wait if taken else None)
    assert other.remaining == (0 if taken else None)


def test_a_wait_for_our_share_keeps_what_is_left_to_persons():
    other = handed_on(quota(4_000), resume_at=NOON + 60)
    assert (other.resume_at, other.remaining) == (NOON + 60, 4_000)

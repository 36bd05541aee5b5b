"""The use of a day's quota in figures: ours, that of others, and what they will use."""

from __future__ import annotations

import json

import pytest

from ghl_contact_sync.tools.rate_limit.day_usage import (
    DAY,
    HABIT,
    MAX_SHARE_OF_OTHERS,
    NEW_WINDOW,
    ROOM,
    SAME_WINDOW,
    DayUsage,
)
from ghl_contact_sync.tools.rate_limit.headers import MAX_COUNT

NOON = 19_700 * DAY + DAY / 2
ENDS = NOON + DAY / 4
LIMIT = 10_000


def begun(left=9_000, seq=10, reset_at=ENDS):
    """Return the use of a window after its first answer."""
    usage = DayUsage()
    usage.ours = 1
    usage.learn(left, seq, seq, reset_at, NOON)
    return usage


def counts(usage):
    return usage.ours, usage.foreign, usage.since


def test_what_falls_beyond_our_own_requests_is_the_use_of_others():
    usage = begun()
    # Nobody but us: one more request, one less left.
    usage.learn(8_999, 11, 11, ENDS, NOON + 1)
    assert counts(usage) == (1, 0, NOON)
    usage.learn(8_890, 20, 20, ENDS, NOON + 2)
    assert counts(usage) == (1, 100, NOON)


def test_later_requests_of_ours_may_have_been_counted_already():
    usage = begun()
    usage.learn(8_890, 20, 25, ENDS, NOON + 2)
    assert usage.foreign == 95
    # What is certain once is not taken back by an answer that proves less.
    usage.learn(8_890, 20, 90, ENDS, NOON + 3)
    assert usage.foreign == 95


@pytest.mark.parametrize("direction", [-1, 1])
@pytest.mark.parametrize(("more", "is_new"), [(0, False), (1, True)])
def test_a_new_window_is_known_by_its_end(direction, more, is_new):
    """Though as much is left as before: that alone tells no window from the last."""
    usage = begun()
    ends = ENDS + (SAME_WINDOW + more) * direction
    usage.learn(8_800, 20, 23, ends, NOON + 60)
    expected = (4, 0, NOON + 60) if is_new else (1, 187, NOON)
    assert counts(usage) == expected
    # It is counted from there.
    usage.learn(8_700, 24, 24, ends, NOON + 90)
    assert usage.foreign == (96 if is_new else 286)


@pytest.mark.parametrize("told", [(None, None), (None, ENDS), (ENDS, None)])
@pytest.mark.parametrize(("more", "is_new"), [(0, False), (1, True)])
def test_where_no_end_is_told_it_is_known_by_how_much_is_left(told, more, is_new):
    before, after = told
    usage = begun(reset_at=before)
    usage.learn(9_000 - 5 + NEW_WINDOW + more, 15, 17, after, NOON + 60)
    assert counts(usage) == ((3, 0, NOON + 60) if is_new else (1, 0, NOON))


def test_the_first_answer_tells_of_no_window_before():
    usage = begun(left=1_000_000, seq=1_000)
    assert counts(usage) == (1, 0, NOON)


# === What others will use ===


@pytest.mark.parametrize(
    ("foreign", "after", "rest", "expected"),
    [
        # At the same rate, and a tenth more.
        (2_000, 10 * HABIT, 5 * HABIT, round(ROOM * 1_000)),
        # A burst is no habit.
        (2_000, 60, HABIT, round(ROOM * 2_000)),
        # A few are covered by what persons have.
        (100, 10 * HABIT, 10 * HABIT, 0),
        (99, 10 * HABIT, 10 * HABIT, 0),
        (101, 10 * HABIT, 10 * HABIT, round(ROOM * 101)),
        # They cannot have all of it.
        (4_800, HABIT, HABIT, round(MAX_SHARE_OF_OTHERS * LIMIT)),
        (2_000, HABIT, 0, 0),
        (2_000, HABIT, -60, 0),
    ],
)
def test_what_others_will_use_until_the_window_ends(foreign, after, rest, expected):
    usage = begun()
    usage.foreign = foreign
    now = NOON + after
    assert usage.expected(LIMIT, now + rest, now) == expected


def test_nothing_is_expected_of_what_is_not_known():
    usage = begun()
    usage.foreign = 2_000
    now = NOON + HABIT
    assert usage.expected(LIMIT, None, now) == 0
    assert usage.expected(None, ENDS, now) == 0
    assert DayUsage().expected(LIMIT, ENDS, now) == 0


# === Without a window ===


@pytest.mark.parametrize(
    ("passed", "is_new"),
    [
        (0, False),
        (DAY / 2 - 1, False),
        (-DAY / 2, False),
        (DAY / 2, True),
        # A clock that was ahead.
        (-DAY / 2 - 1, True),
    ],
)
def test_a_day_begins_at_midnight_where_no_window_is_told(passed, is_new):
    usage = begun(reset_at=None)
    usage.foreign = 50
    now = NOON + passed
    usage.turn_at_midnight(None, now)
    assert counts(usage) == ((0, 0, now) if is_new else (1, 50, NOON))
    # What is told next is counted from there, and not as the use of others.
    usage.learn(8_800, 11, 11, None, now)
    assert usage.foreign == (0 if is_new else 199)


def test_a_window_that_is_told_does_not_end_at_midnight():
    usage = begun()
    usage.turn_at_midnight(ENDS, NOON + DAY / 2)
    assert counts(usage) == (1, 0, NOON)
    fresh = DayUsage()
    fresh.turn_at_midnight(None, NOON)
    assert counts(fresh) == (0, 0, None)


# === From one process to the next ===


def handed_on(usage, reset_at=ENDS, wall=NOON + 60):
    other = DayUsage()
    other.restore(json.loads(json.dumps(usage.to_json())), reset_at, wall)
    return other


def test_counts_go_on_in_the_next_process():
    usage = begun()
    usage.ours, usage.foreign = 30, 200
    other = handed_on(usage)
    assert counts(other) == (30, 200, NOON)
    # Its first answer tells what is left; what falls from there on is added.
    other.learn(5_000, 1, 1, ENDS, NOON + 90)
    assert counts(other) == (30, 200, NOON)
    other.learn(4_990, 2, 2, ENDS, NOON + 91)
    assert counts(other) == (30, 209, NOON)
    other.learn(4_000, 1, 1, ENDS + DAY, NOON + 92)
    other.learn(3_999, 2, 2, ENDS + DAY, NOON + 93)
    assert counts(other) == (1, 0, NOON + 92)


def test_who_takes_counts_over_does_not_add_its_own_to_them():
    usage, other = begun(), begun(left=9_500, seq=3)
    usage.learn(8_800, 11, 11, ENDS, NOON + 10)
    # What was left since then is in what is told.
    other.restore(usage.to_json(), ENDS, NOON + 20)
    other.learn(8_800, 4, 4, ENDS, NOON + 30)
    other.learn(8_799, 5, 5, ENDS, NOON + 40)
    assert other.foreign == usage.foreign == 199


def test_counts_of_yesterday_are_not_handed_on_where_no_window_is_told():
    usage = begun(reset_at=None)
    assert counts(handed_on(usage, None, NOON + 60)) == (1, 0, NOON)
    late = NOON + DAY / 2
    assert counts(handed_on(usage, None, late)) == (0, 0, late)


@pytest.mark.parametrize("key", ["ours", "foreign", "since"])
@pytest.mark.parametrize("value", [None, "3", [], True, -1, 1.5, MAX_COUNT + 1])
def test_garbage_is_not_handed_on(key, value):
    if key == "since" and isinstance(value, (int, float)):
        value = "noon"
    usage = DayUsage()
    usage.restore({**begun().to_json(), key: value}, ENDS, NOON)
    assert counts(usage) == (0, 0, None)


@pytest.mark.parametrize("count", [0, MAX_COUNT])
def test_any_count_that_can_be_is_handed_on(count):
    usage = DayUsage()
    usage.restore({"ours": count, "foreign": count, "since": NOON}, ENDS, NOON)
    assert counts(usage) == (count, count, NOON)

"""Others that use the same daily counter are noticed, and left what they need."""

from __future__ import annotations

import json

import pytest
from governor_sim import WALL_START, SimClock, headers

from ghl_contact_sync.tools.errors import GhlRateLimited
from ghl_contact_sync.tools.rate_limit.day_usage import DAY
from ghl_contact_sync.tools.rate_limit.quota_figures import Quota

HOUR = 3_600.0


class Vendor:
    """One counter for all private integrations of a location."""

    def __init__(self, clock, limit=10_000, window=DAY):
        self.clock, self.limit, self.window = clock, limit, window
        self.used = self.refused = 0
        self.ends = clock.wall() + window

    def take(self, count=1):
        if self.clock.wall() >= self.ends:
            self.used, self.ends = 0, self.clock.wall() + self.window
        status = 429 if self.used + count > self.limit else 200
        self.used += count if status == 200 else 0
        self.refused += status == 429
        return status

    def headers(self):
        left = max(self.limit - self.used, 0)
        told = headers(daily=left, daily_limit=self.limit)
        ends = round(1000 * (self.ends - self.clock.wall()))
        return {**told, "X-RateLimit-Daily-Reset": str(ends)}

    def answer(self, governor, priority="sync"):
        ticket = governor.acquire(priority)
        status = self.take()
        governor.observe(self.headers(), status, ticket)
        return status


@pytest.fixture
def clock():
    return SimClock()


@pytest.fixture
def vendor(clock):
    return Vendor(clock)


def usage(governor):
    return governor.snapshot()["daily"]


def test_background_work_stays_within_its_share():
    quota = Quota(limit=10_000, left=5_000, ours=5_000, share=0.5)
    assert quota.for_background == 0
    assert (
        Quota(limit=10_000, left=9_000, ours=1_000, share=0.5).for_background == 4_000
    )
    assert Quota(limit=10_000, left=9_000, ours=1_000).for_background > 8_000


def test_alone_nothing_is_taken_for_the_use_of_others(clock, vendor):
    governor = clock.governor()
    tickets = []
    for _round in range(200):
        tickets += [governor.acquire() for _one in range(8)]
        # Requests overtake each other: the vendor counts the last first.
        told = []
        for ticket in reversed(tickets):
            told.append((ticket, vendor.take(), vendor.headers()))
        for ticket, status, answer in told[::-1]:
            governor.observe(answer, status, ticket)
        tickets.clear()
    assert usage(governor)["ours"] == 1_600
    assert usage(governor)["foreign"] <= 8
    assert Quota.of(governor.snapshot(), clock.wall()).others == 0


def test_what_others_use_is_noticed_and_handed_on(clock, vendor):
    governor = clock.governor()
    for _round in range(50):
        vendor.answer(governor)
        vendor.take(9)
        clock.now += 60
    assert usage(governor)["foreign"] == pytest.approx(9 * 49, abs=10)
    other = clock.governor()
    other.restore(json.loads(json.dumps(governor.snapshot())))
    for _round in range(50):
        vendor.take(9)
        vendor.answer(other)
    assert usage(other)["foreign"] == pytest.approx(9 * 99, abs=12)
    assert usage(other)["ours"] == 100


def test_room_is_left_for_others_and_nobody_is_refused(clock, vendor):
    """Others use a third of the day, evenly; we would use all that is left."""
    governor = clock.governor()
    foreign, sent, waits = 0, 0, []
    while clock.now < 1_000 + DAY - 60:
        due = round((clock.now - 1_000) / DAY * vendor.limit / 3)
        if due > foreign:
            assert vendor.take(due - foreign) == 200
            foreign = due
        if clock.wall() < (waits[-1] if waits else 0):
            clock.now += 60
            # Persons are served all the same.
            if clock.now % 600 < 60:
                assert vendor.answer(governor, "interactive") == 200
            continue
        try:
            for _one in range(20):
                sent += vendor.answer(governor) == 200
        except GhlRateLimited as err:
            waits.append(err.resume_at)
        clock.now += 60
    assert vendor.refused == 0
    assert foreign == pytest.approx(vendor.limit / 3, rel=0.01)
    # All but the others' share, the reserve and what persons have used.
    assert sent > vendor.limit / 3
    assert waits[-1] == pytest.approx(WALL_START + DAY + 1, abs=2)


@pytest.mark.parametrize("others", [9_950, 9_998, 9_999])
def test_what_is_left_for_whom_is_told_of_a_day_that_is_spent(clock, vendor, others):
    governor = clock.governor()
    vendor.take(others)
    vendor.answer(governor)
    left = 9_999 - others
    with pytest.raises(GhlRateLimited) as caught:
        governor.acquire()
    code = "daily_reserve_reached" if left else "daily_quota_spent"
    assert (caught.value.daily, caught.value.code) == (True, code)
    assert ("used up" in str(caught.value)) == (not left)
    if left:
        assert f"only the {left} are left that are kept for persons" in str(
            caught.value
        )
        assert vendor.answer(governor, "interactive") == 200
    else:
        with pytest.raises(GhlRateLimited):
            governor.acquire("interactive")


@pytest.mark.parametrize(
    ("share", "code"),
    [
        (1.0, "daily_reserve_reached"),
        (0.999, "daily_reserve_reached"),
        (0.99, "daily_share_spent"),
    ],
)
def test_a_rest_that_is_kept_is_no_share_that_somebody_has_set(clock, share, code):
    """Our own syncs use up a small day, and end at what is kept for persons."""
    vendor = Vendor(clock, limit=1_000)
    governor = clock.governor()
    governor.limit_background(share)
    with pytest.raises(GhlRateLimited) as caught:
        for _one in range(1_000):
            assert vendor.answer(governor) == 200
    assert governor.snapshot()["remaining_today"] == 10
    assert (caught.value.daily, caught.value.code) == (True, code)


def test_why_syncs_are_held_back_follows_answers_that_come_later(clock):
    vendor = Vendor(clock, limit=20)
    governor = clock.governor()
    vendor.answer(governor)
    under_way = []
    with pytest.raises(GhlRateLimited) as caught:
        while True:
            under_way.append(governor.acquire())
    assert caught.value.code == "daily_reserve_reached"
    # What was left for persons goes to another program meanwhile.
    vendor.take()
    for ticket in under_way:
        status = vendor.take()
        governor.observe(vendor.headers(), status, ticket)
    assert vendor.used == vendor.limit
    slug, text = governor.daily_reason()
    assert (slug, "used up" in text) == ("daily_quota_spent", True)


def test_room_for_others_is_no_share_that_somebody_has_set(clock, vendor):
    governor = clock.governor()
    vendor.answer(governor)
    vendor.take(6_000)
    vendor.answer(governor)
    with pytest.raises(GhlRateLimited) as caught:
        governor.acquire()
    assert governor.snapshot()["remaining_today"] == 3_998
    assert caught.value.code == "daily_reserve_reached"
    assert "only the 3,998 are left that are kept for persons" in str(caught.value)


def test_others_cannot_stop_us_for_good(clock, vendor):
    governor = clock.governor()
    vendor.answer(governor)
    vendor.take(3_000)
    vendor.answer(governor)
    quota = Quota.of(governor.snapshot(), clock.wall())
    assert quota.others == vendor.limit / 2
    assert quota.for_background == vendor.limit - 3_002 - 5_000 - 100


def test_a_new_window_forgets_the_one_before(clock, vendor):
    governor = clock.governor()
    for _one in range(10):
        vendor.answer(governor)
        vendor.take(200)
    clock.now += DAY + 1
    vendor.answer(governor)
    assert usage(governor)["foreign"] == 0
    assert usage(governor)["ours"] == 1


def test_background_work_keeps_to_its_share_of_the_day(clock, vendor):
    governor = clock.governor()
    governor.limit_background(0.01)
    for _one in range(100):
        assert vendor.answer(governor) == 200
    with pytest.raises(GhlRateLimited) as caught:
        governor.acquire()
    assert caught.value.resume_at == pytest.approx(WALL_START + DAY + 1, abs=60)
    assert (caught.value.daily, caught.value.code) == (True, "daily_share_spent")
    assert "9,900 are left for persons and other programs" in str(caught.value)
    assert vendor.answer(governor, "interactive") == 200
    clock.now += DAY + 2
    assert vendor.answer(governor) == 200


def test_a_share_is_kept_where_no_window_is_told(clock):
    governor = clock.governor()
    governor.limit_background(0.5)
    told = headers(daily=8, daily_limit=10)
    for left in (9, 8, 7, 6, 5):
        told = headers(daily=left, daily_limit=10)
        governor.observe(told, 200, governor.acquire())
    with pytest.raises(GhlRateLimited):
        governor.acquire()
    clock.now += DAY
    assert governor.acquire()


# === FROM ONE PROCESS TO THE NEXT === #


def handed_over(clock, governor, share=1.0):
    """Return what another process starts with."""
    other = clock.governor()
    other.limit_background(share)
    other.restore(json.loads(json.dumps(governor.snapshot())))
    return other


def test_counts_of_a_window_that_is_over_are_not_handed_on(clock):
    vendor = Vendor(clock, window=HOUR / 2)
    governor = clock.governor()
    governor.limit_background(0.5)
    for _one in range(4_900):
        vendor.answer(governor)
    vendor.window = DAY
    # Later on the same day, in the next window.
    clock.now = 1_000 + HOUR
    other = handed_over(clock, governor, share=0.5)
    for _one in range(500):
        assert vendor.answer(other) == 200
    assert usage(other)["ours"] == 500
    assert usage(other)["foreign"] == 0


def test_what_others_left_of_a_window_that_is_over_stops_nobody(clock):
    vendor = Vendor(clock, limit=200_000, window=HOUR)
    governor = clock.governor()
    vendor.answer(governor)
    vendor.take(198_499)
    vendor.answer(governor)
    assert governor.snapshot()["remaining_today"] == 1_499
    clock.now += HOUR - 60
    # This one has looked while the window lasted, and had nothing to send.
    waiting = handed_over(clock, governor)
    clock.now += 65
    for other in (waiting, handed_over(clock, governor)):
        other.restore(governor.snapshot())
        assert vendor.answer(other) == 200
        assert usage(other)["foreign"] == 0


def test_a_window_that_ends_at_its_last_user_takes_its_counts_along(clock, vendor):
    governor = clock.governor()
    governor.limit_background(0.5)
    for _one in range(1_000):
        vendor.answer(governor)
    clock.now += DAY + 2
    # Not answered yet when another process takes over.
    governor.acquire()
    assert usage(governor)["ours"] == 1
    other = handed_over(clock, governor, share=0.5)
    vendor.answer(other)
    assert usage(other)["ours"] <= 2


def test_counts_are_kept_between_hosts_whose_clocks_differ(clock, vendor):
    governor = clock.governor()
    for _one in range(1_000):
        vendor.answer(governor)
    for skew in (-200, 200):
        state = governor.snapshot()
        state["at"] += skew
        state["daily"]["reset_at"] += skew
        other = clock.governor()
        clock.now += 300
        other.restore(state)
        vendor.answer(other)
        assert usage(other)["ours"] == 1_001
        assert usage(other)["foreign"] <= 1


@pytest.mark.parametrize("skew", [-200, 200])
def test_the_next_window_is_seen_between_hosts_whose_clocks_differ(clock, vendor, skew):
    governor = clock.governor()
    for _one in range(1_000):
        vendor.answer(governor)
    state = governor.snapshot()
    state["daily"]["reset_at"] += skew
    clock.now += DAY + 10
    other = clock.governor()
    other.restore(state)
    vendor.answer(other)
    assert usage(other)["ours"] == 1


# === FIGURES === #


def test_a_quota_says_what_is_left_and_for_whom(clock, vendor):
    governor = clock.governor()
    vendor.answer(governor)
    quota = Quota.of(governor.snapshot(), clock.wall())
    assert (quota.limit, quota.left, quota.ours) == (10_000, 9_999, 1)
    assert quota.resets_at == pytest.approx(WALL_START + DAY)
    assert quota.for_background == 9_899
    vendor.take(9_900)
    vendor.answer(governor, "interactive")
    assert Quota.of(governor.snapshot(), clock.wall()).for_background == 0


def test_what_was_left_of_a_window_that_is_over_is_unknown(clock, vendor):
    governor = clock.governor()
    vendor.answer(governor)
    state = governor.snapshot()
    quota = Quota.of(state, clock.wall() + DAY + 1)
    assert (quota.left, quota.resets_at) == (None, None)
    assert quota.for_background == 9_900


@pytest.mark.parametrize(
    "garbage",
    [None, [], {}, {"limit_today": "x", "daily": 3}, {"daily": {"reset_at": -1}}],
)
def test_garbage_is_unknown(garbage):
    quota = Quota.of(garbage, WALL_START)
    assert (quota.limit, quota.left, quota.for_background) == (None, None, None)

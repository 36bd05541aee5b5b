"""One governor without a vendor: to the second and to the request."""

from __future__ import annotations

import threading

import pytest
from governor_sim import START, WALL_START, SimClock, headers

from ghl_contact_sync.tools.errors import GhlRateLimited, GhlStopped
from ghl_contact_sync.tools.rate_limit.governor import (
    RateGovernor,
    governor_for,
)
from ghl_contact_sync.tools.rate_limit.sliding_window import MIN_MARGIN, Ticket

HOLD = 10 * (1 + MIN_MARGIN)


@pytest.fixture
def clock():
    return SimClock()


@pytest.fixture
def governor(clock):
    return clock.governor()


def fill(governor, priority="interactive"):
    """Take every slot that is free; there is an end to them."""
    for _one in range(1_001):
        if not isinstance(governor.poll(priority), Ticket):
            return
    raise AssertionError("It lets everything go.")


def limited(clock, limit=1, interval=10, **options):
    """Return a governor with that limit whose slots are all in use since now."""
    governor = clock.governor(**options)
    governor.observe(headers(limit, interval), 200, governor.acquire("interactive"))
    fill(governor)
    return governor


# === Waiting ===


def test_tickets_are_numbered_and_know_their_time(clock, governor):
    first = governor.acquire()
    clock.now += 1
    second = governor.acquire("interactive")
    assert (first.seq, first.at, first.in_window, first.priority) == (
        *(1, START, 1),
        "sync",
    )
    assert (second.seq, second.at, second.in_window, second.priority) == (
        *(2, START + 1, 2),
        "interactive",
    )
    clock.now += 1
    governor.sent(second)
    assert second.at == START + 2


def test_a_slot_is_taken_from_when_a_request_has_left(clock, governor):
    governor.observe(headers(1, 10), 200, governor.acquire())
    clock.now += HOLD
    ticket = governor.acquire()
    clock.now += 3
    governor.sent(ticket)
    assert governor.poll() == pytest.approx(HOLD)


def test_background_work_keeps_to_its_share(governor):
    governor.limit_background(0.5)
    for left in (9, 8, 7):
        assert isinstance(governor.poll(), Ticket)
        ticket = governor.acquire("interactive")
        governor.observe(headers(daily=left, daily_limit=10), 200, ticket)
    with pytest.raises(GhlRateLimited) as caught:
        governor.poll()
    assert caught.value.code == "daily_share_spent"


@pytest.mark.parametrize("spare", [0.0, 0.01])
def test_a_wait_as_long_as_the_timeout_is_waited(clock, spare):
    governor = limited(clock)
    assert governor.acquire(timeout=HOLD + spare).at == pytest.approx(START + HOLD)


def test_a_longer_wait_is_told_at_once(clock):
    governor = limited(clock)
    with pytest.raises(GhlRateLimited) as caught:
        governor.acquire(timeout=HOLD - 0.01)
    error = caught.value
    assert clock.now == START
    assert error.retry_after == pytest.approx(HOLD)
    assert error.resume_at == pytest.approx(WALL_START + HOLD)
    assert (error.retryable, error.daily) == (False, False)
    # Who gave up is in nobody's way.
    assert governor.poll() == pytest.approx(HOLD)


def test_a_timeout_counts_from_the_call(clock):
    waits = []

    def sleep(seconds):
        clock.sleep(seconds)
        waits.append(seconds)
        # Others are quicker.
        fill(governor, "probe")

    governor = RateGovernor(clock, sleep, clock.wall)
    fill(governor, "sync")
    with pytest.raises(GhlRateLimited):
        governor.acquire(timeout=1.5 * HOLD)
    assert len(waits) == 1


@pytest.mark.parametrize("most", [HOLD, HOLD + 0.01])
def test_a_wait_up_to_the_cap_is_waited(clock, most):
    assert limited(clock, max_wait=most + 1e-9).acquire().at == pytest.approx(
        START + HOLD
    )


def test_a_wait_beyond_the_cap_is_told(clock):
    with pytest.raises(GhlRateLimited):
        limited(clock, max_wait=HOLD - 0.01).acquire()


def test_a_governor_of_its_own_waits_for_a_minute_and_probes_each_hour():
    clock = SimClock()
    governor = RateGovernor(clock, clock.sleep, clock.wall)
    governor.observe({"Retry-After": "60"}, 429, governor.acquire())
    governor.acquire()
    governor.observe({"Retry-After": "60.1"}, 429, governor.acquire("probe"))
    with pytest.raises(GhlRateLimited):
        governor.acquire()
    told = {**headers(daily=0), "Retry-After": "9000"}
    refusal = governor.observe(told, 429, governor.acquire("probe"))
    assert refusal.resume_at == clock.wall() + 3_600


def test_a_wait_for_a_limit_is_told_apart_from_one_for_the_own_pace(clock):
    told = []

    def note(seconds, pacing):
        told.append((round(seconds, 2), pacing))

    limited(clock).acquire(on_wait=note)
    assert told == [(10.08, False)]
    governor = clock.governor()
    # Twice refused without a reason: one at a time from then on.
    for _one in range(2):
        governor.observe({"Retry-After": "5"}, 429, governor.acquire("probe"))
    governor.observe({}, 200, governor.acquire("probe"))
    told.clear()
    governor.acquire(on_wait=note)
    assert [pacing for _seconds, pacing in told] == [True]


def test_who_was_stopped_sends_nothing(governor):
    stop = threading.Event()
    stop.set()
    with pytest.raises(GhlStopped):
        governor.acquire(stop=stop)
    assert governor.snapshot()["sent"] == 0
    stop.clear()
    assert governor.acquire(stop=stop)


@pytest.mark.parametrize(
    ("limit", "background"),
    [(2, False), (100, True)],
    ids=["everybody-waits", "only-background-work-waits"],
)
def test_whoever_waits_learns_at_once_that_more_may_go(limit, background):
    governor, waits = RateGovernor(), threading.Event()
    ticket = governor.acquire()
    governor.observe(headers(limit, 50), 200, ticket)
    priority = "sync" if background else "interactive"
    fill(governor, priority)
    thread = threading.Thread(
        target=governor.acquire,
        # Told under the lock, so that what is observed then finds it waiting.
        kwargs={"on_wait": lambda _seconds, _pacing: waits.set()},
    )
    thread.start()
    assert waits.wait(30)
    governor.observe(headers(1_000, 50), 200, ticket)
    thread.join(30)
    assert not thread.is_alive()


# === Answers ===


@pytest.mark.parametrize(
    ("status", "passed"), [(199, False), (200, True), (299, True), (300, False)]
)
def test_a_probe_that_was_accepted_ends_a_pause(governor, status, passed):
    told = {**headers(), "Retry-After": "50"}
    governor.observe(told, 429, governor.acquire())
    governor.observe({}, status, governor.acquire("probe"))
    assert isinstance(governor.poll(), Ticket) is passed


def test_any_other_answer_ends_none(governor):
    first, second = governor.acquire(), governor.acquire()
    governor.observe({"Retry-After": "50"}, 429, first)
    assert governor.observe({}, 200, second) is None
    assert governor.poll() == 50


def test_requests_that_were_granted_later_are_no_use_of_others(governor):
    tickets = [governor.acquire() for _one in range(11)]
    governor.observe(headers(remaining=89), 200, tickets[0])
    assert governor.snapshot()["others"] == 0
    governor.observe(headers(remaining=69), 200, tickets[-1])
    assert governor.snapshot()["others"] == 20 + 4


@pytest.mark.parametrize("status", [200, 404, 428, 430, 500, 503])
def test_only_429_is_a_refusal(clock, governor, status):
    assert governor.observe(headers(remaining=79), status, governor.acquire()) is None
    state = governor.snapshot()
    assert (state["rate_limited"], state["paused_until"]) == (0, None)
    # What such an answer tells of others is as true as that of any other.
    assert state["others_peak"] == [WALL_START, 20]


def test_a_refusal_blames_others_for_no_peak(governor):
    governor.observe(headers(remaining=0), 429, governor.acquire())
    assert governor.snapshot()["others_peak"] is None


def test_a_success_before_the_end_of_a_pause_leaves_its_strikes(clock, governor):
    first, second = governor.acquire(), governor.acquire()
    assert governor.observe({}, 429, first).retry_after == 2
    governor.observe({}, 200, second)
    clock.now += 2
    assert governor.observe({}, 429, governor.acquire()).retry_after == 4
    clock.now += 4
    governor.observe({}, 200, governor.acquire())
    assert governor.observe({}, 429, governor.acquire("probe")).retry_after == 2


@pytest.mark.parametrize(("left", "daily"), [(0, True), (1, False)])
def test_a_refusal_is_the_days_when_nothing_is_left(governor, left, daily):
    refusal = governor.observe(headers(daily=left), 429, governor.acquire())
    assert refusal.daily is daily
    assert refusal.retry_after == pytest.approx(300 if daily else 2)
    assert refusal.resume_at == pytest.approx(WALL_START + refusal.retry_after)


@pytest.mark.parametrize(("asked", "pause"), [(300, 300), (301, 300), (299, 299)])
def test_a_pause_that_is_longer_than_the_limit_explains_is_cut(governor, asked, pause):
    told = {**headers(), "Retry-After": str(asked)}
    assert governor.observe(told, 429, governor.acquire()).retry_after == pause


@pytest.mark.parametrize(("asked", "others"), [(300, 97), (301, 0)])
def test_what_was_cut_is_tried_by_one_request(clock, asked, others):
    """At the end of a pause that can be, all go on at once."""
    governor = clock.governor()
    governor.observe(headers(), 200, governor.acquire())
    tickets = [governor.acquire() for _one in range(97)]
    told = {**headers(), "Retry-After": str(asked)}
    governor.observe(told, 429, tickets[-1])
    clock.now += 300
    assert isinstance(governor.poll(), Ticket)
    answers = [governor.poll() for _one in range(97)]
    assert sum(isinstance(one, Ticket) for one in answers) == others


def test_a_quota_that_is_spent_is_told_with_its_end(clock, governor):
    governor.observe({**headers(daily=0)}, 429, governor.acquire())
    clock.now += 100
    for priority in ("sync", "interactive"):
        with pytest.raises(GhlRateLimited) as caught:
            governor.poll(priority)
        error = caught.value
        assert (error.code, error.daily) == ("daily_quota_spent", True)
        assert error.retry_after == pytest.approx(200)
        assert error.resume_at == WALL_START + 300


def test_what_is_kept_for_others_is_told_apart_from_what_is_spent(governor):
    governor.observe(headers(daily=1, daily_limit=1), 200, governor.acquire())
    with pytest.raises(GhlRateLimited, match="only the 1 are left") as caught:
        governor.poll()
    assert caught.value.code == "daily_reserve_reached"
    assert governor.acquire("interactive")


def test_more_than_was_left_is_spent_and_no_share(governor):
    tickets = [governor.acquire() for _one in range(5)]
    governor.observe(headers(daily=2), 200, tickets[0])
    assert governor.snapshot()["remaining_today"] == 0
    with pytest.raises(GhlRateLimited) as caught:
        governor.poll()
    assert caught.value.code == "daily_quota_spent"


def test_a_limit_that_is_told_replaces_a_pace_that_was_found(governor):
    for _one in range(2):
        governor.observe({}, 429, governor.acquire())
    governor.observe({}, 200, governor.acquire())
    assert governor.snapshot()["pace"]
    governor.observe(headers(), 200, governor.acquire())
    assert governor.snapshot()["pace"] is None


# === Figures ===


def test_room_is_what_background_work_may_send_now(clock, governor):
    assert governor.room() == 98
    for _one in range(3):
        governor.acquire()
    assert governor.room() == 95
    fill(governor)
    assert governor.room() == 0
    clock.now += HOLD
    assert governor.room() == 98
    assert governor.rate == 10
    governor.observe(headers(50, 2), 200, governor.acquire())
    assert governor.rate == 25


def test_a_snapshot_tells_what_is_known(clock, governor):
    fresh = governor.snapshot()
    name = fresh.pop("by")
    assert fresh == {
        "limit": 100,
        "interval_ms": 10_000,
        "remaining": 100,
        "limit_today": None,
        "remaining_today": None,
        "paused_until": None,
        "resume_at": None,
        "daily": fresh["daily"],
        "sent": 0,
        "rate_limited": 0,
        "at": WALL_START,
        "at_work": False,
        "announced": False,
        "pace": None,
        "others": 0,
        "others_peak": None,
        "usage": {name: [WALL_START, pytest.approx(HOLD / 100), []]},
        "reserved": 0,
    }
    assert clock.governor().snapshot()["by"] != name
    told = headers(20, 5.0005, remaining=9, daily=70, daily_limit=1_000)
    governor.observe(told, 200, governor.acquire())
    governor.observe({"Retry-After": "7"}, 429, governor.acquire("interactive"))
    clock.now += 1
    state = governor.snapshot(at_work=True)
    assert state["by"] == name
    assert (state["limit"], state["interval_ms"]) == (20, 5_000)
    assert (state["limit_today"], state["remaining_today"]) == (1_000, 69)
    assert (state["sent"], state["rate_limited"]) == (2, 1)
    assert state["paused_until"] == WALL_START + 7
    assert state["at"] == WALL_START + 1
    assert (state["at_work"], state["announced"]) == (True, True)
    assert state["others_peak"] == [WALL_START, 10]
    assert state["remaining"] == 20 - 2 - state["others"]
    clock.now += 6
    assert governor.snapshot()["paused_until"] is None


def test_no_figure_is_below_nothing(governor):
    tickets = [governor.acquire() for _one in range(5)]
    governor.observe(headers(3, daily=2), 200, tickets[0])
    state = governor.snapshot()
    assert (state["remaining"], state["remaining_today"]) == (0, 0)


def test_a_governor_is_made_once_for_a_key(clock):
    made = governor_for(("by itself", clock), clock.governor)
    assert governor_for(("by itself", clock), clock.governor) is made
    assert governor_for(("another", clock), clock.governor) is not made

"""At a limit the governor pauses, parks, gives up, and comes back."""

from __future__ import annotations

import threading

import pytest
from governor_sim import START, WALL_START, SimClock, headers, most_within

from ghl_contact_sync.tools.errors import GhlRateLimited, GhlStopped
from ghl_contact_sync.tools.rate_limit import governor as rate_governor
from ghl_contact_sync.tools.rate_limit.governor import RateGovernor, governor_for
from ghl_contact_sync.tools.rate_limit.sliding_window import Ticket

NOON_TO_MIDNIGHT = 12 * 3600


@pytest.fixture
def clock():
    return SimClock()


@pytest.fixture
def governor(clock):
    return clock.governor()


def test_retry_after_keeps_every_request_away_that_long(clock, governor):
    refusal = governor.observe({"Retry-After": "7"}, 429, governor.acquire())
    assert (refusal.daily, refusal.retry_after) == (False, 7)
    assert refusal.resume_at == WALL_START + 7
    assert governor.poll() == governor.poll("interactive") == 7
    governor.acquire()
    assert clock.now == START + 7


def test_without_retry_after_the_pause_grows_with_each_new_refusal(clock, governor):
    pauses = []
    for _round in range(4):
        pauses.append(governor.observe({}, 429, governor.acquire()).retry_after)
    assert pauses == [2, 4, 8, 10]
    governor.observe({}, 200, governor.acquire())
    assert governor.observe({}, 429, governor.acquire()).retry_after == 2


def test_a_burst_refused_together_counts_once(governor):
    tickets = [governor.acquire() for _one in range(16)]
    pauses = {governor.observe({}, 429, ticket).retry_after for ticket in tickets}
    assert pauses == {2}
    assert governor.snapshot()["rate_limited"] == 16


def test_what_left_after_the_pause_is_another_burst(clock, governor):
    first, late = governor.acquire(), governor.acquire()
    assert governor.observe({}, 429, first).retry_after == 2
    clock.now += 3
    governor.sent(late)
    assert governor.observe({}, 429, late).retry_after == 4


def test_a_small_limit_serves_those_who_must_not_wait(clock):
    refused = []

    def sleep(seconds):
        clock.sleep(seconds)
        # The slot is free now, and a page has waited for it.
        with pytest.raises(GhlRateLimited):
            governor.acquire("sync", timeout=0)
        refused.append("sync")

    governor = RateGovernor(clock, sleep, clock.wall)
    governor.observe(headers(1, 10), 200, governor.acquire())
    assert governor.acquire("interactive")
    assert refused == ["sync"]


def test_a_long_pause_is_reported_instead_of_slept(clock, governor):
    governor.observe({"Retry-After": "600"}, 429, governor.acquire())
    with pytest.raises(GhlRateLimited) as caught:
        governor.acquire()
    assert caught.value.daily is False
    assert caught.value.retryable is False
    assert caught.value.resume_at == WALL_START + 600
    assert clock.now == START


def test_an_interval_longer_than_the_cap_parks_too(clock, governor):
    governor.observe(headers(10, 3600), 200, governor.acquire())
    for _one in range(9):
        governor.acquire()
    with pytest.raises(GhlRateLimited) as caught:
        governor.acquire()
    assert caught.value.resume_at == pytest.approx(WALL_START + 3600, rel=0.02)


def test_a_wait_beyond_the_timeout_ends_at_once(clock, governor):
    while isinstance(governor.poll(), Ticket):
        pass
    with pytest.raises(GhlRateLimited):
        governor.acquire(timeout=1)
    assert clock.now == START
    assert governor.acquire(timeout=30).at > START


class TestDailyQuota:
    def test_sync_stops_at_the_reserve_and_pages_go_on(self, clock, governor):
        told = headers(daily=102, daily_limit=10_000)
        governor.observe(told, 200, governor.acquire())
        governor.acquire()
        governor.acquire()
        with pytest.raises(GhlRateLimited) as caught:
            governor.acquire()
        assert caught.value.daily is True
        assert caught.value.retryable is False
        assert caught.value.code == "daily_reserve_reached"
        assert WALL_START < caught.value.resume_at <= WALL_START + NOON_TO_MIDNIGHT + 60
        assert governor.acquire("interactive")
        assert clock.now == START

    def test_a_refusal_for_the_day_parks_everybody(self, governor):
        refusal = governor.observe(headers(daily=0), 429, governor.acquire())
        assert refusal.daily is True
        for priority in ("sync", "interactive"):
            with pytest.raises(GhlRateLimited, match="today"):
                governor.acquire(priority)

    def test_retry_after_of_a_spent_day_is_believed_for_an_hour(self, governor):
        told = {**headers(daily=0), "Retry-After": "9000"}
        refusal = governor.observe(told, 429, governor.acquire())
        assert refusal.resume_at == WALL_START + 3600

    def test_comes_back_by_itself_and_believes_the_new_figure(self, clock, governor):
        governor.observe(headers(daily=0), 429, governor.acquire())
        resume_at = governor.snapshot()["resume_at"]
        clock.now += resume_at - WALL_START + 1
        governor.observe(headers(daily=199_999), 200, governor.acquire())
        assert governor.snapshot()["remaining_today"] == 199_999
        assert governor.snapshot()["resume_at"] is None

    def test_goes_on_early_when_a_page_learns_that_the_quota_is_back(self, governor):
        governor.observe(headers(daily=100), 200, governor.acquire())
        with pytest.raises(GhlRateLimited):
            governor.acquire()
        governor.observe(headers(daily=199_000), 200, governor.acquire("interactive"))
        assert governor.acquire()

    def test_requests_in_flight_are_not_spent_twice(self, governor):
        tickets = [governor.acquire() for _one in range(5)]
        for left, ticket in zip((999, 998, 997, 996, 995), tickets, strict=True):
            governor.observe(headers(daily=left, daily_limit=1000), 200, ticket)
        assert governor.snapshot()["remaining_today"] == 995

    def test_answers_out_of_order_do_not_raise_the_figure(self, governor):
        first, second = governor.acquire(), governor.acquire()
        governor.observe(headers(daily=50, daily_limit=1000), 200, second)
        governor.observe(headers(daily=51, daily_limit=1000), 200, first)
        assert governor.snapshot()["remaining_today"] == 50


class TestSnapshot:
    def test_moves_limits_pause_and_quota_to_another_process(self, clock, governor):
        ticket = governor.acquire()
        governor.observe(headers(25, 5, daily=70, daily_limit=1000), 200, ticket)
        governor.observe({"Retry-After": "30"}, 429, governor.acquire())
        state = governor.snapshot()
        clock.now += 4
        other = clock.governor()
        other.restore(state)
        assert other.poll() == 26
        copy = other.snapshot()
        for key in ("limit", "interval_ms", "limit_today", "remaining_today"):
            assert copy[key] == state[key]

    def test_a_restart_within_the_interval_does_not_burst_again(self, clock, governor):
        for _one in range(98):
            governor.acquire()
        state = governor.snapshot()
        clock.now += 0.1
        other = clock.governor()
        other.restore(state)
        assert isinstance(other.poll(), float)

    def test_yesterdays_quota_is_forgotten(self, clock, governor):
        governor.observe(headers(daily=5), 200, governor.acquire())
        state = governor.snapshot()
        clock.now += NOON_TO_MIDNIGHT + 10
        other = clock.governor()
        other.restore(state)
        assert other.snapshot()["remaining_today"] is None
        assert other.acquire()

    def test_a_running_governor_knows_better(self, clock, governor):
        governor.acquire()
        governor.restore({**clock.governor().snapshot(), "limit": 3})
        assert governor.snapshot()["limit"] == 100

    @pytest.mark.parametrize(
        "state",
        [
            {},
            {"at": "x"},
            {"at": float("nan")},
            {"at": WALL_START, "limit": -1, "interval_ms": "x", "remaining": None},
            {"at": WALL_START, "paused_until": 1e300, "resume_at": True},
        ],
    )
    def test_garbage_is_ignored(self, governor, state):
        governor.restore(state)
        assert isinstance(governor.poll(), Ticket)
        assert governor.snapshot()["limit"] == 100


class TestThreads:
    """With the real clock: what is asserted holds however slow the machine is."""

    def test_many_threads_stay_within_the_limit(self):
        governor = RateGovernor()
        governor.observe(headers(20, 0.2), 200, governor.acquire())
        times, lock = [], threading.Lock()

        def work():
            for _one in range(6):
                ticket = governor.acquire()
                with lock:
                    times.append(ticket.at)

        threads = [threading.Thread(target=work) for _one in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert len(times) == 72
        assert most_within(times, 0.2) <= 20

    def test_a_waiting_thread_ends_when_it_is_stopped(self):
        governor, stop = RateGovernor(), threading.Event()
        governor.observe({"Retry-After": "50"}, 429, governor.acquire())
        caught = []

        def work():
            try:
                governor.acquire(stop=stop)
            except GhlStopped as err:
                caught.append(err)

        thread = threading.Thread(target=work)
        thread.start()
        stop.set()
        thread.join(30)
        assert len(caught) == 1

    def test_waiting_threads_learn_that_the_limit_was_raised(self):
        governor = RateGovernor()
        ticket = governor.acquire()
        governor.observe(headers(2, 50), 200, ticket)
        thread = threading.Thread(target=governor.acquire)
        thread.start()
        governor.observe(headers(100, 50), 200, ticket)
        thread.join(30)
        assert not thread.is_alive()


def test_one_governor_for_each_key_and_not_endlessly_many(monkeypatch):
    monkeypatch.setattr(rate_governor, "MAX_GOVERNORS", 3)
    monkeypatch.setattr(rate_governor, "_governors", type(rate_governor._governors)())
    first = governor_for(("db", "url", "a"))
    assert governor_for(("db", "url", "a")) is first
    for name in "bcd":
        governor_for(("db", "url", name))
    assert len(rate_governor._governors) == 3
    assert governor_for(("db", "url", "a")) is not first


def test_the_governor_that_was_asked_for_last_is_kept(monkeypatch):
    monkeypatch.setattr(rate_governor, "MAX_GOVERNORS", 2)
    monkeypatch.setattr(rate_governor, "_governors", type(rate_governor._governors)())
    first, second = governor_for("a"), governor_for("b")
    assert governor_for("a") is first
    governor_for("c")
    assert governor_for("a") is first
    assert governor_for("b") is not second


def fill(governor):
    """Send until the interval is full; return the seconds until a slot is free."""
    while isinstance(answer := governor.poll(), Ticket):
        last = answer
    return last, answer


def test_a_margin_is_increased_by_a_refusal_and_decays(clock, governor):
    def distance():
        clock.now += 30
        last, wait = fill(governor)
        return last, pytest.approx(wait)

    last, usual = distance()
    governor.observe({}, 429, last)
    _last, wider = distance()
    assert wider.expected > usual.expected
    for _interval in range(25):
        clock.now += 10
        governor.observe({}, 200, governor.acquire())
    assert distance()[1] == wider.expected
    clock.now += 60
    governor.observe({}, 200, governor.acquire())
    assert distance()[1] == usual.expected

"""The day's quota: waited for as the vendor tells, never for long on a word alone."""

from __future__ import annotations

import pytest
from governor_sim import WALL_START, SimClock, headers

from ghl_contact_sync.tools.errors import GhlRateLimited
from ghl_contact_sync.tools.rate_limit.daily_quota import MAX_RESERVE, DailyQuota
from ghl_contact_sync.tools.rate_limit.headers import RateHeaders
from ghl_contact_sync.tools.rate_limit.sliding_window import Ticket

RESET = "X-RateLimit-Daily-Reset"
LEFT = "X-RateLimit-Daily-Remaining"


@pytest.fixture
def clock():
    return SimClock()


@pytest.fixture
def governor(clock):
    return clock.governor()


def refuse(governor, **told):
    """Answer the next request with 429 and these headers besides the usual ones."""
    ticket = governor.acquire("probe")
    return governor.observe({**headers(), **told}, 429, ticket)


def pauses(clock, governor, told, rounds):
    """Return for how long each refusal keeps away, each met when the last is over."""
    found = []
    for _round in range(rounds):
        refusal = refuse(governor, **told)
        found.append(round(refusal.resume_at - clock.wall()))
        clock.now += found[-1] + 1
    return found


@pytest.mark.parametrize("left_ms", [1, 40_000, 7_200_500, 86_400_000])
def test_a_spent_quota_is_waited_for_as_long_as_the_window_lasts(governor, left_ms):
    refusal = refuse(governor, **{LEFT: "0", RESET: str(left_ms)})
    assert refusal.daily is True
    assert refusal.resume_at == pytest.approx(WALL_START + left_ms / 1000 + 1)
    with pytest.raises(GhlRateLimited) as caught:
        governor.acquire()
    assert caught.value.resume_at == refusal.resume_at


def ask(governor, left):
    """Have one request answered, and two more granted that are not yet."""
    governor.observe(headers(daily=left, daily_limit=14), 200, governor.acquire())
    return governor.acquire("interactive"), governor.acquire("interactive")


def test_a_request_that_was_overtaken_is_counted_before_the_vendor_does(governor):
    first, second = ask(governor, 2)
    governor.observe(headers(daily=1, daily_limit=14), 200, second)
    with pytest.raises(GhlRateLimited):
        governor.acquire("interactive")
    governor.observe(headers(daily=0, daily_limit=14), 200, first)
    with pytest.raises(GhlRateLimited):
        governor.acquire("interactive")


def test_a_request_that_was_counted_in_turn_is_counted_once(governor):
    first, second = ask(governor, 3)
    governor.observe(headers(daily=1, daily_limit=14), 200, second)
    governor.observe(headers(daily=2, daily_limit=14), 200, first)
    assert governor.acquire("interactive")
    with pytest.raises(GhlRateLimited):
        governor.acquire("interactive")


def test_a_request_that_is_never_answered_is_not_counted_for_ever(clock, governor):
    _lost, second = ask(governor, 3)
    clock.now += 121
    third = governor.acquire("interactive")
    governor.observe(headers(daily=1, daily_limit=14), 200, second)
    governor.observe(headers(daily=1, daily_limit=14), 200, third)
    assert governor.acquire("interactive")


def test_retry_after_does_not_cut_the_window_short(governor):
    refusal = refuse(governor, **{LEFT: "0", RESET: "7200000", "Retry-After": "10"})
    assert refusal.resume_at == WALL_START + 7201


def test_the_reserve_is_kept_until_the_window_ends_and_no_longer(clock, governor):
    told = {**headers(daily=150, daily_limit=20_000), RESET: "3000000"}
    governor.observe(told, 200, governor.acquire())
    with pytest.raises(GhlRateLimited) as caught:
        governor.acquire()
    assert caught.value.resume_at == WALL_START + 3001
    clock.now += 3006
    assert governor.acquire()


@pytest.mark.parametrize("left", ["-1", "-200000", "nan", "", "x", "1e99"])
@pytest.mark.parametrize("retry_after", [None, "86400", "999999999"])
def test_a_figure_that_cannot_be_is_none(clock, governor, left, retry_after):
    told = {LEFT: left, **({"Retry-After": retry_after} if retry_after else {})}
    refusal = refuse(governor, **told)
    assert refusal.daily is False
    assert refusal.retry_after <= 300
    clock.now += refusal.retry_after + 1
    assert governor.acquire()


@pytest.mark.parametrize(
    "reset", [None, "-5", "0", "soon", "86400000000", "1795636897540"]
)
def test_without_a_time_that_can_be_right_probes_grow(clock, governor, reset):
    told = {LEFT: "0", **({RESET: reset} if reset is not None else {})}
    assert pauses(clock, governor, told, 6) == [300, 600, 1200, 2400, 3600, 3600]


def test_a_burst_that_is_refused_together_counts_once(clock, governor):
    tickets = [governor.acquire() for _one in range(16)]
    told = {**headers(), LEFT: "0"}
    timestamps = {governor.observe(told, 429, ticket).resume_at for ticket in tickets}
    assert timestamps == {WALL_START + 300}
    clock.now += 301
    assert refuse(governor, **{LEFT: "0"}).resume_at == clock.wall() + 600


def test_a_probe_prolongs_no_wait(clock, governor):
    before = refuse(governor, **{LEFT: "0"}).resume_at
    clock.now += 100
    assert refuse(governor, **{LEFT: "0"}).resume_at == before
    clock.now += 250
    assert refuse(governor, **{LEFT: "0"}).resume_at == clock.wall() + 600


def test_a_window_that_is_told_anew_counts(clock, governor):
    refuse(governor, **{LEFT: "0"})
    clock.now += 10
    refusal = refuse(governor, **{LEFT: "0", RESET: "7000000"})
    assert refusal.resume_at == clock.wall() + 7_001


def test_a_probe_passes_a_spent_quota_and_ends_the_wait(clock, governor):
    refuse(governor, **{LEFT: "0", RESET: "80000000"})
    refuse(governor, **{"Retry-After": "250"})
    ticket = governor.acquire("probe")
    governor.observe(headers(), 200, ticket)
    assert isinstance(governor.poll(), Ticket)
    other = clock.governor()
    other.restore(governor.snapshot())
    assert isinstance(other.poll(), Ticket)


def test_a_probe_that_passes_ends_a_pause(governor):
    refuse(governor, **{"Retry-After": "250"})
    governor.observe(headers(), 200, governor.acquire("probe"))
    assert isinstance(governor.poll(), Ticket)


def test_a_refusal_without_figures_is_the_days_when_the_day_is_spent(governor):
    first, second = governor.acquire(), governor.acquire()
    governor.observe(headers(daily=0), 200, first)
    assert governor.observe({}, 429, second).daily is True


@pytest.mark.parametrize("status", [429, 401, 403, 500, 503])
def test_a_probe_that_is_refused_changes_nothing(governor, status):
    before = refuse(governor, **{LEFT: "0", RESET: "80000000"}).resume_at
    governor.observe({}, status, governor.acquire("probe"))
    with pytest.raises(GhlRateLimited) as caught:
        governor.acquire()
    assert caught.value.resume_at == pytest.approx(before, abs=1)


def test_a_probe_learns_that_the_quota_is_still_spent(governor):
    refuse(governor, **{LEFT: "0", RESET: "80000000"})
    told = {**headers(daily=0), RESET: "70000000"}
    governor.observe(told, 200, governor.acquire("probe"))
    with pytest.raises(GhlRateLimited) as caught:
        governor.acquire()
    assert caught.value.resume_at == WALL_START + 70_001


def test_another_process_waits_as_long_and_no_longer(clock, governor):
    refuse(governor, **{LEFT: "0", RESET: "7200000"})
    other = clock.governor()
    other.restore(governor.snapshot())
    with pytest.raises(GhlRateLimited) as caught:
        other.acquire()
    assert caught.value.resume_at == WALL_START + 7201
    clock.now += 7206
    assert other.acquire()


def test_a_clock_that_was_ahead_keeps_nobody_away(clock, governor):
    clock.now += 10 * 86_400
    refuse(governor, **{LEFT: "0", RESET: "7200000"})
    state = governor.snapshot()
    clock.now -= 10 * 86_400
    assert isinstance(governor.poll(), Ticket)
    other = clock.governor()
    other.restore(state)
    assert isinstance(other.poll(), Ticket)


def test_an_absurd_limit_reserves_no_quota():
    daily = DailyQuota(3600)
    seen = RateHeaders(daily_limit=1_000_000_000, daily_remaining=150_000)
    daily.learn(seen, 1, 1, WALL_START)
    assert daily.reserve == MAX_RESERVE
    assert daily.blocked_until("sync", WALL_START) is None

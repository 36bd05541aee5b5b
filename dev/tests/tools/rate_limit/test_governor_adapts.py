"""A vendor that grants less than it tells, or tells nothing: its true rate is found."""

from __future__ import annotations

import json
import math
import threading
import time
from contextlib import suppress

import pytest
from governor_sim import START, WALL_START, SimClock, Simulation, SimVendor, headers

from ghl_contact_sync.tools.errors import GhlRateLimited, GhlStopped
from ghl_contact_sync.tools.rate_limit.adaptive import AdaptiveRate
from ghl_contact_sync.tools.rate_limit.governor import RateGovernor
from ghl_contact_sync.tools.rate_limit.sliding_window import Ticket


def silent(verdict):
    return {}


def retry_after(text):
    def says(verdict):
        return {"Retry-After": text} if verdict.status == 429 else {}

    return says


def true_retry_after(verdict):
    return retry_after(str(math.ceil(verdict.wait)))(verdict)


def claims(left):
    """Return headers that tell a limit of 100, and what `left` makes of the truth."""
    return lambda verdict: headers(remaining=left(verdict))


class Outcome:
    """The course of `count` requests to a vendor."""

    def __init__(self, vendor, count, workers=8, seed=0):
        clock = SimClock()
        # The point of a fixed interval at which it begins is chance.
        clock.now += seed * 1.37
        sim = Simulation(
            clock,
            clock.governor(),
            vendor,
            workers,
            travel=lambda rng: rng.uniform(0.02, 0.06),
            work=lambda rng: rng.uniform(0.1, 0.4),
            seed=seed,
            look_every=0.05,
        )
        ideal = (count - vendor.limit) * vendor.interval / vendor.limit
        begun = clock.now
        sim.run(max(3 * ideal, 60))
        assert len(vendor.accepted) >= count
        end = vendor.accepted[count - 1]
        self.slowness = (end - begun) / ideal
        self.refused = sum(timestamp <= end for timestamp in vendor.refusals)
        early = [timestamp for timestamp in vendor.refusals if timestamp <= begun + 60]
        good = sum(timestamp <= begun + 60 for timestamp in vendor.accepted)
        self.refused_share = len(early) / (len(early) + good)


WORDS = {
    "silent": silent,
    "zero": retry_after("0"),
    "negative": retry_after("-5"),
    "garbage": retry_after("soon"),
    "right": true_retry_after,
}


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("sliding", [True, False])
@pytest.mark.parametrize("word", WORDS)
def test_a_lower_limit_is_found_without_headers(word, sliding, seed):
    """Unaware of it, 8 workers were refused 430 times for these 500 requests."""
    vendor = SimVendor(25, sliding=sliding, says=WORDS[word])
    outcome = Outcome(vendor, 500, seed=seed)
    assert outcome.refused <= 20
    assert outcome.slowness <= 1.25


@pytest.mark.parametrize("workers", [1, 4, 16])
def test_more_workers_cost_no_more_than_their_first_burst(workers):
    outcome = Outcome(SimVendor(25, says=silent), 500, workers)
    assert outcome.refused <= workers + 10
    assert outcome.slowness <= 1.25


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("sliding", [True, False])
@pytest.mark.parametrize("word", WORDS)
def test_a_shorter_interval_is_found_without_headers(word, sliding, seed):
    vendor = SimVendor(3, 1.0, sliding, says=WORDS[word])
    outcome = Outcome(vendor, 82, seed=seed)
    assert outcome.refused_share <= 0.1
    assert outcome.slowness <= 1.6


@pytest.mark.parametrize("interval", [4.0, 10.0])
def test_a_leaking_bucket_is_sent_what_leaks(interval):
    outcome = Outcome(SimVendor(20, interval, leaky=True, says=silent), 500)
    assert outcome.refused <= 20
    assert outcome.slowness <= 1.05


@pytest.mark.parametrize("limit", [50, 90])
def test_a_limit_just_below_the_usual_one_is_found(limit):
    outcome = Outcome(SimVendor(limit, says=silent), 500)
    assert outcome.refused <= 12
    assert outcome.slowness <= 1.55


@pytest.mark.parametrize(
    ("left", "refused"),
    [
        (lambda verdict: None, 20),
        (lambda verdict: verdict.left + 75, 20),
        # The refusal says that others have used everything: believed once.
        (lambda verdict: verdict.left + 75 if verdict.status == 200 else 0, 30),
    ],
    ids=["nothing", "75-more", "75-more-but-in-refusals"],
)
def test_false_headers_are_disbelieved_when_contradicted_again(left, refused):
    outcome = Outcome(SimVendor(25, says=claims(left)), 500)
    assert outcome.refused <= refused
    assert outcome.slowness <= 1.25


def test_a_small_limit_that_is_told_is_used_up():
    vendor = SimVendor(3, 1.0)
    outcome = Outcome(vendor, 82)
    assert outcome.slowness <= 1 / 0.9
    # The first burst, before anything was told.
    assert outcome.refused <= 8


def test_the_rate_rises_to_the_full_limit_when_the_vendor_recovers():
    clock = SimClock()
    vendor = SimVendor(25, says=silent)
    governor = clock.governor()
    sim = Simulation(clock, governor, vendor, 16, look_every=0.05)
    sim.run(100)
    assert governor.snapshot()["pace"]
    vendor.limit = 100
    for _part in range(3):
        sim.run(100)
    assert governor.snapshot()["pace"] is None
    accepted = len(vendor.accepted)
    sim.run(100)
    assert len(vendor.accepted) - accepted >= 970


def refuse(governor, told=None):
    return governor.observe(told or {}, 429, governor.acquire())


class TestTrial:
    @pytest.fixture
    def clock(self):
        return SimClock()

    @pytest.fixture
    def governor(self, clock):
        return clock.governor()

    def test_one_request_at_a_time_after_a_refusal(self, clock, governor):
        refuse(governor)
        clock.now += 2
        assert isinstance(governor.poll(), Ticket)
        # Its answer may be lost; others do not wait for ever.
        assert governor.poll() == governor.poll("interactive") == 10
        assert governor.poll(position=50) == 10
        clock.now += 10
        assert isinstance(governor.poll(), Ticket)

    def test_what_was_granted_is_the_first_estimate(self, clock, governor):
        for _one in range(5):
            governor.observe({}, 200, governor.acquire())
        refuse(governor)
        clock.now += 2
        governor.observe({}, 200, governor.acquire())
        assert governor.poll() == pytest.approx(2 / 5)

    def test_a_told_limit_survives_one_contradiction(self, clock, governor):
        governor.observe(headers(), 200, governor.acquire())
        refuse(governor, headers())
        clock.now += 2
        governor.observe(headers(), 200, governor.acquire())
        for _one in range(90):
            assert isinstance(governor.poll(), Ticket)

    def test_doubts_are_forgotten(self, clock, governor):
        for _one in range(3):
            refuse(governor, headers())
            clock.now += 40
            governor.observe(headers(), 200, governor.acquire())
        assert governor.snapshot()["pace"] is None

    def test_a_full_interval_explains_a_refusal(self, clock, governor):
        tickets = [governor.acquire() for _one in range(98)]
        governor.observe({}, 429, tickets[-1])
        clock.now += 11
        for _one in range(98):
            assert isinstance(governor.poll(), Ticket)

    def test_a_wait_for_the_own_pace_is_told_as_such(self, governor):
        told = []

        def note(_seconds, pacing):
            told.append(pacing)

        for _one in range(2):
            governor.observe({"Retry-After": "30"}, 429, governor.acquire(on_wait=note))
        # The second waited for what the vendor had asked for.
        assert set(told) == {False}
        told.clear()
        governor.observe({}, 200, governor.acquire(on_wait=note))
        told.clear()
        governor.acquire(on_wait=note)
        assert set(told) == {True}

    def test_the_vendors_word_replaces_what_was_found(self, clock, governor):
        for _one in range(2):
            refuse(governor)
        governor.observe({}, 200, governor.acquire())
        assert governor.snapshot()["pace"]
        governor.observe(headers(), 200, governor.acquire())
        assert governor.snapshot()["pace"] is None

    def test_the_word_that_replaced_it_survives_one_contradiction(
        self, clock, governor
    ):
        for _one in range(2):
            refuse(governor)
        governor.observe({}, 200, governor.acquire())
        governor.observe(headers(), 200, governor.acquire())
        clock.now += 12
        refuse(governor, headers())
        clock.now += 12
        governor.observe(headers(), 200, governor.acquire())
        assert governor.snapshot()["pace"] is None

    def test_waiting_threads_go_on_as_soon_as_a_trial_succeeds(self):
        governor = RateGovernor()
        governor.observe({"Retry-After": "0.01"}, 429, governor.acquire())
        governor.observe(headers(), 200, governor.acquire())
        governor.observe({"Retry-After": "0.01"}, 429, governor.acquire())
        trial = governor.acquire()
        thread = threading.Thread(target=governor.acquire)
        began = time.monotonic()
        thread.start()
        governor.observe(headers(), 200, trial)
        thread.join(30)
        assert time.monotonic() - began < 9

    def test_the_pace_counts_from_when_a_request_left(self, clock, governor):
        for _one in range(2):
            refuse(governor)
        governor.observe({}, 200, governor.acquire())
        gap = governor.poll()
        ticket = governor.acquire()
        clock.now += 1
        governor.sent(ticket)
        assert governor.poll() == pytest.approx(gap)


class TestHandingOn:
    def work(self, governor, clock):
        for _one in range(5):
            governor.observe({}, 200, governor.acquire())
        refuse(governor)
        clock.now += 2
        governor.observe({}, 200, governor.acquire())

    def test_the_next_process_keeps_the_pace(self):
        clock = SimClock()
        first, second = clock.governor(), clock.governor()
        self.work(first, clock)
        second.restore(json.loads(json.dumps(first.snapshot())))
        assert isinstance(second.poll(), Ticket)
        assert second.poll() == pytest.approx(2 / 5)

    def test_a_trial_under_way_is_handed_on_as_what_was_granted(self):
        clock = SimClock()
        first, second = clock.governor(), clock.governor()
        for _one in range(5):
            first.observe({}, 200, first.acquire())
        refuse(first)
        second.restore(first.snapshot())
        clock.now += 2
        assert isinstance(second.poll(), Ticket)
        assert second.poll() == pytest.approx(2)

    def test_an_end_of_the_pace_is_news(self):
        clock = SimClock()
        first, second = clock.governor(), clock.governor()
        self.work(first, clock)
        clock.now += 1
        second.acquire()
        first.restore(second.snapshot())
        assert first.snapshot()["pace"] is None

    def test_the_usual_limit_is_not_handed_on_as_the_vendors_word(self):
        clock = SimClock()
        first, second = clock.governor(), clock.governor()
        second.restore(first.snapshot())
        assert second.snapshot()["announced"] is False
        first.observe(headers(), 200, first.acquire())
        second.restore(first.snapshot())
        assert second.snapshot()["announced"] is True

    @pytest.mark.parametrize(
        "value",
        [
            None,
            {},
            [],
            [1],
            ["1", 0],
            [True, 0],
            [0, 0],
            [-1, 0],
            [0.01, 0],
            [1, -1],
            [1, 2],
            [float("nan"), 0],
            [float("inf"), 0],
        ],
    )
    def test_garbage_is_no_pace(self, value):
        pace = AdaptiveRate()
        pace.restore(value, START, 10.0)
        assert pace.rate is None
        assert pace.delay(START, 0) == 0


class TestHugeRetryAfter:
    HOUR = {"Retry-After": "3600"}

    @pytest.mark.parametrize(
        ("told", "pause"),
        [
            ({}, 3600),
            (headers(), 300),
            (headers(interval=60), 600),
            ({"X-RateLimit-Daily-Remaining": "500"}, 300),
        ],
        ids=["nothing-known", "interval-known", "long-interval", "quota-left"],
    )
    def test_is_believed_unless_it_cannot_be_the_day(self, told, pause):
        refusal = refuse(SimClock().governor(), {**told, **self.HOUR})
        assert (refusal.daily, refusal.retry_after) == (False, pause)

    def test_of_a_spent_day_is_kept(self):
        refusal = refuse(SimClock().governor(), {**headers(daily=0), **self.HOUR})
        assert (refusal.daily, refusal.resume_at) == (True, WALL_START + 3600)

    def test_is_tested_by_a_single_request(self):
        clock = SimClock()
        governor = clock.governor()
        told = headers(remaining=0)
        refuse(governor, {**told, **self.HOUR})
        with pytest.raises(GhlRateLimited):
            governor.acquire()
        clock.now += 300
        trial = governor.acquire()
        assert isinstance(governor.poll(), float)
        governor.observe({**told, **self.HOUR}, 429, trial)
        assert governor.poll() == 300
        clock.now += 300
        governor.observe(headers(remaining=99), 200, governor.acquire())
        assert isinstance(governor.poll(), Ticket)
        assert isinstance(governor.poll(), Ticket)

    def test_is_tested_by_a_single_request_after_a_full_interval_too(self):
        clock = SimClock()
        governor = clock.governor()
        governor.observe(headers(), 200, governor.acquire())
        tickets = [governor.acquire() for _one in range(97)]
        assert governor.observe(self.HOUR, 429, tickets[-1]).retry_after == 300
        clock.now += 300
        assert isinstance(governor.poll(), Ticket)
        assert isinstance(governor.poll(), float)


def test_a_wait_that_ends_in_a_refusal_makes_the_next_wait_longer():
    governor = SimClock().governor()
    told = {"Retry-After": "1"}
    assert [refuse(governor, told).retry_after for _one in range(4)] == [1, 4, 8, 10]


def test_without_a_reserve_interactive_requests_go_first():
    clock, stop = SimClock(), threading.Event()
    all_wait = threading.Barrier(3, action=lambda: clock.sleep(11))
    mine, order = threading.local(), []

    def sleep(seconds):
        if getattr(mine, "waited", False):
            time.sleep(0.001)
        else:
            mine.waited = True
            all_wait.wait(30)

    governor = RateGovernor(clock, sleep, clock.wall)
    governor.observe(headers(1, 10), 200, governor.acquire())

    def work(priority):
        with suppress(GhlStopped):
            governor.acquire(priority, stop=stop)
            order.append(priority)
            stop.set()

    threads = [
        threading.Thread(target=work, args=(priority,))
        for priority in ("sync", "sync", "interactive")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert order == ["interactive"]

"""The governor's pace, on a simulated clock: never too fast, hardly ever too slow."""

from __future__ import annotations

import json
import random

import pytest
from governor_sim import START, SimClock, Simulation, SimVendor, headers, most_within
from hypothesis import given, settings
from hypothesis import strategies as st

from ghl_contact_sync.tools.rate_limit.sliding_window import Ticket

PRIORITIES = st.sampled_from(["sync", "sync", "sync", "interactive"])


@settings(max_examples=150, deadline=None)
@given(
    limit=st.integers(1, 120),
    interval=st.sampled_from([0.5, 1.0, 10.0, 60.0]),
    arrivals=st.lists(
        st.tuples(st.floats(0, 3), PRIORITIES, st.integers(1, 40)), max_size=60
    ),
    late=st.lists(st.floats(0, 0.4), min_size=1, max_size=20),
)
def test_no_interval_ever_holds_too_many(limit, interval, arrivals, late):
    clock = SimClock()
    governor = clock.governor(max_wait=1e9)
    first = governor.acquire()
    governor.observe(headers(limit, interval), 200, first)
    sent = {"sync": [first], "interactive": []}
    for number, (gap, priority, burst) in enumerate(arrivals):
        clock.now += gap * interval / 10
        for _one in range(burst):
            ticket = governor.acquire(priority)
            if number % 3 == 0:
                # A connection had to be made for these.
                clock.now += late[number % len(late)] * interval / 10
                governor.sent(ticket)
            sent[priority].append(ticket)
    reserve = max(1, limit // 50) if limit >= 20 else 0
    times = {key: [ticket.at for ticket in sent[key]] for key in sent}
    assert most_within(times["sync"] + times["interactive"], interval) <= limit
    assert most_within(times["sync"], interval) <= limit - reserve


@pytest.mark.parametrize("sliding", [True, False])
@pytest.mark.parametrize(
    ("limit", "interval", "workers", "work"),
    [
        (100, 10.0, 16, 1.0),
        (100, 10.0, 16, 0.001),
        (25, 10.0, 8, 0.2),
        (1000, 60.0, 50, 1.0),
    ],
)
def test_reaches_the_sustained_limit(limit, interval, workers, work, sliding):
    clock = SimClock()
    sim = Simulation(
        clock,
        clock.governor(),
        SimVendor(limit, interval, sliding),
        workers,
        work=lambda rng: work,
    )
    sim.run(10 * interval)
    usable = limit - max(1, limit // 50)
    assert len(sim.sent) >= 0.97 * usable * 10
    if limit == 100:
        assert len(sim.sent) >= 0.97 * limit * 10
    assert sim.vendor.refused == 0


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), sliding=st.booleans())
def test_no_refusal_although_requests_travel_unevenly(seed, sliding):
    clock = SimClock()
    sim = Simulation(
        clock,
        clock.governor(),
        SimVendor(sliding=sliding),
        workers=16,
        travel=lambda rng: rng.uniform(0.01, 0.08),
        work=lambda rng: rng.uniform(0.1, 1.5),
        seed=seed,
    )
    sim.run(60)
    assert sim.vendor.refused == 0
    assert len(sim.sent) >= 0.97 * 60 * 10


def test_bursts_at_once_when_nothing_was_sent_lately():
    clock = SimClock()
    governor = clock.governor()
    for _number in range(98):
        assert isinstance(governor.poll(), Ticket)
    assert isinstance(governor.poll(), float)
    assert clock.now == START


def test_interactive_requests_find_room_when_sync_has_used_its_share():
    clock = SimClock()
    governor = clock.governor()
    while isinstance(governor.poll(), Ticket):
        pass
    assert isinstance(governor.poll("interactive"), Ticket)
    assert isinstance(governor.poll("interactive"), Ticket)
    assert isinstance(governor.poll("interactive"), float)


def test_limits_are_adopted_in_both_directions():
    clock = SimClock()
    governor = clock.governor()
    ticket = governor.acquire()
    governor.observe(headers(25, 10), 200, ticket)
    granted = 1
    while isinstance(governor.poll(), Ticket):
        granted += 1
    assert granted == 24
    governor.observe(headers(1000, 1), 200, ticket)
    assert isinstance(governor.poll(), Ticket)


@pytest.mark.parametrize("share", [20, 50, 90])
def test_leaves_room_for_other_programs_with_the_same_budget(share):
    clock = SimClock()
    rng = random.Random(share)
    foreign = [rng.uniform(0, 120) for _one in range(share * 12)]
    vendor = SimVendor()
    sim = Simulation(
        clock,
        clock.governor(),
        vendor,
        16,
        work=lambda rng: rng.uniform(0.2, 0.4),
        foreign=sorted(foreign),
    )
    sim.run(120)
    # Both together use the budget up; blind to the others, we would run into a refusal
    # with every request that they have taken from us.
    assert len(vendor.accepted) >= 0.85 * 1200
    assert vendor.refused <= 0.15 * 1200


@pytest.mark.parametrize(
    "gap, even, seed",
    [(1.0, True, 12), (0.6, True, 1), (0.6, True, 9)]
    + [(0.6, False, 11), (0.6, False, 12), (0.6, False, 13), (3.0, False, 7)]
    # So much that nothing is left to us for longer than their peak is remembered.
    + [(0.35, False, 103), (0.35, False, 104), (0.35, False, 105)],
)
def test_three_programs_on_the_same_token_have_us_refused_at_the_beginning_only(
    gap, even, seed
):
    """For two minutes, evenly or by chance, once their use was seen."""
    rng = random.Random(seed)
    foreign = []
    for _program in range(3):
        at = rng.uniform(0, 1)
        while at < 140:
            foreign.append(at)
            at += gap * rng.uniform(0.9, 1.1) if even else rng.expovariate(1 / gap)
    clock, vendor = SimClock(), SimVendor()
    sim = Simulation(
        clock,
        clock.governor(),
        vendor,
        8,
        travel=lambda rng: rng.uniform(0.01, 0.05),
        work=lambda rng: rng.uniform(0.05, 0.3),
        foreign=sorted(foreign),
        seed=seed,
        look_every=0.25,
    )
    sim.run(140)
    assert not [at for at in vendor.refusals if at > START + 20]


class TestOthersAfterAPause:
    """What others used long ago is asked about, before all is sent at once."""

    def learned(self, clock):
        governor = clock.governor()
        for _one in range(3):
            governor.observe(headers(remaining=50), 200, governor.acquire())
            clock.now += 1
        return governor

    def assert_one_goes_first(self, clock, governor, used):
        first = governor.acquire()
        assert isinstance(governor.poll(), float)
        assert isinstance(governor.poll("interactive"), Ticket)
        clock.now += 0.05
        governor.observe(headers(remaining=98 - used), 200, first)
        # Their time is over, or not.
        assert isinstance(governor.poll(), float) is bool(used)

    @pytest.mark.parametrize("used", [0, 40])
    def test_by_the_process_that_saw_it(self, used):
        clock = SimClock()
        governor = self.learned(clock)
        clock.now += 60
        self.assert_one_goes_first(clock, governor, used)

    @pytest.mark.parametrize("used", [0, 40])
    @pytest.mark.parametrize("pause", [1, 60])
    def test_by_the_next_process(self, pause, used):
        clock = SimClock()
        state = json.loads(json.dumps(self.learned(clock).snapshot()))
        clock.now += pause
        governor = clock.governor()
        governor.restore(state)
        if pause == 1:
            governor.acquire()
            assert isinstance(governor.poll(), float), "spread evenly"
        else:
            self.assert_one_goes_first(clock, governor, used)

    @pytest.mark.parametrize("told", [None, 5, [], ["x", 3], [0, None], [1e300, 3]])
    def test_garbage_is_no_peak(self, told):
        clock = SimClock()
        state = {**self.learned(clock).snapshot(), "others": 0, "usage": {}}
        clock.now += 1
        governor = clock.governor()
        governor.restore({**state, "others_peak": told})
        assert isinstance(governor.poll(), Ticket)
        assert isinstance(governor.poll(), Ticket)

    def test_a_peak_is_no_fresher_for_being_handed_on(self):
        clock = SimClock()
        governor = self.learned(clock)
        seen = governor.snapshot()["others_peak"]
        for _hand in range(4):
            clock.now += 5
            state, governor = governor.snapshot(), clock.governor()
            governor.restore(state)
        assert governor.snapshot()["others_peak"] == pytest.approx(seen)


def test_a_vendor_that_sends_no_headers_is_taken_for_the_usual_one():
    clock = SimClock()
    sim = Simulation(clock, clock.governor(), SimVendor(tell=False), 16)
    sim.run(100)
    assert sim.vendor.refused == 0
    assert len(sim.sent) >= 970


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(
            [
                "X-RateLimit-Max",
                "x-ratelimit-interval-milliseconds",
                "X-RATELIMIT-REMAINING",
                "X-RateLimit-Limit-Daily",
                "X-RateLimit-Daily-Remaining",
                "Retry-After",
                "Date",
            ]
        ),
        st.one_of(
            st.text(max_size=30),
            st.integers().map(str),
            st.floats().map(str),
            st.just("100, 100"),
            st.just("Wed, 21 Oct 2015 07:28:00 GMT"),
        ),
    ),
    st.sampled_from([200, 429, 500]),
)
def test_no_header_can_break_it(told, status):
    clock = SimClock()
    governor = clock.governor()
    governor.observe(told, status, governor.acquire())
    state = governor.snapshot()
    assert state["limit"] >= 1
    assert 50 <= state["interval_ms"] <= 86_400_000
    assert state["remaining"] >= 0


def test_others_that_were_seen_long_ago_hold_no_slot():
    clock = SimClock()
    governor = clock.governor()
    governor.observe(headers(remaining=39), 200, governor.acquire())
    assert governor.room() < 39
    clock.now += 16
    assert governor.room() == 98


def test_a_refusal_shows_what_others_use_and_not_one_refusal_after_the_other():
    """Others use a fifth of the limit by chance: little, and enough to collide with."""
    rng, clock, vendor = random.Random(2), SimClock(), SimVendor()
    sim = Simulation(
        clock,
        clock.governor(),
        vendor,
        16,
        work=lambda rng: rng.uniform(0.2, 0.4),
        foreign=sorted(rng.uniform(0, 120) for _one in range(240)),
        seed=2,
    )
    sim.run(120)
    assert vendor.refused <= 5
    assert len(vendor.accepted) >= 0.85 * 1200

"""Processes that take turns or die: the next one keeps within the limit at once."""

from __future__ import annotations

import json

import pytest
from governor_sim import WALL_START, SimClock, Simulation, SimVendor, headers
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ghl_contact_sync.tools.errors import GhlRateLimited
from ghl_contact_sync.tools.rate_limit.shared_slots import MAX_SLOTS, STEPS, Usage
from ghl_contact_sync.tools.rate_limit.sliding_window import Ticket

TURN = st.floats(0.05, 15)


class Turns:
    """Governors of several processes, one at work at a time, on one clock."""

    def __init__(self, governors, **vendor):
        self.clock = SimClock()
        self.governors = [self.clock.governor() for _one in range(governors)]
        self.vendor = SimVendor(**vendor)
        self.told = {}
        self.worked = 0.0

    def work(self, number, seconds, killed=False, **options):
        """Let a process work for a while, after it has read what the last one told."""
        governor = self.governors[number]
        governor.restore(self.told)
        options = {"workers": 24, "work": lambda rng: rng.uniform(0.1, 0.6), **options}
        sim = Simulation(self.clock, governor, self.vendor, **options)
        began = self.clock.now
        sim.run(seconds, killed)
        self.told = sim.told
        self.worked += self.clock.now - began
        return sim

    def new_process(self):
        """Return the number of a process that has just been started."""
        self.governors.append(self.clock.governor())
        return len(self.governors) - 1


@settings(max_examples=60, deadline=None)
@given(
    turns=st.lists(st.tuples(st.integers(0, 2), TURN), min_size=2, max_size=12),
    sliding=st.booleans(),
    seed=st.integers(0, 1_000),
)
def test_workers_that_take_turns_are_never_refused(turns, sliding, seed):
    world = Turns(3, sliding=sliding)
    for number, seconds in turns:
        world.work(number, seconds, travel=lambda rng: 0.02, seed=seed)
        world.clock.now += 0.05
    assert world.vendor.refused == 0


def test_workers_that_take_turns_are_hardly_slower_than_one():
    world = Turns(2)
    for number in range(30):
        world.work(number % 2, 9.0)
    assert world.vendor.refused == 0
    # The slots of the last moment of each turn are not known to the hundredth.
    assert len(world.vendor.accepted) >= 0.95 * world.worked * 10


@settings(max_examples=60, deadline=None)
@example(lives=[(1.5, 1.0)] + [(1.0, 1.0)] * 3, commit_every=1.0, tell=True, seed=0)
@example(lives=[(1.5, 1.0)] + [(0.5, 1.0)] * 9, commit_every=1.0, tell=True, seed=0)
# The governor that asks for the slots of a killed process leaves together with many
# others.
@example(
    lives=[(1.0, 1.0), (1.0, 3.0), (14.5, 2.0), (13.5, 1.0), (4.0, 1.0), (2.0, 1.0)],
    commit_every=1.0,
    tell=True,
    seed=0,
)
@given(
    lives=st.lists(st.tuples(TURN, st.floats(0.5, 5)), min_size=2, max_size=8),
    commit_every=st.sampled_from([0.2, 1.0, 7.0]),
    tell=st.booleans(),
    seed=st.integers(0, 1_000),
)
def test_a_process_that_is_killed_costs_no_refusal(lives, commit_every, tell, seed):
    world = Turns(0, tell=tell)
    for seconds, gap in lives:
        world.work(
            world.new_process(), seconds, True, commit_every=commit_every, seed=seed
        )
        world.clock.now += gap
    assert world.vendor.refused == 0


@pytest.mark.parametrize("tell", [True, False])
def test_the_next_life_goes_on_at_the_same_pace(tell):
    world = Turns(0, tell=tell)
    for _life in range(20):
        world.work(world.new_process(), 15.0, True)
        world.clock.now += 0.5
    assert world.vendor.refused == 0
    assert len(world.vendor.accepted) >= 0.95 * world.worked * 10


def test_after_little_work_one_answer_is_enough_to_go_on_at_full_speed():
    world = Turns(0)
    world.work(world.new_process(), 2.0, True, workers=1)
    world.clock.now += 1
    sim = world.work(world.new_process(), 2.0, True, look_every=0.05)
    assert world.vendor.refused == 0
    # All that the first one has left, less the reserve on either side.
    assert len(sim.sent) >= 80


def test_a_process_that_was_silent_for_long_counts_as_one_that_sent_nothing():
    clock = SimClock()
    state = clock.governor().snapshot(at_work=True)
    for age, granted in ((1, 1), (200, 98)):
        clock.now += age
        governor = clock.governor()
        governor.restore(state)
        tickets = iter(governor.poll, None)
        assert sum(1 for _one in zip(range(granted), tickets, strict=False)) == granted
        assert isinstance(governor.poll(), float)


def test_a_limit_of_one_leaves_nothing_to_ask_with():
    clock = SimClock()
    first = clock.governor()
    first.observe(headers(1, 10), 200, first.acquire())
    clock.now += 20
    second = clock.governor()
    second.restore(first.snapshot(at_work=True))
    assert second.poll() == pytest.approx(10.08)


def test_what_a_third_one_used_is_handed_on():
    clock = SimClock()
    first, second, third = (clock.governor() for _one in range(3))
    for _one in range(60):
        first.acquire()
    clock.now += 1
    second.restore(first.snapshot())
    for _one in range(38):
        assert isinstance(second.poll(), Ticket)
    clock.now += 1
    third.restore(json.loads(json.dumps(second.snapshot())))
    assert third.snapshot()["remaining"] == 2
    assert isinstance(third.poll(), float)


def test_what_other_programs_hold_is_handed_on():
    clock = SimClock()
    first, second = clock.governor(), clock.governor()
    first.observe(headers(remaining=39), 200, first.acquire())
    second.restore(json.loads(json.dumps(first.snapshot())))
    assert second.snapshot()["remaining"] == first.snapshot()["remaining"] <= 39


class TestNewerThanTheOwn:
    """One that has sent believes what was told after it, and nothing older."""

    def test_limits_quota_and_pause_are_taken_over(self):
        clock = SimClock()
        old, new = clock.governor(), clock.governor()
        old.observe(headers(daily=500), 200, old.acquire())
        clock.now += 30
        new.observe(headers(25, 5, daily=70, daily_limit=1_000), 200, new.acquire())
        new.observe({"Retry-After": "30"}, 429, new.acquire())
        old.restore(new.snapshot())
        copy, state = old.snapshot(), new.snapshot()
        for key in ("limit", "interval_ms", "limit_today", "remaining_today"):
            assert copy[key] == state[key]
        assert copy["paused_until"] == WALL_START + 60
        assert old.poll() == 30

    def test_a_quota_that_has_come_back_is_news(self):
        clock = SimClock()
        old, new = clock.governor(), clock.governor()
        old.observe(headers(daily=0), 429, old.acquire())
        with pytest.raises(GhlRateLimited):
            old.poll()
        clock.now += 60
        new.observe(headers(daily=5_000), 200, new.acquire())
        old.restore(new.snapshot())
        assert isinstance(old.poll(), Ticket)

    def test_a_pause_of_its_own_is_kept(self):
        clock = SimClock()
        old, new = clock.governor(), clock.governor()
        old.observe({"Retry-After": "50"}, 429, old.acquire())
        clock.now += 1
        new.acquire()
        old.restore(new.snapshot())
        assert old.poll() == 49

    def test_what_is_older_is_ignored(self):
        clock = SimClock()
        old, new = clock.governor(), clock.governor()
        new.observe(headers(3), 200, new.acquire())
        state = new.snapshot()
        clock.now += 1
        old.acquire()
        old.restore(state)
        assert old.snapshot()["limit"] == 100

    def test_its_own_word_is_no_news(self):
        governor = SimClock().governor()
        governor.restore(governor.snapshot(at_work=True))
        assert governor.snapshot()["remaining"] == 100


class TestUsage:
    def test_what_is_told_is_as_short_as_what_was_sent(self):
        step = 10 / STEPS
        ages = [0.5 * step, 2.5 * step]
        assert Usage.of(ages, 50, 10).to_json() == [50, step, [1, 0, 1]]
        assert Usage.of([], 50, 10).to_json() == [50, step, []]

    @given(
        st.lists(st.floats(0, 10.07), max_size=300), st.sampled_from([10.08, 0.05, 60])
    )
    def test_no_slot_is_told_too_early_or_lost(self, ages, hold):
        ages = [age * hold / 10.08 for age in ages]
        usage = Usage.from_json(
            json.loads(json.dumps(Usage.of(ages, 50, hold).to_json()))
        )
        times = list(usage.times())
        pairs = zip(sorted(ages), times, strict=True)
        for age, timestamp in pairs:
            assert 50 - age - 1e-6 <= timestamp <= 50 - age + hold / STEPS + 1e-6

    @pytest.mark.parametrize(
        "value",
        [
            None,
            {},
            [],
            [1, 2],
            ["1", 0.1, []],
            [1, True, []],
            [1, 0, [1]],
            [1, float("nan"), [1]],
            [1, 0.1, 5],
            [1, 0.1, [-1]],
            [1, 0.1, [1.5]],
            [1, 0.1, [MAX_SLOTS + 1]],
            [1, 0.1, [1] * (STEPS + 1)],
        ],
    )
    def test_garbage_is_nothing(self, value):
        assert Usage.from_json(value) is None


def test_slots_that_killed_processes_asked_with_come_back():
    """Each takes one of the reserve of two to ask with; later there are two again."""
    clock = SimClock()
    state = clock.governor().snapshot(at_work=True)
    answers = []
    for gap in (0.1, 0.1, 0.1, 11):
        clock.now += gap
        governor = clock.governor()
        governor.restore(json.loads(json.dumps(state)))
        # What it sends after this, nobody is told.
        state = governor.snapshot(at_work=True)
        answers.append(isinstance(governor.poll(), Ticket))
    assert answers == [True, True, False, True]

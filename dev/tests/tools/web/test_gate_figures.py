"""Who is turned away, for whose sake, and when to come back."""

from types import SimpleNamespace

import pytest
from fake_clock import FakeClock

from ghl_contact_sync.tools.web import gate as module
from ghl_contact_sync.tools.web.gate import Gate, Refused


@pytest.fixture
def clock(monkeypatch):
    """The gate's own clock: nothing takes any time but what a test says."""
    found = FakeClock(0.0)
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=found))
    return found


def make(places=1, per_caller=1, queue=9, queue_per_caller=9):
    """Return a gate at which nobody has any patience."""
    return Gate(
        places=places,
        per_caller=per_caller,
        queue=queue,
        queue_per_caller=queue_per_caller,
        patience=0,
    )


def refusal(gate, caller):
    with pytest.raises(Refused) as caught, gate.enter(caller):
        pass
    return caught.value.by_caller, caught.value.retry_after


def took(gate, clock, seconds):
    """Let one request take so long."""
    with gate.enter("worker"):
        clock.now += seconds


@pytest.mark.parametrize(
    ("caller", "by_caller"), [("a", True), ("b", False)], ids=["own", "others"]
)
def test_who_has_waited_in_vain_is_told_for_whose_sake(clock, caller, by_caller):
    gate = make()
    with gate.enter("a"):
        assert refusal(gate, caller) == (by_caller, 1)
        # Nothing of the wait is left behind.
        assert refusal(gate, caller) == (by_caller, 1)
    with gate.enter(caller):
        pass


def test_a_caller_below_its_limit_is_turned_away_for_others(clock):
    gate = make(places=2, per_caller=2)
    with gate.enter("a"), gate.enter("b"):
        assert refusal(gate, "a") == (False, 1)


@pytest.mark.parametrize(
    ("queue", "queue_per_caller", "by_caller"), [(0, 9, False), (9, 0, True)]
)
def test_where_nobody_may_wait_one_is_turned_away_at_once(
    clock, queue, queue_per_caller, by_caller
):
    gate = make(queue=queue, queue_per_caller=queue_per_caller)
    with gate.enter("a"):
        assert refusal(gate, "b") == (by_caller, 1)


@pytest.mark.parametrize(
    ("seconds", "places", "wait"),
    # The mean begins at 0.05, and a tenth of it is the last one.
    [(0, 1, 1), (100, 1, 11), (100, 2, 6), (100, 12, 1), (299.55, 1, 30), (900, 1, 30)],
)
def test_when_to_come_back_follows_from_how_long_requests_take(
    clock, seconds, places, wait
):
    gate = make(places=places, per_caller=places)
    took(gate, clock, seconds)
    held = [gate.enter(number) for number in range(places)]
    for one in held:
        one.__enter__()
    assert refusal(gate, "b") == (False, wait)
    for one in held:
        one.__exit__(None, None, None)


def test_a_caller_s_own_limit_counts_for_a_caller(clock):
    gate = make(places=4, per_caller=2)
    took(gate, clock, 100)
    with gate.enter("a"), gate.enter("a"):
        # 10.045 seconds for each of two at once.
        assert refusal(gate, "a") == (True, 6)
        with gate.enter("b"), gate.enter("c"):
            # For each of four.
            assert refusal(gate, "d") == (False, 3)


def test_the_mean_follows_the_latest_requests(clock):
    gate = make()
    for _one in range(60):
        took(gate, clock, 20)
    with gate.enter("a"):
        assert refusal(gate, "b") == (False, 20)
    # That one took no time.
    with gate.enter("a"):
        assert refusal(gate, "b") == (False, 18)

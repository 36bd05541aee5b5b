"""Calls are repeated, after waits, until the patience ends."""

from __future__ import annotations

import threading
import time

import pytest

from ghl_contact_sync.tools.errors import (
    GhlAuthError,
    GhlNotFound,
    GhlPayloadError,
    GhlRateLimited,
    GhlRequestError,
    GhlScopeError,
    GhlServerError,
    GhlStopped,
    GhlTransportError,
)
from ghl_contact_sync.tools.http.retry import RetryPolicy
from ghl_contact_sync.tools.http.session import Timeouts
from ghl_contact_sync.tools.rate_limit.governor import RateGovernor

PASSING = [
    GhlTransportError("reset"),
    GhlServerError("502", status=502),
    GhlRateLimited("429", status=429),
    GhlPayloadError("cut"),
]
FINAL = [
    GhlAuthError("401"),
    GhlScopeError("403"),
    GhlNotFound("404"),
    GhlRequestError("400"),
    GhlRateLimited("day", daily=True),
    GhlTransportError("certificate", retryable=False),
    GhlStopped("stopped"),
    ValueError("a bug"),
]


def name(error):
    return f"{type(error).__name__}-{error}"


class Flaky:
    """Fails with the given errors one after the other, then returns 42."""

    def __init__(self, *errors):
        self.errors = list(errors)
        self.calls = 0
        self.slept = []
        self.told = []

    def __call__(self):
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return 42

    def run(self, policy=None, **kw):
        kw.setdefault("sleep", self.slept.append)
        return (policy or RetryPolicy()).call(self, on_retry=self.told.append, **kw)


@pytest.mark.parametrize("error", PASSING, ids=name)
def test_repeats_what_may_pass(error):
    flaky = Flaky(error, error)
    assert flaky.run() == 42
    assert flaky.calls == 3
    assert flaky.told == [error, error]
    assert len(flaky.slept) == 2


@pytest.mark.parametrize("error", FINAL, ids=name)
def test_raises_the_rest_at_once(error):
    flaky = Flaky(error)
    with pytest.raises(type(error)) as caught:
        flaky.run()
    assert caught.value is error
    assert (flaky.calls, flaky.slept, flaky.told) == (1, [], [])


def test_never_repeats_what_is_not_idempotent():
    flaky = Flaky(GhlTransportError("reset"))
    with pytest.raises(GhlTransportError):
        flaky.run(idempotent=False)
    assert flaky.calls == 1


def test_gives_up_after_its_attempts_with_the_last_error():
    errors = [GhlServerError(str(number)) for number in range(9)]
    flaky = Flaky(*errors)
    with pytest.raises(GhlServerError) as caught:
        flaky.run(RetryPolicy(attempts=4))
    assert flaky.calls == 4
    assert caught.value is errors[3]
    assert flaky.told == errors[:3]


def test_honours_retry_after_and_a_little_more():
    flaky = Flaky(
        GhlRateLimited("429", retry_after=7), GhlServerError("503", retry_after=3)
    )
    assert flaky.run() == 42
    assert 7 <= flaky.slept[0] <= 7.5
    assert 3 <= flaky.slept[1] <= 3.5


def test_does_not_wait_for_a_long_retry_after():
    flaky = Flaky(GhlRateLimited("429", retry_after=61))
    with pytest.raises(GhlRateLimited):
        flaky.run()
    assert flaky.slept == []


def test_the_pauses_of_one_call_are_limited_together():
    flaky = Flaky(*[GhlRateLimited("429", retry_after=30)] * 9)
    with pytest.raises(GhlRateLimited):
        flaky.run(RetryPolicy(attempts=9, max_total_wait=100, max_total=1000))
    assert len(flaky.slept) == 3
    assert sum(flaky.slept) <= 100


def test_backs_off_at_random_within_its_bound():
    policy = RetryPolicy(
        attempts=12, backoff_max=4, max_total_wait=1000, max_total=1000
    )
    slept = []
    for _round in range(20):
        flaky = Flaky(*[GhlServerError("503")] * 11)
        assert flaky.run(policy) == 42
        slept.append(flaky.slept)
    assert all(0 <= pause <= 4 for pauses in slept for pause in pauses)
    assert len({pauses[-1] for pauses in slept}) > 1


class TestTimeOfOneCall:
    """A worker of Odoo lives two minutes: no call may take as long as that."""

    def run(self, takes, error, **kw):
        """Let every attempt take so many seconds and fail.

        :return: (attempts, seconds in all, longest that it could have taken)
        """
        now, begun = [0.0], []

        def attempt():
            begun.append(now[0])
            now[0] += takes
            raise error

        def sleep(seconds):
            now[0] += seconds

        with pytest.raises(type(error)) as caught:
            RetryPolicy().call(attempt, sleep=sleep, clock=lambda: now[0], **kw)
        assert caught.value is error
        return len(begun), now[0], begun[-1] + RetryPolicy().attempt_time

    def test_a_vendor_that_hangs_is_left_alone_in_time(self):
        attempts, seconds, longest = self.run(
            Timeouts().read, GhlTransportError("timeout")
        )
        assert attempts == 2
        assert seconds <= longest <= 75

    def test_an_attempt_takes_no_longer_than_the_policy_believes(self):
        assert Timeouts().total <= RetryPolicy().attempt_time

    @pytest.mark.parametrize("takes", [0.0, 1.0, 7.0, 30.0, 45.0])
    def test_no_attempt_begins_that_could_end_too_late(self, takes):
        for retry_after in (None, 1, 29, 31, 60):
            error = GhlServerError("503", retry_after=retry_after)
            attempts, seconds, longest = self.run(takes, error)
            assert seconds <= longest <= 75.5
            assert attempts == 1 or takes + (retry_after or 0) <= 30

    def test_a_long_retry_after_is_the_callers_to_wait_for(self):
        error = GhlServerError("503", retry_after=60)
        assert self.run(0.1, error)[:2] == (1, 0.1)


def test_to_wait_for_ones_turn_takes_no_patience(server, make_client):
    class Busy(RateGovernor):
        def acquire(self, *args, **kw):
            time.sleep(0.8)
            return super().acquire(*args, **kw)

    server.script(
        *(lambda exchange: exchange.send({}, 503) for _one in range(2)),
        lambda exchange: exchange.send({"contacts": [], "total": 7}),
    )
    policy = RetryPolicy(max_total=1.6, attempt_time=0.6, backoff_multiplier=0)
    client = make_client(governor=Busy(), retry_policy=policy)
    assert client.count() == 7
    assert len(server.seen) == 3


def test_a_stop_ends_the_pause():
    stop = threading.Event()
    flaky = Flaky(GhlServerError("503", retry_after=20))
    threading.Timer(0.05, stop.set).start()
    with pytest.raises(GhlStopped):
        flaky.run(stop=stop, sleep=None)
    assert flaky.calls == 1


def test_a_stop_that_comes_too_late_changes_nothing():
    stop = threading.Event()
    assert Flaky().run(stop=stop, sleep=None) == 42

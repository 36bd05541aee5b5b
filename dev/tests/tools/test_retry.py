"""What is repeated, how long is waited, and when the patience ends."""

from __future__ import annotations

import threading

import pytest

from ghl_contact_sync.tools.ghl_errors import (
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
from ghl_contact_sync.tools.retry_policy import RetryPolicy

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
        flaky.run(RetryPolicy(attempts=9, max_total_wait=100))
    assert sum(flaky.slept) <= 100


def test_backs_off_at_random_within_its_bound():
    policy = RetryPolicy(attempts=12, backoff_max=4, max_total_wait=1000)
    slept = []
    for _round in range(20):
        flaky = Flaky(*[GhlServerError("503")] * 11)
        assert flaky.run(policy) == 42
        slept.append(flaky.slept)
    assert all(0 <= pause <= 4 for pauses in slept for pause in pauses)
    assert len({pauses[-1] for pauses in slept}) > 1


def test_a_stop_ends_the_pause():
    stop = threading.Event()
    flaky = Flaky(GhlServerError("503", retry_after=50))
    threading.Timer(0.05, stop.set).start()
    with pytest.raises(GhlStopped):
        flaky.run(stop=stop, sleep=None)
    assert flaky.calls == 1


def test_a_stop_that_comes_too_late_changes_nothing():
    stop = threading.Event()
    assert Flaky().run(stop=stop, sleep=None) == 42

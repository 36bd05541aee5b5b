"""The patience of a call to the second: what is still waited for, and what is not."""

from __future__ import annotations

import pytest

from ghl_contact_sync.tools.errors import GhlRateLimited, GhlServerError, GhlStopped
from ghl_contact_sync.tools.http import retry
from ghl_contact_sync.tools.http.retry import RetryPolicy

# Nothing but one bound ends a call.
ENDLESS = RetryPolicy(
    attempts=99, max_wait=1e9, max_total_wait=1e9, max_total=1e9, attempt_time=0
)


@pytest.fixture(autouse=True)
def _no_chance(monkeypatch):
    """Pauses are as long as they may be: nobody else is told the same here."""
    monkeypatch.setattr(retry.random, "uniform", lambda _low, _high: 0.0)


def attempts(policy, *asked, takes=0.0):
    """Return how often a call is tried that fails with these `Retry-After`."""
    now, begun, errors = [0.0], [], iter(asked)

    def call():
        begun.append(now[0])
        now[0] += takes
        error = next(errors, None)
        if error is None:
            return
        raise GhlServerError("503", retry_after=error)

    def sleep(seconds):
        now[0] += seconds

    try:
        policy.call(call, sleep=sleep, clock=lambda: now[0])
    except GhlServerError:
        pass
    return len(begun)


def with_bounds(**bounds):
    fields = {name: getattr(ENDLESS, name) for name in RetryPolicy.__slots__}
    return RetryPolicy(**{**fields, **bounds})


@pytest.mark.parametrize(("asked", "tries"), [(60, 2), (60.1, 1)])
def test_so_long_a_retry_after_is_waited_for(asked, tries):
    assert attempts(with_bounds(max_wait=60), asked) == tries


@pytest.mark.parametrize(("asked", "tries"), [((30, 30), 3), ((30, 30.1), 2)])
def test_pauses_may_take_so_long_together(asked, tries):
    assert attempts(with_bounds(max_total_wait=60), *asked) == tries


@pytest.mark.parametrize(("asked", "tries"), [(20, 2), (20.1, 1)])
def test_no_attempt_begins_that_could_end_later(asked, tries):
    """Ten seconds have passed, and an attempt may take 45."""
    policy = with_bounds(max_total=75, attempt_time=45)
    assert attempts(policy, asked, takes=10) == tries


@pytest.mark.parametrize(("number", "tries"), [(1, 1), (2, 2), (3, 3)])
def test_so_many_attempts_and_no_more(number, tries):
    assert attempts(with_bounds(attempts=number), 1, 1, 1) == tries


@pytest.mark.parametrize(
    ("most", "tries"),
    # The longest pauses are 0.5, 1 and 2 seconds: 1, 2 and 4 halves.
    [(0.4, 1), (0.5, 2), (0.9, 2), (1.0, 3), (1.9, 3), (2.0, 4)],
)
def test_a_pause_of_our_own_counts_as_long_as_it_may_be(most, tries):
    """Attempts take no time here, and pauses none either."""
    policy = with_bounds(max_total=most)
    begun = []

    def call():
        begun.append(1)
        raise GhlServerError("503")

    with pytest.raises(GhlServerError):
        policy.call(call, sleep=lambda _seconds: None, clock=lambda: 0.0)
    assert len(begun) == tries


def test_a_pause_of_our_own_has_an_end():
    policy = with_bounds(backoff_max=3, max_total=3, attempts=9)
    begun = []

    def call():
        begun.append(1)
        raise GhlServerError("503")

    with pytest.raises(GhlServerError):
        policy.call(call, sleep=lambda _seconds: None, clock=lambda: 0.0)
    assert len(begun) == 9


def test_whoever_asks_is_told_of_each_pause():
    told, errors = [], [GhlRateLimited("429", retry_after=n) for n in (3, 5)]
    failures = list(errors)

    def call():
        if failures:
            raise failures.pop(0)
        return "done"

    answer = RetryPolicy().call(
        call,
        on_wait=lambda error, number, pause: told.append((error, number, pause)),
        sleep=lambda _seconds: None,
    )
    assert answer == "done"
    assert told == [(errors[0], 2, 3), (errors[1], 3, 5)]


def test_who_is_stopped_in_a_pause_tries_no_more():
    class Stop:
        def is_set(self):
            return len(slept) == 2

    slept, begun = [], []

    def call():
        begun.append(1)
        raise GhlServerError("503", retry_after=1)

    with pytest.raises(GhlStopped):
        RetryPolicy().call(call, stop=Stop(), sleep=slept.append)
    assert (len(begun), slept) == (2, [1, 1])

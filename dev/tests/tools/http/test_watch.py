"""Calls under way tell each try, wait and reason."""

from __future__ import annotations

import threading
import time

import pytest
from fake_clock import FakeClock
from vendor_server import page, refusal

from ghl_contact_sync.tools.errors import GhlServerError, GhlTransportError
from ghl_contact_sync.tools.http.retry import RetryPolicy
from ghl_contact_sync.tools.http.watch import SILENT_AFTER, CallWatch


@pytest.fixture
def clock():
    return FakeClock(1_000.0)


@pytest.fixture
def watch(clock):
    return CallWatch(clock)


def test_nothing_is_told_while_all_goes_well(watch, clock):
    watch.sending(1)
    clock.now += SILENT_AFTER / 2
    watch.limited(2, 0.5)
    assert watch.facts() is None
    watch.ended(1)
    assert watch.facts() is None


def test_silence_is_told_with_the_moment_it_began(watch, clock):
    watch.sending(1)
    clock.now += 12
    told = watch.facts()
    assert (told["reason"], told["since"], told["next_at"]) == ("silent", 1_000, None)
    clock.now += 5
    # The same facts, so that nobody has to write them again.
    assert watch.facts() == told
    watch.ended(1)
    assert watch.facts() is None


def test_a_retry_is_told_with_its_number_and_moment(watch, clock):
    watch.sending(1)
    watch.retrying(1, GhlServerError("x", status=503), 4, 7, 8.0)
    assert watch.facts() == {
        "reason": "retry",
        "status": 503,
        "code": "server_error",
        "attempt": 4,
        "attempts": 7,
        "since": 1_000.0,
        "next_at": 1_008.0,
    }
    clock.now += 8
    watch.sending(1)
    told = watch.facts()
    assert (told["reason"], told["status"], told["attempt"]) == ("silent", 503, 4)
    assert told["next_at"] is None


def test_the_call_that_has_tried_most_is_told_of(watch):
    watch.limited(1, 30)
    watch.retrying(2, GhlServerError("x", status=500), 2, 7, 1.0)
    watch.retrying(3, GhlTransportError("x", code="timeout"), 5, 7, 1.0)
    told = watch.facts()
    assert (told["code"], told["status"], told["attempt"]) == ("timeout", None, 5)
    watch.ended(2)
    watch.ended(3)
    assert watch.facts()["reason"] == "limit"
    watch.limited(1, 30, pacing=True)
    assert watch.facts()["reason"] == "pace"


def test_the_renewal_of_a_token_is_told(watch, clock):
    watch.renewing(True)
    clock.now += 3
    assert (watch.facts()["reason"], watch.facts()["since"]) == ("token", 1_000)
    watch.renewing(False)
    assert watch.facts() is None


def while_it_waits(client, watch, seconds=5.0):
    """Call in a thread; return the different facts seen meanwhile, and the result."""
    results, seen = [], []

    def call():
        try:
            results.append(client.count())
        except GhlServerError as err:
            results.append(err)

    thread = threading.Thread(target=call)
    thread.start()
    deadline = time.monotonic() + seconds
    while thread.is_alive() and time.monotonic() < deadline:
        told = watch.facts()
        if told is not None and told not in seen:
            seen.append(told)
        time.sleep(0.005)
    thread.join(30)
    return seen, results[0]


def test_a_client_reports_each_try(server, make_client):
    down = refusal(503, "down")
    server.script(
        lambda exchange: exchange.send(down, 503, headers={"Retry-After": "1"}),
        lambda exchange: exchange.send(down, 503, headers={"Retry-After": "1"}),
        lambda exchange: exchange.send(page(1)),
    )
    watch = CallWatch()
    client = make_client(watch=watch, retry_sleep=None, retry_policy=RetryPolicy())
    seen, result = while_it_waits(client, watch)
    assert result == 1
    retries = [told for told in seen if told["reason"] == "retry"]
    assert [told["attempt"] for told in retries] == [2, 3]
    assert all(told["status"] == 503 for told in retries)
    assert all(told["next_at"] > told["since"] for told in retries)
    assert watch.facts() is None


def test_a_client_that_gives_up_leaves_nothing_behind(server, make_client):
    server.script(lambda exchange: exchange.send(refusal(503, "down"), 503))
    watch = CallWatch()
    client = make_client(watch=watch, retry_policy=RetryPolicy(attempts=3))
    _seen, result = while_it_waits(client, watch)
    assert isinstance(result, GhlServerError)
    assert watch.facts() is None


def test_a_wait_for_the_rate_limit_is_told(server, make_client):
    server.script(lambda exchange: exchange.send(page(1)))
    watch = CallWatch()
    client = make_client(watch=watch)
    ticket = client.governor.acquire()
    client.governor.observe({"Retry-After": "2"}, 429, ticket)
    seen, _result = while_it_waits(client, watch)
    told = [one for one in seen if one["reason"] == "limit"]
    assert told
    assert told[0]["next_at"] - time.time() < 3

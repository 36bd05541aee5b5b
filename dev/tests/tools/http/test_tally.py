"""Requests and answers are counted by many threads, and written down by one."""

from __future__ import annotations

import math
import threading

import pytest

from ghl_contact_sync.tools.errors import GhlAuthError
from ghl_contact_sync.tools.http.tally import Counts, RequestTally
from ghl_contact_sync.tools.metrics.latency import class_of


def test_what_comes_while_it_is_written_down_is_still_to_be_written():
    tally = RequestTally()
    tally.on_request("search", 429, 0.2)
    tally.on_retry(GhlAuthError("x"))
    counts = tally.pending()
    assert (counts.requests, counts.retries, counts.limited) == (1, 1, 1)
    tally.on_request("search", 200, 0.1)
    tally.written(counts)
    left = tally.pending()
    assert (left.requests, left.retries, left.limited) == (1, 0, 0)
    assert sum(left.latency) == 1


def test_answers_are_counted_by_their_time_and_size():
    tally = RequestTally()
    for status, seconds, received in ((200, 0.004, 700), (200, 3.0, 50), (0, 60.0, 0)):
        tally.on_request("search", status, seconds, received)
    counts = tally.pending()
    assert counts.requests == 3
    assert counts.received == 750
    assert counts.latency[class_of(0.004)] == counts.latency[class_of(3.0)] == 1
    # No answer came to the third: it is no time of an answer.
    assert sum(counts.latency) == 2
    tally.written(counts)
    assert tally.pending() == Counts()


def test_no_request_of_any_thread_is_lost():
    tally = RequestTally()

    def send():
        for _request in range(500):
            tally.on_request("search", 200, 0.1)

    threads = [threading.Thread(target=send) for _thread in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert tally.pending().requests == 4_000


@pytest.mark.parametrize(
    ("kind", "status", "success", "shown"),
    [
        ("search", 200, True, True),
        ("count", 200, True, True),
        ("location", 200, True, False),
        ("search", 401, False, False),
        ("search", 503, False, False),
    ],
)
def test_what_an_answer_says_of_the_token(kind, status, success, shown):
    tally = RequestTally()
    assert tally.min_latency == math.inf
    tally.on_request(kind, status, 0.3)
    assert (tally.any_success, tally.contacts_shown) == (success, shown)
    assert tally.min_latency == 0.3


def test_one_refusal_may_be_a_slip_and_two_in_a_row_are_none():
    tally = RequestTally()
    refusal = GhlAuthError("Invalid JWT")
    tally.tolerate_once(refusal)
    with pytest.raises(GhlAuthError):
        tally.tolerate_once(refusal)
    tally.on_request("search", 200, 0.1)
    tally.tolerate_once(refusal)

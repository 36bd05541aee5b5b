"""The gate of the API: never more inside than agreed, and nobody is starved."""

import json
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from ghl_contact_sync.tools.web.gate import Gate, Refused
from ghl_contact_sync.tools.web.wire import (
    has_control_character,
    raw_answer,
    target_path,
)


def make(places=4, per_caller=2, queue=50, queue_per_caller=20, patience=5.0):
    return Gate(
        places=places,
        per_caller=per_caller,
        queue=queue,
        queue_per_caller=queue_per_caller,
        patience=patience,
    )


def await_queue(gate, number):
    """Wait until so many callers wait for a place."""
    deadline = time.monotonic() + 60
    while len(gate._queue) < number:
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_bounds_hold_whatever_comes():
    gate = make()
    lock = threading.Lock()
    inside, most, most_of_one = Counter(), 0, 0

    def work(number):
        nonlocal most, most_of_one
        caller = number % 3
        with gate.enter(caller):
            with lock:
                inside[caller] += 1
                most = max(most, inside.total())
                most_of_one = max(most_of_one, *inside.values())
            time.sleep(0.002)
            with lock:
                inside[caller] -= 1

    with ThreadPoolExecutor(40) as pool:
        list(pool.map(work, range(300)))
    assert most == 4
    assert most_of_one == 2
    # Nothing is left behind: as many places as at first.
    with ExitStack() as held:
        for caller in "aabb":
            held.enter_context(gate.enter(caller))


def test_who_finds_the_queue_full_is_turned_away_at_once():
    gate = make(places=2, per_caller=1, queue=1, queue_per_caller=1, patience=60)
    with ThreadPoolExecutor(1) as pool, gate.enter("a"), gate.enter("b"):
        waiting = pool.submit(lambda: gate.enter("a").__enter__())
        await_queue(gate, 1)
        with pytest.raises(Refused) as refused:
            gate.enter("a").__enter__()
        assert refused.value.by_caller
        with pytest.raises(Refused) as refused:
            gate.enter("c").__enter__()
        assert not refused.value.by_caller
        # Before the patience of the one who waits is over.
        assert not waiting.done()


def test_patience_ends_and_says_when_to_come_back():
    gate = make(places=2, per_caller=1, patience=0.05)
    with gate.enter("a"), pytest.raises(Refused) as refused, gate.enter("a"):
        pass
    assert refused.value.retry_after >= 1


def test_others_pass_by_a_caller_at_its_limit():
    gate = make(places=3, per_caller=1, patience=60)
    order = []

    def work(caller):
        with gate.enter(caller):
            order.append(caller)

    with ThreadPoolExecutor(4) as pool:
        with gate.enter("flood"):
            floods = [pool.submit(work, "flood") for _n in range(3)]
            await_queue(gate, 3)
            pool.submit(work, "other").result(timeout=30)
            assert order == ["other"]
    assert [one.result() for one in floods] == [None] * 3


def test_an_error_inside_gives_the_place_back():
    gate = make(places=1, per_caller=1, patience=0.05)
    for _n in range(3):
        with pytest.raises(KeyError), gate.enter("a"):
            raise KeyError


def test_raw_query():
    assert not has_control_character("search=a%01b+\u00e9&tag=%00")
    for character in "\x00\x01\t\x1f\x7f":
        assert has_control_character(f"search={character}")


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("GET /api/sync-status?location_id=a b HTTP/1.1", "/api/sync-status"),
        ("GET /api/sync-status/?a=\x1f HTTP/1.1", "/api/sync-status"),
        ("GET /api/sync-status rubbish more HTTP/1.1", "/api/sync-status"),
        ("rubbish", ""),
        ("", ""),
    ],
)
def test_path_of_a_broken_request_line(line, path):
    assert target_path(line) == path


def test_raw_answer_is_http():
    head, _blank, body = raw_answer(400, "bad_request", "No.").partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert f"Content-Length: {len(body)}".encode() in head
    assert json.loads(body) == {
        "success": False,
        "error": "No.",
        "code": "bad_request",
        "actions": [],
    }

"""The memory of all answers together is bounded, and somebody always gets on."""

from __future__ import annotations

import gc
import gzip
import threading
import time
import tracemalloc

import pytest

from ghl_contact_sync.tools.errors import GhlPayloadError, GhlTransportError
from ghl_contact_sync.tools.process import budget as module
from ghl_contact_sync.tools.process import room
from ghl_contact_sync.tools.process.budget import BudgetSpent, ByteBudget

KB = 1024


def make(total=100, free=10, overdraft=50, patience=0.05):
    return ByteBudget(total, free=free, overdraft=overdraft, patience=patience)


def test_small_answers_take_nothing():
    budget = make()
    for _one in range(50):
        budget.lease().grow(10)
    assert budget.used == 0


def test_what_is_released_or_dropped_comes_back():
    budget = make()
    lease, other = budget.lease(), budget.lease()
    lease.grow(60)
    other.grow(30)
    assert budget.used == 70
    lease.release()
    lease.release()
    assert budget.used == 20
    del other
    gc.collect()
    assert budget.used == 0


def test_who_is_late_waits_until_others_are_worked_off():
    budget = make(patience=10)
    first, second = budget.lease(), budget.lease()
    first.grow(100)
    first.complete()
    threading.Timer(0.05, first.release).start()
    began = time.monotonic()
    second.grow(150)
    assert time.monotonic() - began < 5
    assert budget.used == 140


def test_waiting_ends():
    budget = make()
    first, second = budget.lease(), budget.lease()
    first.grow(100)
    with pytest.raises(BudgetSpent):
        second.grow(60)


def test_of_several_that_have_all_of_it_the_first_gets_on():
    """Each has a part and wants more: without that they would wait for each other."""
    budget = make(total=100, free=0, overdraft=60)
    first, second = budget.lease(), budget.lease()
    first.grow(50)
    second.grow(50)
    first.grow(110)
    assert budget.used == 160
    with pytest.raises(BudgetSpent):
        second.grow(60)
    first.complete()
    with pytest.raises(BudgetSpent):
        # One may exceed, not one after the other without end.
        second.grow(61)
    first.release()
    second.grow(110)


def test_many_threads_never_take_more_than_budget_and_one_answer():
    budget = make(total=1_000, free=10, overdraft=500, patience=30)
    highest = []

    def read():
        for _answer in range(5):
            lease = budget.lease()
            for size in range(50, 501, 50):
                lease.grow(size)
                highest.append(budget.used)
            lease.complete()
            time.sleep(0.001)
            lease.release()

    threads = [threading.Thread(target=read) for _one in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    assert max(highest) <= 1_500
    assert budget.used == 0


@pytest.mark.parametrize(
    ("left", "answer"),
    [(None, 32), (10_000, 32), (320, 20), (1, 4)],
)
def test_an_answer_may_have_a_part_of_what_is_left(monkeypatch, left, answer):
    free = None if left is None else left * room.MEGABYTE
    monkeypatch.setattr(room, "left", lambda: free)
    assert module.largest_answer() == answer * room.MEGABYTE


@pytest.mark.parametrize("packed", [False, True])
def test_the_client_waits_for_the_budget_and_gives_back(
    server, make_client, monkeypatch, packed
):
    budget = make(total=400 * KB, free=0, overdraft=400 * KB, patience=0.3)
    monkeypatch.setattr("ghl_contact_sync.tools.ghl.send_request.ANSWERS", budget)
    page = (
        b'{"contacts": [{"id": "a", "note": "' + b"x" * 300 * KB + b'"}], "total": 1}'
    )

    def answer(exchange):
        body = gzip.compress(page) if packed else page
        headers = {"Content-Encoding": "gzip"} if packed else {}
        exchange.send(body=body, headers=headers)

    server.answer = answer
    client = make_client()

    def search():
        return client.search(sort=[{"field": "x", "direction": "asc"}], page_limit=1)

    pages = [search()]
    assert 300 * KB <= budget.used <= 301 * KB
    pages.append(search())
    with pytest.raises(GhlTransportError) as caught:
        # The third one: what came before is not worked off.
        search()
    assert caught.value.code == "memory_short"
    for one in pages:
        one.release()
    assert budget.used == 0
    client.count()
    assert budget.used == 0


def test_a_bomb_is_never_unpacked(server, make_client):
    bomb = gzip.compress(b"\0" * 200 * KB * KB)
    server.answer = lambda exchange: exchange.send(
        body=bomb, headers={"Content-Encoding": "gzip"}
    )
    client = make_client(max_response_bytes=1 * KB * KB)
    tracemalloc.start()
    try:
        with pytest.raises(GhlPayloadError) as caught:
            client.request("GET", "/x")
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert caught.value.code == "too_large"
    assert peak < 8 * KB * KB


def test_large_answers_are_parsed_one_at_a_time():
    budget = ByteBudget(100 * module.LARGE, free=0, patience=0.05)
    first, second, small = (budget.lease() for _one in range(3))
    first.grow(2 * module.LARGE)
    second.grow(2 * module.LARGE)
    small.grow(10)
    first.expand()
    first.expand()
    small.expand()
    began = time.monotonic()
    second.expand()
    # Who holds the turn may wait for this very answer: it goes on in the end.
    assert time.monotonic() - began >= 0.05
    first.settle()
    second.expand()
    second.release()
    first.expand()
    first.release()


def test_an_error_keeps_nothing_of_the_answer(server, make_client):
    server.answer = lambda exchange: exchange.send(
        body=gzip.compress(b"x" * 2_000 * KB), headers={"Content-Encoding": "gzip"}
    )
    client = make_client(max_response_bytes=1_900 * KB)
    errors = []
    tracemalloc.start()
    try:
        for _one in range(10):
            with pytest.raises(GhlPayloadError) as caught:
                client.request("GET", "/x")
            errors.append(caught.value)
        now, _peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(errors) == 10
    # The last piece of each, no more.
    assert now < 10 * 400 * KB

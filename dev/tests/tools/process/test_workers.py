"""As few threads as the work needs; fewer where none can start; no wait for ever."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from ghl_contact_sync.tools.process import room
from ghl_contact_sync.tools.process.room import ARENA, MEGABYTE, ThreadRoom
from ghl_contact_sync.tools.process.workers import Workers

ROOT = Path(__file__).resolve().parents[4]


@pytest.fixture(name="pools")
def _pools():
    made = []

    def make(*args, **kw):
        made.append(Workers(*args, **kw))
        return made[-1]

    yield make
    for pool in made:
        pool.close()


def results(pool, futures):
    pool.wait(lambda: all(future.done() for future in futures))
    return [future.result() for future in futures]


def test_work_is_done_side_by_side(pools):
    pool = pools(8)
    gate = threading.Barrier(8, timeout=10)
    futures = [pool.submit(gate.wait) for _one in range(8)]
    assert sorted(results(pool, futures)) == list(range(8))


def test_no_more_threads_than_there_is_work_for(pools):
    pool = pools(32)
    for number in range(50):
        (found,) = results(pool, [pool.submit(lambda n=number: n)])
        assert found == number
    assert pool.threads == 1


def test_never_more_than_may_be(pools):
    most = [3]
    pool = pools(lambda: most[0])
    lock, now, highest = threading.Lock(), [0], [0]

    def work():
        with lock:
            now[0] += 1
            highest[0] = max(highest[0], now[0])
        time.sleep(0.01)
        with lock:
            now[0] -= 1

    results(pool, [pool.submit(work) for _one in range(30)])
    assert highest[0] == 3


@pytest.mark.parametrize("trouble", [RuntimeError, MemoryError])
def test_without_any_thread_the_caller_does_the_work(pools, trouble):
    def refuse(*_args):
        raise trouble("can't start new thread")

    pool = pools(8, start=refuse)
    mine = threading.get_ident()
    futures = [pool.submit(threading.get_ident) for _one in range(5)]
    assert results(pool, futures) == [mine] * 5


def test_a_thread_that_dies_while_it_starts_holds_nobody_up(pools):
    """CPython's own `Thread.start` waits for it for ever."""
    pool = pools(8, start=lambda *_args: None)
    future = pool.submit(lambda: 7)
    began = time.monotonic()
    assert results(pool, [future]) == [7]
    assert time.monotonic() - began < 5


def test_some_threads_go_on_when_no_more_can_start(pools):
    import _thread

    started = []

    def start(*args):
        if len(started) == 2:
            raise RuntimeError("can't start new thread")
        started.append(_thread.start_new_thread(*args))

    pool = pools(8, start=start)
    futures = [pool.submit(time.sleep, 0.01) for _one in range(20)]
    results(pool, futures)
    assert len(started) == 2


def test_what_is_raised_is_raised_for_whoever_asks(pools):
    pool = pools(2)
    future = pool.submit(lambda: 1 / 0)
    pool.wait(future.done)
    with pytest.raises(ZeroDivisionError):
        future.result()


def test_the_caller_is_told_before_it_waits_and_only_then(pools):
    told = []
    pool = pools(2, before_wait=lambda: told.append(1))
    future = pool.submit(lambda: time.sleep(0.05))
    pool.wait(future.done)
    assert told == [1]
    pool.wait(future.done)
    assert told == [1]


def test_a_closed_pool_calls_off_what_has_not_begun(pools):
    pool = pools(1)
    gate = threading.Event()
    first = pool.submit(gate.wait)
    second = pool.submit(lambda: 1)
    while not first.running():
        time.sleep(0.001)
    pool.close()
    gate.set()
    pool.wait(lambda: first.done() and second.done())
    assert second.cancelled()
    with pytest.raises(RuntimeError):
        pool.submit(lambda: 1)


def test_futures_come_in_the_order_in_which_they_end(pools):
    pool = pools(3)
    gate = threading.Event()
    slow, quick = pool.submit(gate.wait), pool.submit(lambda: 1)
    order = []
    for future in pool.as_completed([slow, quick]):
        order.append(future)
        gate.set()
    assert order == [quick, slow]


class TestRoom:
    def make(self, monkeypatch, free, most=1_600 * MEGABYTE):
        monkeypatch.setattr(room, "left", lambda: free[0])
        monkeypatch.setattr(room, "limit", lambda: most)
        monkeypatch.setattr(room, "stack_size", lambda: 8 * MEGABYTE)
        return ThreadRoom()

    def test_without_a_limit_there_is_room(self, monkeypatch):
        assert self.make(monkeypatch, [None], None).admits_one()

    def test_stack_arena_and_what_the_work_needs_must_fit(self, monkeypatch):
        needed = 8 * MEGABYTE + ARENA + 200 * MEGABYTE
        assert self.make(monkeypatch, [needed]).admits_one()
        assert not self.make(monkeypatch, [needed - 1]).admits_one()

    def test_a_thread_that_ended_leaves_its_arena(self, monkeypatch):
        free = [10_000 * MEGABYTE]
        threads = self.make(monkeypatch, free)
        threads.entered()
        threads.ended()
        free[0] = 210 * MEGABYTE
        assert threads.admits_one()
        threads.entered()
        assert not threads.admits_one()


# What a server of eight cores has, under the limits of the kind.
LIMITED = """
    import resource, sys, time, types
    package = sys.modules["ghl_contact_sync"] = types.ModuleType("ghl_contact_sync")
    package.__path__ = [{root!r}]
    from ghl_contact_sync.tools.process import room
    from ghl_contact_sync.tools.process.workers import Workers
    base = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
    most = base + {megabytes} * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    for _round in range(5):
        pool = Workers(64)
        def work():
            data = [bytes(1000) for _ in range(2000)]
            time.sleep(0.005)
            return len(data)
        futures = [pool.submit(work) for _ in range(200)]
        pool.wait(lambda: all(f.done() for f in futures))
        assert all(f.result() == 2000 for f in futures)
        most_threads = pool.threads
        # What the work itself needs is still there.
        block = bytearray(60 * 1024 * 1024)
        del block
        pool.close()
    print(most_threads)
"""


@pytest.mark.parametrize("megabytes", [30, 120, 250, 700])
def test_under_a_limit_of_address_space_the_work_is_done(megabytes):
    code = LIMITED.format(root=str(ROOT), megabytes=max(megabytes, 70))
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        timeout=60,
        env={"MALLOC_ARENA_MAX": "64", "PATH": "/usr/bin:/bin"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) <= megabytes // 64 + 1

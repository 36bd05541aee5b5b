"""A thread that computes lets others run now and then."""

from __future__ import annotations

import sys
import threading

import pytest

from ghl_contact_sync.tools.gil_turn import yield_gil
from ghl_contact_sync.tools.mapping.batch import prepare_batch


@pytest.fixture
def other():
    """Begin a thread that runs only if the test's own gives way: (go, has run)."""
    go, has_run = threading.Event(), threading.Event()
    thread = threading.Thread(target=lambda: go.wait(60) and has_run.set())
    thread.start()
    before = sys.getswitchinterval()
    # Python itself takes the turn from no thread while a test lasts.
    sys.setswitchinterval(600)
    yield go, has_run
    sys.setswitchinterval(before)
    go.set()
    thread.join()


def test_a_thread_that_waits_goes_first(other):
    go, has_run = other
    go.set()
    for _turn in range(1_000):
        if has_run.is_set():
            break
        yield_gil()
    assert has_run.is_set()


def test_a_page_is_prepared_in_several_turns(other):
    go, has_run = other
    go.set()
    for _page in range(100):
        if has_run.is_set():
            break
        prepare_batch(({"id": str(number)} for number in range(100)), "loc")
    assert has_run.is_set()

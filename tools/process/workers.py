"""Threads that are started when there is work for them, and as far as there is room.

`concurrent.futures.ThreadPoolExecutor` raises where no thread can be started, with the
work in its queue already, and waits for ever for one that dies while it starts. Here
that only means fewer threads: with none at all, whoever waits does the work.
"""

from __future__ import annotations

import _thread
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from typing import Any, NamedTuple

from ..log_line import log_line
from .room import THREADS, ThreadRoom

_logger = logging.getLogger(__name__)

# Seconds after which a thread that has not begun to run is given up.
START_PATIENCE = 1.0
# Seconds before another thread is tried after one could not be started.
START_PAUSE = 1.0


class _Task(NamedTuple):
    future: Future[Any]
    fn: Callable[..., Any]
    args: tuple[Any, ...]

    def run(self) -> None:
        if not self.future.set_running_or_notify_cancel():
            return
        try:
            result = self.fn(*self.args)
        # The future hands it to whoever waits for it.
        except BaseException as err:  # noqa: BLE001
            self.future.set_exception(err)
        else:
            self.future.set_result(result)


class Workers:
    """A pool of threads for one caller, which submits and waits in its own thread.

    :param most: how many threads there may be; asked again before each new one
    :param before_wait: called in the caller's thread before it waits for a result
    :param while_waiting: called there at least every second for as long as it waits
    :param room: says whether the process has room for another thread
    :param start: starts a thread, for tests; raises RuntimeError or MemoryError when
        it cannot
    """

    def __init__(
        self,
        most: int | Callable[[], int],
        *,
        before_wait: Callable[[], None] | None = None,
        while_waiting: Callable[[], None] | None = None,
        room: ThreadRoom = THREADS,
        start: Callable[..., Any] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = most if callable(most) else lambda: most
        self._before_wait = before_wait
        self._while_waiting = while_waiting
        self._room = room
        self._start = start or _thread.start_new_thread
        self._clock = clock
        self._queue: deque[_Task] = deque()
        lock = threading.Lock()
        self._work = threading.Condition(lock)
        self._progress = threading.Condition(lock)
        self._alive = self._idle = 0
        # One at a time, so that what a thread takes is seen before the next is started.
        self._starting_since: float | None = None
        self._failed_at: float | None = None
        self._closed = False

    @property
    def threads(self) -> int:
        """The number of threads just now."""
        return self._alive

    def submit(self, fn: Callable[..., Any], *args: Any) -> Future[Any]:
        """Have ``fn(*args)`` done by a thread, or by whoever waits for it."""
        task = _Task(Future(), fn, args)
        with self._work:
            if self._closed:
                raise RuntimeError("the pool is closed")
            self._queue.append(task)
            self._work.notify()
            self._start_one()
        return task.future

    def wait(self, ready: Callable[[], bool]) -> None:
        """Wait until `ready()`, which some work has to bring about.

        To be called by the thread that submits. It does the work itself, one task
        after the other, while there is no thread.
        """
        if ready():
            return
        if self._before_wait is not None:
            self._before_wait()
        while not ready():
            task = self._next_for_caller(ready)
            if task is not None:
                task.run()
            if self._while_waiting is not None:
                self._while_waiting()

    def call(self, fn: Callable[..., Any], *args: Any) -> Any:
        """Return ``fn(*args)``, done by a thread while the caller waits."""
        future = self.submit(fn, *args)
        self.wait(future.done)
        return future.result()

    def as_completed(self, futures: Iterable[Future[Any]]) -> Iterator[Future[Any]]:
        """Yield the futures in the order in which they end."""
        pending = set(futures)

        def ended() -> set[Future[Any]]:
            return {future for future in pending if future.done()}

        while pending:
            self.wait(lambda: bool(ended()))
            found = ended()
            pending -= found
            yield from found

    def close(self) -> None:
        """Let the threads end; what has not begun is called off."""
        with self._work:
            self._closed = True
            for task in self._queue:
                task.future.cancel()
            self._queue.clear()
            self._work.notify_all()

    # === INSIDE === #

    def _next_for_caller(self, ready: Callable[[], bool]) -> _Task | None:
        """Wait for progress; return a task when there is no thread to do it."""
        with self._progress:
            if ready():
                return None
            if self._queue and not self._alive and not self._is_one_starting():
                return self._queue.popleft()
            # The wait has a limit, since a thread that is being started may never tell.
            self._progress.wait(START_PATIENCE)
            self._start_one()
        return None

    def _is_one_starting(self) -> bool:
        since, now = self._starting_since, self._clock()
        if since is not None and now - since >= START_PATIENCE:
            # It died before it could tell, or will tell later.
            self._starting_since, self._failed_at = None, now
        return self._starting_since is not None

    def _start_one(self) -> None:
        """Start another thread if there is more work than threads (lock held)."""
        if self._closed or len(self._queue) <= self._idle:
            return
        if self._is_one_starting() or self._alive >= self._most():
            return
        now = self._clock()
        if self._failed_at is not None and now - self._failed_at < START_PAUSE:
            return
        self._starting_since = self._failed_at = None
        if self._room.admits_one():
            try:
                # `threading.Thread.start` would wait for the new thread, and for ever
                # if that dies for lack of memory.
                self._start(self._run, ())
                self._starting_since = now
                return
            except (RuntimeError, MemoryError) as err:
                _logger.debug(log_line("no_thread", error=type(err).__name__))
        self._failed_at = now

    def _run(self) -> None:
        """Work until the pool is closed (a thread)."""
        self._room.entered()
        with self._work:
            self._alive += 1
            self._starting_since = None
        try:
            while (task := self._next()) is not None:
                task.run()
                # The task's objects must not stay until the next one comes.
                del task
                with self._progress:
                    self._progress.notify_all()
        finally:
            with self._work:
                self._alive -= 1
                self._progress.notify_all()
            self._room.ended()

    def _next(self) -> _Task | None:
        with self._work:
            while not self._queue and not self._closed:
                self._idle += 1
                self._work.wait()
                self._idle -= 1
            if not self._queue:
                return None
            task = self._queue.popleft()
            self._start_one()
            return task

"""CPU and peak memory of processes while something is measured."""

import contextlib
import threading

import psycopg2

from .clock import cpu_of, memory_of

INTERVAL = 0.2


class Meter:
    """Sample processes from outside, and the database's backends by its name.

    Backends come and go; each counts from its first sight (or from the start, when it
    was there) to its last.
    """

    def __init__(
        self, postgres, database: str, sandbox: int, client: int | None = None
    ):
        """:param int client: the process that does the work, when it runs already."""
        self._postgres, self._database = postgres, database
        self._pids = {"sandbox": sandbox, "client": client}
        self._first: dict = {}
        self._last: dict = {}
        self._backends: set[int] = set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.peak_memory = 0

    def __enter__(self) -> "Meter":
        # One session for all looks: a new one each time would cost more than it tells.
        self._open = contextlib.ExitStack()
        self._watch = self._open.enter_context(self._postgres.connect())
        self._sample(start=True)
        self._thread.start()
        return self

    def __exit__(self, *_error) -> None:
        self._stop.set()
        self._thread.join()
        self._sample()
        self._open.close()

    def cpu(self, who: str) -> float | None:
        """Return the CPU seconds of ``client``, ``sandbox`` or ``database``."""
        if who == "database":
            keys = [key for key in self._last if key in self._backends]
        else:
            keys = [who] if who in self._last else []
        if not keys:
            return None
        return sum(self._last[key] - self._first.get(key, 0.0) for key in keys)

    def _run(self) -> None:
        while not self._stop.wait(INTERVAL):
            self._sample()

    def _sample(self, start: bool = False) -> None:
        self._backends |= self._find_backends()
        pids = {**self._pids, **{pid: pid for pid in self._backends}}
        for key, pid in pids.items():
            spent = cpu_of(pid) if pid else None
            if spent is not None:
                self._last[key] = spent
                if start:
                    self._first[key] = spent
        memory = memory_of(self._pids["client"])
        self.peak_memory = max(self.peak_memory, memory or 0)

    def _find_backends(self) -> set[int]:
        query = "SELECT pid FROM pg_stat_activity WHERE datname = %s"
        try:
            with self._watch.cursor() as cursor:
                cursor.execute(query, [self._database])
                return {pid for (pid,) in cursor.fetchall()}
        except psycopg2.Error:
            return set()

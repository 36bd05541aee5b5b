"""Seconds by the wall and by the CPU. Standard library only: rivals use it as well."""

import os
import resource
import time
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


def cpu_of(pid: int | None) -> float | None:
    """Return the CPU seconds, user and system, of a process; None when it is gone."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = status.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def memory_of(pid: int | None) -> int | None:
    """Return the resident memory of a process in bytes; None when it is gone."""
    try:
        pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
    except (OSError, IndexError):
        return None
    return int(pages) * resource.getpagesize()


class Stopwatch:
    """Time a section of this process: ``seconds`` and ``cpu`` when it is over."""

    def __enter__(self) -> "Stopwatch":
        self._cpu = _own_cpu()
        self._since = time.monotonic()
        return self

    def __exit__(self, *_error) -> None:
        self.seconds = time.monotonic() - self._since
        self.cpu = _own_cpu() - self._cpu


def _own_cpu() -> float:
    total = 0.0
    for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
        usage = resource.getrusage(who)
        total += usage.ru_utime + usage.ru_stime
    return total

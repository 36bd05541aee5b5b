"""The memory that the process may still take, by the limits that it was given.

Odoo's ``limit_memory_hard`` is a limit on address space (``RLIMIT_AS``). A thread takes
much more of that than of memory: the whole of its stack, and the arena that the C
library reserves for what it allocates.
"""

from __future__ import annotations

import ctypes
import os
import threading
import time
from typing import Any

try:
    import resource
except ImportError:  # Windows has no such limits.
    resource = None  # type: ignore[assignment]

MEGABYTE = 1 << 20
# glibc reserves so much for the heap of a thread that allocates (HEAP_MAX_SIZE).
ARENA = 64 * MEGABYTE
# Stack of a thread where the system tells none (glibc on x86-64).
USUAL_STACK = 8 * MEGABYTE
# The rest of the process keeps this much, and this share of its limit.
RESERVE, RESERVE_SHARE = 96 * MEGABYTE, 1 / 8
# Seconds between two returns of freed memory to the system.
GIVE_BACK_EVERY = 1.0
_STATM = "/proc/self/statm"
# Fields of `_STATM`, in pages: all of the address space, and what may be written.
_SIZE, _DATA = 0, 5


def left() -> int | None:
    """Return the bytes that the process may still map; None without a limit.

    None as well where the system does not tell what is mapped.
    """
    spaces = [limit - used for limit, used in _limits()]
    return max(min(spaces), 0) if spaces else None


def limit() -> int | None:
    """Return the bytes that the process may map in all; None without a limit."""
    return min((most for most, _used in _limits()), default=None)


def _limits() -> list[tuple[int, int]]:
    """Return (limit, used) of each limit that is set, in bytes."""
    if resource is None:
        return []
    found = []
    for kind, field in ((resource.RLIMIT_AS, _SIZE), (resource.RLIMIT_DATA, _DATA)):
        soft, _hard = resource.getrlimit(kind)
        if soft != resource.RLIM_INFINITY:
            found.append((soft, field))
    if not found:
        return []
    try:
        with open(_STATM, encoding="ascii") as file:
            pages = file.read().split()
        page = os.sysconf("SC_PAGE_SIZE")
        return [(most, int(pages[field]) * page) for most, field in found]
    except (OSError, ValueError, IndexError):
        return []


def stack_size() -> int:
    """Return the bytes of address space that the stack of a new thread takes."""
    size = threading.stack_size()
    if size:
        return size
    if resource is None:
        return USUAL_STACK
    soft, _hard = resource.getrlimit(resource.RLIMIT_STACK)
    return USUAL_STACK if soft == resource.RLIM_INFINITY else soft


def give_back() -> None:
    """Return freed memory to the system, at most once a second.

    The C library keeps what a thread has freed for that thread's next allocations: tens
    of megabytes for each that has read a large answer.
    """
    global _given_back_at  # noqa: PLW0603
    now = time.monotonic()
    if _malloc_trim is None or now - _given_back_at < GIVE_BACK_EVERY:
        return
    _given_back_at = now
    _malloc_trim(0)


def _find_malloc_trim() -> Any:
    try:
        return ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):
        # Another C library than glibc.
        return None


_malloc_trim = _find_malloc_trim()
_given_back_at = float("-inf")


class ThreadRoom:
    """Says whether the process has room for one more of our threads.

    A thread that has ended leaves its arena to the next one, so that only more threads
    than ever before take more.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._alive = self._most = 0

    def admits_one(self) -> bool:
        """Tell whether there is room for another thread and for the work itself."""
        free = left()
        if free is None:
            return True
        with self._lock:
            arena = ARENA if self._alive >= self._most else 0
        reserve = max(RESERVE, int((limit() or 0) * RESERVE_SHARE))
        return free - stack_size() - arena >= reserve

    def entered(self) -> None:
        """Count a thread that has begun to run."""
        with self._lock:
            self._alive += 1
            self._most = max(self._most, self._alive)

    def ended(self) -> None:
        """Count a thread as gone."""
        with self._lock:
            self._alive -= 1


THREADS = ThreadRoom()

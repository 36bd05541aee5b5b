"""Threads that compute take turns.

Python runs one thread at a time, and one that computes gives way only every few
milliseconds. With several of them the thread that stores pages, which wants to run for
a moment after each statement, would wait for each in turn while PostgreSQL has nothing
to do. They gain nothing by running side by side; so they queue here instead, and the
one whose turn it is gives way now and then.
"""

import threading
import time

CPU_LOCK = threading.Lock()

# Long enough for the system to wake another thread up.
_PAUSE = 0.000_05


def yield_gil() -> None:
    """Let a thread that waits for the interpreter go first."""
    time.sleep(_PAUSE)

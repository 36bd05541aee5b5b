"""Threads that compute take turns.

Python runs one thread at a time, and one that computes gives way only every few
milliseconds. With several of them the thread that stores pages, which wants to run for
a moment after each statement, would wait for each in turn while PostgreSQL has nothing
to do. They gain nothing by running side by side; so they queue here instead.
"""

import threading

COMPUTING = threading.Lock()

"""The short interval's window, as a process that has sent so much has it."""

from __future__ import annotations

from ghl_contact_sync.tools.rate_limit.headers import RateHeaders
from ghl_contact_sync.tools.rate_limit.sliding_window import (
    MIN_MARGIN,
    SlidingWindow,
    Ticket,
)

NOW, WALL = 1_000.0, 5_000_000.0
HOLD = 10 * (1 + MIN_MARGIN)


def window(limit=100, interval=10.0, sent=0, at=NOW):
    """Return a window of that limit in which so many requests were sent."""
    found = SlidingWindow()
    found.learn(RateHeaders(limit=limit, interval=interval))
    for _one in range(sent):
        found.add(at)
    return found


def answer(found, remaining, now, later=0, accepted=True, seq=1, in_window=1):
    ticket = Ticket(now, seq, in_window, "sync")
    found.learn_foreign_usage(remaining, ticket, later, now, accepted)

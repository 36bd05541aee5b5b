"""The figures of a slice, on their way to its run and its location."""

from __future__ import annotations

import threading
import time
from typing import Any

from odoo import fields

from ...tools.http.tally import Counts
from ...tools.metrics import latency
from ..metrics.daily import count_calls
from ..rate_limit import rate_snapshot
from ..vendor_access.refusals import note_accepted
from .vendor_calls import VendorCalls

# Seconds between two notes on the location of how the rate limits are used.
RATES_EVERY = 1.0


class RunFigures:
    """Writes what was sent, what is waited for, and how the rate limits are used.

    :param run: the `ghl.sync.run`; an empty one for work that belongs to no run
    :param stop: set when the slice sends nothing any more
    """

    def __init__(
        self, run: Any, location: Any, vendor: VendorCalls, stop: threading.Event
    ) -> None:
        self._run = run
        self._location = location
        self._vendor = vendor
        self._stop = stop
        self._pending = Counts()
        self._since = self._now = time.monotonic()
        self._told: dict[str, Any] | None = None
        self._shown = self._acceptance_noted = False
        self._rates_at = -RATES_EVERY

    @property
    def has_news(self) -> bool:
        """Whether there is something to write that a reader has not seen."""
        counts = self._vendor.tally.pending()
        waits = self._vendor.watch.facts() != self._told
        return bool(counts.requests or counts.retries or waits)

    @property
    def sent(self) -> int:
        """The number of requests of the run, those of this moment included."""
        sent: int = self._run.requests_sent
        return sent + self._vendor.tally.pending().requests

    def store(self) -> None:
        """Write the figures, as a part of the next commit."""
        run = self._run
        self._pending = self._vendor.tally.pending()
        self._now = time.monotonic()
        self._told = self._vendor.watch.facts()
        if not run:
            count_calls(self._location, self._pending)
        run.write(
            {
                "activity": self._told or False,
                "requests_sent": run.requests_sent + self._pending.requests,
                "retries": run.retries + self._pending.retries,
                "rate_limited": run.rate_limited + self._pending.limited,
                "bytes_received": run.bytes_received + self._pending.received,
                "latency_counts": latency.add(
                    run.latency_counts or None, self._pending.latency
                ),
                "busy_seconds": run.busy_seconds + self._now - self._since,
                "heartbeat_at": fields.Datetime.now(),
            }
        )
        self._shown = self._vendor.tally.contacts_shown
        if self._shown and not self._acceptance_noted:
            # A token that works again, a location that may be read again.
            note_accepted(self._location)
        self._write_rates(self._now)

    def committed(self) -> None:
        """Subtract what the commit has stored from what is still to be stored."""
        self._vendor.tally.written(self._pending)
        self._acceptance_noted = self._shown
        self._since = self._now

    def _write_rates(self, now: float) -> None:
        """Note how the rate limits are used, for whoever sends next.

        Not with each of many small commits: most of them write nothing else on the
        location, and readers of pages write there as well, at the cost of a conflict.
        A process that takes over from a killed one asks the vendor for what it lacks.
        """
        at_work = not self._stop.is_set()
        if at_work and now - self._rates_at < RATES_EVERY:
            return
        self._rates_at = now
        self._location.rate_snapshot = rate_snapshot(self._location, at_work)

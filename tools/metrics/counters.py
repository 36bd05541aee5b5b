"""Counters of every run, added up by day and since the beginning."""

from __future__ import annotations

# Column of `ghl.sync.run` and of the metrics alike, in the order of statements.
COUNTERS = (
    "contacts_seen",
    "contacts_created",
    "contacts_updated",
    "contacts_unchanged",
    "contacts_deleted",
    "contacts_repaired",
    "contacts_drifted",
    "bad_records",
    "requests_sent",
    "retries",
    "rate_limited",
    "bytes_received",
    "busy_seconds",
)
# Counted by the end of runs.
RUN_COUNTERS = ("runs_done", "runs_failed", "runs_cancelled")

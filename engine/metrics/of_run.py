"""The figures that a run keeps when it ends, to be plotted beside others'."""

from __future__ import annotations

from typing import Any

from ...tools.metrics.latency import percentile
from ..location.figures import coverage_of
from ..location.quota_figures import quota_of

# Field of the run → the share of its answers that came within so many milliseconds.
_SHARES = {"latency_p50_ms": 0.5, "latency_p95_ms": 0.95, "latency_p99_ms": 0.99}


def end_figures(run: Any) -> dict[str, float]:
    """Return the figures of a run that ends now; what is unknown is left out."""
    location, busy = run.location_id, run.busy_seconds
    seconds = {
        name: percentile(run.latency_counts or None, share)
        for name, share in _SHARES.items()
    }
    figures = {
        "contacts_per_second": run.contacts_seen / busy if busy else None,
        "coverage": coverage_of(location),
        "quota_left": quota_of(location).left,
        **{name: None if s is None else 1_000 * s for name, s in seconds.items()},
    }
    return {name: value for name, value in figures.items() if value is not None}

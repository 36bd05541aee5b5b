"""Estimate the cost of a location's run, from what is known before it begins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from ... import const
from ...tools.plan.cost import Basis, Cost, Past, estimate
from ..checkpoint import COARSE
from ..clock import age_seconds, known
from ..connection.page_limit import page_limit
from ..content.pace import requests_left, wanted_parts
from ..location.figures import known_total
from ..location.quota_figures import quota_of
from ..reading.counting import SMALL_LOCATION, grid_size

# Former runs that are looked at, of each kind.
_PAST_RUNS = 3


ALL_KINDS = tuple(kind for kind, _label in const.RUN_KINDS)


def basis_of(location: Any, kinds: Iterable[str] = ALL_KINDS) -> Basis:
    """Return what is known of a location before a run.

    :param kinds: whose former runs are wanted; of any, where these have none
    """
    location = location.sudo()
    told = location.rate_snapshot or {}
    quota = quota_of(location)
    connection = location.connection_id
    total = known_total(location)
    contacts = total
    if contacts is None and location.last_full_at:
        contacts = location.contact_count
    ranges = connection._get_capabilities().can_count_ranges
    # The windows, what has no date, and all; without ranges all are counted twice.
    counts = grid_size(COARSE, contacts or 0) + 2 if ranges else 2
    announced = told.get("announced") is True
    return Basis(
        contacts=contacts,
        changed=_likely_changes(location, contacts),
        page=page_limit(location),
        counts=counts,
        scopes=2 if ranges else 1,
        reads_all_up_to=SMALL_LOCATION,
        calibrated=bool(connection.calibrated_at),
        limit=told.get("limit") if announced else None,
        interval=(told.get("interval_ms") or 0) / 1_000 or None,
        left=quota.left,
        past=_past_runs(location, kinds),
    )


def _likely_changes(location: Any, contacts: int | None) -> int:
    """Return how many contacts are likely to have changed since changes were read."""
    age = age_seconds(known(location.last_delta_at))
    # A rate below zero is not known yet.
    found: int = round(max(location.change_rate, 0.0) * (age or 0.0) / 3_600)
    return found if contacts is None else min(found, contacts)


def cost_of(location: Any, kind: str, basis: Basis | None = None) -> Cost:
    """Return the estimate of a run that is ordered now."""
    if kind in ("delta", "audit") and not location.last_full_at:
        # There is nothing to catch up from: everything is read.
        kind = "full"
    return estimate(kind, basis or basis_of(location))


def costs_of(location: Any) -> dict[str, Cost]:
    """Return the estimates of every kind of run."""
    basis = basis_of(location)
    return {kind: cost_of(location, kind, basis) for kind in ALL_KINDS}


def costs_of_many(locations: Any, kind: str) -> list[Cost]:
    """Return the estimate of a run of one kind for each location."""
    # One that was never read is read as a whole.
    return [cost_of(one, kind, basis_of(one, {kind, "full"})) for one in locations]


def note_estimate(run: Any) -> None:
    """Keep with a `ghl.sync.run` what it is estimated to cost, before it begins."""
    location = run.location_id
    basis = basis_of(location, {run.kind})
    cost = cost_of(location, run.kind, basis)
    if run.kind == "audit" and location.last_full_at:
        # By schedule it reads what is due, and no more than its share allows.
        parts = wanted_parts(location, requests_left(location, run))
        due = sum(part.contacts for part in parts)
        cost = estimate("audit", replace(basis, contacts=due))
    run.write(
        {
            "planned_requests": cost.requests or 0,
            "planned_seconds": cost.seconds or 0.0,
            "planned_quota": 100 * (cost.share or 0.0),
        }
    )


def planned_cost(run: Any) -> dict[str, Any] | None:
    """Return what was estimated for a run as the API shows it; None if nothing was."""
    if not run.planned_requests:
        return None
    return Cost(
        run.planned_requests,
        run.planned_seconds or None,
        run.planned_quota / 100 or None,
    ).to_json()


def _past_runs(location: Any, kinds: Iterable[str]) -> tuple[Past, ...]:
    """Return the last runs that nothing unforeseen has made dearer."""
    runs = _calm_runs(location, kinds)
    if not runs and location.last_full_at:
        # Their time tells something as well.
        runs = _calm_runs(location, ALL_KINDS)
    calibrated = location.connection_id.calibrated_at
    return tuple(
        Past(
            kind=run.kind,
            size=run.proof_local or run.contacts_seen,
            requests=run.requests_sent,
            busy=run.busy_seconds,
            # A run that ended before the account was calibrated has paid for that as
            # well.
            calibrated=bool(calibrated and calibrated < run.started_at),
            changed=run.contacts_seen if run.kind == "delta" else 0,
        )
        for run in runs
        if run.started_at
    )


def _calm_runs(location: Any, kinds: Iterable[str]) -> Any:
    Run = location.env["ghl.sync.run"].sudo()
    runs = Run.browse()
    for kind in kinds:
        runs += Run.search(
            [
                ("location_id", "=", location.id),
                ("kind", "=", kind),
                ("state", "=", "done"),
                ("retries", "=", 0),
                ("rate_limited", "=", 0),
                ("contacts_repaired", "=", 0),
                ("contacts_deleted", "=", 0),
            ],
            limit=_PAST_RUNS,
        )
    return runs

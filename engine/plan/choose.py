"""The kind of run that a location needs, by what was measured of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...tools.plan.cost import Cost
from ...tools.plan.kind_for_order import Choice, Situation, choose
from ..clock import age_seconds, known
from ..content.pace import promised_days
from ..location.figures import known_total
from ..location.quota_figures import quota_of
from ..state.show import make_words
from .estimate import costs_of


def choose_kind(location: Any, costs: Mapping[str, Cost] | None = None) -> Choice:
    """Return the kind of run that closes what was measured, with its reason."""
    location = location.sudo()
    costs = costs_of(location) if costs is None else costs
    compared = _last_comparison(location)
    promised = promised_days(location)
    now = Situation(
        ever_full=bool(location.last_full_at),
        mirrored=location.contact_count,
        total=known_total(location),
        known_gap=location.known_gap if location.proof_state != "unknown" else 0,
        drift=compared.contacts_repaired if compared else 0,
        total_after_delta=_total_after_delta(location),
        verify_age=age_seconds(location.last_verify_at or location.last_full_at),
        verify_after=3_600.0 * location.verify_interval,
        contents_age=age_seconds(location.contents_at),
        contents_after=86_400.0 * promised if promised else None,
        costs={kind: cost.requests for kind, cost in costs.items()},
        budget=quota_of(location).for_background,
    )
    return choose(now)


def choice_to_json(choice: Choice) -> dict[str, Any]:
    """Return a choice as a run keeps it."""
    return {
        "reason": choice.reason,
        "figures": dict(choice.figures),
        "by_quota": choice.by_quota,
    }


def choice_text(run: Any) -> str | None:
    """Return why the kind of a run was chosen, in the reader's language."""
    kept = run.choice
    if not isinstance(kept, dict) or not kept.get("reason"):
        return None
    choice = Choice(run.kind, kept["reason"], kept["figures"], bool(kept["by_quota"]))
    return choice.sentence(make_words(run.env))


def _last_comparison(location: Any) -> Any:
    """Return the last verify or full sync that compared both sides."""
    return location.env["ghl.sync.run"].search(
        [
            ("location_id", "=", location.id),
            ("kind", "in", ("full", "verify")),
            ("state", "=", "done"),
        ],
        limit=1,
    )


def _total_after_delta(location: Any) -> float | None:
    """Return the seconds from the last read of changes to the last count."""
    read, asked = known(location.last_delta_at), known(location.ghl_total_at)
    return (asked - read).total_seconds() if read and asked else None

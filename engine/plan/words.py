"""Tell in words what syncs of a location would cost."""

from __future__ import annotations

from typing import Any

from odoo.tools import formatLang

from ... import const
from ...tools.plan.cost import Basis, Cost, first_requests
from ..location.quota_figures import quota_of
from .estimate import basis_of, costs_of, costs_of_many


def describe_plan(location: Any) -> str:
    """Return sentences on what each kind of sync would cost, as far as it is known."""
    env = location.env
    labels = {
        "full": env._("Sync All Contacts"),
        "delta": env._("Sync Changes"),
        "verify": env._("Verify"),
    }
    if location.last_full_at:
        # Its button shows from then on.
        labels["audit"] = env._("Read All Contents Now")
    basis = basis_of(location)
    if basis.contacts is None:
        return _first_text(location, basis)
    costs = costs_of(location)
    parts = [
        f"{labels[kind]}: {_cost_text(env, costs[kind])}"
        for kind, _label in const.RUN_KINDS
        if kind in labels and costs[kind].requests is not None
    ]
    left = _left_text(location)
    return " · ".join([*parts, left] if left else parts)


def _first_text(location: Any, basis: Basis) -> str:
    """Return what is known before GoHighLevel has told how many contacts it holds."""
    env = location.env
    text = env._(
        "Sync All Contacts: about %(first)s requests, and one for every %(page)s "
        "contacts; how many GoHighLevel holds is not known yet",
        first=_number(env, first_requests(basis)),
        page=_number(env, basis.page),
    )
    left = _left_text(location)
    return " · ".join([text, left] if left else [text])


def describe_sum(locations: Any, kind: str) -> str:
    """Return what a sync of each of these locations costs together, in sentences."""
    env, costs = locations.env, costs_of_many(locations, kind)
    known = [cost for cost in costs if cost.requests is not None]
    total = sum(cost.requests or 0 for cost in known)
    parts = [env._("about %s requests", _number(env, total))]
    if known and all(cost.seconds is not None for cost in known):
        seconds = sum(cost.seconds or 0.0 for cost in known)
        parts.append(env._("%s of work", _time_text(env, seconds)))
    told = [f"{', '.join(parts)}."]
    short = sum((cost.share or 0.0) > 1 for cost in known)
    if short:
        told.append(
            env._(
                "For %s of them that is more than is left today.", _number(env, short)
            )
        )
    unknown = len(costs) - len(known)
    if unknown:
        told.append(env._("For %s of them it is not known yet.", _number(env, unknown)))
    return " ".join(told)


def _cost_text(env: Any, cost: Cost) -> str:
    parts = [env._("about %s requests", _number(env, cost.requests or 0))]
    if cost.seconds is not None:
        parts.append(_time_text(env, cost.seconds))
    if cost.share is not None and cost.share > 1:
        parts.append(env._("more than is left today"))
    elif cost.share is not None:
        percent = _number(env, 100 * cost.share, digits=2)
        parts.append(env._("%s %% of what is left today", percent))
    return ", ".join(parts)


def _time_text(env: Any, seconds: float) -> str:
    if seconds < 90:
        return str(env._("%s s", _number(env, max(seconds, 1))))
    return str(env._("%s min", _number(env, seconds / 60)))


def _left_text(location: Any) -> str:
    env, quota = location.env, quota_of(location)
    if quota.left is None:
        return ""
    return str(env._("%s requests are left today", _number(env, quota.left)))


def _number(env: Any, value: float, digits: int = 0) -> str:
    return str(formatLang(env, value, digits=digits))

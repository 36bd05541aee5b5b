"""Tell in words what syncs of a location would cost."""

from __future__ import annotations

from typing import Any

from odoo.tools import formatLang

from ... import const
from ...tools.plan.cost import Cost
from ..location.quota_figures import quota_of
from .estimate import costs_of


def describe_plan(location: Any) -> str:
    """Return sentences on what each kind of sync would cost; empty when unknown."""
    env = location.env
    labels = {
        "full": env._("Sync All Contacts"),
        "delta": env._("Sync Changes"),
        "verify": env._("Verify"),
    }
    if location.last_full_at:
        # Its button shows from then on.
        labels["audit"] = env._("Read All Contents Now")
    costs = costs_of(location)
    parts = [
        f"{labels[kind]}: {_cost_text(env, costs[kind])}"
        for kind, _label in const.RUN_KINDS
        if kind in labels and costs[kind].requests is not None
    ]
    if not parts:
        return ""
    left = _left_text(location)
    return " · ".join([*parts, left] if left else parts)


def _cost_text(env: Any, cost: Cost) -> str:
    parts = [env._("about %s requests", _number(env, cost.requests or 0))]
    if cost.seconds is not None:
        parts.append(_time_text(env, cost.seconds))
    if cost.share is not None:
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

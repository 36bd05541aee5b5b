"""Orders of syncs of many locations by one press: their cost, what became of them."""

from __future__ import annotations

from collections import Counter
from typing import Any

from odoo.tools import formatLang

from ..location.orders import outcome
from ..location.stopping import why_stopped
from ..plan.words import describe_sum


def describe_many(locations: Any, kind: str) -> str:
    """Return, before they are ordered, which syncs these are and what they cost."""
    env = locations.env
    kinds = dict(env["ghl.sync.run"]._fields["kind"]._description_selection(env))
    read = locations.filtered(lambda one: not why_stopped(one))
    text = env._(
        "%(kind)s, %(count)s locations: %(cost)s",
        kind=kinds[kind],
        count=_number(env, len(read)),
        cost=describe_sum(read, kind),
    )
    archived = len(locations) - len(read)
    if not archived:
        return str(text)
    left_out = env._(
        "%s are archived, or their connection is: they are left out.",
        _number(env, archived),
    )
    return f"{text} {left_out}"


def order_many(locations: Any, kind: str) -> str:
    """Order a sync of each location for a person.

    :return: how many orders came out in which way
    """
    env, counts = locations.env, Counter[str]()
    for location in locations:
        if why_stopped(location):
            counts["stopped"] += 1
            continue
        run, created = location._order_sync(kind, "button")
        counts[outcome(run, created, kind).status] += 1
    texts: dict[str, str] = {
        "started": env._("%s ordered; they run in the background"),
        "already_running": env._("%s running already"),
        "joined": env._("%s waiting already, which these orders join"),
        "queued_after": env._("%s follow a sync that is running"),
        "stopped": env._("%s left out, as they are archived"),
    }
    told = [
        texts[status] % _number(env, counts[status])
        for status in texts
        if counts[status]
    ]
    return f"{', '.join(told)}."


def _number(env: Any, value: int) -> str:
    return str(formatLang(env, value, digits=0))

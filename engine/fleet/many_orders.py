"""Orders of syncs of many locations by one press: their cost, what became of them."""

from __future__ import annotations

from collections import Counter
from typing import Any

from odoo.tools import formatLang

from ..location.orders import outcome
from ..location.stopping import why_stopped
from ..plan.words import describe_sum
from ..transaction import end_transaction, in_own_transaction


def describe_many(locations: Any, kind: str) -> str:
    """Return, before they are ordered, which syncs these are and what they cost."""
    env = locations.env
    kinds = dict(env["ghl.sync.run"]._fields["kind"]._description_selection(env))
    read = locations.filtered(lambda one: not why_stopped(one))
    left_out = env._(
        "%s are archived, or their connection is: they are left out.",
        _number(env, len(locations) - len(read)),
    )
    if not read:
        return str(left_out)
    text = env._(
        "%(kind)s, %(count)s locations: %(cost)s",
        kind=kinds[kind],
        count=_number(env, len(read)),
        cost=describe_sum(read, kind),
    )
    return str(text) if read == locations else f"{text} {left_out}"


def order_many(locations: Any, kind: str) -> str:
    """Order a sync of each location for a person.

    Each order is a transaction of its own: one that loses to a cron is repeated alone,
    and no cron waits until the last location is ordered.

    :return: how many orders came out in which way
    """
    env, counts = locations.env, Counter[str]()
    # No snapshot is kept while they are ordered, which may take a while.
    end_transaction(env)
    for location in locations:
        counts[in_own_transaction(location, lambda own: _order(own, kind))] += 1
    texts: dict[str, str] = {
        "started": env._("%s ordered; they run in the background"),
        "already_running": env._("%s running already"),
        "joined": env._("%s waiting already, which these orders join"),
        "queued_after": env._("%s follow a sync that is running"),
        "stopped": env._("%s left out, as they are archived or removed"),
    }
    told = [
        texts[status] % _number(env, counts[status])
        for status in texts
        if counts[status]
    ]
    return f"{', '.join(told)}."


def _order(location: Any, kind: str) -> str:
    """Order a sync of one location; return what became of it."""
    # Either may have come after the person has looked.
    if not location.exists() or why_stopped(location):
        return "stopped"
    run, created = location._order_sync(kind, "button")
    return outcome(run, created, kind).status


def _number(env: Any, value: int) -> str:
    return str(formatLang(env, value, digits=0))

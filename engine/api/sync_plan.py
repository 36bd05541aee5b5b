"""Tell the JSON API what syncs would cost, and order a sync whose kind is chosen."""

from datetime import UTC, datetime
from typing import Any

from ...tools.dates import iso_seconds
from ...tools.plan.kind_for_order import Choice
from ..location.orders import Outcome, order_sync_now
from ..location.quota_figures import quota_of
from ..plan.choose import choice_to_json, choose_kind
from ..plan.estimate import costs_of
from ..plan.words import describe_plan
from ..state.show import make_words


def plan_entry(location: Any) -> dict[str, Any]:
    """Return the object `Plan` of a location."""
    costs = costs_of(location)
    choice = choose_kind(location, costs)
    quota = quota_of(location)
    return {
        "quota": {
            "limit": quota.limit,
            "left": quota.left,
            "for_background": quota.for_background,
            "used": quota.ours,
            "used_by_others": quota.others,
            "resets_at": _moment(quota.resets_at),
            "spent_until": _moment(quota.spent_until),
        },
        "costs": {kind: cost.to_json() for kind, cost in costs.items()},
        "choice": {
            "kind": choice.kind,
            "reason": choice.sentence(make_words(location.env)),
        },
        "text": describe_plan(location),
    }


def order_chosen(location: Any, origin: str) -> Outcome:
    """Order the kind of sync that closes what was measured."""
    return order_choice(location, choose_kind(location), origin)


def order_choice(location: Any, choice: Choice, origin: str) -> Outcome:
    """Order the kind of sync that was chosen; the run keeps the reason."""
    return order_sync_now(location, choice.kind, origin, choice_to_json(choice))


def _moment(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    return iso_seconds(datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None))

"""Words for why a run was started, and for what became of an order."""

import time
from datetime import timedelta
from typing import Any, NamedTuple

from odoo import fields

from ... import const
from ..rate_limit import get_governor
from ..transaction import in_own_transaction
from ..vendor_access.refusals import is_refused
from .quota_figures import quota_of

# Persons who order wait for an answer, and get one honest request for it.
PERSONAL = ("button", "api", "page")
# Seconds of a pause that an order does not simply wait for.
LONG_PAUSE = 60


class Outcome(NamedTuple):
    """The outcome of an order.

    :param str status: started, already_running, joined or queued_after
    """

    run_id: int
    created: bool
    status: str
    message: str


def origin_text(run: Any) -> str:
    """Return why a run was started, as a sentence."""
    env, name = run.env, run.sudo().user_id.name or ""
    texts: dict[str, str] = {
        "button": env._("Ordered in Odoo by %s.", name),
        "api": env._("Ordered through the API by %s.", name),
        "page": env._("Ordered on the analytics page by %s.", name),
        "cron": env._("Started by itself, as the schedule says."),
        "threshold": env._(
            "Started by itself: the mirror held too little for a page that was opened."
        ),
        "webhook": env._(
            "Started by itself, after what webhooks told or did not tell."
        ),
    }
    return texts.get(run.origin, "")


def outcome(run: Any, created: bool, kind: str) -> Outcome:
    """Say what became of an order of `kind` that `run` serves."""
    env = run.env
    kinds = dict(run._fields["kind"]._description_selection(env))
    strength = const.RUN_KIND_STRENGTH
    if created:
        status = "started"
        message = env._("The sync has been ordered; it runs in the background.")
    elif strength[kind] > strength[run.kind] or (
        # A verify of a large location counts contacts, and reads few.
        (kind == "audit" and run.kind == "verify") or run._has_passed(kind)
    ):
        status = "queued_after"
        message = env._(
            "A sync (%(running)s) is running. %(why)s Yours (%(wanted)s) follows it.",
            running=kinds[run.kind],
            why=origin_text(run),
            wanted=kinds[kind],
        )
    elif run.state == "waiting" and is_spent_as_told(run.location_id):
        status = "joined"
        message = env._(
            "A sync is waiting already: %(error)s Your order joins it. It goes on by "
            "itself as soon as GoHighLevel allows requests again.",
            error=run.error or "",
        )
    elif run.state == "waiting":
        status = "joined"
        message = env._(
            "A sync is waiting already: %(error)s Your order joins it, and one request "
            "is sent now to see whether it can go on.",
            error=run.error or "",
        )
    else:
        status = "already_running"
        message = env._(
            "A sync (%(running)s) is running already. %(why)s Your order joins it.",
            running=kinds[run.kind],
            why=origin_text(run),
        )
    return Outcome(run.id, created, status, message)


def order_sync_now(
    location: Any,
    kind: str = "full",
    origin: str = "api",
    choice: dict[str, Any] | None = None,
) -> Outcome:
    """Order a sync in a transaction of its own that is committed at once.

    :param choice: why this kind was chosen
    """

    def order(own: Any) -> Outcome:
        run, created = own._order_sync(kind, origin, choice)
        return outcome(run, created, kind)

    return in_own_transaction(location, order)


def cancel_sync_now(location: Any) -> bool:
    """Cancel the active run likewise; False when none runs."""
    return in_own_transaction(location, lambda own: bool(own._cancel_sync()))


def ask_for_probe(run: Any) -> None:
    """Have a waiting run try at once, by one request (form button, API)."""
    if run.state == "waiting":
        run.sudo().probe_requested = True


def join_as_person(run: Any) -> None:
    """Have a waiting run try at once for a person who ordered the same.

    Not while the day's quota is spent until a moment that was told: the request would
    be refused for certain.
    """
    if not is_spent_as_told(run.location_id):
        ask_for_probe(run)


def is_spent_as_told(location: Any) -> bool:
    """Tell whether the day's quota is spent, and GoHighLevel told until when.

    It is not while requests are left that only syncs may not use.
    """
    quota = quota_of(location)
    known = quota.spent_until is not None and quota.resets_at is not None
    return known and quota.left == 0


def resume(location: Any) -> tuple[str, int | None]:
    """Have what waits at a location try at once; wakes its cron.

    :return: ("resumed" or "nothing_waits", the run)
    """
    location = location.sudo()
    run = location.env["ghl.sync.run"]._get_active(location)
    if run.state == "waiting":
        ask_for_probe(run)
        location._trigger_cron()
        return "resumed", run.id
    if not run and is_refused(location):
        connection = location.connection_id
        refused = connection.state == "needs_reauth"
        subject = connection if refused else location
        subject.probe_at = fields.Datetime.now() - timedelta(seconds=1)
        location._trigger_cron()
        return "resumed", None
    return "nothing_waits", run.id or None


def is_held_back(location: Any) -> bool:
    """Tell whether the rate limiter keeps requests away for long just now.

    And whether a request could tell more: of a quota that is spent as was told, none
    does.
    """
    if is_spent_as_told(location):
        return False
    told = get_governor(location).snapshot()
    until = max(told["resume_at"] or 0, told["paused_until"] or 0)
    return until - time.time() > LONG_PAUSE

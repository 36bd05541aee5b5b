"""Buttons beside a state, whichever record shows them."""

from typing import Any

from odoo.exceptions import AccessError

from ...tools.actions import ACTIONS, describe
from . import show


def take_action(location: Any, code: str, run_id: int | None) -> Any:
    """Do it on behalf of the user; return what the client does next, False: nothing.

    :param code: a key of `tools.actions.ACTIONS`
    :raise AccessError: whom to ask instead
    """
    target = show.make_target(location, run_id)
    viewer = show.make_viewer(location.env, location.company_id)
    action = describe(code, target, viewer) if code in ACTIONS else None
    if not action:
        return False
    if not action["allowed"]:
        raise AccessError(action["ask"])
    connection = location.connection_id
    orders = {
        "sync_full": location.action_sync_all,
        "sync_delta": location.action_sync_delta,
        "verify": location.action_verify,
        "read_contents": location.action_read_contents,
        "cancel": location.action_cancel_sync,
        "try_now": location.action_try_now,
        "switch_on": location.action_switch_on,
        "review_deletions": location.action_review_deletions,
        "test_connection": connection.action_test_connection,
        "reconnect": connection.action_connect,
        "confirm_move": connection.action_confirm_move,
    }
    if code in orders:
        return orders[code]()
    return {"type": "ir.actions.act_url", "url": action["url"], "target": "self"}

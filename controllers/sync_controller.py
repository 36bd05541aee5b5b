"""Syncs by the JSON API: to order, watch, cancel and resume them."""

from odoo import http
from odoo.api import Environment
from odoo.http import request
from odoo.models import BaseModel

from .. import const
from ..engine.api.runs import run_entry
from ..engine.api.smart_sync import renew_snapshot
from ..engine.api.sync_plan import order_chosen
from ..engine.api.sync_status import location_status, sync_status
from ..engine.crons.watchdog import wake_watched
from ..engine.location.orders import cancel_sync_now, order_sync_now, resume
from ..engine.location.stopping import why_stopped
from ..engine.schedule.viewed import note_view
from ..engine.transaction import in_own_transaction
from ..engine.web.api_error import ApiError
from ..tools.openapi.parameters import KIND, LOCATION
from ..tools.web.cors import Origin
from .api_common import api_route, get_location


class SyncController(http.Controller):
    """Calls that order, stop and show a sync."""

    @api_route(const.ROUTE_SYNC, method="POST", params=(LOCATION, KIND))
    def sync_location_contacts(self, location_id: str, kind: str) -> tuple[dict, int]:
        """Order a sync, a full one unless told otherwise; the answer comes at once."""
        location = get_location(self.env, location_id)
        _refuse_stopped(location)
        _take_order(self.env)
        from_page = request.dispatcher.received.origin is Origin.SAME
        origin = "page" if from_page else "api"
        if kind == const.AUTO_KIND:
            order = order_chosen(location, origin)
        else:
            order = order_sync_now(location, kind, origin)
        renew_snapshot(self.env)
        answer = {
            "success": True,
            "status": order.status,
            "message": order.message,
            "run_id": order.run_id,
            "sync": run_entry(self.env["ghl.sync.run"].browse(order.run_id)),
        }
        return answer, 202

    @api_route(const.ROUTE_RESUME, method="POST", params=(LOCATION,))
    def sync_resume(self, location_id: str) -> tuple[dict, int]:
        """Have a sync that waits try at once, by one request."""
        location = get_location(self.env, location_id)
        _take_order(self.env)
        status, run_id = in_own_transaction(location, resume)
        renew_snapshot(self.env)
        run = self.env["ghl.sync.run"].browse(run_id or ())
        answer = {
            "success": True,
            "status": status,
            "run_id": run_id,
            "sync": run_entry(run) if run else None,
        }
        return answer, 202

    @api_route(const.ROUTE_STATUS, method="GET", params=(LOCATION,))
    def sync_status(self, location_id: str) -> dict:
        """Return the figures of a location with its active or last sync.

        Whoever asks is watching: a sync that could go on is not left waiting.
        """
        location = get_location(self.env, location_id)
        if location.active_run_id:
            wake_watched(location.active_run_id)
        note_view(location)
        return {"success": True, **sync_status(location)}

    @api_route(const.ROUTE_CANCEL, method="POST", params=(LOCATION,))
    def sync_cancel(self, location_id: str) -> dict:
        """Stop the active sync after the page in hand."""
        location = get_location(self.env, location_id)
        cancelled = cancel_sync_now(location)
        renew_snapshot(self.env)
        return {
            "success": True,
            "status": "cancelling" if cancelled else "idle",
            "sync": location_status(location)["sync"],
        }


def _refuse_stopped(location: BaseModel) -> None:
    """Say of a location that is not read why, and what helps."""
    stopped = why_stopped(location)
    if stopped:
        actions = location_status(location)["status"]["actions"]
        raise ApiError(422, "refused", stopped[0], actions=actions)


def _take_order(env: Environment) -> None:
    """Count an order of the caller's.

    :raise ApiError: 429 after too many of them
    """
    wait = env["ghl.api.rate_limit"]._take()
    if wait:
        raise ApiError(
            429,
            "rate_limited",
            env._("Too many syncs ordered. Try again in %s seconds.", wait),
            {"Retry-After": str(wait)},
        )

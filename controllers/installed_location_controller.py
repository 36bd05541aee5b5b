"""The JSON API. Names are those of the system that it replaces."""

from odoo import http
from odoo.http import request

from .. import const
from ..engine.location.orders import resume
from ..engine.location.stopping import why_stopped
from ..models.web.ir_http import ApiError
from ..tools.openapi.calls import CONTACTS_PARAMS, KIND, LOCATION
from ..tools.web.origin import Origin
from .api_common import api_route


class InstalledLocationController(http.Controller):
    def _get_location(self, location_id: str):
        location = self.env["ghl.location"]._find_for_api(location_id)
        if not location:
            raise ApiError(
                404, "unknown_location", self.env._("There is no such location.")
            )
        return location

    @api_route(const.ROUTE_LOCATIONS, method="GET")
    def installed_locations(self):
        """Return the locations that the caller may see."""
        locations = self.env["ghl.location"].search([])
        return {"success": True, "locations": locations._api_locations()}

    @api_route(const.ROUTE_CONTACTS, method="GET", params=CONTACTS_PARAMS, by_post=True)
    def location_contacts(
        self, location_id, page, limit, sort, order, count_limit, **filters
    ):
        """Return one page of the mirror, and order a sync when it holds too little."""
        location = self._get_location(location_id)
        started, pending = location._smart_sync(page, limit)
        if not any(filters.values()):
            location._await_page(page, limit)
        found = location._api_contacts(page, limit, sort, order, count_limit, **filters)
        status = location._api_status()
        return {
            "success": True,
            **found,
            "background_sync_started": started,
            "ghl_total_pending": pending,
            "sync": status["sync"],
            "status": status["status"],
        }

    @api_route(const.ROUTE_SYNC, method="POST", params=(LOCATION, KIND))
    def sync_location_contacts(self, location_id, kind):
        """Order a sync, a full one unless told otherwise; the answer comes at once."""
        location = self._get_location(location_id)
        self._refuse_stopped(location)
        self._take_order()
        from_page = request.dispatcher.origin is Origin.SAME
        order = location._order_sync_now(kind, "page" if from_page else "api")
        location._renew_snapshot()
        answer = {
            "success": True,
            "status": order.status,
            "message": order.message,
            "run_id": order.run_id,
            "sync": self.env["ghl.sync.run"].browse(order.run_id)._to_api(),
        }
        return answer, 202

    @api_route(const.ROUTE_RESUME, method="POST", params=(LOCATION,))
    def sync_resume(self, location_id):
        """Have a sync that waits try at once, by one request."""
        location = self._get_location(location_id)
        self._take_order()
        status, run_id = location._in_own_transaction(resume)
        location._renew_snapshot()
        run = self.env["ghl.sync.run"].browse(run_id or ())
        answer = {
            "success": True,
            "status": status,
            "run_id": run_id,
            "sync": run._to_api() if run else None,
        }
        return answer, 202

    def _refuse_stopped(self, location) -> None:
        """Say of a location that is not read why, and what helps."""
        stopped = why_stopped(location)
        if stopped:
            actions = location._api_status()["status"]["actions"]
            raise ApiError(422, "refused", stopped[0], actions=actions)

    def _take_order(self) -> None:
        """Count an order of the caller's.

        :raise ApiError: 429 after too many of them
        """
        wait = self.env["ghl.api.quota"]._take()
        if wait:
            raise ApiError(
                429,
                "rate_limited",
                self.env._("Too many syncs ordered. Try again in %s seconds.", wait),
                {"Retry-After": str(wait)},
            )

    @api_route(const.ROUTE_STATUS, method="GET", params=(LOCATION,))
    def sync_status(self, location_id):
        """Return the figures of a location with its active or last sync.

        Whoever asks is watching: a sync that could go on is not left waiting.
        """
        location = self._get_location(location_id)
        if location.active_run_id:
            location.active_run_id._wake_watched()
        return {"success": True, **location._api_status()}

    @api_route(const.ROUTE_CANCEL, method="POST", params=(LOCATION,))
    def sync_cancel(self, location_id):
        """Stop the active sync after the page in hand."""
        location = self._get_location(location_id)
        cancelled = location._cancel_sync_now()
        location._renew_snapshot()
        return {
            "success": True,
            "status": "cancelling" if cancelled else "idle",
            "sync": location._api_status()["sync"],
        }

    @api_route(const.ROUTE_ANALYTICS, method="GET", params=(LOCATION,))
    def location_analytics(self, location_id):
        """Return the figures that the analytics page charts."""
        return {"success": True, **self._get_location(location_id)._api_analytics()}

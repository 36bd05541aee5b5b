"""One location in the JSON API: pages of its mirror, and its figures."""

from odoo import http

from .. import const
from ..engine.api.analytics import analytics
from ..engine.api.contacts import list_contacts
from ..engine.api.smart_sync import await_page, smart_sync
from ..engine.api.sync_status import location_status
from ..engine.listing.cursor import BadCursor
from ..engine.quality.figures import quality
from ..engine.schedule.viewed import note_view
from ..engine.web.api_error import ApiError
from ..tools.openapi.parameters import CONTACTS_PARAMS, LOCATION
from .api_common import api_route, get_location


class ContactsController(http.Controller):
    """Calls by which the page shows a location, beside its syncs."""

    @api_route(const.ROUTE_CONTACTS, method="GET", params=CONTACTS_PARAMS, by_post=True)
    def location_contacts(
        self,
        location_id: str,
        page: int,
        limit: int,
        sort: str,
        order: str,
        count_limit: int,
        cursor: str | None,
        **filters: str | None,
    ) -> dict:
        """Return one page of the mirror, and order a sync when it holds too little."""
        location = get_location(self.env, location_id)
        note_view(location)
        started, pending = smart_sync(location, page, limit)
        if not cursor and not any(filters.values()):
            await_page(location, page, limit)
        try:
            found = list_contacts(
                location, page, limit, sort, order, count_limit, cursor, **filters
            )
        except BadCursor as err:
            raise ApiError(
                400, "bad_request", self.env._("The cursor is not one of this list's.")
            ) from err
        status = location_status(location)
        return {
            "success": True,
            **found,
            "background_sync_started": started,
            "ghl_total_pending": pending,
            "sync": status["sync"],
            "status": status["status"],
        }

    @api_route(const.ROUTE_ANALYTICS, method="GET", params=(LOCATION,))
    def location_analytics(self, location_id: str) -> dict:
        """Return the figures that the analytics page charts."""
        location = get_location(self.env, location_id)
        note_view(location)
        return {"success": True, **analytics(location)}

    @api_route(const.ROUTE_QUALITY, method="GET", params=(LOCATION,))
    def location_quality(self, location_id: str) -> dict:
        """Return how good the data of a location's contacts is, as last counted."""
        return {"success": True, **quality(get_location(self.env, location_id))}

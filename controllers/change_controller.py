"""The change feed: why a contact is as it is."""

from odoo import http

from .. import const
from ..engine.feed.history import list_changes
from ..tools.openapi.parameters import CHANGES_PARAMS
from .api_common import api_route, get_location


class ChangeController(http.Controller):
    """One call: the changes of a contact, of a run, or of a location."""

    @api_route(const.ROUTE_CHANGES, method="GET", params=CHANGES_PARAMS)
    def contact_changes(
        self,
        location_id: str,
        contact_id: str | None,
        run_id: int | None,
        before: int | None,
        limit: int,
    ) -> dict:
        """Return what changed, the newest first."""
        location = get_location(self.env, location_id)
        found = list_changes(location, contact_id, run_id, before, limit)
        return {"success": True, **found}

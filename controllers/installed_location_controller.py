"""The locations that a caller of the JSON API may see."""

from odoo import http

from .. import const
from ..engine.api.visible_locations import location_entries
from .api_common import api_route


class InstalledLocationController(http.Controller):
    """The call with which every caller begins."""

    @api_route(const.ROUTE_LOCATIONS, method="GET")
    def installed_locations(self) -> dict:
        """Return the locations that the caller may see."""
        locations = self.env["ghl.location"].search([])
        return {"success": True, "locations": location_entries(locations)}

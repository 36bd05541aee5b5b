"""The locations that a caller of the JSON API may see."""

from odoo import http

from .. import const
from .api_common import api_route


class InstalledLocationController(http.Controller):
    @api_route(const.ROUTE_LOCATIONS, method="GET")
    def installed_locations(self):
        """Return the locations that the caller may see."""
        locations = self.env["ghl.location"].search([])
        return {"success": True, "locations": locations._api_locations()}

"""All locations at once, for whoever looks after many."""

from odoo import http

from .. import const
from ..engine.fleet.overview import Wanted, fleet
from ..tools.openapi.parameters import FLEET_PARAMS
from .api_common import api_route


class FleetController(http.Controller):
    """One call for any number of locations."""

    @api_route(const.ROUTE_FLEET, method="GET", params=FLEET_PARAMS)
    def fleet(self, **wanted) -> dict:
        """Return the locations that the caller may see, worst first, with totals."""
        return fleet(self.env, Wanted(**wanted))

"""The figures of all locations for Prometheus and its kin."""

from odoo import http
from odoo.http import Response

from .. import const
from ..engine.metrics.scrape import metrics_text
from ..tools.metrics.openmetrics import CONTENT_TYPE
from .api_common import api_route


class MetricsController(http.Controller):
    """One call, read from the database at every scrape."""

    @api_route(const.ROUTE_METRICS, method="GET")
    def metrics(self) -> Response:
        """Return the metrics of the locations that the caller may see."""
        text = metrics_text(self.env)
        return Response(text.encode(), headers={"Content-Type": CONTENT_TYPE})

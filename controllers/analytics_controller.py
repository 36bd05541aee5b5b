"""The analytics page at its own address, and the reference of the JSON API."""

import json

from odoo import http
from odoo.exceptions import AccessError
from odoo.http import Response, request

from .. import const
from ..models.web.ir_http import API_GROUP
from ..tools.openapi.document import build_document
from ..tools.web.bundle import bundle_version
from .api_common import api_route

_CSP = "; ".join(
    (
        "default-src 'self'",
        # Charts set sizes and colours in style attributes.
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)


class AnalyticsController(http.Controller):
    """The page in a window of its own, and the document of the API."""

    @http.route(const.ROUTE_PAGE, type="http", auth="user", methods=["GET"])
    def analytics_page(self, location_id: str | None = None, **_options) -> Response:
        """Return the page; who is not logged in is sent to the login and back here.

        :param location_id: GoHighLevel's id of the location to begin with
        :raise AccessError: for users without our group
        """
        if not self.env.user.has_group(API_GROUP):
            raise AccessError(
                self.env._("You need the access right “GoHighLevel: User”.")
            )
        # As Odoo's web client does: using the page keeps the session alive.
        request.session.touch()
        response = request.render(
            "ghl_contact_sync.ghl_analytics_page",
            {
                "lang": self._get_language(),
                "config": json.dumps(self._get_config(location_id)),
                "version": bundle_version(),
            },
        )
        response.headers["Cache-Control"] = "no-store"
        response.headers["Content-Security-Policy"] = _CSP
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["X-Frame-Options"] = "SAMEORIGIN"
        return response

    def _get_config(self, location_id: str | None) -> dict:
        """Return what the page cannot ask the JSON API for."""
        user = self.env.user
        return {
            "lang": self._get_language(),
            "tz": user.tz or "UTC",
            "apiBase": "/api",
            # Everybody who may read a location may order its sync.
            "user": {"name": user.name, "canSync": True},
            "initialLocationId": location_id[:255] if location_id else None,
            "version": bundle_version(),
            "pageUrl": const.ROUTE_PAGE,
        }

    def _get_language(self) -> str:
        """Return the user's language as browsers name it: pt-BR for pt_BR."""
        code = (self.env.lang or "en_US").partition("@")[0]
        return code.replace("_", "-")

    @api_route(const.ROUTE_OPENAPI, method="GET", auth="none")
    def openapi_document(self) -> dict:
        """Return the OpenAPI document of this API; it needs no credentials."""
        return build_document()

"""One contact in the JSON API: its Odoo contact, and its erasure."""

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request
from odoo.models import BaseModel

from .. import const
from ..engine.api.partners import partner_entry
from ..engine.web.api_error import ApiError
from ..tools.openapi.parameters import ERASE_PARAMS, PARTNER_DECISION, PARTNER_PARAMS
from .api_common import api_route, get_location


class PartnerController(http.Controller):
    """Calls about one contact."""

    @api_route(
        const.ROUTE_PARTNER,
        method="GET",
        params=(*PARTNER_PARAMS, *PARTNER_DECISION),
        by_post=True,
        post_changes=True,
    )
    def contact_partner(
        self,
        location_id: str,
        contact_id: str,
        search: str | None,
        decision: str | None,
        partner_id: int | None,
    ) -> dict:
        """Return the Odoo contact of a contact; as POST, decide on it first."""
        location, contact = self._find(location_id, contact_id)
        if decision:
            if request.httprequest.method != "POST":
                raise ApiError(
                    405,
                    "method_not_allowed",
                    self.env._("A decision is sent by POST."),
                    {"Allow": "POST"},
                )
            self._decide(contact, decision, partner_id)
        return {"success": True, **partner_entry(location, contact, search)}

    @api_route(const.ROUTE_ERASE, method="POST", params=ERASE_PARAMS)
    def contact_erase(self, location_id: str, contact_id: str, confirm: str) -> dict:
        """Erase a person for good, also one of whom only the history is left."""
        location = get_location(self.env, location_id)
        changes = self.env["ghl.contact.change"].search(
            [("location_id", "=", location.id), ("ghl_id", "=", contact_id)], limit=1
        )
        if changes and not changes.contact_id:
            changes._erase()
        else:
            self._find(location_id, contact_id)[1]._erase()
        return {"success": True, "contact_id": contact_id, "erased": True}

    def _find(self, location_id: str, contact_id: str) -> tuple[BaseModel, BaseModel]:
        location = get_location(self.env, location_id)
        contact = self.env["ghl.contact"].with_context(active_test=False)
        contact = contact.search(
            [("location_id", "=", location.id), ("ghl_id", "=", contact_id)]
        )
        if not contact:
            raise ApiError(
                404, "unknown_contact", self.env._("There is no such contact.")
            )
        return location, contact

    def _decide(self, contact, decision: str, partner_id: int | None) -> None:
        if decision == "link" and not partner_id:
            raise ApiError(
                400, "bad_request", self.env._("A link names the Odoo contact.")
            )
        try:
            contact._decide_partner(decision, partner_id)
        except UserError as err:
            if type(err) is not UserError:
                # These kinds have a status of their own.
                raise
            raise ApiError(422, "refused", str(err)) from err

"""One credential: an OAuth app install or a private integration token.

The fields of OAuth, of an agency's install and of calibration stand in modules of their
own beside this one; what is done with them is in `engine/connection/`.
"""

from odoo import api, fields, models

from ...engine.alarm.alarms import note_connections_unlinked
from ...engine.connection.authorize import adopt_private_token
from ...engine.location.guards import check_company, check_no_locations
from ...engine.location.stopping import follow_archived
from ...engine.transaction import lock_rows
from ..foreign_field import ForeignChar

# Columns that nobody may read in a log.
SECRETS = {"private_token", "client_secret"}


class GhlConnection(models.Model):
    _name = "ghl.connection"
    _description = "GoHighLevel Connection"
    _inherit = ["ghl.guarded.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "name, id"

    name = ForeignChar(required=True)
    active = fields.Boolean(default=True)
    auth_kind = fields.Selection(
        [("pit", "Private Integration Token"), ("oauth", "OAuth App")],
        string="Authentication",
        required=True,
        default="pit",
    )
    private_token = fields.Char(
        groups="base.group_system",
        copy=False,
        exportable=False,
        help="Settings › Private Integrations in the GoHighLevel sub-account.",
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    state = fields.Selection(
        [
            ("draft", "Not Tested"),
            ("connected", "Connected"),
            ("needs_reauth", "Needs Reconnection"),
            ("error", "Error"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    state_message = ForeignChar(readonly=True, copy=False)
    page_limit_accepted = fields.Integer(
        readonly=True,
        copy=False,
        help="Contacts a page, where the vendor refuses the size in Settings.",
    )
    location_ids = fields.One2many("ghl.location", "connection_id")

    refused_at = fields.Datetime(
        readonly=True, copy=False, help="Since when the credential is refused."
    )
    probe_at = fields.Datetime(
        readonly=True,
        copy=False,
        help="When the next single request tries the refused credential again.",
    )
    probe_count = fields.Integer(readonly=True, copy=False)

    # === CRUD METHODS === #

    def write(self, vals) -> bool:
        """Write, once it is certain that no location changes hands by it."""
        if "company_id" in vals:
            check_company(self, self.env["res.company"].browse(vals["company_id"]))
        if SECRETS & vals.keys():
            self.check_access("write")
            lock_rows(self)
        result = super().write(vals)
        if "active" in vals:
            follow_archived(self)
        if "private_token" in vals:
            adopt_private_token(self)
        return result

    def unlink(self) -> bool:
        """Tell that the trouble of these connections is over with them."""
        self.check_access("unlink")
        note_connections_unlinked(self.sudo())
        return super().unlink()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_locations(self) -> None:
        check_no_locations(self)

    # === BUSINESS METHODS === #

    def _is_agency(self) -> bool:
        """Tell whether an agency's install reads many locations."""
        return self.user_type == "Company"

    def _get_managers(self) -> models.BaseModel:
        """Return the users who may connect again, in the connection's company."""
        group = self.env.ref("ghl_contact_sync.group_manager")
        return (
            self.env["res.users"]
            .sudo()
            .search(
                [
                    ("all_group_ids", "in", group.ids),
                    ("company_ids", "in", self.company_id.ids),
                    ("share", "=", False),
                ]
            )
        )

"""A location's links to Odoo contacts: whether, how, and how many."""

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...engine.partner.queue import link_all
from ...engine.partner.undo import undo
from ..client_action import notify, open_list


class GhlLocation(models.Model):
    _inherit = "ghl.location"

    partner_link_enabled = fields.Boolean(
        string="Link to Odoo Contacts",
        help="Find, and if set so create, the Odoo contact of each mirrored contact.",
    )
    partner_match_email = fields.Boolean(string="Match by E-mail", default=True)
    partner_match_phone = fields.Boolean(string="Match by Phone", default=True)
    partner_match_additional = fields.Boolean(
        string="Match by Additional E-mails", default=True
    )
    partner_look_hours = fields.Integer(
        string="Look at All Every (Hours)",
        default=24,
        help="Beside what a sync brings, every contact is looked at again after that "
        "long: a field where GoHighLevel leads is written again when somebody has "
        "changed it in Odoo. 0 is never.",
    )
    partner_looked_at = fields.Datetime(
        string="Looked at All", readonly=True, copy=False
    )
    ghl_unique_keys = fields.Char(
        string="GoHighLevel Tells Contacts Apart By",
        readonly=True,
        help="The defaults of the rules, until linking is switched on.",
    )
    partner_no_match = fields.Selection(
        [
            ("leave", "Leave It"),
            ("suggest", "Put It on the Review List"),
            ("create", "Create an Odoo Contact"),
        ],
        string="When Nobody Matches",
        required=True,
        default="create",
    )
    partner_company_policy = fields.Selection(
        [
            ("none", "Do Not Touch"),
            ("link", "Link to a Company of That Name"),
            ("create", "Link, or Create the Company"),
        ],
        string="Companies",
        required=True,
        default="link",
    )
    partner_tag_prefix = fields.Char(
        string="Tag Prefix", help="Stands before each tag that comes from GoHighLevel."
    )
    partner_consent = fields.Boolean(
        string="Keep Blacklists in Step",
        default=True,
        help="Addresses and numbers that a contact has closed at GoHighLevel are put "
        "on Odoo's blacklists, and taken off again when they came from here.",
    )
    partner_mapping_ids = fields.One2many("ghl.partner.mapping", "location_id")
    partner_link_ids = fields.One2many("ghl.partner.link", "location_id")

    partner_linked_count = fields.Integer(
        string="Linked", compute="_compute_partner_counts"
    )
    partner_created_count = fields.Integer(
        string="Created", compute="_compute_partner_counts"
    )
    partner_review_count = fields.Integer(
        string="To Review", compute="_compute_partner_counts"
    )
    partner_refused_count = fields.Integer(
        string="Refused", compute="_compute_partner_counts"
    )
    partner_waiting_count = fields.Integer(
        string="Waiting", compute="_compute_partner_counts"
    )

    partner_user_id = fields.Many2one(
        "res.users",
        string="Work As",
        help="Odoo contacts are created and changed with this user's rights.",
        ondelete="restrict",
    )

    @api.depends("partner_link_ids.state")
    def _compute_partner_counts(self) -> None:
        Link, Todo = self.env["ghl.partner.link"], self.env["ghl.partner.todo"]
        domain = [("location_id", "in", self.ids)]
        groups = Link._read_group(domain, ["location_id", "state"], ["__count"])
        by_state = {(location.id, state): count for location, state, count in groups}
        made = [*domain, ("created_partner", "=", True)]
        created = dict(Link._read_group(made, ["location_id"], ["__count"]))
        different = ["contact_id:count_distinct"]
        waiting = dict(Todo.sudo()._read_group(domain, ["location_id"], different))
        for location in self:
            key = location.id
            location.partner_linked_count = by_state.get((key, "linked"), 0)
            location.partner_review_count = by_state.get((key, "review"), 0)
            location.partner_refused_count = by_state.get((key, "refused"), 0)
            location.partner_created_count = created.get(location, 0)
            location.partner_waiting_count = waiting.get(location, 0)

    @api.constrains("partner_link_enabled", "partner_user_id")
    def _check_partner_user(self) -> None:
        for location in self.filtered("partner_link_enabled"):
            user = location.partner_user_id
            if not user or location.company_id not in user.company_ids:
                raise ValidationError(
                    self.env._(
                        "Choose a user of the company %s to work as.",
                        location.company_id.name,
                    )
                )

    @api.constrains("partner_look_hours")
    def _check_partner_look_hours(self) -> None:
        if any(location.partner_look_hours < 0 for location in self):
            raise ValidationError(self.env._("Hours are 0 or more."))

    # === ACTION METHODS === #

    def action_link_partners(self) -> dict:
        """Look at every contact of the location again (form button)."""
        self.ensure_one()
        self.check_access("write")
        if not self.partner_link_enabled:
            raise UserError(
                self.env._("Switch on “Link to Odoo Contacts” for this location first.")
            )
        link_all(self)
        return notify(
            "info",
            self.env._("The contacts are being linked in the background."),
            refresh=True,
        )

    def action_preview_partners(self) -> dict:
        """Show what linking would do; nothing is written (form button)."""
        self.ensure_one()
        self.check_access("write")
        preview = self.env["ghl.partner.preview"]._make(self)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("What Linking Would Do"),
            "res_model": preview._name,
            "res_id": preview.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_undo_partners(self) -> dict:
        """Switch linking off, and remove what it made and nobody touched."""
        self.ensure_one()
        self.check_access("write")
        self.env["res.partner"].check_access("unlink")
        self.partner_link_enabled = False
        result = undo(self.sudo())
        message = self.env._(
            "%(removed)s Odoo contacts were removed. %(kept)s stay, as somebody has "
            "changed or used them. %(given_back)s that were there before have again "
            "what they had.",
            removed=result.removed,
            kept=result.kept,
            given_back=result.given_back,
        )
        self.message_post(body=message)
        return notify("info", message, refresh=True)

    def action_view_partner_links(self) -> dict:
        """Open the location's links (form button)."""
        domain = [("location_id", "in", self.ids)]
        return open_list(self.env, "ghl_partner_link_action", domain)

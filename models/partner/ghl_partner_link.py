"""The link between a GoHighLevel contact and the Odoo contact that it is."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_datetime

from ...engine.crons.cron_job import cron_job
from ...engine.partner import job
from ...engine.partner.queue import wake_job
from ...tools.partner.history import noted
from .ghl_partner_sight import ReadableMany2one

LINK_STATES = [
    ("review", "To Review"),
    ("linked", "Linked"),
    ("ignored", "Ignored"),
    ("refused", "Refused"),
    ("dissolved", "Dissolved"),
]
LINK_RULES = [
    ("manual", "By Hand"),
    ("email", "E-mail"),
    ("phone", "Phone"),
    ("additional_email", "Additional E-mail"),
    ("name", "Name"),
    ("created", "Created"),
]
DOUBTS = [
    ("several", "Several contacts come into question"),
    ("contradicting", "E-mail and phone name different contacts"),
    ("other_name", "The name is another one"),
    ("other_email", "The phone belongs to somebody with another e-mail"),
    ("archived", "Only an archived contact comes into question"),
    ("name_only", "Name and company are the same, nothing else is"),
    ("nobody", "Nobody comes into question"),
]

# The memory of a link that has no Odoo contact yet.
FORGOTTEN = {
    "created_partner": False,
    "written": False,
    "before": False,
    "skipped": False,
    "applied_at": False,
    "partner_write_date": False,
    "partner_seen_date": False,
}


class GhlPartnerLink(models.Model):
    """One row per GoHighLevel contact; an Odoo contact may have many.

    `partner_id` has a foreign key and no unique constraint: the merge of Odoo contacts
    moves what foreign keys name, and would delete rows that become duplicates.
    """

    _name = "ghl.partner.link"
    _inherit = ["ghl.partner.sight"]
    _description = "Link to an Odoo Contact"
    _order = "id desc"
    _rec_name = "contact_id"

    contact_id = fields.Many2one(
        "ghl.contact",
        string="GoHighLevel Contact",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    location_id = fields.Many2one(
        "ghl.location", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="location_id.company_id", store=True, index=True
    )
    partner_id = ReadableMany2one(
        "res.partner",
        string="Odoo Contact",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    state = fields.Selection(
        LINK_STATES, required=True, readonly=True, default="review"
    )
    rule = fields.Selection(
        LINK_RULES, readonly=True, help="How the Odoo contact was found."
    )
    score = fields.Float(readonly=True, help="How certain the rule is, up to 1.")
    doubt = fields.Selection(
        DOUBTS, string="Reason", readonly=True, help="Why a person has to decide."
    )
    candidate_ids = fields.One2many("ghl.partner.candidate", "link_id", readonly=True)
    created_partner = fields.Boolean(
        string="Created", readonly=True, help="The Odoo contact was made for this one."
    )
    # Values of an Odoo contact that its reader may not see.
    written = fields.Json(
        readonly=True,
        groups="base.group_system",
        help="Per field, the value written last.",
    )
    before = fields.Json(
        readonly=True,
        groups="base.group_system",
        help="Per field, the value before we first wrote it.",
    )
    skipped = fields.Json(readonly=True, help="Per field, why it was not written.")
    skipped_summary = fields.Text(
        string="Not Taken", compute="_compute_skipped_summary"
    )
    applied_hash = fields.Char(readonly=True)
    applied_at = fields.Datetime(string="Last Read", readonly=True)
    partner_write_date = fields.Datetime(
        readonly=True,
        help="The Odoo contact's date of change after our last write, while nobody "
        "else has written.",
    )
    partner_seen_date = fields.Datetime(
        readonly=True, help="The Odoo contact's date of change when we looked last."
    )
    error = fields.Char(readonly=True, help="Why Odoo refused the contact.")
    retry_at = fields.Datetime(readonly=True)
    history = fields.Json(
        string="History as Stored",
        readonly=True,
        help="What was done, the latest first.",
    )
    history_text = fields.Text(string="History", compute="_compute_history_text")
    decided_by = fields.Many2one("res.users", readonly=True, ondelete="set null")
    decided_at = fields.Datetime(readonly=True)

    contact_name = fields.Char(related="contact_id.name")
    contact_email = fields.Char(related="contact_id.email")
    contact_phone = fields.Char(related="contact_id.phone")
    contact_company = fields.Char(related="contact_id.company_name")
    contact_owner = fields.Many2one(related="contact_id.owner_id", string="Owner")
    contact_tag_ids = fields.Many2many(related="contact_id.tag_ids", string="Tags")
    consent_ids = fields.One2many("ghl.consent.entry", "link_id", readonly=True)
    contact_dnd = fields.Boolean(related="contact_id.dnd")
    contact_updated_at = fields.Datetime(
        related="contact_id.date_updated", string="Last Change"
    )

    _contact_uniq = models.Constraint(
        "UNIQUE(contact_id)", "A GoHighLevel contact has one link."
    )
    _state_idx = models.Index("(location_id, state)")
    _retry_idx = models.Index("(retry_at) WHERE retry_at IS NOT NULL")

    @api.depends("skipped", "error")
    def _compute_skipped_summary(self) -> None:
        for link in self:
            link.skipped_summary = "\n".join(link._describe_skipped()) or False

    def _describe_skipped(self) -> list[str]:
        """Return why each field was not taken, as sentences."""
        self.ensure_one()
        reasons = self._reason_words()
        labels = self.env["res.partner"].fields_get(
            list(self.skipped or {}), ["string"]
        )
        return [
            self.env._(
                "%(field)s: %(reason)s",
                field=labels.get(name, {}).get("string", name),
                reason=reasons.get(reason, reason),
            )
            for name, reason in (self.skipped or {}).items()
        ]

    @api.model
    def _reason_words(self) -> dict[str, str]:
        """Return {reason of policy or conversion: what a person reads}."""
        return {
            "local_edit": self.env._("changed in Odoo, and kept"),
            "cleared": self.env._("emptied in Odoo, and kept empty"),
            "has_value": self.env._("Odoo had a value already"),
            "never": self.env._("the mapping says never"),
            "once": self.env._("the mapping says the first time only"),
            "no_text": self.env._("the value is no text"),
            "too_long": self.env._("the text is too long"),
            "no_number": self.env._("the value is no number"),
            "no_whole_number": self.env._("the value is no whole number"),
            "too_large": self.env._("the number is too large"),
            "no_date": self.env._("the value is no date"),
            "no_choice": self.env._("the value is none of the choices"),
            "no_yes_or_no": self.env._("the value is neither yes nor no"),
            "unknown_type": self.env._("fields of this type cannot be filled"),
            "not_found": self.env._("Odoo has no such record"),
            "refused": self.env._("Odoo refused to make such a record"),
        }

    @api.depends("history")
    def _compute_history_text(self) -> None:
        for link in self:
            link.history_text = "\n".join(link._describe_history()) or False

    def _describe_history(self) -> list[str]:
        """Return the history as sentences, in the reader's language and time zone."""
        self.ensure_one()
        words = {
            "created": self.env._("Odoo contact created"),
            "linked": self.env._("linked"),
            "updated": self.env._("written"),
            "refused": self.env._("refused by Odoo"),
            "manual": self.env._("chosen"),
            "ignored": self.env._("ignored"),
            "dissolved": self.env._("unlinked"),
            "review": self.env._("to be matched again"),
        }
        entries = self.history or []
        names = {name for entry in entries for name in entry.get("fields", ())}
        labels = self.env["res.partner"].fields_get(list(names), ["string"])
        lines = []
        for entry in entries:
            at = fields.Datetime.to_datetime(entry["at"])
            line = f"{format_datetime(self.env, at)}: "
            line += words.get(entry["what"], entry["what"])
            told = [labels.get(n, {}).get("string", n) for n in entry.get("fields", ())]
            if told:
                line += f" ({', '.join(told)})"
            if entry.get("by"):
                user = self.env["res.users"].sudo().browse(entry["by"]).exists()
                line += f" – {user.name or entry['by']}"
            lines.append(line)
        return lines

    # === THE JOB === #

    @api.model
    @cron_job
    def _cron_link(self) -> None:
        """Work off the queue of every location, a batch and a commit at a time."""
        job.work_off(self.env)

    # === DECISIONS OF A PERSON === #

    def action_link_first(self) -> bool:
        """Link each to its likeliest candidate (list and form button)."""
        self._check_may_decide()
        for link in self.filtered(lambda one: one.state != "linked"):
            best = link.candidate_ids.filtered("partner_id")[:1]
            if not best:
                raise UserError(
                    self.env._(
                        "“%s” has no candidate. Choose Create, or link it by hand.",
                        link.contact_id.display_name,
                    )
                )
            link.sudo()._link_to(best.partner_id, "manual")
        return True

    def action_create_partner(self) -> bool:
        """Have an Odoo contact made for each (list and form button)."""
        self._check_may_decide()
        wanted = self.filtered(lambda link: not link.partner_id)
        wanted.sudo()._decide({"state": "review", "doubt": False, "rule": "created"})
        return True

    def action_choose_partner(self) -> dict:
        """Ask for the Odoo contact that this one is (form button)."""
        self.ensure_one()
        self._check_may_decide()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Link to Odoo Contact"),
            "res_model": "ghl.partner.choice",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_link_id": self.id,
                "default_partner_id": self.candidate_ids[:1].partner_id.id,
            },
        }

    def action_ignore(self) -> bool:
        """Leave these alone for good; remembered (list and form button)."""
        self._check_may_decide()
        self.sudo()._decide({"state": "ignored", "retry_at": False})
        return True

    def action_dissolve(self) -> bool:
        """Take the link away and leave both contacts as they are (form button)."""
        self._check_may_decide()
        self.sudo()._decide(
            {"state": "dissolved", "partner_id": False, "retry_at": False}
        )
        return True

    def action_read_again(self) -> dict:
        """Read this contact from GoHighLevel now (button on the Odoo contact)."""
        self.ensure_one()
        return self.contact_id.action_read_again()

    def action_open_in_ghl(self) -> dict:
        """Open the contact in GoHighLevel's own app (button on the Odoo contact)."""
        self.ensure_one()
        return self.contact_id.action_open_in_ghl()

    def action_reconsider(self) -> bool:
        """Have the rules decide again (form button)."""
        self._check_may_decide()
        links = self.sudo()
        links._decide(
            {"state": "review", "doubt": False, "rule": False, "applied_hash": False}
        )
        # Values written to an Odoo contact that is gone say nothing of the next.
        links.filtered(lambda link: not link.partner_id).write(FORGOTTEN)
        return True

    def _choose(self, partner) -> None:
        """Link to the Odoo contact that the user has chosen.

        :raise AccessError: the user may not decide, or not change that contact
        """
        self._check_may_decide()
        partner.check_access("write")
        self.sudo()._link_to(partner.sudo(), "manual")

    def _link_to(self, partner, rule: str) -> None:
        """Make a person's choice the link.

        :raise UserError: the partner is of another company
        """
        self.ensure_one()
        if partner.company_id and partner.company_id != self.company_id:
            raise UserError(
                self.env._("This contact belongs to another company of yours.")
            )
        other = FORGOTTEN if partner != self.partner_id else {}
        self._decide(
            {
                **other,
                "state": "linked",
                "partner_id": partner.id,
                "rule": rule,
                "score": 1.0,
                "doubt": False,
                "applied_hash": False,
            }
        )

    def _decide(self, values: dict) -> None:
        """Write what a person chose, with who and when, and have the job look at it."""
        now = fields.Datetime.now()
        what = values.get("rule") or values["state"]
        for link in self:
            timestamp = fields.Datetime.to_string(now)
            history = noted(link.history, timestamp, what, user_id=self.env.uid)
            link.write(
                {
                    **values,
                    "history": history,
                    "decided_by": self.env.uid,
                    "decided_at": now,
                }
            )
        if self and values["state"] in ("linked", "review"):
            for location, links in self.grouped("location_id").items():
                self.env["ghl.partner.todo"]._add(location, links.contact_id.ids)
            wake_job(self.env)
        self.candidate_ids.filtered(
            lambda candidate: candidate.link_id.state != "review"
        ).unlink()

    def _dissolve(self) -> None:
        """Tell that the Odoo contacts of links are gone; others stay as they are."""
        lost = self.filtered(lambda link: link.state in ("linked", "refused"))
        lost.write({"state": "dissolved", "retry_at": False})

    def _check_may_decide(self) -> None:
        """Decide, as somebody who may write contacts of Odoo and see the location.

        :raise AccessError: when the user may not
        """
        self.check_access("read")
        self.location_id.check_access("read")
        self.env["res.partner"].check_access("write")

"""A contact that may have been deleted at GoHighLevel, and what is known of that."""

from odoo import fields, models

from ..contact.ghl_integrity import Many2oneBySets


class GhlDeletionCandidate(models.Model):
    """Written by `engine/deletion/store.py` only, by sets of rows.

    Those that became tombstones stay for as long as the brake looks back.
    """

    _name = "ghl.deletion.candidate"
    _description = "GoHighLevel Deletion Candidate"
    _order = "id"
    _rec_name = "ghl_id"
    _log_access = False

    location_id = fields.Many2one(
        "ghl.location", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="location_id.company_id")
    run_id = fields.Many2one(
        "ghl.sync.run", readonly=True, ondelete="set null", string="Sync Run"
    )
    review_id = fields.Many2one(
        "ghl.deletion.review",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    contact_id = Many2oneBySets("ghl.contact", readonly=True, index=True)
    ghl_id = fields.Char(string="GoHighLevel ID", required=True, readonly=True)
    name = fields.Char(related="contact_id.name")
    email = fields.Char(related="contact_id.email")
    phone = fields.Char(related="contact_id.phone")
    company_name = fields.Char(related="contact_id.company_name")
    last_seen = fields.Datetime(
        related="contact_id.observed_at",
        help="When GoHighLevel showed the state of the contact that is mirrored.",
    )
    origin = fields.Selection(
        [("run", "Sync"), ("webhook", "Webhook")], required=True, readonly=True
    )
    state = fields.Selection(
        [
            ("unseen", "Not Seen"),
            ("not_in_index", "Not Found by Search"),
            ("unverified", "To Be Asked For"),
            ("unconfirmed", "Unconfirmed"),
            ("hidden", "Exists, Not Listed"),
            ("confirmed_deleted", "Confirmed Deleted"),
            ("in_review", "Waits for a Decision"),
            ("accepted", "Accepted"),
            ("kept", "Kept"),
            ("tombstone", "Archived"),
        ],
        required=True,
        readonly=True,
    )
    reason = fields.Char(readonly=True, help="What GoHighLevel says of it.")
    found_at = fields.Datetime(readonly=True, help="When it was first missed.")
    checked_at = fields.Datetime(readonly=True, help="When it was last asked for.")
    confirmed_at = fields.Datetime(
        readonly=True, help="When GoHighLevel denied this very contact."
    )
    tombstoned_at = fields.Datetime(string="Archived On", readonly=True)

    _contact_uniq = models.UniqueIndex(
        "(contact_id) WHERE state <> 'tombstone'",
        "A contact is a candidate for deletion once.",
    )
    _open_idx = models.Index("(location_id) WHERE state <> 'tombstone'")
    _state_idx = models.Index("(location_id, state, id)")
    # The oldest, for the clean-up.
    _age_idx = models.Index("(tombstoned_at) WHERE state = 'tombstone'")
    _run_idx = models.Index("(run_id, state, id)")

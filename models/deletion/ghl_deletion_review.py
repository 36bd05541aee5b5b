"""A question to a person: may so many contacts be deleted?"""

from datetime import datetime, timedelta
from typing import Self

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ...engine.deletion.brake import SPAN_DAYS, share_of
from ...engine.deletion.words import note_undecided
from ...engine.state.show import make_voice
from ...engine.transaction import lock_rows

# An acceptance is good for so long: confirming very many takes days of quota.
ACCEPTED_DAYS = 3
DECISIONS = {"accept": "accepted", "keep": "kept", "verify": "verify"}


class GhlDeletionReview(models.Model):
    """One per run that the brake has stopped. It binds to the contacts of its list."""

    _name = "ghl.deletion.review"
    _description = "GoHighLevel Deletion Review"
    _order = "id desc"

    location_id = fields.Many2one(
        "ghl.location", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="location_id.company_id", store=True, index=True
    )
    run_id = fields.Many2one(
        "ghl.sync.run",
        string="Sync Run",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    state = fields.Selection(
        [
            ("open", "To Be Decided"),
            ("accepted", "Accepted"),
            ("kept", "Kept"),
            ("verify", "Verified Again"),
            ("expired", "Expired"),
            ("superseded", "Replaced"),
            ("void", "No Longer Needed"),
        ],
        default="open",
        required=True,
        readonly=True,
        index=True,
    )
    contact_count = fields.Integer(
        string="Contacts", readonly=True, help="As many as still wait for a decision."
    )
    asked_count = fields.Integer(
        string="Asked About", readonly=True, help="Contacts that were gone at first."
    )
    mirrored = fields.Integer(readonly=True, help="Live contacts at that time.")
    lost = fields.Integer(
        string="Lost Before",
        readonly=True,
        help="Deleted within the week before, without asking.",
    )
    limit = fields.Integer(
        string="Limit (%)", readonly=True, help="May be deleted without asking."
    )
    share = fields.Float(compute="_compute_share", help="Per cent of the mirror.")
    expires_at = fields.Datetime(
        required=True,
        readonly=True,
        default=lambda self: self._default_expires_at(),
        help="Until then it can be decided, and after an acceptance be carried out.",
    )
    decided_by_id = fields.Many2one("res.users", readonly=True)
    decided_at = fields.Datetime(readonly=True)
    candidate_ids = fields.One2many("ghl.deletion.candidate", "review_id")
    question = fields.Char(compute="_compute_question")
    can_decide = fields.Boolean(compute="_compute_can_decide")
    whom_to_ask = fields.Char(compute="_compute_can_decide")

    _open_uniq = models.UniqueIndex(
        "(location_id) WHERE state = 'open'", "A location has one open review."
    )

    # === COMPUTE METHODS === #

    def _default_expires_at(self) -> datetime:
        days = self.env["ghl.settings"]._int("deletion_review_days")
        return fields.Datetime.now() + timedelta(days=days)

    @api.depends("location_id", "create_date")
    def _compute_display_name(self) -> None:
        for review in self:
            review.display_name = self.env._(
                "Deletions of %(location)s", location=review.location_id.name
            )

    @api.depends("contact_count", "mirrored", "lost")
    def _compute_share(self) -> None:
        for review in self:
            review.share = share_of(
                review.contact_count + review.lost, review.mirrored + review.lost
            )

    @api.depends("contact_count", "asked_count", "mirrored", "lost", "limit")
    def _compute_question(self) -> None:
        for review in self:
            review.question = review._question()

    @api.depends_context("uid")
    def _compute_can_decide(self) -> None:
        for review in self:
            review.can_decide = review.location_id.has_access("write")
            review.whom_to_ask = review._administrators()

    def _question(self) -> str:
        """Return in words why a person is asked."""
        self.ensure_one()
        before = ""
        if self.lost:
            before = self.env._(
                " In the %(days)s days before, %(lost)s others were deleted.",
                days=SPAN_DAYS,
                lost=self.lost,
            )
        back = ""
        if self.contact_count < self.asked_count:
            back = self.env._(
                " At first it was %s contacts; the others have been settled since.",
                self.asked_count,
            )
        return self.env._(
            "GoHighLevel no longer has %(gone)s of %(count)s mirrored contacts "
            "(%(share).0f %%).%(back)s%(before)s Up to %(limit)s %% in %(days)s days "
            "may be deleted without asking, and never most of a location. They were "
            "not deleted. Choose “Review Deletions”: a GoHighLevel administrator "
            "decides.",
            gone=self.contact_count,
            count=self.mirrored,
            share=share_of(self.contact_count, self.mirrored),
            back=back,
            before=before,
            limit=self.limit,
            days=SPAN_DAYS,
        )

    def _administrators(self) -> str:
        """Return the names of some who may decide."""
        users = self.env.ref("ghl_contact_sync.group_manager").sudo().all_user_ids
        reviewers = users.filtered(
            lambda user: user.active
            and not user.share
            and user.id != self.env.ref("base.user_root").id
            and self.sudo().company_id in user.company_ids
        )
        return ", ".join(reviewers[:3].mapped("name"))

    # === BUSINESS METHODS === #

    @api.model
    def _current(self, location) -> Self:
        """Return the review of a location that waits for a decision, or none."""
        return self.search(
            [("location_id", "=", location.id), ("state", "=", "open")], limit=1
        )

    @api.model
    def _ask(self, location, run, verdict) -> Self:
        """Ask a person about all candidates that are not decided; return the review.

        What an earlier question was about becomes part of this one.
        """
        self._expire(location)
        old = self._current(location)
        old.state = "superseded"
        old.flush_recordset()
        review = self.create(
            {
                "location_id": location.id,
                "run_id": (run or location.last_run_id).id,
                "mirrored": verdict.mirrored,
                "lost": verdict.lost,
                "limit": verdict.limit,
            }
        )
        review.flush_recordset()
        self.env.cr.execute(
            SQL(
                """
                UPDATE ghl_deletion_candidate
                   SET review_id = %(review)s, state = 'in_review',
                       reason = CASE state WHEN 'in_review' THEN reason
                                WHEN 'confirmed_deleted' THEN %(denied)s
                                ELSE %(missing)s END
                 WHERE location_id = %(location)s
                   AND (state = 'in_review' AND review_id = %(old)s
                        OR state IN ('not_in_index', 'unverified', 'confirmed_deleted')
                           AND review_id IS NULL)
                """,
                review=review.id,
                old=old.id or 0,
                location=location.id,
                denied=self.env._("GoHighLevel says that it does not exist."),
                missing=self.env._("GoHighLevel no longer lists it."),
            )
        )
        review.contact_count = review.asked_count = self.env.cr.rowcount
        self.env["ghl.deletion.candidate"].invalidate_model()
        note_undecided(location)
        return review

    @api.model
    def _recount(self, location) -> None:
        """Bring the open question up to date; it ends once no contact is left in it."""
        review = self._current(location)
        if not review:
            return
        count = review._count_waiting()
        if count != review.contact_count:
            review.contact_count = count
        if not count:
            review.state = "void"

    def _count_waiting(self) -> int:
        """Count the contacts of these reviews that still wait for a decision."""
        waiting = [("review_id", "in", self.ids), ("state", "=", "in_review")]
        return self.env["ghl.deletion.candidate"].search_count(waiting)

    @api.model
    def _expire(self, location) -> None:
        """End reviews and acceptances whose time is over; their contacts stay."""
        now = fields.Datetime.now()
        late = self.search(
            [
                ("location_id", "=", location.id),
                ("state", "in", ["open", "accepted"]),
                ("expires_at", "<=", now),
            ]
        )
        if not late:
            return
        late._release("unconfirmed", self.env._("Nobody decided in time."))
        late.filtered(lambda review: review.state == "open").state = "expired"

    def _release(self, state: str, reason: str | None = None) -> None:
        """Take the contacts out of these reviews, in another state."""
        self.env["ghl.deletion.candidate"].flush_model()
        self.env.cr.execute(
            SQL(
                "UPDATE ghl_deletion_candidate"
                " SET state = %s, reason = %s, review_id = NULL, confirmed_at = NULL"
                " WHERE review_id = ANY(%s) AND state <> 'tombstone'",
                state,
                reason,
                self.ids,
            )
        )
        self.env["ghl.deletion.candidate"].invalidate_model()

    # === DECIDING === #

    def action_accept(self) -> dict:
        """Have each of the contacts confirmed once more, and archived."""
        return self._decide("accept")

    def action_keep(self) -> dict:
        """Leave the contacts as they are, and do not ask about them again."""
        return self._decide("keep")

    def action_verify_again(self) -> dict:
        """Forget what was found, and look again."""
        return self._decide("verify")

    def action_view_contacts(self) -> dict:
        """Open the list of the contacts in question."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "ghl_contact_sync.ghl_deletion_candidate_action"
        )
        return {**action, "domain": [("review_id", "in", self.ids)], "context": {}}

    def _decide(self, decision: str) -> bool:
        """Carry out what a person has decided, once, and log who it was.

        :param decision: accept, keep or verify
        :raise AccessError: the user may not decide
        :raise UserError: it is decided already, or it is too late
        """
        self.ensure_one()
        if not self.location_id.has_access("write"):
            raise AccessError(
                self.env._(
                    "Only a GoHighLevel administrator may decide on deletions. Ask %s.",
                    self._administrators(),
                )
            )
        review = self.sudo()
        # Waits for a run that has it in hand just now.
        lock_rows(review)
        review.invalidate_recordset()
        review._expire(review.location_id)
        review._check_open(decision)
        review._carry_out(decision)
        review.write(
            {
                "state": DECISIONS[decision],
                "decided_by_id": self.env.uid,
                "decided_at": fields.Datetime.now(),
            }
        )
        review._log(decision)
        note_undecided(review.location_id)
        review.location_id._trigger_cron()
        return True

    def _check_open(self, decision: str) -> None:
        if self.state == "open" or (self.state == "kept" and decision == "verify"):
            return
        raise UserError(
            {
                "expired": self.env._(
                    "It is too late: this review has expired. Choose “Verify” on the "
                    "location; if contacts are still gone, you are asked again."
                ),
                "superseded": self.env._(
                    "A later sync found other deletions as well. Decide on its review "
                    "instead: “Review Deletions” on the location opens it."
                ),
                "void": self.env._(
                    "There is nothing to decide any more: none of these contacts is "
                    "missing now."
                ),
            }.get(
                self.state,
                self.env._(
                    "%(user)s has decided already, on %(time)s.",
                    user=self.decided_by_id.name,
                    time=make_voice(self.env).timestamp(
                        self.decided_at or fields.Datetime.now()
                    ),
                ),
            )
        )

    def _carry_out(self, decision: str) -> None:
        if decision == "verify":
            kind = self.run_id.kind if self.run_id.kind == "full" else "verify"
            self.env["ghl.deletion.candidate"].search(
                [("review_id", "=", self.id), ("state", "!=", "tombstone")]
            ).unlink()
            self.location_id._order_sync(kind, "button")
            return
        if decision == "accept":
            self.expires_at = fields.Datetime.now() + timedelta(days=ACCEPTED_DAYS)
        self.env["ghl.deletion.candidate"].flush_model()
        self.env.cr.execute(
            SQL(
                "UPDATE ghl_deletion_candidate SET state = %s, confirmed_at = NULL"
                " WHERE review_id = %s AND state = 'in_review'",
                "accepted" if decision == "accept" else "kept",
                self.id,
            )
        )
        self.env["ghl.deletion.candidate"].invalidate_model()

    def _log(self, decision: str) -> None:
        """Write into the location's chatter who decided what."""
        words = {
            "accept": self.env._(
                "%(user)s accepted the deletion of %(count)s contacts that GoHighLevel "
                "no longer has (sync run %(run)s). Each is confirmed once more before "
                "it is archived."
            ),
            "keep": self.env._(
                "%(user)s keeps %(count)s contacts that GoHighLevel no longer has "
                "(sync run %(run)s)."
            ),
            "verify": self.env._(
                "%(user)s has %(count)s contacts verified again that GoHighLevel no "
                "longer has (sync run %(run)s)."
            ),
        }[decision]
        self.location_id.message_post(
            body=words
            % {
                "user": self.env.user.name,
                "count": self.contact_count,
                "run": self.run_id.id or "-",
            }
        )

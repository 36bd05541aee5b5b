"""Deletions of a location beside its runs: what is undecided, and who goes on."""

import logging
import traceback
from datetime import timedelta

import psycopg2

from odoo import fields, models
from odoo.exceptions import UserError

from ...engine.access.refusals import is_refused, meet_refused_token
from ...engine.deletion.deletions import Deletions
from ...engine.deletion.store import NEEDS_GET, CandidateStore
from ...engine.deletion.words import undecided_words
from ...engine.slice import SliceOver, SyncSlice
from ...tools.errors import GhlAuthError, GhlError, GhlRateLimited
from ...tools.redact import redact

_logger = logging.getLogger(__name__)

# Pause after trouble, and while the quota is short.
PAUSE = timedelta(minutes=10)


class GhlLocation(models.Model):
    _inherit = "ghl.location"

    deletion_review_id = fields.Many2one(
        "ghl.deletion.review",
        string="Deletions to Review",
        compute="_compute_deletion_review_id",
        help="Waits for a person's decision.",
    )

    deletion_question = fields.Char(related="deletion_review_id.question")

    def _compute_deletion_review_id(self):
        Review = self.env["ghl.deletion.review"]
        found = Review.search(
            [
                ("location_id", "in", self.ids),
                ("state", "=", "open"),
                ("expires_at", ">", fields.Datetime.now()),
            ]
        )
        by_location = {review.location_id: review for review in found}
        for location in self:
            location.deletion_review_id = by_location.get(location, Review)

    def action_review_deletions(self):
        """Open the review that waits, else the last one, else what is undecided."""
        self.ensure_one()
        review = self.deletion_review_id or self.env["ghl.deletion.review"].search(
            [("location_id", "=", self.id)], limit=1
        )
        if review:
            return {
                "type": "ir.actions.act_window",
                "res_model": "ghl.deletion.review",
                "res_id": review.id,
                "view_mode": "form",
            }
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "ghl_contact_sync.ghl_deletion_candidate_action"
        )
        return {**action, "domain": [("location_id", "=", self.id)], "context": {}}

    def _candidates(self) -> CandidateStore:
        return CandidateStore(self.env, self, self.env["ghl.sync.run"])

    def _undecided_deletions(self) -> str | None:
        """Return in words what is undecided about deletions, None when nothing is."""
        self.ensure_one()
        return undecided_words(self.env, self._candidates().count_by_state())

    def _note_undecided_deletions(self) -> None:
        """Take the proof back while deletions are undecided."""
        words = self._undecided_deletions()
        if words and self.proof_state != "unknown":
            self.sudo().write({"proof_state": "not_proven", "proof_message": words})

    # === IN THE BACKGROUND === #

    def _confirm_deletions(self) -> None:
        """Ask for candidates one by one, between the runs of the location's cron.

        Deltas, verifies and webhooks come first; what a run has left is done here over
        as many slices, or days of quota, as it takes.
        """
        self.ensure_one()
        location = self.sudo().with_context(tracking_disable=True)
        if not location._candidates().count(*NEEDS_GET, "confirmed_deleted"):
            return
        if is_refused(location) or location.connection_id.is_moved:
            return
        if not self.env["ir.cron"]._commit_progress(0, remaining=1):
            location._wake_next_slice()
            return
        with location._only_writer() as alone:
            if alone:
                location._confirm_deletions_alone()

    def _confirm_deletions_alone(self) -> None:
        own_slice = None
        try:
            own_slice = SyncSlice(self.env["ghl.sync.run"], self)
            self._confirm_within(own_slice)
            self.env["ir.cron"]._commit_progress(0, remaining=0)
        except SliceOver:
            self._wake_next_slice()
        except (GhlError, UserError) as err:
            _logger.info("location %s: deletions wait: %s", self.id, err)
            self._put_deletions_off(err, bool(own_slice and own_slice.accepted))
        except (psycopg2.OperationalError, psycopg2.InterfaceError):
            raise
        # The boundary of the worker: what nobody foresaw must not have Odoo switch the
        # location's cron off.
        except Exception as err:  # noqa: BLE001
            # Masked: a database error quotes values, and those are personal data.
            trace = redact(traceback.format_exc())
            _logger.error("location %s: deletions failed\n%s", self.id, trace)
            self._put_deletions_off(err, accepted=True)
        finally:
            if own_slice:
                own_slice.close()

    def _put_deletions_off(self, err: Exception, accepted: bool) -> None:
        """Go on after a pause, or when the vendor says so.

        :param accepted: whether the token has worked in this slice
        """
        self.env.cr.rollback()
        self.env.invalidate_all(flush=False)
        moment = fields.Datetime.now() + PAUSE
        if isinstance(err, GhlAuthError):
            meet_refused_token(self, err, accepted)
        elif isinstance(err, GhlRateLimited) and err.resume_at:
            moment = err.resume_at_utc
        self._wake_for_deletions(moment)
        self.env["ir.cron"]._commit_progress(0, remaining=0)

    def _confirm_within(self, own_slice) -> None:
        own_slice.save(self._begin_confirming)
        if Deletions(own_slice).go_on():
            moment = fields.Datetime.now() + PAUSE
            own_slice.save(lambda: self._wake_for_deletions(moment))
        else:
            own_slice.save(self._end_confirming)

    def _begin_confirming(self) -> None:
        self.env["ghl.deletion.review"]._expire(self)
        self._note_undecided_deletions()

    def _end_confirming(self) -> None:
        self._note_undecided_deletions()
        if self._candidates().has_tombstones(self.last_run_id.finished_at):
            # Else a verify would only find again what is not clear.
            self._order_sync("verify", "cron")

    def _wake_for_deletions(self, moment) -> None:
        self._plan_wake(fields.Datetime.now() + timedelta(seconds=1), moment)

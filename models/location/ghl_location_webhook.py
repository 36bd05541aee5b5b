"""Do webhooks arrive, and do they tell everything? What a location knows of that."""

from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL

from ...engine.clock import SKEW, known, mark_bound
from ..foreign_field import ForeignChar

# Silence is unusual when it lasts this many times the location's usual interval …
SILENCE_FACTOR = 10
# … but never below this: people go to lunch.
MIN_SILENCE = timedelta(hours=1)
RHYTHM = timedelta(days=7)
# Events of that age at the most may still be on their way.
GRACE_MS = 120_000
# The event is made after the change that it tells of, on another machine's clock.
SKEW_MS = 5_000


class GhlLocation(models.Model):
    _inherit = "ghl.location"

    webhook_state = fields.Selection(
        [("none", "None Received"), ("ok", "Arriving"), ("gap", "Gap")],
        string="Webhooks",
        default="none",
        readonly=True,
        copy=False,
    )
    webhook_message = ForeignChar(readonly=True, copy=False)
    last_event_at = fields.Datetime(
        string="Last Webhook", readonly=True, copy=False, help="Last one received."
    )
    # Changes up to here have been compared with the events that told of them.
    webhook_judged_ms = fields.Float(readonly=True, copy=False)
    event_ids = fields.One2many("ghl.webhook.event", "location_id")

    def action_view_events(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "ghl_contact_sync.ghl_webhook_event_action"
        )
        return {**action, "domain": [("location_id", "in", self.ids)]}

    def _note_events(self, received_at) -> None:
        """Keep when the last event came."""
        last = known(self.last_event_at)
        if not last or received_at > last:
            self.last_event_at = received_at
        if self.webhook_state == "none":
            self.write(
                {"webhook_state": "ok", "webhook_judged_ms": _epoch_ms(received_at)}
            )

    # === GAPS === #

    def _judge_webhooks(self, run) -> None:
        """Compare what a run brought with what webhooks told.

        A change that is neither fresh nor covered by an event is one that a webhook
        should have brought. The run has brought it now, so the gap is closed; that
        there was one is shown until a later run finds none.
        """
        self.ensure_one()
        if not self.last_event_at:
            return
        upper = _epoch_ms(run.started_at) - GRACE_MS
        lower = self.webhook_judged_ms
        if lower > mark_bound():
            # By a clock that was ahead: begin anew.
            self.webhook_judged_ms = upper
            return
        if upper <= lower:
            return
        missed = self._count_missed(run, lower, upper)
        values = {"webhook_judged_ms": upper}
        if missed:
            values["webhook_state"] = "gap"
            values["webhook_message"] = self.env._(
                "%(missed)s changes came without a webhook; a sync has brought them. "
                "If it happens again, look at the app's webhook settings and log at "
                "GoHighLevel.",
                missed=missed,
            )
        elif self.webhook_state == "gap":
            values.update(webhook_state="ok", webhook_message=False)
        self.write(values)

    def _count_missed(self, run, lower: float, upper: float) -> int:
        """Return how many changes of [lower, upper) no event told of.

        Index ranges by date of change (live contacts) and by the run's deletions.
        """
        self.env.cr.execute(
            SQL(
                """
                SELECT count(*) FROM (
                    SELECT c.ghl_id, c.date_updated_ms AS ms
                      FROM ghl_contact c
                     WHERE c.location_id = %(location)s AND c.active
                       AND c.date_updated_ms >= %(lower)s
                       AND c.date_updated_ms < %(upper)s
                       AND c.observed_at BETWEEN %(started)s AND %(now)s
                    UNION ALL
                    SELECT c.ghl_id, %(lower)s
                      FROM ghl_contact c
                     WHERE %(deletions)s AND c.location_id = %(location)s
                       AND NOT c.active
                       AND c.deleted_at BETWEEN %(started)s AND %(now)s
                    ) changed
                 WHERE NOT EXISTS (
                       SELECT FROM ghl_webhook_event e
                        WHERE e.location_id = %(location)s
                          AND e.contact_ghl_id = changed.ghl_id
                          AND e.state != 'ignored'
                          AND e.event_ms >= changed.ms - %(skew)s)
                """,
                location=self.id,
                lower=lower,
                upper=upper,
                started=run.started_at,
                now=fields.Datetime.now() + SKEW,
                deletions=bool(run.contacts_deleted),
                skew=SKEW_MS,
            )
        )
        return self.env.cr.fetchone()[0]

    def _check_silence(self) -> None:
        """Order a read of changes when webhooks have been silent for unusually long."""
        self.ensure_one()
        last = known(self.last_event_at)
        if not (last and self.auto_sync and self.last_full_at):
            return
        silent = fields.Datetime.now() - last
        if silent < MIN_SILENCE:
            return
        usual = self._usual_silence()
        read = known(self.last_delta_at)
        if silent < usual or (read and read >= last + usual):
            return
        self._order_sync("delta", "webhook")

    def _usual_silence(self) -> timedelta:
        """Return the silence that is not remarkable, by the last week's rhythm."""
        since = self.last_event_at - RHYTHM
        count = self.env["ghl.webhook.event"].search_count(
            [("location_id", "=", self.id), ("received_at", ">=", since)]
        )
        return max(MIN_SILENCE, SILENCE_FACTOR * RHYTHM / max(count, 1))


def _epoch_ms(moment) -> float:
    epoch = fields.Datetime.to_datetime("1970-01-01")
    return (moment - epoch).total_seconds() * 1_000

"""The inbox of webhooks: one record is one delivery that is ours."""

import logging
from datetime import timedelta

from psycopg2 import errorcodes
from psycopg2.extras import Json

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import SQL

from ...engine.clock import SKEW
from ...engine.connection.database_identity import check_is_here
from ...engine.crons import own_crons
from ...engine.crons.cron_job import cron_job
from ...engine.transaction import retry_transaction
from ...tools.correlation import current_id
from ...tools.webhook.envelope import APP, OTHER, WebhookEvent
from ...tools.webhook.refusals import UNKNOWN_APP, UNKNOWN_LOCATION
from ..foreign_field import ForeignChar

_logger = logging.getLogger(__name__)


class GhlWebhookEvent(models.Model):
    """A change notification: ids and times, no data; that is read again upstream."""

    _name = "ghl.webhook.event"
    _description = "GoHighLevel Webhook Event"
    _order = "id desc"
    _rec_name = "webhook_id"
    # Written by SQL in the shortest possible request.
    _log_access = False

    webhook_id = fields.Char(string="Webhook ID", required=True, readonly=True)
    event_type = ForeignChar(string="Event", required=True, readonly=True)
    connection_id = fields.Many2one(
        "ghl.connection", required=True, readonly=True, index=True, ondelete="cascade"
    )
    location_id = fields.Many2one("ghl.location", readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="connection_id.company_id")
    contact_ghl_id = ForeignChar(string="Contact ID", readonly=True)
    app_id = ForeignChar(string="App ID", readonly=True)
    details = fields.Json(readonly=True, help="Of installs: kind, location, agency.")
    event_at = fields.Datetime(
        string="Happened", readonly=True, help="The event's own timestamp."
    )
    event_ms = fields.Float(readonly=True, help="The same, in epoch milliseconds.")
    received_at = fields.Datetime(string="Received", readonly=True)
    state = fields.Selection(
        [("new", "New"), ("done", "Done"), ("ignored", "Ignored"), ("dead", "Failed")],
        required=True,
        readonly=True,
    )
    attempts = fields.Integer(readonly=True, help="How often handling it failed.")
    rechecks = fields.Integer(
        readonly=True, help="How often the search did not show the change yet."
    )
    next_try_at = fields.Datetime(readonly=True)
    handled_at = fields.Datetime(readonly=True)
    correlation_id = fields.Char(
        string="Request ID", readonly=True, help="Of the delivery, as the log tells it."
    )
    reason = ForeignChar(readonly=True, help="Why it was ignored, failed or waits.")

    _webhook_id_uniq = models.Constraint(
        "UNIQUE(webhook_id)", "A webhook is stored once."
    )
    _inbox_idx = models.Index("(location_id, id) WHERE state = 'new'")
    # Tells whether somebody has been woken already; see `_wake_worker`.
    _fresh_idx = models.Index(
        "(location_id, id) WHERE state = 'new' AND next_try_at IS NULL"
    )
    # The first that waits, whatever the number of others.
    _waiting_idx = models.Index(
        "(location_id, next_try_at) WHERE state = 'new' AND next_try_at IS NOT NULL"
    )
    _contact_idx = models.Index("(location_id, contact_ghl_id, event_ms)")
    _received_idx = models.Index("(received_at)")

    # === RECEIVING === #

    @api.model
    def _ingest(self, event: WebhookEvent) -> str:
        """Store a verified event for good, and have it handled soon.

        :return: stored, duplicate or ignored; unknown_app and unknown_location when it
            concerns nothing of ours
        """
        Event = self.with_user(SUPERUSER_ID)
        outcome, stored = Event._receive(event)
        if stored:
            # The commit comes first: others must see the event before it shows whether
            # somebody must be woken.
            self.env.cr.commit()  # pylint: disable=invalid-commit
            stored._wake_worker()
        return outcome

    def _receive(self, event: WebhookEvent) -> tuple:
        """Insert an event once, in the current transaction, which did nothing before.

        :return: (stored, duplicate or ignored; the new record to be handled, if any)
        """
        return retry_transaction(
            lambda: self._store(event),
            # A new transaction sees who won.
            undo=self.env.cr.rollback,
            # Losing a race (two deliveries of one event) is not worth the long pauses
            # that Odoo makes before it repeats a request.
            pause=0,
            more=(errorcodes.LOCK_NOT_AVAILABLE,),
        )

    def _store(self, event: WebhookEvent) -> tuple:
        target = self._find_target(event)
        if not target:
            return self._why_nobodys(event), self.browse()
        location_id, connection_id, reason = target
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO ghl_webhook_event (
                    webhook_id, event_type, connection_id, location_id,
                    contact_ghl_id, app_id, details, event_at, event_ms,
                    received_at, state, reason, attempts, rechecks,
                    correlation_id)
                VALUES (
                    %(webhook)s, %(type)s, %(connection)s, %(location)s,
                    %(contact)s, %(app)s, %(details)s,
                    TIMESTAMP 'epoch' + %(ms)s * INTERVAL '1 millisecond', %(ms)s,
                    now() AT TIME ZONE 'UTC', %(state)s, %(reason)s, 0, 0,
                    %(correlation)s)
                ON CONFLICT (webhook_id) DO NOTHING
                RETURNING id
                """,
                webhook=event.webhook_id,
                type=event.type,
                connection=connection_id,
                location=location_id,
                contact=event.contact_id,
                app=event.app_id,
                details=Json(event.details) if event.details else None,
                ms=event.timestamp_ms,
                state="ignored" if reason else "new",
                reason=reason,
                correlation=current_id(),
            ),
            log_exceptions=False,
        )
        row = self.env.cr.fetchone()
        if reason:
            return UNKNOWN_APP, self.browse()
        return ("stored", self.browse(row)) if row else ("duplicate", self.browse())

    def _find_target(self, event: WebhookEvent) -> tuple | None:
        """Return (location id, connection id, why it is ignored).

        None when the event concerns nothing of ours: agency apps tell of every
        sub-account, mirrored or not, and such events are only counted.

        :raise GhlDatabaseMoved: this is a copy of the database that it is meant for
        """
        if event.kind == OTHER:
            return None
        if event.kind == APP:
            connections = self.env["ghl.connection"]._find_by_app(event.app_id)
            here = connections.filtered(lambda one: not one.is_moved)
            if not here:
                check_is_here(connections)
                return None
            # Its users see it: that of the account which the event tells, if there is.
            company, place = event.details.get("companyId"), event.location_id
            told = here.filtered(
                lambda one: (company and one.ghl_company_id == company)
                or (place and place in one.location_ids.mapped("ghl_id"))
            )
            return None, (told or here)[0].id, None
        location = self.env["ghl.location"].search_fetch(
            [
                ("ghl_id", "=", event.location_id or ""),
                ("connection_id.active", "=", True),
            ],
            ["connection_id"],
            limit=1,
        )
        if not location:
            return None
        connection = location.connection_id
        check_is_here(connection)
        reason = None
        if event.app_id not in connection._get_app_ids():
            reason = self.env._(
                "The app %s is not the connection's own, and Settings do not name it.",
                event.app_id,
            )
        return location.id, connection.id, reason

    def _why_nobodys(self, event: WebhookEvent) -> str:
        """Return what becomes of an event that concerns nothing of ours."""
        if event.kind == OTHER:
            return "ignored"
        if event.kind != APP:
            return UNKNOWN_LOCATION
        known = event.app_id in self.env["ghl.settings"]._webhook_app_ids()
        # One that Settings name is welcome, though nobody reads by its installs.
        return "ignored" if known else UNKNOWN_APP

    def _wake_worker(self) -> None:
        """Wake the worker of a committed event, unless an earlier one waits as well.

        Whoever handles the earlier one looks again afterwards, and sees this one too:
        it was there before. The earliest of all always wakes.
        """
        self.env.cr.execute(
            SQL(
                """
                SELECT e.location_id, EXISTS (
                           SELECT FROM ghl_webhook_event other
                            WHERE other.location_id IS NOT DISTINCT FROM e.location_id
                              AND other.state = 'new' AND other.next_try_at IS NULL
                              AND other.id < e.id
                              -- One that waits for long was left by a worker that
                              -- had just looked for the last time.
                              AND (e.location_id IS NOT NULL OR other.received_at
                                   > e.received_at - interval '5 seconds'))
                  FROM ghl_webhook_event e WHERE e.id = %s
                """,
                self.id,
            )
        )
        [(location_id, is_handled)] = self.env.cr.fetchall()
        if is_handled:
            return
        if location_id:
            self.env["ghl.location"].browse(location_id)._trigger_cron()
        else:
            own_crons.trigger(self.env, "ir_cron_webhooks")

    # === SEEING TO IT THAT NOTHING STAYS BEHIND === #

    @api.model
    @cron_job
    def _cron_look_after(self) -> None:
        """Handle what belongs to no location, and wake workers that slept through.

        An event whose wake-up was lost in a crash would wait for the cron's next call.
        """
        self._drain_app_events()
        now = fields.Datetime.now()
        self.flush_model()
        # Received by a clock that was ahead: when it was to be tried is not known.
        self.env.cr.execute(
            SQL(
                """
                UPDATE ghl_webhook_event SET received_at = %s, next_try_at = NULL
                 WHERE state = 'new' AND received_at > %s
                """,
                now,
                now + SKEW,
            )
        )
        self.invalidate_model()
        self.env.cr.execute(
            SQL(
                """
                SELECT DISTINCT location_id FROM ghl_webhook_event
                 WHERE state = 'new' AND location_id IS NOT NULL
                   AND received_at < %s
                   AND (next_try_at IS NULL OR next_try_at <= %s)
                """,
                now - timedelta(minutes=1),
                now,
            )
        )
        ids = [location_id for (location_id,) in self.env.cr.fetchall()]
        for location in self.env["ghl.location"].browse(ids).filtered("active"):
            location._trigger_cron()

    # === ACTIONS === #

    def action_replay(self) -> bool:
        """Handle the events again, as if they had just arrived."""
        for location in self.location_id:
            location.check_access("write")
        self.connection_id.check_access("write")
        self.sudo()._replay()
        return True

    def _replay(self) -> None:
        self.write(
            {
                "state": "new",
                "attempts": 0,
                "rechecks": 0,
                "next_try_at": False,
                "handled_at": False,
                "reason": False,
            }
        )
        for location in self.location_id.filtered("active"):
            location._trigger_cron()
        if any(not event.location_id for event in self):
            own_crons.trigger(self.env, "ir_cron_webhooks")

"""States of a webhook event: settled, looked at again, postponed, given up."""

import logging
import traceback
from datetime import timedelta
from functools import partial

from psycopg2.errors import LockNotAvailable

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...engine.connection import agency
from ...engine.crons.location_cron import wake_next_slice
from ...engine.transaction import (
    DATABASE_GONE,
    retry_transaction,
    roll_back,
    seconds_left,
)
from ...tools.errors import GhlError
from ...tools.log_line import log_line
from ...tools.webhook.pace import RECHECK_DELAYS, ROUND

_logger = logging.getLogger(__name__)

# Failures: 30 s, 1 min … 1 h, about four hours in all.
MAX_ATTEMPTS = 10
FIRST_PAUSE = 30
MAX_PAUSE = 3_600
# An event that lost to another transaction is applied again so often at once.
TRIES = 3


class GhlWebhookEvent(models.Model):
    _inherit = "ghl.webhook.event"

    def _settle(self, state: str, reason: str | None = None) -> None:
        self.write(
            {
                "state": state,
                "reason": reason,
                "next_try_at": False,
                "handled_at": fields.Datetime.now(),
            }
        )

    def _schedule_recheck(self) -> None:
        """Come back when the search has had time to show the change."""
        for event in self:
            pause = RECHECK_DELAYS[min(event.rechecks, len(RECHECK_DELAYS) - 1)]
            event.write(
                {
                    "rechecks": event.rechecks + 1,
                    "next_try_at": fields.Datetime.now() + timedelta(seconds=pause),
                    "reason": self.env._("The search does not show the change yet."),
                }
            )

    def _postpone(self, reason: str, resume_at=None, final: bool = False) -> None:
        """Try again later: at a known moment, else with growing pauses, else never."""
        now = fields.Datetime.now()
        for event in self:
            attempts = event.attempts + (resume_at is None)
            if final or attempts >= MAX_ATTEMPTS:
                event.attempts = attempts
                event._settle("dead", reason)
                continue
            pause = min(MAX_PAUSE, FIRST_PAUSE * 2 ** max(0, attempts - 1))
            timestamp = resume_at or now + timedelta(seconds=pause)
            event.write(
                {
                    "attempts": attempts,
                    "reason": reason,
                    "next_try_at": timestamp.replace(microsecond=0),
                }
            )

    def _drain_app_events(self) -> None:
        """Tell connections of installs and removals of their app.

        Until none is left: what arrives meanwhile counts on that, and wakes nobody. So
        what is left when the time is up, or the job fails, brings the worker back.
        """
        inbox = Domain("location_id", "=", False) & Domain("state", "=", "new")
        while True:
            now = fields.Datetime.now()
            due = Domain("next_try_at", "=", False) | Domain("next_try_at", "<=", now)
            events = self.search(inbox & due, order="event_ms, id", limit=ROUND)
            if not events:
                break
            if not seconds_left(self.env):
                wake_next_slice(self.env)
                break
            self._apply_app_events(events)

    def _apply_app_events(self, events) -> None:
        """Apply events one by one, each committed by itself."""
        for left, event in zip(range(len(events), 0, -1), events, strict=True):
            self.env["ir.cron"]._commit_progress(0, remaining=left)
            try:
                # GoHighLevel is only asked: what it tells may be asked for again.
                retry_transaction(
                    partial(self._apply_app_event, event),
                    undo=partial(roll_back, self.env),
                    tries=TRIES,
                )
            # It was waited for already, for as long as whoever has it can.
            except LockNotAvailable:
                reason = self.env._("Another process renews the token just now.")
                self._recover(event, reason)
            except DATABASE_GONE:
                raise
            except (GhlError, UserError) as err:
                self._recover(event, str(err))
            # As above: one event must not hold up the others.
            except Exception:  # noqa: BLE001
                # Masked: a database error quotes values.
                trace = traceback.format_exc()
                _logger.error(log_line("event_crashed", trace, webhook_event=event.id))
                self._recover(event, self.env._("An unexpected error; see the log."))
            self.env["ir.cron"]._commit_progress(1, remaining=left - 1)

    def _apply_app_event(self, event) -> None:
        later = self.search(
            [
                ("location_id", "=", False),
                ("app_id", "=", event.app_id),
                ("event_ms", ">", event.event_ms),
                ("event_type", "in", ("INSTALL", "UNINSTALL")),
                ("state", "in", ("new", "done")),
            ]
        )
        if any(_same_place(event.details, other.details) for other in later):
            event._settle("ignored", self.env._("A later event told otherwise."))
            return
        connections = self.env["ghl.connection"]._find_by_app(event.app_id)
        details = event.details or {}
        agency.apply_install_event(connections, event.event_type, details)
        event._settle("done")
        # What is pending may lose to another transaction as well.
        self.env.cr.flush()

    def _recover(self, event, reason: str) -> None:
        roll_back(self.env)
        event._postpone(reason)


def _same_place(one: dict | None, other: dict | None) -> bool:
    keys = ("locationId", "companyId")
    one, other = one or {}, other or {}
    return one.get("locationId") == other.get("locationId") and all(
        one.get(key) == other.get(key)
        for key in keys
        if one.get(key) and other.get(key)
    )

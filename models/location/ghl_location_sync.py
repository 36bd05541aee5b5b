"""Ordering syncs: everybody who wants one comes through `_order_sync`."""

import logging

from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Command

from ...engine.connection.check import check_may_ask
from ...engine.content.pace import exact_now
from ...engine.crons.cron_job import cron_job
from ...engine.crons.mend import revive_for
from ...engine.location.orders import PERSONAL, join_as_person, outcome, resume
from ...engine.location.stopping import why_stopped
from ...engine.location_job import work_on
from ...engine.plan.estimate import note_estimate
from ...engine.transaction import race_to_make
from ...tools.correlation import current_id, new_id
from ...tools.log_line import log_line
from ..client_action import notify, open_list, reload_view

_logger = logging.getLogger(__name__)


class GhlLocation(models.Model):
    _inherit = "ghl.location"

    # === ACTION METHODS === #

    def action_sync_all(self) -> dict:
        """Order a full sync; of many locations after telling what it costs (button)."""
        return self._action_order("full")

    def action_sync_delta(self) -> dict:
        """Have changes read, as `action_sync_all`."""
        return self._action_order("delta")

    def action_verify(self) -> dict:
        """Have the mirror verified, as `action_sync_all`."""
        return self._action_order("verify")

    def action_cancel_sync(self) -> bool:
        """Stop the active run of each location (form button)."""
        self.check_access("read")
        for location in self:
            location._cancel_sync()
        return True

    def action_try_now(self) -> dict:
        """Have what waits try at once, by one request (form button)."""
        self.check_access("read")
        resumed = [location for location in self if resume(location)[0] == "resumed"]
        if resumed:
            message = self.env._(
                "One request is sent now; what it is answered shows in a moment."
            )
        else:
            message = self.env._("Nothing waits here.")
        return notify("info", message, refresh=True)

    def action_switch_on(self) -> dict:
        """Read these locations by schedule again (button beside the state)."""
        self.check_access("write")
        self.write({"auto_sync": True})
        return reload_view()

    def action_test_connection(self) -> dict:
        """Have GoHighLevel asked for the location (form button)."""
        self.ensure_one()
        self.check_access("write")
        check_may_ask(self.connection_id)
        self.connection_id._order_task("test_location", self)
        return self.connection_id._task_ordered()

    def action_view_contacts(self) -> dict:
        """Open the location's contacts (form button)."""
        domain = [("location_id", "in", self.ids)]
        return open_list(self.env, "ghl_contact_action", domain)

    def action_view_runs(self) -> dict:
        """Open the location's runs (form button)."""
        domain = [("location_id", "in", self.ids)]
        return open_list(self.env, "ghl_sync_run_action", domain)

    def _action_order(self, kind: str) -> dict:
        # Every reader of a location may order its sync.
        self.check_access("read")
        if len(self) > 1:
            # The cost of one order stands on its form; that of many is told first.
            order = {"kind": kind, "location_ids": [Command.set(self.ids)]}
            return self.env["ghl.sync.order"].create(order)._open()
        run, created = self._order_sync(kind, "button")
        return notify("info", outcome(run, created, kind).message, refresh=True)

    # === ORDERING === #

    def _order_sync(
        self,
        kind: str = "full",
        origin: str = "button",
        choice: dict | None = None,
    ) -> tuple[models.BaseModel, bool]:
        """Create the location's active run, or join it, and wake its cron.

        Returns at once; the cron does the work. A stronger kind than that of the
        active run is remembered and follows it.

        :param choice: why this kind was chosen, to be kept with a new run
        :return: (run, whether it was created)
        :raise ConcurrencyError: to be begun again, in a new transaction
        :raise UserError: the location, or its connection, is archived
        """
        self.ensure_one()
        stopped = why_stopped(self)
        if stopped:
            raise UserError(stopped[0])
        Run = self.env["ghl.sync.run"].sudo()
        run = Run._get_active(self)
        if kind == "audit" and origin in PERSONAL and run.kind != "full" and not choice:
            # Kept until it is done, whatever goes first.
            self.sudo().audit_requested_at = exact_now()
        created = not run
        if created:
            values = {
                "location_id": self.id,
                "kind": kind,
                "origin": origin,
                "user_id": self.env.uid,
                "choice": choice or False,
                "correlation_id": current_id() or new_id(),
            }
            # Begun again, it joins the run of whoever was quicker.
            with race_to_make():
                run = Run.create(values)
            note_estimate(run)
        else:
            run._join(kind)
            if origin in PERSONAL:
                join_as_person(run)
        revive_for(self, origin)
        self._trigger_cron()
        _logger.info(
            log_line(
                "sync_ordered",
                run=run.id,
                location=self.id,
                kind=kind,
                origin=origin,
                created=created,
                run_correlation_id=run.correlation_id or None,
            )
        )
        return run.with_env(self.env), created

    def _cancel_sync(self) -> bool:
        """Ask the active run to stop after the page in hand; False when none runs."""
        self.ensure_one()
        run = self.env["ghl.sync.run"].sudo()._get_active(self)
        if run:
            run._request_cancel()
            self._trigger_cron()
        return bool(run)

    # === THE CRON === #

    @cron_job
    def _cron_sync(self) -> None:
        """Do one slice of the location's work: the body of its own cron."""
        work_on(self)

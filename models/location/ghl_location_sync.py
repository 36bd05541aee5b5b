"""Ordering syncs: everybody who wants one comes through `_order_sync`."""

import logging
import time

import psycopg2
from psycopg2 import errorcodes

from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...engine.access.refusals import is_refused
from ...engine.clock import is_fresh, known
from ...engine.location.details import store_details
from ...engine.location.figures import store_total
from ...engine.location.orders import PERSONAL, ask_for_probe, outcome, resume
from ...engine.location.stopping import why_stopped
from ...engine.location.watchdog import mend_own, revive_for
from ...engine.probe import try_refused
from ...engine.slice import commit_or_retry
from ...engine.transaction import end_transaction, own_cursor

_logger = logging.getLogger(__name__)

# A race for the one active run of a location is lost at most this often.
_ORDER_TRIES = 5
# After a verify that failed the next one is due in an hour, after another in two …
MAX_VERIFY_PAUSES = 5
_RACES = (
    errorcodes.UNIQUE_VIOLATION,
    errorcodes.SERIALIZATION_FAILURE,
    errorcodes.DEADLOCK_DETECTED,
)


class GhlLocation(models.Model):
    _inherit = "ghl.location"

    # === ACTION METHODS === #

    def action_sync_all(self):
        """Order a full sync of each location (form button)."""
        return self._action_order("full")

    def action_sync_delta(self):
        return self._action_order("delta")

    def action_verify(self):
        return self._action_order("verify")

    def action_cancel_sync(self):
        self._check_may_sync()
        for location in self:
            location._cancel_sync()
        return True

    def action_try_now(self):
        """Have what waits try at once, by one request (form button)."""
        self._check_may_sync()
        resumed = [location for location in self if resume(location)[0] == "resumed"]
        if resumed:
            message = self.env._(
                "One request is sent now; what it is answered shows in a moment."
            )
        else:
            message = self.env._("Nothing waits here.")
        return self._notify_user("info", message, refresh=True)

    def action_test_connection(self):
        """Have GoHighLevel asked for the location (form button)."""
        self.ensure_one()
        self.check_access("write")
        self.connection_id._check_may_ask()
        self.connection_id._order_task("test_location", self)
        return self.connection_id._task_ordered()

    def action_view_contacts(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "ghl_contact_sync.ghl_contact_action"
        )
        return {**action, "domain": [("location_id", "in", self.ids)]}

    def action_view_runs(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "ghl_contact_sync.ghl_sync_run_action"
        )
        return {**action, "domain": [("location_id", "in", self.ids)]}

    def _action_order(self, kind: str):
        self._check_may_sync()
        told = {}
        for location in self:
            run, created = location._order_sync(kind, "button")
            told[location] = outcome(run, created, kind).message
        messages = set(told.values())
        if len(messages) > 1:
            message = "\n".join(f"{one.name}: {text}" for one, text in told.items())
        else:
            message = "".join(messages)
        return self._notify_user("info", message, refresh=True)

    def _notify_user(self, kind: str, message: str, refresh: bool = False) -> dict:
        params = {"type": kind, "message": message, "sticky": False}
        if refresh:
            params["next"] = {"type": "ir.actions.client", "tag": "soft_reload"}
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": params,
        }

    def _check_may_sync(self) -> None:
        """Every reader of a location may order its sync.

        :raise AccessError: when the user may not even read it
        """
        self.check_access("read")

    # === ORDERING === #

    def _order_sync(self, kind: str = "full", origin: str = "button"):
        """Create the location's active run, or join it, and wake its cron.

        Returns at once; the cron does the work. A stronger kind than that of the
        active run is remembered and follows it.

        :return: (run, whether it was created)
        :raise UserError: the location, or its connection, is archived
        """
        self.ensure_one()
        stopped = why_stopped(self)
        if stopped:
            raise UserError(stopped[0])
        Run = self.env["ghl.sync.run"].sudo()
        run = Run._get_active(self)
        created = not run
        if created:
            run = Run.create(
                {
                    "location_id": self.id,
                    "kind": kind,
                    "origin": origin,
                    "user_id": self.env.uid,
                }
            )
        else:
            run._join(kind)
            if origin in PERSONAL:
                ask_for_probe(run)
        revive_for(self, origin)
        self._trigger_cron()
        return run.with_env(self.env), created

    def _cancel_sync(self) -> bool:
        """Ask the active run to stop after the page in hand; False when none runs."""
        self.ensure_one()
        run = self.env["ghl.sync.run"].sudo()._get_active(self)
        if run:
            run._request_cancel()
            self._trigger_cron()
        return bool(run)

    def _in_own_transaction(self, work):
        self.ensure_one()
        for attempt in range(1, _ORDER_TRIES + 1):
            try:
                with own_cursor(self.env) as cr:
                    return work(self.with_env(self.env(cr=cr)))
            except psycopg2.Error as err:
                if err.pgcode not in _RACES or attempt == _ORDER_TRIES:
                    raise
                _logger.info(
                    "location %s: lost a race (%s), try again", self.id, err.pgcode
                )
                time.sleep(0.05 * attempt)
        raise AssertionError("unreachable")

    def _store_total(self, total: int) -> None:
        store_total(self, total)

    # === VENDOR === #

    def _call_ghl(self, call, deadline: float | None = None, **options):
        """Return `call(client)`, with a client for this location.

        Commits what the caller has written: no transaction is open during a call.

        :param deadline: of a caller who cannot wait for a token to be renewed, by
            `time.monotonic`: gets `GhlTokenBusy` instead, and the renewal is ordered
        :param options: for `GhlClient`: priority, stop, …
        :raise GhlError: what the vendor or the transport answered
        """
        self.ensure_one()
        connection = self.connection_id.sudo()
        client = connection._make_client(
            self,
            deadline=deadline,
            on_unauthorized=lambda stale: connection._renew_access_token(
                self, stale, deadline
            ),
            **options,
        )
        end_transaction(self.env)
        try:
            return call(client)
        finally:
            client.close()

    def _store_details(self, details: dict) -> None:
        """Keep what GET /locations/{id} tells of the sub-account."""
        store_details(self, details)

    # === SCHEDULE === #

    def _due_kind(self) -> str | None:
        """Return the kind of sync that the schedule asks for now, None for nothing."""
        self.ensure_one()
        if not (self.active and self.auto_sync) or self._may_only_be_probed():
            return None
        if not self.last_full_at:
            # A first fill that failed is tried again, not at every heartbeat.
            last = self.last_run_id
            tried = last.kind == "full" and is_fresh(last.finished_at, 3_600)
            return None if tried else "full"
        # What a clock that was ahead has told is not known: then it is due.
        verified = known(self.last_verify_at) or known(self.last_full_at)
        if (
            not is_fresh(verified, 3_600 * self.verify_interval)
            and not self._is_verify_in_vain()
        ):
            return "verify"
        moments = [m for m in (known(self.last_delta_at), verified) if m]
        read = max(moments, default=None)
        return None if is_fresh(read, 60 * self.delta_interval) else "delta"

    def _may_only_be_probed(self) -> bool:
        """Tell whether a sync can only fail: single requests try it, no schedule does.

        See `engine.probe`.
        """
        connection = self.connection_id.sudo()
        if connection.is_moved or is_refused(self.sudo()):
            return True
        return connection.auth_kind == "oauth" and bool(
            not self.is_installed or connection._token_row().dead_at
        )

    def _is_verify_in_vain(self) -> bool:
        """Tell whether a verify has failed lately, since the last that succeeded.

        What stopped it (the delete brake, for one) may need a person, and would stop
        it again. The pauses double; changes are read meanwhile.
        """
        Run = self.env["ghl.sync.run"]
        mine = Domain("location_id", "=", self.id)
        proved = Run.search(
            mine & Domain("state", "=", "done") & Domain("kind", "!=", "delta"), limit=1
        )
        failed = Run.search(
            mine
            & Domain("id", ">", proved.id or 0)
            & Domain("kind", "=", "verify")
            & Domain("state", "in", ["failed", "cancelled"]),
            limit=MAX_VERIFY_PAUSES,
        )
        if not failed:
            return False
        return is_fresh(failed[0].finished_at, 3_600 * 2 ** (len(failed) - 1))

    def _cron_sync(self) -> None:
        """Do one slice of the location's work: the body of its own cron."""
        mend_own(self.env)
        for location in self.exists():
            run = self.env["ghl.sync.run"]._get_active(location)
            if why_stopped(location):
                if run:
                    run._finish_cancelled()
                continue
            if not run and not try_refused(location):
                # Only orders and single requests are tried while access is refused.
                continue
            if not run or run.state == "waiting":
                # A running one drains between its pages.
                location._drain_webhooks()
            if not run:
                # Committed by itself: a conflict later on must not undo the order.
                run, _left = commit_or_retry(self.env, location._order_what_is_due)
            if run:
                run._process()
            else:
                self.env["ir.cron"]._commit_progress(0, remaining=0)
                location._confirm_deletions()

    def _order_what_is_due(self):
        """Order what webhooks or the schedule ask for; return the active run."""
        self._check_silence()
        kind = self._due_kind()
        if kind:
            self._order_sync(kind, "cron")
        return self.env["ghl.sync.run"]._get_active(self)

"""The smart sync: a reader of a page orders what the page lacks, and waits a little."""

import time
from datetime import timedelta

from odoo import fields, models

from ...engine.transaction import own_cursor

# Seconds that a page may wait for GoHighLevel to tell its total.
TOTAL_TIMEOUT = 3.0
# Seconds for which a vendor that did not tell its total is not asked again by pages.
TOTAL_PAUSE = 30.0
# Seconds for which pages leave alone what has just failed or been cancelled.
RETRY_PAUSE = 60
_LOOK_EVERY = 0.15

# (database, location id) → when the vendor may be asked again; per process is enough.
_silent_until: dict[tuple[str, int], float] = {}


class GhlLocation(models.Model):
    _inherit = "ghl.location"

    def _smart_sync(self, page: int, limit: int) -> bool:
        """Order a full sync when the mirror holds too little for the reader of a page.

        Never fails for the vendor's sake: what is mirrored is shown anyway.

        :return: whether a sync was started by this call
        """
        self.ensure_one()
        connection = self.connection_id.sudo()
        if connection.state == "needs_reauth" or connection.is_moved:
            return False
        total = self._get_total_for_page()
        if not self._needs_sync(page, limit, total) or self._is_sync_in_vain(total):
            return False
        _run_id, started = self._order_sync_now("full", "threshold")
        self._renew_snapshot()
        return started

    def _get_total_for_page(self) -> int | None:
        key = (self.env.cr.dbname, self.id)
        if _silent_until.get(key, 0.0) > time.monotonic():
            return self._api_total()
        asked_at = fields.Datetime.now()
        ttl = self.env["ghl.settings"]._int("total_ttl")
        if self.ghl_total_at and self.ghl_total_at > asked_at - timedelta(seconds=ttl):
            return self._api_total()
        total = self._get_total(timeout=TOTAL_TIMEOUT)
        self._renew_snapshot()
        if not self.ghl_total_at or self.ghl_total_at < asked_at:
            _silent_until[key] = time.monotonic() + TOTAL_PAUSE
        return total

    def _is_sync_in_vain(self, total: int | None) -> bool:
        """Tell whether the last run has just tried what a new one would try.

        Else every look at a page would order another sync while the vendor refuses,
        after somebody has cancelled it, or when its total counts contacts that it
        does not deliver.
        """
        run = self.last_run_id
        if not run.finished_at:
            return False
        age = (fields.Datetime.now() - run.finished_at).total_seconds()
        if run.state in ("failed", "cancelled"):
            return age < RETRY_PAUSE
        ttl = self.env["ghl.settings"]._int("total_ttl")
        if total is None:
            return age < RETRY_PAUSE
        return (
            run.kind == "full"
            and age < max(ttl, RETRY_PAUSE)
            and total == run.contacts_expected
            # Nothing has left the mirror since.
            and self.contact_count >= run.contacts_seen - run.bad_records
        )

    def _await_page(self, page: int, limit: int) -> None:
        """Wait a bounded time for the running sync to bring a page.

        Without a transaction meanwhile: an open one would keep PostgreSQL from
        cleaning up behind the very sync that is waited for.
        """
        self.ensure_one()
        deadline = time.monotonic() + self.env["ghl.settings"]._float("page_wait")
        if self.contact_count >= self._mirrored_for(page, limit):
            return
        self._renew_snapshot()
        while time.monotonic() < deadline and self._is_page_due(page, limit):
            time.sleep(min(_LOOK_EVERY, max(0.0, deadline - time.monotonic())))

    def _mirrored_for(self, page: int, limit: int) -> int:
        """Return how many contacts the mirror must hold to show a page in full."""
        needed = page * limit
        return min(needed, self.ghl_total) if self.ghl_total_at else needed

    def _is_page_due(self, page: int, limit: int) -> bool:
        """Tell, by a short transaction, whether a running sync may yet bring a page."""
        with own_cursor(self.env) as cr:
            location = self.with_env(self.env(cr=cr))
            run = location.active_run_id
            if run.state not in ("queued", "running") or run._is_stalled():
                return False
            return location.contact_count < location._mirrored_for(page, limit)

    def _renew_snapshot(self) -> None:
        """End the request's transaction, so that the next query sees what is new.

        Requests run in REPEATABLE READ: without this they would not even see the run
        that they have ordered. Nothing of ours is written in them before.
        """
        self.env.cr.commit()  # pylint: disable=invalid-commit
        self.env.invalidate_all()

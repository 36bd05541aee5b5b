"""The smart sync: a reader of a page orders what the page lacks, and waits a little.

Never for the vendor: that is asked beside the request (`engine.api.totals`).
"""

import time

from odoo import models

from ...engine.access.refusals import is_refused
from ...engine.api import totals
from ...engine.api.waiting import waiting_place
from ...engine.clock import age_seconds
from ...engine.location.stopping import why_stopped
from ...engine.location.watchdog import OFF, cron_state

# Seconds that a page may wait for GoHighLevel's total. It is answered without after
# that, and told later.
TOTAL_WAIT = 3.0
# Seconds for which pages leave alone what has just failed or been cancelled.
RETRY_PAUSE = 60
_LOOK_EVERY = 0.15


class GhlLocation(models.Model):
    _inherit = "ghl.location"

    def _smart_sync(self, page: int, limit: int) -> tuple[bool, bool]:
        """Order a full sync when the mirror holds too little for the reader of a page.

        Never fails for the vendor's sake: what is mirrored is shown anyway.

        :return: whether a sync was started by this call, and whether GoHighLevel is
            still being asked for its total
        """
        self.ensure_one()
        if why_stopped(self) or is_refused(self.sudo()):
            return False, False
        pending = self._ask_for_total(page, limit)
        started = not pending and self._order_for_page(page, limit)
        if started:
            self._renew_snapshot()
        return started, pending

    def _order_for_page(self, page: int, limit: int) -> bool:
        """Order a full sync if this page lacks so much; tell whether it was started."""
        total = self._api_total()
        if cron_state(self) == OFF:
            # Nobody would work it off. A person's own order would.
            return False
        if not self._needs_sync(page, limit, total) or self._is_sync_in_vain(total):
            return False
        return self._order_sync_now("full", "threshold").created

    def _ask_for_total(self, page: int, limit: int) -> bool:
        """Have GoHighLevel asked for its total when ours is old, and wait a moment.

        :return: whether the answer is still to come
        """
        if self._is_total_fresh() or totals.is_silent(self):
            return False
        question = totals.ask(self)
        if question is None:
            return False
        pending = not question.wait(0)
        if pending:
            with waiting_place(self.env.cr) as granted:
                pending = not (granted and question.wait(TOTAL_WAIT))
        pending = pending and question.leave(self.env.uid, page, limit)
        self._renew_snapshot()
        return pending

    def _is_sync_in_vain(self, total: int | None) -> bool:
        """Tell whether the last run has just tried what a new one would try.

        Else every look at a page would order another sync while the vendor refuses,
        after somebody has cancelled it, or when its total counts contacts that it
        does not deliver.
        """
        run = self.last_run_id
        if not run.finished_at:
            return False
        age = age_seconds(run.finished_at)
        if age is None:
            return False
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
        """Wait a bounded time for the running sync to bring a page, if one may wait.

        Without a transaction meanwhile: an open one would keep PostgreSQL from
        cleaning up behind the very sync that is waited for.
        """
        self.ensure_one()
        patience = self.env["ghl.settings"]._float("page_wait")
        if not patience or self.contact_count >= self._mirrored_for(page, limit):
            return
        self._renew_snapshot()
        if not self._is_page_due(page, limit):
            return
        deadline = time.monotonic() + patience
        with waiting_place(self.env.cr) as granted:
            while granted and time.monotonic() < deadline:
                time.sleep(min(_LOOK_EVERY, max(0.0, deadline - time.monotonic())))
                self._renew_snapshot()
                granted = self._is_page_due(page, limit)
                self._renew_snapshot()

    def _mirrored_for(self, page: int, limit: int) -> int:
        """Return how many contacts the mirror must hold to show a page in full."""
        needed = page * limit
        return min(needed, self.ghl_total) if self.ghl_total_at else needed

    def _is_page_due(self, page: int, limit: int) -> bool:
        """Tell whether a running sync may yet bring a page that is not mirrored."""
        run = self.active_run_id
        if run.state not in ("queued", "running") or run._is_stalled():
            return False
        return self.contact_count < self._mirrored_for(page, limit)

    def _renew_snapshot(self) -> None:
        """End the request's transaction, so that the next query sees what is new.

        Requests run in REPEATABLE READ: without this they would not even see the run
        that they have ordered. Nothing of ours is written in them before.
        """
        self.env.cr.commit()  # pylint: disable=invalid-commit
        self.env.invalidate_all()

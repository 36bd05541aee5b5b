"""What pieces of runs that are still models call on a location: the engine's functions.

To be removed with the last of these callers.
"""

from odoo import models

from ...engine.deletion.store import candidates_of
from ...engine.deletion.words import undecided
from ...engine.location.cron import wake_next_slice
from ...engine.location.figures import store_total
from ...engine.location.rate_limit import get_governor, rate_snapshot
from ...engine.location.schedule import is_verify_backing_off
from ...engine.location.webhook_gaps import detect_gaps
from ...engine.location.writer_lock import try_lock
from ...engine.mirror.details import store_details
from ...engine.mirror.references import store_references


class GhlLocation(models.Model):
    _inherit = "ghl.location"

    def _only_writer(self):
        return try_lock(self)

    def _wake_next_slice(self):
        wake_next_slice(self.env)

    def _get_governor(self):
        return get_governor(self)

    def _get_rate_snapshot(self, at_work=False):
        return rate_snapshot(self, at_work)

    def _store_references(self, answers):
        store_references(self, answers)

    def _store_details(self, details):
        store_details(self, details)

    def _store_total(self, total):
        store_total(self, total)

    def _is_verify_in_vain(self):
        return is_verify_backing_off(self)

    def _judge_webhooks(self, run):
        detect_gaps(self, run)

    def _candidates(self):
        return candidates_of(self)

    def _undecided_deletions(self):
        return undecided(self)

"""What the proof, still a piece of a model, calls on a location."""

from odoo import models

from ...engine.deletion.store import candidates_of
from ...engine.deletion.words import undecided
from ...engine.location.figures import store_total


class GhlLocation(models.Model):
    _inherit = "ghl.location"

    def _store_total(self, total):
        store_total(self, total)

    def _candidates(self):
        return candidates_of(self)

    def _undecided_deletions(self):
        return undecided(self)

"""A hook for modules that want to know which contacts a sync has changed."""

from odoo import api, models


class GhlContact(models.Model):
    _inherit = "ghl.contact"

    @api.model
    def _on_contacts_changed(self, contact_ids: list[int]) -> None:
        """Take note of contacts that are new, changed or deleted; for overrides.

        Called after the commit, with the superuser's rights, in a transaction of its
        own that is committed afterwards, and with up to a thousand ids at a time. What
        it raises is logged, and keeps no sync from going on. A process that is killed
        just then calls it not: what must not be missed is found by `observed_at`.
        """

    @api.model
    def _wants_changes(self) -> bool:
        """Tell whether some module overrides the hook."""
        hook = type(self)._on_contacts_changed
        return hook is not GhlContact._on_contacts_changed

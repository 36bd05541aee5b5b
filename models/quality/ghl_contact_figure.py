"""Contacts found by a figure of the data quality."""

from odoo import fields, models
from odoo.fields import Domain

from ...engine.quality.figures import figure_sql, stale_days
from ...tools.quality.figures import FIGURES, describe

# A contact's location is part of what its findings are found by.
_MOST_LOCATIONS = 5_000


class GhlContact(models.Model):
    _inherit = "ghl.contact"

    quality = fields.Selection(
        selection="_select_quality",
        string="Data Quality",
        compute="_compute_quality",
        search="_search_quality",
        exportable=False,
        help="Finds the contacts behind a figure; a contact may be behind several.",
    )

    def _select_quality(self) -> list[tuple[str, str]]:
        return [
            (name, label) for name, label, _meaning in describe(stale_days(self.env))
        ]

    def _compute_quality(self) -> None:
        # Several may be true of one contact: this is there to search by.
        self.quality = False

    def _search_quality(self, operator, value) -> Domain:
        """Return the contacts behind figures.

        :param value: names of figures; what is none of them finds nobody
        """
        if operator != "in":
            return NotImplemented
        names = [name for name in value if name in FIGURES]
        every = self.env["ghl.location"].with_context(active_test=False)
        locations = every.search([], limit=_MOST_LOCATIONS).ids
        days = stale_days(self.env)

        def condition(name: str) -> Domain:
            return Domain.custom(
                to_sql=lambda _model, alias, _query: figure_sql(
                    locations, days, name, alias
                )
            )

        return Domain.OR([condition(name) for name in names])

"""The data quality of a location: its score, what makes it, and the way there."""

from odoo import fields, models

from ...engine.quality.check import look_soon
from ...engine.quality.figures import quality


class GhlLocation(models.Model):
    _inherit = "ghl.location"

    quality_at = fields.Datetime(
        string="Data Looked At",
        readonly=True,
        copy=False,
        help="When the data quality was counted last.",
    )
    quality_wanted = fields.Boolean(
        readonly=True, copy=False, help="To be looked at before its time."
    )
    quality_unmarked = fields.Boolean(
        readonly=True,
        copy=False,
        help="Contacts were judged since those that share something were marked.",
    )
    quality_score = fields.Float(
        compute="_compute_quality_score", help="0 to 100, of the last count."
    )
    quality_figures = fields.Json(compute="_compute_quality_figures")
    quality_formula = fields.Json(compute="_compute_quality_figures")

    def _compute_quality_score(self) -> None:
        days = self.env["ghl.quality.day"]
        rows = days._read_group(
            [("location_id", "in", self.ids)], ["location_id"], ["id:max"]
        )
        scores = {location.id: days.browse(row_id).score for location, row_id in rows}
        for location in self:
            location.quality_score = scores.get(location.id, 0.0)

    def _compute_quality_figures(self) -> None:
        for location in self:
            told = quality(location)
            location.quality_figures = {
                figure["label"]: _share(figure["count"], told["contacts"])
                for figure in told["figures"]
            }
            location.quality_formula = {
                part["label"]: self.env._(
                    "%(points)g of %(weight)s points (%(share)g %%)", **part
                )
                for part in told["score_parts"]
            }

    def action_view_quality(self) -> dict:
        """Open how the data quality went, day by day."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "ghl_contact_sync.ghl_quality_day_action"
        )
        return {**action, "domain": [("location_id", "=", self.id)]}

    def action_check_quality(self) -> dict:
        """Have the data looked at now, in the background."""
        look_soon(self)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._("The data is looked at; reload in a moment."),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }


def _share(count: int, total: int) -> str:
    return f"{count:,} ({count / total:.1%})" if total else f"{count:,}"

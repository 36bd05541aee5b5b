from odoo import api, models

from ...engine.location.guards import check_no_connections


class ResCompany(models.Model):
    _inherit = "res.company"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_ghl_connections(self) -> None:
        check_no_connections(self)

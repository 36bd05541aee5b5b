"""Which app's webhooks a connection believes."""

from odoo import api, models

from ...engine.connection.installs import find_owners


class GhlConnection(models.Model):
    _inherit = "ghl.connection"

    def _get_app_ids(self) -> set[str]:
        """Return the ids of the apps whose events concern this connection.

        The connection's own OAuth app, and those that Settings name: a private
        integration has no app, but one may be installed beside it to send webhooks.
        """
        self.ensure_one()
        own = self.sudo().app_id if self.auth_kind == "oauth" else None
        return {own, *self.env["ghl.settings"]._webhook_app_ids()} - {None, False, ""}

    @api.model
    def _find_by_app(self, app_id: str | None):
        """Return the active connections of an app."""
        connections = self.sudo().search([("active", "=", True)])
        return connections.filtered(lambda one: app_id in one._get_app_ids())

    def _apply_install_event(self, event_type: str, details: dict) -> None:
        """Let connections know that their app was installed or removed somewhere.

        :param details: `locationId`, `companyId` as far as the event told them
        :raise GhlError: what the vendor answered to what followed
        """
        location, company = details.get("locationId"), details.get("companyId")
        # Only OAuth connections are installed.
        connections = self.filtered(lambda c: c.auth_kind == "oauth" and not c.is_moved)
        if event_type == "INSTALL":
            if location and not company:
                connections = find_owners(connections, location)
            for connection in connections:
                connection._install_location(location, company)
        elif location or company or len(connections) == 1:
            for connection in connections:
                connection._uninstall_location(location, company)
        else:
            # It does not say whose: GoHighLevel is asked, and tells by what it refuses.
            for connection in connections.filtered(lambda c: c._is_agency()):
                connection._order_task("reconcile")

"""Setting a connection up: entering the token, having it tested."""

from odoo import api, fields, models

from ...engine.connection.check import check_may_test

_CREDENTIAL = {"private_token", "token_entry"}


class GhlConnection(models.Model):
    _inherit = "ghl.connection"

    location_count = fields.Integer(compute="_compute_location_count")
    # An administrator of this app may replace a token that only system administrators
    # may read: this field goes in and never comes out.
    token_entry = fields.Char(
        string="New Token",
        compute="_compute_token_entry",
        inverse="_inverse_token_entry",
        groups="ghl_contact_sync.group_manager",
        copy=False,
        help="Replaces the stored token. The stored one is never shown again.",
    )
    has_token = fields.Boolean(string="Token Stored", compute="_compute_has_token")

    @api.depends("location_ids")
    def _compute_location_count(self) -> None:
        counts = dict(
            self.env["ghl.location"]._read_group(
                [("connection_id", "in", self.ids)], ["connection_id"], ["__count"]
            )
        )
        for connection in self:
            connection.location_count = counts.get(connection, 0)

    def _compute_token_entry(self) -> None:
        self.token_entry = False

    def _inverse_token_entry(self) -> None:
        for connection in self:
            if connection.token_entry:
                # sudo: writing without the right to read is the purpose.
                connection.sudo().private_token = connection.token_entry.strip()

    @api.depends("auth_kind", "private_token")
    def _compute_has_token(self) -> None:
        for connection in self:
            # sudo: that there is one is no secret, only which.
            held = connection.sudo().private_token
            if connection.auth_kind == "oauth":
                row = connection._token_row()
                held = row.refresh_token or row.access_token
            connection.has_token = bool(held)

    def web_save(self, vals, *args, **kw) -> list[dict]:
        """Have a token tested that a person has just entered.

        In the background: what was entered is stored whatever GoHighLevel does.
        """
        result = super().web_save(vals, *args, **kw)
        connection = self
        if not connection and isinstance(result, list) and len(result) == 1:
            connection = self.browse(result[0].get("id"))
        if len(connection) != 1 or not _is_entry(vals):
            return result
        is_testable = connection.auth_kind == "pit" and connection.has_token
        if not is_testable or not connection.location_ids:
            return result
        connection._order_task("test")
        return _read_again(connection, result, *args, **kw)

    def action_test_connection(self) -> dict:
        """Have GoHighLevel asked what the connection can read (form button).

        :raise UserError: when there is nothing to test with
        """
        self.ensure_one()
        self.check_access("write")
        check_may_test(self)
        self._order_task("test")
        return self._task_ordered()

    def action_view_locations(self) -> dict:
        """Open the locations that this connection reads."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "ghl_contact_sync.ghl_location_action"
        )
        return {
            **action,
            "domain": [("connection_id", "in", self.ids)],
            "context": {"default_connection_id": self[:1].id},
        }


def _is_entry(vals: dict) -> bool:
    """Tell whether a person has entered what can be tested."""
    if any(vals.get(name) for name in _CREDENTIAL):
        return True
    # A location added by hand: its id may be wrong.
    return any(command[0] == 0 for command in vals.get("location_ids") or [])


def _read_again(connection, result, specification=None, *_args, **kw) -> list[dict]:
    """Return what a form shows of the connection now."""
    specification = kw.get("specification", specification)
    if specification is None or not isinstance(result, list) or not result:
        return result
    return connection.with_context(bin_size=True).web_read(specification)

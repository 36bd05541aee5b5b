"""A credential works in the database that it was stored in, and in no copy of it."""

from typing import Any

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...engine.connection import database_identity


class GhlConnection(models.Model):
    _inherit = "ghl.connection"

    database_key = fields.Char(
        default=lambda self: database_identity.current_identity(self.env.cr),
        readonly=True,
        copy=False,
        exportable=False,
        groups="base.group_system",
        help="The database that the credential was stored in.",
    )
    is_moved = fields.Boolean(
        string="Database Has Moved",
        compute="_compute_is_moved",
        search="_search_is_moved",
        help="The credential was stored in another database, of which this is a copy, "
        "or which has moved here: nothing is called until a person confirms.",
    )
    moved_message = fields.Char(compute="_compute_is_moved")

    @api.depends("auth_kind", "private_token", "token_ids")
    def _compute_is_moved(self) -> None:
        here = database_identity.current_identity(self.env.cr)
        for connection in self:
            moved = database_identity.is_elsewhere(connection, here)
            words = moved and database_identity.moved_words(connection)
            connection.is_moved = moved
            connection.moved_message = words

    @api.model
    def _search_is_moved(self, operator, value) -> Any:
        if operator != "in":
            return NotImplemented
        # sudo: which database a credential belongs to is no secret, only its key is.
        strangers = self.sudo().search(
            [("database_key", "!=", database_identity.current_identity(self.env.cr))]
        )
        moved = strangers.filtered("is_moved").ids
        wanted = [("id", "in", moved)], [("id", "not in", moved)]
        yes, no = True in value, False in value
        return [] if yes and no else wanted[0] if yes else wanted[1]

    def action_confirm_move(self) -> dict:
        """Let the credentials work here from now on (form and list button).

        :raise UserError: when they do so already
        """
        self.check_access("write")
        moved = self.filtered("is_moved")
        if not moved:
            raise UserError(
                self.env._("The credential belongs to this database already.")
            )
        for connection in moved:
            database_identity.confirm_move(connection)
        return {"type": "ir.actions.client", "tag": "soft_reload"}

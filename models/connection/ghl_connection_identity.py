"""A credential works in the database that it was stored in, and in no copy of it."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...engine.connection.identity import current_identity, name_in
from ...engine.location.stopping import archived_connection
from ...tools.errors import GhlConnectionArchived, GhlDatabaseMoved


class GhlConnection(models.Model):
    _inherit = "ghl.connection"

    database_key = fields.Char(
        default=lambda self: current_identity(self.env.cr),
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
    def _compute_is_moved(self):
        here = current_identity(self.env.cr)
        for connection in self:
            key = connection.sudo().database_key
            connection.is_moved = key != here and connection.has_token
            connection.moved_message = connection.is_moved and connection._moved_words(
                key
            )

    @api.model
    def _search_is_moved(self, operator, value):
        if operator != "in":
            return NotImplemented
        # sudo: which database a credential belongs to is no secret, only its key is.
        strangers = self.sudo().search(
            [("database_key", "!=", current_identity(self.env.cr))]
        )
        moved = strangers.filtered("is_moved").ids
        wanted = [("id", "in", moved)], [("id", "not in", moved)]
        yes, no = True in value, False in value
        return [] if yes and no else wanted[0] if yes else wanted[1]

    def _moved_words(self, key: str | None) -> str:
        here = self.env.cr.dbname
        there = name_in(key)
        if there and there != here:
            text = self.env._(
                "The credential of “%(name)s” belongs to the database “%(there)s”, "
                "and this is “%(here)s”: a copy of it, or its new name.",
                name=self.name,
                there=there,
                here=here,
            )
        else:
            text = self.env._(
                "The credential of “%(name)s” belongs to another database server, or "
                "to another copy of this database.",
                name=self.name,
            )
        way_out = self.env._(
            "Nothing is read here and no webhook is taken in: two databases with one "
            "credential lock each other out. If the other is not used any more, "
            "press “This Database Has Moved” on the connection."
        )
        return f"{text} {way_out}"

    def _check_is_here(self) -> None:
        """Refuse to use the credential in a copy of the database that it belongs to.

        :raise GhlDatabaseMoved: it was stored in another database
        :raise GhlConnectionArchived: the connection is archived
        """
        for connection in self:
            if not connection.active:
                raise GhlConnectionArchived(archived_connection(connection))
            if connection.is_moved:
                raise GhlDatabaseMoved(connection.moved_message)

    def _bind_to_database(self) -> None:
        """Let the credential work here: a person has just stored or confirmed it."""
        # sudo: the key is for nobody to write.
        self.sudo().write({"database_key": current_identity(self.env.cr)})
        self.invalidate_recordset(["is_moved", "moved_message"])

    def action_confirm_move(self):
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
            there = name_in(connection.sudo().database_key) or self.env._("unknown")
            connection._bind_to_database()
            connection.message_post(
                body=self.env._(
                    "%(user)s confirmed that this database has moved, from “%(there)s” "
                    "to “%(here)s”, and that the other is not used any more.",
                    user=self.env.user.name,
                    there=there,
                    here=self.env.cr.dbname,
                )
            )
            for location in connection.location_ids.filtered("last_full_at"):
                # What was due meanwhile.
                location._trigger_cron()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

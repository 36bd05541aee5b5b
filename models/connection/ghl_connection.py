"""One credential: an OAuth app install or a private integration token.

How OAuth connects, holds its tokens and follows an agency's installs, how a connection
is tested and what its account can do, stand in modules of their own beside this one.
"""

from odoo import fields, models
from odoo.exceptions import UserError

from ...engine.access.refusals import state_moments
from ...tools.ghl.dialect import DialectClient
from ..foreign_field import ForeignChar


class GhlConnection(models.Model):
    _name = "ghl.connection"
    _description = "GoHighLevel Connection"
    _inherit = ["ghl.guarded.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "name, id"

    name = ForeignChar(required=True)
    active = fields.Boolean(default=True)
    auth_kind = fields.Selection(
        [("pit", "Private Integration Token"), ("oauth", "OAuth App")],
        string="Authentication",
        required=True,
        default="pit",
    )
    private_token = fields.Char(
        groups="base.group_system",
        copy=False,
        exportable=False,
        help="Settings › Private Integrations in the GoHighLevel sub-account.",
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    state = fields.Selection(
        [
            ("draft", "Not Tested"),
            ("connected", "Connected"),
            ("needs_reauth", "Needs Reconnection"),
            ("error", "Error"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    state_message = ForeignChar(readonly=True, copy=False)
    page_limit_accepted = fields.Integer(
        readonly=True,
        copy=False,
        help="Contacts a page, where the vendor refuses the size in Settings.",
    )
    location_ids = fields.One2many("ghl.location", "connection_id")

    # === BUSINESS METHODS === #

    def _get_access_token(self, location, deadline: float | None = None) -> str:
        """Return a token that may read `location` now.

        :param location: the `ghl.location` to be read
        :param deadline: until when the caller can wait for it, by `time.monotonic`;
            None: as long as it takes
        :raise UserError: when the connection holds no usable token
        :raise GhlDatabaseMoved: it belongs to another database
        """
        self.ensure_one()
        if self.auth_kind == "oauth":
            return self._get_oauth_token(location, deadline)
        self._check_is_here()
        token = self.sudo().private_token
        if not token:
            raise UserError(
                self.env._(
                    "The connection “%(name)s” has no private integration token.",
                    name=self.name,
                )
            )
        return token.strip()

    def _renew_access_token(
        self, location, stale_token: str, deadline: float | None = None
    ) -> str | None:
        """Return another token after `stale_token` was refused, or None.

        A private integration token cannot be renewed, only replaced by a person;
        one that was replaced in the meantime is returned.
        """
        self.ensure_one()
        if self.auth_kind == "oauth":
            return self._renew_oauth_token(location, stale_token, deadline)
        token = self._get_access_token(location, deadline)
        return token if token != stale_token else None

    def _mark_state(self, state: str, message: str | None = None) -> None:
        """Record what the last use of the credential told, if that is news."""
        for connection in self.sudo():
            if (
                connection.state != state
                or (connection.state_message or None) != message
            ):
                connection.write(
                    {
                        "state": state,
                        "state_message": message,
                        **state_moments(connection, state),
                    }
                )

    def _make_client(
        self, location, deadline=None, token: str | None = None, **options
    ) -> DialectClient:
        """Return a client that reads `location` with this credential.

        :param deadline: as for `_get_access_token`
        :param token: to be used in place of the location's own
        :param options: handed on to `GhlClient` (stop, priority, on_request, …)
        :raise GhlAuthError: when the connection has to be made anew
        """
        self.ensure_one()
        settings = self.env["ghl.settings"]
        return DialectClient(
            capabilities=self._get_capabilities(),
            token=token or self._get_access_token(location, deadline),
            base_url=settings._api_base_url(),
            location_id=location.ghl_id,
            version=settings._api_version(),
            governor=location._get_governor(),
            **options,
        )

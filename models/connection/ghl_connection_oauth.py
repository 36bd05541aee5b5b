"""Connecting an OAuth app: its fields, and the button that begins it."""

from typing import Self
from urllib.parse import urlsplit

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...engine.connection.authorize import check_may_connect, redirect_url, start_url
from ...tools.ghl.oauth_install import app_id_of
from ...tools.urls import base_url_problem
from ..foreign_field import ForeignChar


class GhlConnection(models.Model):
    _inherit = "ghl.connection"

    client_id = fields.Char(
        string="Client ID", copy=False, help="From the app's page at GoHighLevel."
    )
    client_secret = fields.Char(
        groups="base.group_system", copy=False, exportable=False
    )
    # As `token_entry`: goes in and never comes out.
    client_secret_entry = fields.Char(
        string="New Client Secret",
        compute="_compute_client_secret_entry",
        inverse="_inverse_client_secret_entry",
        groups="ghl_contact_sync.group_manager",
        copy=False,
    )
    has_client_secret = fields.Boolean(
        string="Client Secret Stored", compute="_compute_has_client_secret"
    )
    install_url = fields.Char(
        string="Install Link",
        copy=False,
        help="The exact install link from the app's page. Empty: made from the client "
        "ID; some apps need more in it, such as version_id.",
    )
    redirect_url = fields.Char(
        string="Redirect URL",
        compute="_compute_redirect_url",
        help="Enter it on the app's page at GoHighLevel.",
    )
    install_kind = fields.Selection(
        [
            ("Location", "One Sub-Account"),
            ("Company", "An Agency and Its Sub-Accounts"),
        ],
        string="Install For",
        default="Location",
        required=True,
        help="Which scopes the default install link asks for: an agency's needs more, "
        "which the app of a sub-account cannot have.",
    )
    user_type = fields.Selection(
        [("Company", "Agency"), ("Location", "Location")],
        string="Installed For",
        readonly=True,
        copy=False,
    )
    ghl_company_id = ForeignChar(string="Agency ID", readonly=True, copy=False)
    ghl_location_id = ForeignChar(readonly=True, copy=False)
    account_name = ForeignChar(string="Account", readonly=True, copy=False)
    app_id = fields.Char(string="App ID", compute="_compute_app_id")
    scopes = ForeignChar(readonly=True, copy=False)
    token_expires_at = fields.Datetime(
        string="Token Valid Until", compute="_compute_token_expires_at"
    )
    connected_at = fields.Datetime(readonly=True, copy=False)
    token_ids = fields.One2many(
        "ghl.oauth.token", "connection_id", groups="base.group_system", copy=False
    )

    # === COMPUTE METHODS === #

    def _compute_client_secret_entry(self) -> None:
        self.client_secret_entry = False

    def _inverse_client_secret_entry(self) -> None:
        for connection in self:
            if connection.client_secret_entry:
                # sudo: writing without the right to read is the purpose.
                connection.sudo().client_secret = connection.client_secret_entry.strip()

    @api.depends("client_secret")
    def _compute_has_client_secret(self) -> None:
        for connection in self:
            connection.has_client_secret = bool(connection.sudo().client_secret)

    @api.depends("auth_kind")
    def _compute_redirect_url(self) -> None:
        self.redirect_url = redirect_url(self.env)

    @api.depends("client_id")
    def _compute_app_id(self) -> None:
        for connection in self:
            connection.app_id = app_id_of(connection.client_id or "") or False

    def _compute_token_expires_at(self) -> None:
        for connection in self:
            connection.token_expires_at = connection._token_row().expires_at

    @api.constrains("install_url")
    def _check_install_url(self) -> None:
        for connection in self.filtered("install_url"):
            parts = urlsplit(connection.install_url.strip())
            bare = parts._replace(query="", fragment="").geturl()
            if base_url_problem(bare):
                raise ValidationError(
                    self.env._("The install link has to be a complete https address.")
                )

    # === ACTIONS === #

    def action_connect(self) -> dict:
        """Open GoHighLevel's page on which a person picks account and locations.

        :raise UserError: when something that it needs is missing
        """
        self.ensure_one()
        self.check_access("write")
        check_may_connect(self)
        return {
            "type": "ir.actions.act_url",
            "url": start_url(self),
            "target": "self",
        }

    # === BUSINESS METHODS === #

    def _token_row(self, location=None) -> models.BaseModel:
        """Return the row of a token as the present transaction sees it, or none.

        :param location: whose token; None: that of the install itself
        """
        # sudo: tokens are used on behalf of people who may not see them.
        return (
            self.env["ghl.oauth.token"]
            .sudo()
            .search(
                [
                    ("connection_id", "=", self.id),
                    ("location_id", "=", location.id if location else False),
                ]
            )
        )

    def _get_app_ids(self) -> set[str]:
        """Return the ids of the apps whose webhooks concern this connection.

        The connection's own OAuth app, and those that Settings name: a private
        integration has no app, but one may be installed beside it to send webhooks.
        """
        self.ensure_one()
        own = self.sudo().app_id if self.auth_kind == "oauth" else None
        return {own, *self.env["ghl.settings"]._webhook_app_ids()} - {None, False, ""}

    @api.model
    def _find_by_app(self, app_id: str | None) -> Self:
        """Return the active connections that are installs of an app.

        An app that only Settings name sends webhooks, and reads nothing: what becomes
        of its installs is no concern of a connection of another app.
        """
        own = [("active", "=", True), ("auth_kind", "=", "oauth")]
        connections = self.sudo().search(own)
        return connections.filtered(lambda one: app_id and one.app_id == app_id)

"""Connecting an OAuth app: from the button to stored tokens."""

from datetime import timedelta
from urllib.parse import urlencode, urlsplit

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import consteq
from odoo.tools.misc import hash_sign, verify_hash_signed

from ... import const
from ...engine.location.orders import try_new_credential
from ...engine.transaction import end_transaction
from ...tools.ghl.client import Timeouts
from ...tools.ghl.oauth import app_id_of, chooser_url, missing_scopes
from ...tools.http.retry import RetryPolicy
from ...tools.urls import base_url_problem, is_loopback
from ..foreign_field import ForeignChar

_TICKET, _STATE = "ghl_contact_sync.oauth.ticket", "ghl_contact_sync.oauth.state"
TICKET_MINUTES, STATE_MINUTES = 5, 30
# A person waits for the code to be exchanged.
_WAITING = Timeouts(connect=5, read=15, total=15)
_TWICE = RetryPolicy(attempts=2, max_total_wait=5)


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

    # === COMPUTE METHODS === #

    def _compute_client_secret_entry(self):
        self.client_secret_entry = False

    def _inverse_client_secret_entry(self):
        for connection in self:
            if connection.client_secret_entry:
                # sudo: writing without the right to read is the purpose.
                connection.sudo().client_secret = connection.client_secret_entry.strip()

    @api.depends("client_secret")
    def _compute_has_client_secret(self):
        for connection in self:
            connection.has_client_secret = bool(connection.sudo().client_secret)

    @api.depends("auth_kind")
    def _compute_redirect_url(self):
        self.redirect_url = self._get_redirect_url()

    @api.depends("client_id")
    def _compute_app_id(self):
        for connection in self:
            connection.app_id = app_id_of(connection.client_id or "") or False

    def _compute_token_expires_at(self):
        for connection in self:
            connection.token_expires_at = connection._token_row().expires_at

    @api.constrains("install_url")
    def _check_install_url(self):
        for connection in self.filtered("install_url"):
            parts = urlsplit(connection.install_url.strip())
            bare = parts._replace(query="", fragment="").geturl()
            if base_url_problem(bare):
                raise ValidationError(
                    self.env._("The install link has to be a complete https address.")
                )

    # === ACTIONS === #

    def action_connect(self):
        """Open GoHighLevel's page on which a person picks account and locations.

        :raise UserError: when something that it needs is missing
        """
        self.ensure_one()
        self.check_access("write")
        self._check_may_connect()
        ticket = hash_sign(
            self.sudo().env,
            _TICKET,
            [self.id, self.env.uid],
            expiration=timedelta(minutes=TICKET_MINUTES),
        )
        query = urlencode({"ticket": ticket})
        return {
            "type": "ir.actions.act_url",
            "url": f"{const.ROUTE_OAUTH_CONNECT}?{query}",
            "target": "self",
        }

    def _check_may_connect(self) -> None:
        if self.auth_kind != "oauth" or not (self.client_id and self.has_client_secret):
            raise UserError(
                self.env._(
                    "Enter the client ID and the client secret of your app first. Both "
                    "are on its page at marketplace.gohighlevel.com."
                )
            )
        parts = urlsplit(self._get_redirect_url())
        if parts.scheme != "https" and not is_loopback(parts.hostname):
            raise UserError(
                self.env._(
                    "GoHighLevel sends people back to https addresses only. Set the "
                    "system parameter web.base.url to the public https address of this "
                    "Odoo; it is %(url)s now.",
                    url=self.get_base_url(),
                )
            )

    @api.model
    def _get_redirect_url(self) -> str:
        base = self.env["ir.config_parameter"].sudo().get_param("web.base.url") or ""
        return base.rstrip("/") + const.ROUTE_OAUTH_CALLBACK

    # === THE WAY THERE AND BACK === #

    @api.model
    def _open_ticket(self, ticket: str):
        """Return the connection whose button the user has just pressed, if any."""
        values = _verified(self.sudo().env, _TICKET, ticket)
        if not values or values[1] != self.env.uid:
            return self.browse()
        return self.browse(values[0]).exists()

    def _get_chooser_url(self, nonce: str) -> str:
        """Return where to send the browser; `nonce` is kept in its session."""
        state = hash_sign(
            self.sudo().env,
            _STATE,
            [self.id, self.env.uid, nonce],
            expiration=timedelta(minutes=STATE_MINUTES),
        )
        return chooser_url(
            self.install_url,
            self.client_id or "",
            self._get_redirect_url(),
            state,
            self.install_kind,
        )

    def _is_own_state(self, state: str, nonce: str) -> bool:
        """Tell whether `state` was made for this connection, user and session."""
        values = _verified(self.sudo().env, _STATE, state)
        if not values:
            return False
        connection_id, uid, own = values
        same = connection_id == self.id and uid == self.env.uid
        return same and consteq(own, nonce)

    def _finish_connect(self, code: str) -> None:
        """Exchange the code and keep the tokens; what they open is read later.

        :raise GhlError: the code, or the app's credentials, were not accepted
        :raise UserError: the tokens belong to another account
        """
        self.ensure_one()
        self.check_access("write")
        tokens = self._exchange_code(code)
        self._check_same_account(tokens)
        self._keep_tokens(tokens)

    def _exchange_code(self, code: str):
        """Return what GoHighLevel gives for a code, which works only once.

        A person waits, without a transaction meanwhile.
        """
        redirect_url = self._get_redirect_url()
        with self._oauth(timeouts=_WAITING, retry_policy=_TWICE) as calls:
            end_transaction(self.env)
            return calls.exchange(code, redirect_url)

    def _keep_tokens(self, tokens) -> None:
        """Store tokens, for good whatever comes next, and have their account read."""

        def keep(row):
            row._store(tokens)
            row.connection_id._store_account(tokens)
            row.connection_id.with_user(self.env.user)._order_task("setup")

        self._with_token_row(None, keep)
        self.env.invalidate_all()

    def _check_same_account(self, tokens) -> None:
        known = (self.ghl_company_id, self.ghl_location_id, self.user_type)
        agency = tokens.user_type == "Company"
        other = (self.ghl_company_id or tokens.company_id) != tokens.company_id or (
            self.user_type == "Location"
            and not agency
            and (self.ghl_location_id or tokens.location_id) != tokens.location_id
        )
        if any(known) and other and self.with_context(active_test=False).location_ids:
            raise UserError(
                self.env._(
                    "You chose another account than the one that “%(name)s” is "
                    "connected to. Nothing was changed: make a new connection for it.",
                    name=self.name,
                )
            )

    def _store_account(self, tokens) -> None:
        agency = tokens.user_type == "Company"
        self.write(
            {
                "user_type": "Company" if agency else "Location",
                "install_kind": "Company" if agency else "Location",
                "ghl_company_id": tokens.company_id,
                "ghl_location_id": False if agency else tokens.location_id,
                "scopes": tokens.scopes,
                "connected_at": fields.Datetime.now(),
                "state": "connected",
                "state_message": False,
            }
        )
        self._bind_to_database()
        self._forget_reminders()
        try_new_credential(self.location_ids)

    def _tell_missing_scopes(self) -> str | None:
        """Return what a person can do about an install that may not do enough."""
        missing = missing_scopes(self.user_type, self.scopes)
        if not missing:
            return None
        return self.env._(
            "The install lacks the scopes %(scopes)s: add them on the app's page at "
            "GoHighLevel, set “Install For” as you mean it, and press “Connect Again”.",
            scopes=", ".join(missing),
        )

    def _register_location(self) -> str:
        """Take the location in that the app was installed on; say so in words.

        :raise GhlError: it could not be read
        """
        location = self._install_location(self.ghl_location_id)
        if not location:
            return self.env._(
                "Connected, but the location %s is read by another connection already.",
                self.ghl_location_id,
            )
        # Its token is stored by a transaction that must see it.
        end_transaction(self.env)
        location._store_details(
            location._call_ghl(lambda client: client.get_location())
        )
        self.account_name = location.name
        return self.env._("Connected to the location “%s”.", location.name)


def _verified(env, scope: str, payload: str):
    try:
        return verify_hash_signed(env, scope, payload or "")
    except (ValueError, IndexError, OverflowError):
        return None

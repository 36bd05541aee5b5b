"""The way to GoHighLevel's chooser, and back with a code."""

import logging
import secrets
import time

from werkzeug.exceptions import MethodNotAllowed

from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.http import Response, request
from odoo.models import BaseModel
from odoo.tools import consteq

from .. import const
from ..engine.connection.authorize import (
    finish_connect,
    get_chooser_url,
    is_own_state,
    open_ticket,
)
from ..engine.connection.offer import answer_offer, offer_account
from ..tools.errors import GhlError
from ..tools.log_line import log_line

_logger = logging.getLogger(__name__)

MANAGER = "ghl_contact_sync.group_manager"
_PENDING = "ghl_oauth_pending"
_OFFER = "ghl_oauth_offer"
# A code without `state` is believed only shortly after the button was pressed.
PENDING_SECONDS = 15 * 60
_BACK = "/odoo/ghl-connections"
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Frame-Options": "DENY",
}


class OauthController(http.Controller):
    """Connecting an account: out to the vendor, back, and a question in between."""

    @http.route(
        const.ROUTE_OAUTH_CONNECT,
        type="http",
        auth="user",
        methods=["GET"],
        sitemap=False,
        readonly=False,
    )
    def connect(self, ticket: str = "", **_ignored) -> Response:
        """Send the browser to the vendor's chooser.

        :param ticket: proves that this user has pressed the button just now
        """
        connection = open_ticket(self.env, ticket)
        problem = self._find_problem(connection)
        if problem:
            return self._show_problem(problem, 403)
        nonce = secrets.token_urlsafe(24)
        request.session[_PENDING] = {
            "connection": connection.id,
            "uid": self.env.uid,
            "nonce": nonce,
            "at": time.time(),
        }
        chooser = get_chooser_url(connection, nonce)
        response = request.redirect(chooser, code=303, local=False)
        response.headers.update(_HEADERS)
        return response

    @http.route(
        const.ROUTE_OAUTH_CALLBACK,
        type="http",
        # Checked here: a detour over the login page would carry the code along.
        auth="public",
        methods=["GET"],
        sitemap=False,
        readonly=False,
    )
    def callback(
        self, code: str = "", state: str = "", error: str = "", **_ignored
    ) -> Response:
        """Take the code that the vendor sends the browser back with.

        `state` binds it to connection, user and session. Whether the vendor hands it
        back is not documented: without it, the session must have set out for the
        chooser minutes ago, and the person is asked whether the account is theirs.
        """
        pending = request.session.pop(_PENDING, None)
        connection, problem = self._evaluate(pending, state)
        if problem:
            return self._show_problem(problem, 403)
        if not code:
            return self._show_problem(self._tell_refusal(error), 400, connection)
        try:
            if not state:
                return self._ask_person(connection, code)
            finish_connect(connection, code)
        except (GhlError, UserError) as err:
            _logger.info(log_line("not_connected", connection=connection.id, error=err))
            return self._show_problem(str(err), 400, connection)
        return self._back_to(connection)

    def _ask_person(self, connection: BaseModel, code: str) -> Response:
        """Show whose code it is, with two buttons."""
        offer_id, key, account = offer_account(connection, code)
        proof = secrets.token_urlsafe(24)
        request.session[_OFFER] = {
            "connection": connection.id,
            "uid": self.env.uid,
            "offer": offer_id,
            "key": key,
            "proof": proof,
        }
        values = {
            "account": account,
            "connection": connection,
            "proof": proof,
            "csrf_token": request.csrf_token(),
            "action": const.ROUTE_OAUTH_CONFIRM,
            "lang": (self.env.lang or "en").replace("_", "-"),
        }
        response = request.render("ghl_contact_sync.ghl_oauth_confirm", values)
        response.headers.update(_HEADERS)
        return response

    @http.route(
        const.ROUTE_OAUTH_CONFIRM,
        type="http",
        auth="user",
        methods=["POST"],
        sitemap=False,
        readonly=False,
    )
    def confirm(self, proof: str = "", answer: str = "", **_ignored) -> Response:
        """Connect the account that a person was shown, or forget its tokens.

        :param proof: of the page that was shown in this very session
        :param answer: ``yes`` connects
        """
        if request.httprequest.method != "POST":
            # Odoo lets OPTIONS pass, and without its token against forgery.
            raise MethodNotAllowed(valid_methods=["POST"])
        held = request.session.pop(_OFFER, None)
        connection = None
        if (
            isinstance(held, dict)
            and held.get("uid") == self.env.uid
            and consteq(str(held.get("proof")), proof)
        ):
            connection = self.env["ghl.connection"].browse(held["connection"]).exists()
        problem = self._find_problem(connection)
        if problem:
            return self._show_problem(problem, 403)
        accepted = answer == "yes"
        try:
            connected = answer_offer(connection, held["offer"], held["key"], accepted)
        except (GhlError, UserError) as err:
            return self._show_problem(str(err), 400, connection)
        if accepted and not connected:
            problem = self.env._(
                "You took too long. Press “Connect to GoHighLevel” again."
            )
            return self._show_problem(problem, 403, connection)
        return self._back_to(connection)

    def _back_to(self, connection: BaseModel) -> Response:
        response = request.redirect(f"{_BACK}/{connection.id}", code=303)
        response.headers.update(_HEADERS)
        return response

    def _evaluate(
        self, pending: object, state: str
    ) -> tuple[BaseModel | None, str | None]:
        """Return (connection, None) or (None, why not)."""
        fresh = (
            isinstance(pending, dict)
            and pending.get("uid") == self.env.uid
            and 0 <= time.time() - pending.get("at", 0) < PENDING_SECONDS
        )
        if not fresh:
            return None, self.env._(
                "Nobody is connecting GoHighLevel in this browser. Log in to Odoo at "
                "its usual address, open the connection and press “Connect to "
                "GoHighLevel”."
            )
        connection = self.env["ghl.connection"].browse(pending["connection"]).exists()
        problem = self._find_problem(connection)
        if (
            not problem
            and state
            and not is_own_state(connection, state, pending["nonce"])
        ):
            problem = self.env._(
                "This answer belongs to another attempt. Press “Connect to "
                "GoHighLevel” again."
            )
        return (None, problem) if problem else (connection, None)

    def _find_problem(self, connection) -> str | None:
        if not self.env.user.has_group(MANAGER):
            return self.env._("Only administrators of GoHighLevel may connect it.")
        try:
            if connection:
                connection.check_access("write")
        except AccessError:
            connection = None
        if not connection:
            return self.env._(
                "This link is too old. Press “Connect to GoHighLevel” again."
            )
        return None

    def _tell_refusal(self, error: str) -> str:
        if error:
            return self.env._("GoHighLevel did not let the app in. Try again.")
        return self.env._("GoHighLevel sent no code along. Try again.")

    def _show_problem(
        self, message: str, status: int, connection: BaseModel | None = None
    ) -> Response:
        values = {
            "message": message,
            "lang": (self.env.lang or "en").replace("_", "-"),
            "back": f"{_BACK}/{connection.id}" if connection else "/odoo",
        }
        response = request.render("ghl_contact_sync.ghl_oauth_problem", values)
        response.status_code = status
        response.headers.update(_HEADERS)
        return response

"""From a person's button over GoHighLevel's chooser and back, to stored tokens.

Nobody but the person who pressed the button may bring a code back: the way there begins
with a ticket for that user, and `state` binds connection, user and session.
"""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from odoo import fields
from odoo.exceptions import UserError
from odoo.tools import consteq
from odoo.tools.misc import hash_sign, verify_hash_signed

from ... import const
from ...tools.ghl.client import Timeouts
from ...tools.ghl.oauth_answers import TokenSet
from ...tools.ghl.oauth_install import chooser_url
from ...tools.http.retry import RetryPolicy
from ...tools.urls import is_loopback
from ..transaction import end_transaction
from ..vendor_access.connection_state import forget_reminders, mark_state
from ..vendor_access.refusals import forget_trouble, try_new_credential
from .app import app_calls
from .database_identity import bind_to_database
from .token_row import with_token_row

_TICKET, _STATE = "ghl_contact_sync.oauth.ticket", "ghl_contact_sync.oauth.state"
TICKET_MINUTES, STATE_MINUTES = 5, 30
# A person waits for the code to be exchanged.
_SHORT = Timeouts(connect=5, read=15, total=15)
_TWICE = RetryPolicy(attempts=2, max_total_wait=5)


def redirect_url(env: Any) -> str:
    """Return the address to which GoHighLevel sends people back."""
    base = env["ir.config_parameter"].sudo().get_param("web.base.url") or ""
    return base.rstrip("/") + const.ROUTE_OAUTH_CALLBACK


def check_may_connect(connection: Any) -> None:
    """Refuse what GoHighLevel's chooser would only refuse later.

    :raise UserError: what is missing
    """
    env = connection.env
    has_app = connection.client_id and connection.has_client_secret
    if connection.auth_kind != "oauth" or not has_app:
        raise UserError(
            env._(
                "Enter the client ID and the client secret of your app first. Both "
                "are on its page at marketplace.gohighlevel.com."
            )
        )
    parts = urlsplit(redirect_url(env))
    if parts.scheme != "https" and not is_loopback(parts.hostname):
        raise UserError(
            env._(
                "GoHighLevel sends people back to https addresses only. Set the "
                "system parameter web.base.url to the public https address of this "
                "Odoo; it is %(url)s now.",
                url=connection.get_base_url(),
            )
        )


# === THE WAY THERE === #


def start_url(connection: Any) -> str:
    """Return where the button sends the browser: to us, with a ticket for this user."""
    ticket = hash_sign(
        connection.sudo().env,
        _TICKET,
        [connection.id, connection.env.uid],
        expiration=timedelta(minutes=TICKET_MINUTES),
    )
    return f"{const.ROUTE_OAUTH_CONNECT}?{urlencode({'ticket': ticket})}"


def open_ticket(env: Any, ticket: str) -> Any:
    """Return the connection whose button the user has just pressed, if any."""
    connections = env["ghl.connection"]
    values = _verified(env, _TICKET, ticket)
    if not values or values[1] != env.uid:
        return connections
    return connections.browse(values[0]).exists()


def get_chooser_url(connection: Any, nonce: str) -> str:
    """Return GoHighLevel's page on which a person picks account and locations.

    :param nonce: is kept in the session of the browser that goes there
    """
    state = hash_sign(
        connection.sudo().env,
        _STATE,
        [connection.id, connection.env.uid, nonce],
        expiration=timedelta(minutes=STATE_MINUTES),
    )
    return chooser_url(
        connection.install_url,
        connection.client_id or "",
        redirect_url(connection.env),
        state,
        connection.install_kind,
    )


# === THE WAY BACK === #


def is_own_state(connection: Any, state: str, nonce: str) -> bool:
    """Tell whether `state` was made for this connection, user and session."""
    values = _verified(connection.env, _STATE, state)
    if not values:
        return False
    connection_id, uid, own = values
    is_same = connection_id == connection.id and uid == connection.env.uid
    return is_same and bool(consteq(own, nonce))


def finish_connect(connection: Any, code: str) -> None:
    """Exchange the code and keep the tokens; what they open is read later.

    :raise AccessError: the user may not change the connection
    :raise GhlError: the code, or the app's credentials, were not accepted
    :raise UserError: the tokens belong to another account
    """
    connection.check_access("write")
    tokens = exchange_code(connection, code)
    check_same_account(connection, tokens)
    keep_tokens(connection, tokens)


def exchange_code(connection: Any, code: str) -> TokenSet:
    """Return what GoHighLevel gives for a code, which works only once.

    A person waits, without a transaction meanwhile.
    """
    address = redirect_url(connection.env)
    with app_calls(connection, timeouts=_SHORT, retry_policy=_TWICE) as calls:
        end_transaction(connection.env)
        return calls.exchange(code, address)


def check_same_account(connection: Any, tokens: TokenSet) -> None:
    """Refuse tokens of another account than the one that locations are read from.

    :raise UserError: with the way out
    """
    company, place = connection.ghl_company_id, connection.ghl_location_id
    agency = tokens.user_type == "Company"
    is_other = (company or tokens.company_id) != tokens.company_id or (
        connection.user_type == "Location"
        and not agency
        and (place or tokens.location_id) != tokens.location_id
    )
    is_known = any((company, place, connection.user_type))
    if (
        is_known
        and is_other
        and connection.with_context(active_test=False).location_ids
    ):
        raise UserError(
            connection.env._(
                "You chose another account than the one that “%(name)s” is "
                "connected to. Nothing was changed: make a new connection for it.",
                name=connection.name,
            )
        )


def adopt_private_token(connections: Any) -> None:
    """Use private integration tokens that have just been stored.

    What GoHighLevel said of the old ones says nothing of these.
    """
    bind_to_database(connections)
    mark_state(connections.filtered(lambda one: one.state != "draft"), "draft")
    for location in connections.location_ids:
        forget_trouble(location)
    try_new_credential(connections.location_ids)


def keep_tokens(connection: Any, tokens: TokenSet) -> None:
    """Store tokens, for good whatever comes next, and have their account read."""
    user = connection.env.user

    def keep(row: Any) -> None:
        row._store(tokens)
        _store_account(row.connection_id, tokens)
        row.connection_id.with_user(user)._order_task("setup")

    with_token_row(connection, None, keep)
    connection.env.invalidate_all()


def _store_account(connection: Any, tokens: TokenSet) -> None:
    agency = tokens.user_type == "Company"
    kind = "Company" if agency else "Location"
    connection.write(
        {
            "user_type": kind,
            "install_kind": kind,
            "ghl_company_id": tokens.company_id,
            "ghl_location_id": False if agency else tokens.location_id,
            "scopes": tokens.scopes,
            "connected_at": fields.Datetime.now(),
            "state": "connected",
            "state_message": False,
        }
    )
    bind_to_database(connection)
    forget_reminders(connection)
    try_new_credential(connection.location_ids)


def _verified(env: Any, scope: str, payload: str) -> list[Any] | None:
    """Return what was signed for `scope`, None when it is forged or too old."""
    try:
        # sudo: the database's secret is for nobody to read.
        values: list[Any] | None = verify_hash_signed(
            env(su=True), scope, payload or ""
        )
    except (ValueError, IndexError, OverflowError):
        return None
    return values

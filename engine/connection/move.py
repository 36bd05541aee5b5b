"""Moving a location, with its mirror, to another connection that reaches it as well."""

from typing import Any

from odoo.exceptions import UserError

from ...tools.errors import GhlAuthError, GhlError
from ...tools.foreign_text import as_html
from ...tools.ghl.oauth_refusals import GhlGrantRefused
from ..transaction import end_transaction
from .client import make_client
from .installs import token_of
from .tokens import get_access_token, get_install_token


def check_move(location: Any, target: Any) -> None:
    """Refuse a move that cannot be, before GoHighLevel is asked.

    :raise AccessError: the user may not change the location and both connections
    :raise UserError: why not, in words
    """
    env = location.env
    source = location.connection_id
    for record in (location, source, target):
        record.check_access("write")
    if source == target:
        raise UserError(env._("The location is read by this connection already."))
    if source.company_id != target.company_id:
        raise UserError(
            env._("Both connections have to belong to the same company of Odoo.")
        )
    if not target.active:
        raise UserError(env._("The connection “%s” is archived.", target.name))
    if target.is_moved:
        raise UserError(target.moved_message)
    if not target.has_token:
        raise UserError(
            env._("The connection “%s” is not connected to GoHighLevel.", target.name)
        )
    if location.sudo().active_run_id:
        raise UserError(
            env._(
                "“%s” is being synced. Wait for the end of the sync or cancel it, then "
                "move the location.",
                location.name,
            )
        )


def move_location(location: Any, target: Any) -> str:
    """Ask GoHighLevel with the target's credential, and move if it reads the location.

    :return: what came of it, in words
    :raise GhlError: what GoHighLevel answered instead
    :raise UserError: the credential does not reach the location
    """
    _read_with(target.sudo(), location.sudo())
    source = location.connection_id
    # Check again: the location may have changed while GoHighLevel was asked.
    check_move(location, target)
    env = location.env
    tokens = env["ghl.oauth.token"].sudo().search([("location_id", "=", location.id)])
    tokens.unlink()
    location.sudo().write({"connection_id": target.id, "is_installed": True})
    message: str = env._(
        "“%(location)s” has moved from the connection “%(old)s” to “%(new)s”; "
        "GoHighLevel answered for it there.",
        location=location.name,
        old=source.name,
        new=target.name,
    )
    for record in (location, source, target):
        record.message_post(body=as_html(message))
    if location.active and location.auto_sync and location.last_full_at:
        location._order_sync("verify", "button")
    return message


def _read_with(target: Any, location: Any) -> None:
    token = _token(target, location)
    client = make_client(target, location, token=token)
    end_transaction(location.env)
    try:
        # Its own record, and that its contacts may be read.
        client.get_location()
        client.count()
    finally:
        client.close()


def _token(target: Any, location: Any) -> str:
    env = location.env
    if target.auth_kind != "oauth":
        return get_access_token(target, location)
    if not target._is_agency():
        if target.ghl_location_id != location.ghl_id:
            raise UserError(
                env._("“%s” is the install on another location.", target.name)
            )
        return get_install_token(target)
    token = token_of(target, location.ghl_id)
    if not token:
        raise UserError(
            env._(
                "The app of “%(target)s” is not installed on “%(location)s”. Install "
                "it there from GoHighLevel's marketplace.",
                target=target.name,
                location=location.name,
            )
        )
    return token


def refusal(err: GhlError, target: Any) -> str:
    """Return the vendor's refusal as a reason why nothing was moved."""
    env = target.env
    is_refused = isinstance(err, GhlAuthError) and not isinstance(err, GhlGrantRefused)
    words: str = (
        env._(
            "Nothing was moved: GoHighLevel does not accept the credential of "
            "“%(name)s” for this location. (%(told)s)",
            name=target.name,
            told=err,
        )
        if is_refused
        else env._(
            "Nothing was moved: with “%(name)s” GoHighLevel does not answer for this "
            "location. (%(told)s)",
            name=target.name,
            told=err,
        )
    )
    return words

"""Tokens in use: read, renewed by just one of all who need them, or given up."""

import logging
from typing import Any

import psycopg2
from psycopg2 import errorcodes

from odoo import fields
from odoo.exceptions import UserError

from ...tools.errors import GhlAuthError, GhlError, GhlTransportError
from ...tools.ghl.oauth_refusals import GhlGrantRefused, GhlNotInstalled
from ...tools.log_line import log_line
from ..transaction import end_transaction, own_cursor
from ..vendor_access.connection_state import notify_managers, write_state
from .app import app_calls, busy, options_until
from .database_identity import check_is_here
from .token_row import NewPair, with_token_row

_logger = logging.getLogger(__name__)


# === FOR RUNS AND FOR REQUESTS === #


def get_access_token(
    connection: Any, location: Any, deadline: float | None = None
) -> str:
    """Return a token that may read `location` now.

    :param location: the `ghl.location` to be read
    :param deadline: until when the caller can wait for it, by `time.monotonic`;
        None: as long as it takes
    :raise UserError: the connection holds no usable token
    :raise GhlDatabaseMoved: it belongs to another database
    :raise GhlGrantRefused: not connected, or not any more
    :raise GhlNotInstalled: the location is not (or no longer) part of the install
    """
    if connection.auth_kind != "oauth":
        return _private_token(connection)
    _check_grant(connection, location)
    owner = location if connection._is_agency() else None
    usable: str | None = connection._token_row(owner)._usable()
    return usable or _obtain_token(connection, location, None, deadline)


def renew_access_token(
    connection: Any, location: Any, stale: str, deadline: float | None = None
) -> str | None:
    """Return another token after `stale` was refused, or None.

    A private integration token cannot be renewed, only replaced by a person; one that
    was replaced in the meantime is returned. Of an OAuth install the new refresh token
    is committed, in a transaction of its own, before its access token is returned;
    callers that come meanwhile wait and get the same one.

    :param deadline: of a caller whom a person waits for, by `time.monotonic`: such a
        one begins no renewal, as it could not wait for its end
    :raise GhlGrantRefused: the connection has to be made anew, by a person
    :raise GhlTokenBusy: not before the deadline; a renewal is under way or ordered
    """
    if connection.auth_kind != "oauth":
        token = _private_token(connection)
        return token if token != stale else None
    _check_grant(connection, location)
    return _obtain_token(connection, location, stale, deadline)


def get_install_token(connection: Any, deadline: float | None = None) -> str:
    """Return a token of the install itself, renewed if need be."""
    check_is_here(connection)
    row = connection._token_row()
    _check_alive(connection, row)
    usable: str | None = row._usable()
    return usable or renew_grant(connection, None, deadline)


def _private_token(connection: Any) -> str:
    check_is_here(connection)
    # sudo: tokens are used on behalf of people who may not see them.
    token: str = connection.sudo().private_token or ""
    if not token:
        raise UserError(
            connection.env._(
                "The connection “%(name)s” has no private integration token.",
                name=connection.name,
            )
        )
    return token.strip()


def _obtain_token(
    connection: Any, location: Any, stale: str | None, deadline: float | None
) -> str:
    if not connection._is_agency():
        return renew_grant(connection, stale, deadline)
    agency_token = get_install_token(connection, deadline)
    try:
        return _exchange_token(connection, location, stale, agency_token, deadline)
    except GhlGrantRefused:
        raise
    except GhlAuthError:
        agency_token = renew_grant(connection, agency_token, deadline)
        return _exchange_token(connection, location, stale, agency_token, deadline)


def _check_grant(connection: Any, location: Any) -> None:
    """Refuse at once what can only fail.

    :raise GhlGrantRefused: not connected, or not any more
    :raise GhlNotInstalled: the location is not (or no longer) part of the install
    """
    check_is_here(connection)
    _check_alive(connection, connection._token_row())
    is_foreign = (
        not connection._is_agency()
        and connection.ghl_location_id
        and connection.ghl_location_id != location.ghl_id
    )
    if is_foreign or not location.is_installed:
        raise GhlNotInstalled(
            connection.env._(
                "The app is not installed on the location “%(name)s”. Install it "
                "there from GoHighLevel's marketplace.",
                name=location.name,
            )
        )


def _check_alive(connection: Any, row: Any) -> None:
    if row.revoked_at:
        if not row.notified_at:
            notify_revoked(connection)
        raise GhlGrantRefused(row.revoked_message or "")
    if not (row.refresh_token or row.access_token):
        raise GhlGrantRefused(
            connection.env._(
                "The connection “%(name)s” is not connected yet. Open it and press "
                "“Connect to GoHighLevel”.",
                name=connection.name,
            )
        )


# === RENEWING === #


def renew_grant(
    connection: Any, stale: str | None, deadline: float | None = None
) -> str:
    """Return a token of the install other than `stale`, by one call upstream.

    :param deadline: the renewal is left to the background then: cut short, it would
        lose the new refresh token, and with it the connection
    :raise GhlGrantRefused: the refresh token is refused for good
    :raise GhlAuthError: it is refused without a clear reason, which may pass
    """
    if deadline is not None:
        _order_renewal(connection, stale)
        raise busy()
    lost: list[GhlError] = []
    passing: list[GhlGrantRefused] = []
    won = NewPair()
    user_type = connection.user_type

    def renew(row: Any) -> tuple[str, str | None]:
        # As the row's own transaction sees it: nobody confirms by mistake.
        check_is_here(row.connection_id)
        if won.store(row):
            return row.access_token, None
        if row.revoked_at:
            # Somebody else has just found out. Telling needs this very lock.
            return "", row.revoked_message or ""
        token: str | None = row._usable(stale)
        if token:
            return token, None
        refresh_token = row.refresh_token or ""
        end_transaction(row.env)
        try:
            with app_calls(connection, on_retry=lost.append) as calls:
                tokens = calls.refresh(refresh_token, user_type)
        except GhlGrantRefused as err:
            if not err.certain and row._may_be_refused_in_passing():
                passing.append(err)
                return "", None
            message = _revoked_message(connection, err, lost)
            row._revoke(message)
            return "", message
        won.take(refresh_token, tokens)
        row._store(tokens)
        return tokens.access_token, None

    token, message = with_token_row(connection, None, renew, keep_on=won.is_taken)
    if passing:
        raise GhlAuthError(str(passing[0]), status=passing[0].status)
    if message is not None:
        _logger.warning(log_line("connection_revoked", connection=connection.id))
        notify_revoked(connection)
        raise GhlGrantRefused(message)
    return token


def revive_grant(connection: Any) -> None:
    """Try the refresh token of a revoked install once more: some refusals pass.

    :raise GhlGrantRefused: it is still refused
    """
    won = NewPair()

    def revive(row: Any) -> None:
        check_is_here(row.connection_id)
        if won.store(row) or not row.revoked_at or not row.refresh_token:
            return
        refresh_token, user_type = row.refresh_token, connection.user_type
        end_transaction(row.env)
        with app_calls(connection) as calls:
            tokens = calls.refresh(refresh_token, user_type)
        won.take(refresh_token, tokens)
        row._store(tokens)

    if connection._token_row().revoked_at:
        with_token_row(connection, None, revive, keep_on=won.is_taken)


def _order_renewal(connection: Any, stale: str | None) -> None:
    """Have the install's token renewed in the background.

    :param stale: the token that GoHighLevel refused, if it did
    """
    try:
        with own_cursor(connection.env) as cr:
            connection = connection.with_env(connection.env(cr=cr, su=True))
            row = connection._token_row()
            if stale and row.access_token == stale:
                cr.execute("SET LOCAL lock_timeout = '1s'")
                row.expires_at = fields.Datetime.now()
            connection._order_task("renew")
    except psycopg2.OperationalError as err:
        # Somebody renews it at this moment, or there is no connection free.
        _logger.info(
            log_line(
                "grant_still_refused",
                connection=connection.id,
                error=type(err).__name__,
            )
        )


def _exchange_token(
    connection: Any,
    location: Any,
    stale: str | None,
    agency_token: str,
    deadline: float | None,
) -> str:
    """Return a token of one location other than `stale`, for the agency's."""
    company_id, ghl_id = connection.ghl_company_id, location.ghl_id

    def exchange(row: Any) -> str:
        token: str | None = row._usable(stale)
        if token:
            return token
        end_transaction(row.env)
        options = options_until(deadline)
        with app_calls(connection, token=agency_token, **options) as calls:
            tokens = calls.location_token(company_id, ghl_id)
        # A location without a row is not committed yet; its token can be had again at
        # any time.
        if row:
            row._store(tokens)
        return tokens.access_token

    return with_token_row(connection, location, exchange, deadline)


def _revoked_message(
    connection: Any, err: GhlGrantRefused, lost: list[GhlError]
) -> str:
    env = connection.env
    message: str = env._(
        "GoHighLevel no longer accepts this connection. Open it and press “Connect "
        "to GoHighLevel” to authorize it again. (%s)",
        str(err),
    )
    if any(isinstance(one, GhlTransportError) for one in lost):
        message += " " + env._(
            "An answer with new tokens had been lost on its way just before."
        )
    return message


# === GIVING UP === #


def revoke(connection: Any, message: str) -> None:
    """Stop using the install: no more calls until a person connects again."""

    def forget(row: Any) -> None:
        row.write({"access_token": False, "refresh_token": False})
        row._revoke(message)

    with_token_row(connection, None, forget)
    notify_revoked(connection)


def notify_revoked(connection: Any) -> None:
    """Show the revoked install on the connection and tell its managers, once."""

    def notify(row: Any) -> None:
        if not row.revoked_at or row.notified_at:
            return
        # Somebody else's transaction may hold the connection, at worst the caller's
        # own: then the next who needs the token tells.
        row.env.cr.execute("SET LOCAL lock_timeout = '2s'")
        message = row.revoked_message or ""
        write_state(row.connection_id, "needs_reauth", message)
        notify_managers(row.connection_id, message)
        row.notified_at = fields.Datetime.now()

    try:
        with_token_row(connection, None, notify)
    except psycopg2.Error as err:
        if err.pgcode != errorcodes.LOCK_NOT_AVAILABLE:
            raise
        _logger.info(log_line("connection_busy", connection=connection.id))
    connection.invalidate_recordset(["state", "state_message"])

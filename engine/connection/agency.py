"""The locations of an install: those on which the app is, and keeping that list true.

GoHighLevel tells by lists (once a day and when a person asks) and by signed INSTALL and
UNINSTALL events.
"""

from typing import Any

from odoo import fields

from ...tools.errors import GhlAuthError
from ...tools.ghl.oauth_answers import InstalledLocation
from ...tools.ghl.oauth_install import missing_scopes
from ...tools.ghl.oauth_refusals import GhlGrantRefused
from ..mirror.details import store_details
from ..transaction import end_transaction
from .app import app_calls
from .client import call_ghl
from .installs import find_owners, find_removed
from .token_row import with_token_row
from .tokens import get_install_token, renew_grant, revoke

# === LISTS === #


def reconcile_locations(connection: Any) -> str:
    """Make the locations those on which the app is installed; return it in words.

    A location that the list does not show is asked about by itself: a list may be
    short without saying so. GoHighLevel is asked first, and all is written then.

    :param connection: an agency's
    :raise GhlError: the list could not be read; nothing was changed then
    """
    rows = _list_installed(connection)
    listed = {row.ghl_id for row in rows}
    missing = installed_locations(connection).filtered(
        lambda location: location.ghl_id not in listed
    )
    removed, untold = find_removed(connection, missing)
    foreign = 0
    for row in rows:
        foreign += not install_location(connection, row.ghl_id, name=row.name)
    for location in removed:
        _mark_uninstalled(location)
    connection.write(
        {
            "reconciled_at": fields.Datetime.now(),
            "account_name": connection.account_name or connection.ghl_company_id,
        }
    )
    return _reconciled_words(connection.env, len(rows), foreign, len(removed), untold)


def installed_locations(connection: Any) -> Any:
    """Return the locations that the app is on, archived ones included."""
    locations = connection.with_context(active_test=False).location_ids
    return locations.filtered("is_installed")


def _list_installed(connection: Any) -> list[InstalledLocation]:
    """Return the locations on which the app is installed, the list being complete.

    :raise GhlError: it could not be read to its end
    """
    company_id = connection.ghl_company_id

    def read(token: str) -> list[InstalledLocation]:
        with app_calls(connection, token) as calls:
            return list(calls.installed_locations(company_id))

    token = get_install_token(connection)
    try:
        return read(token)
    except GhlGrantRefused:
        raise
    except GhlAuthError:
        return read(renew_grant(connection, token))


def _reconciled_words(
    env: Any, count: int, foreign: int, removed: int, untold: int
) -> str:
    sentences = [env._("The app is installed on %(count)s locations.", count=count)]
    if foreign:
        sentences.append(
            env._(
                "%s of them are read by another connection already: move them here "
                "by “Move to Connection…” on the location, if they belong here.",
                foreign,
            )
        )
    if removed:
        sentences.append(env._("From %s it was removed, as GoHighLevel says.", removed))
    if untold:
        sentences.append(
            env._(
                "%s more are missing in GoHighLevel's list. It does not say that "
                "the app was removed from them: they are kept, and asked about "
                "again.",
                untold,
            )
        )
    return " ".join(sentences)


# === ONE LOCATION === #


def register_location(connection: Any) -> str:
    """Add the location that the app was installed on; say so in words.

    :raise GhlError: it could not be read
    """
    env = connection.env
    location = install_location(connection, connection.ghl_location_id)
    if not location:
        return str(
            env._(
                "Connected, but the location %s is read by another connection already.",
                connection.ghl_location_id,
            )
        )
    # Its token is stored by a transaction that must see it.
    end_transaction(env)
    store_details(location, call_ghl(location, lambda client: client.get_location()))
    connection.account_name = location.name
    return str(env._("Connected to the location “%s”.", location.name))


def scope_words(connection: Any) -> str | None:
    """Return what a person can do about an install that may not do enough."""
    missing = missing_scopes(connection.user_type, connection.scopes)
    if not missing:
        return None
    words: str = connection.env._(
        "The install lacks the scopes %(scopes)s: add them on the app's page at "
        "GoHighLevel, set “Install For” as you mean it, and press “Connect Again”.",
        scopes=", ".join(missing),
    )
    return words


def install_location(
    connection: Any,
    ghl_id: str | None = None,
    company_id: str | None = None,
    *,
    name: str | None = None,
) -> Any:
    """Note that the app is installed on a location.

    :param ghl_id: the location; None: the agency as a whole
    :param company_id: the agency's id as an event tells it
    :param name: what GoHighLevel calls the location
    :return: the `ghl.location`; empty when another connection reads it
    """
    locations = connection.env["ghl.location"].sudo().with_context(active_test=False)
    if not _is_own_account(connection, company_id):
        return locations
    if not ghl_id:
        if connection._is_agency():
            reconcile_locations(connection)
        return locations
    if not connection._is_agency() and ghl_id != connection.ghl_location_id:
        return locations
    location = locations.search([("ghl_id", "=", ghl_id)])
    if not location:
        return _add_location(connection, ghl_id, name)
    if location.connection_id != connection:
        return locations
    if not location.is_installed:
        _mark_installed(location)
    return location


def uninstall_location(
    connection: Any, ghl_id: str | None = None, company_id: str | None = None
) -> None:
    """Note that the app was removed from a location.

    :param ghl_id: the location; None: the whole agency
    :param company_id: the agency's id as an event tells it
    """
    if not _is_own_account(connection, company_id):
        return
    if connection._is_agency():
        covers_install = not ghl_id
    else:
        covers_install = ghl_id == connection.ghl_location_id
    locations = installed_locations(connection)
    if ghl_id:
        locations = locations.filtered(lambda location: location.ghl_id == ghl_id)
    elif not covers_install:
        return
    for location in locations:
        _mark_uninstalled(location)
    if covers_install and connection.user_type:
        revoke(
            connection,
            connection.env._(
                "The app was removed at GoHighLevel. Install it again by “Connect "
                "to GoHighLevel”."
            ),
        )


def apply_install_event(
    connections: Any, event_type: str, details: dict[str, Any]
) -> None:
    """Let connections know that their app was installed or removed somewhere.

    :param connections: the active connections of the app
    :param event_type: INSTALL or UNINSTALL
    :param details: `locationId`, `companyId` as far as the event told them
    :raise GhlError: what the vendor answered to what followed
    """
    ghl_id, company_id = details.get("locationId"), details.get("companyId")
    # Only OAuth connections are installed.
    connections = connections.filtered(
        lambda one: one.auth_kind == "oauth" and not one.is_moved
    )
    if event_type == "INSTALL":
        if ghl_id and not company_id:
            connections = find_owners(connections, ghl_id)
        for connection in connections:
            install_location(connection, ghl_id, company_id)
    elif ghl_id or company_id or len(connections) == 1:
        for connection in connections:
            uninstall_location(connection, ghl_id, company_id)
    else:
        # The event does not say which connection it is about: GoHighLevel tells, by
        # what it refuses.
        for connection in connections.filtered(lambda one: one._is_agency()):
            connection._order_task("reconcile")


def _add_location(connection: Any, ghl_id: str, name: str | None) -> Any:
    # The first locations of an install are there to be picked from, unless told
    # otherwise; that of a location's own install was picked on the way here.
    active = connection.add_locations or not connection._is_agency()
    location = (
        connection.env["ghl.location"]
        .sudo()
        .create(
            {
                "name": name or ghl_id,
                "ghl_name": name,
                "ghl_id": ghl_id,
                "connection_id": connection.id,
                "active": active,
            }
        )
    )
    if active and connection.reconciled_at:
        # Locations that came later start by themselves: nobody is there to press a
        # button.
        location._trigger_cron()
    return location


def _mark_installed(location: Any) -> None:
    """Read the location again."""
    location.is_installed = True
    location.message_post(body=location.env._("The app is installed here again."))
    if location.active and location.auto_sync:
        # Changes of the meantime came without events, and so did deletions.
        kind = "verify" if location.last_full_at else "full"
        location._order_sync(kind, "webhook")


def _mark_uninstalled(location: Any) -> None:
    """Stop reading the location; its mirror stays."""
    location.is_installed = False
    location.message_post(
        body=location.env._(
            "The app was removed from this location at GoHighLevel. Its contacts "
            "stay here as they were read last."
        )
    )
    connection = location.connection_id
    if connection._token_row(location):
        # The token is of no use any more. Its row is only ever written by itself.
        with_token_row(
            connection, location, lambda row: row.write({"access_token": False})
        )


def _is_own_account(connection: Any, company_id: str | None) -> bool:
    own = connection.ghl_company_id
    return connection.auth_kind == "oauth" and (
        not company_id or not own or own == company_id
    )

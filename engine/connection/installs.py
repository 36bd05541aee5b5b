"""On which locations an app is installed: asked for each, never taken from an absence.

A list may be short for many reasons. That the app was removed from a location is said
by the answer to a question about this very location, or by a signed event.
"""

import random
import time
from typing import Any

from ...tools.errors import GhlAuthError, GhlError
from ...tools.ghl.oauth_refusals import GhlGrantRefused, GhlNotInstalled
from .app import app_calls
from .tokens import get_install_token, renew_grant

# Locations that are asked about after one list; the others are after the next.
MAX_ASKED = 50
# Odoo ends a cron's process after two minutes.
ASK_SECONDS = 40


def is_installed(connection: Any, ghl_id: str) -> bool:
    """Ask GoHighLevel for a token of one location: it tells whether the app is there.

    :param connection: an agency's
    :raise GhlError: it neither gave one nor denied it in words
    """
    return token_of(connection, ghl_id) is not None


def token_of(connection: Any, ghl_id: str) -> str | None:
    """Return a token of one of an agency's locations, `None` without the app.

    :raise GhlError: as `is_installed`
    """
    company_id = connection.ghl_company_id

    def ask(token: str) -> str:
        with app_calls(connection, token) as calls:
            return calls.location_token(company_id, ghl_id).access_token

    token = get_install_token(connection)
    try:
        try:
            return ask(token)
        except GhlGrantRefused:
            raise
        except GhlAuthError:
            return ask(renew_grant(connection, token))
    except GhlNotInstalled:
        return None


def find_removed(connection: Any, missing: Any) -> tuple[Any, int]:
    """Ask about each location that is missing in a list.

    :return: (those that GoHighLevel says are without the app, how many it did not tell)
    """
    removed, untold = missing.browse(), 0
    deadline = time.monotonic() + ASK_SECONDS
    # A random choice gives each its turn in the end, whatever the number.
    asked = random.sample(list(missing), min(MAX_ASKED, len(missing)))
    for location in asked:
        if time.monotonic() > deadline:
            untold += 1
            continue
        try:
            if not is_installed(connection, location.ghl_id):
                removed += location
        except GhlGrantRefused:
            raise
        except GhlError:
            untold += 1
    return removed, untold + len(missing) - len(asked)


def find_owners(connections: Any, ghl_id: str) -> Any:
    """Return those connections of an app that really reach a location.

    An event need not tell the agency, and several may have connected the same app: each
    is asked.

    :raise GhlError: none reaches it, as far as those that answered tell
    """
    own = connections.filtered(
        lambda one: not one._is_agency() and one.ghl_location_id == ghl_id
    )
    trouble = None
    for agency in connections.filtered(lambda one: one._is_agency()):
        try:
            if is_installed(agency, ghl_id):
                own += agency
        except GhlError as err:
            trouble = err
    if not own and trouble:
        raise trouble
    return own

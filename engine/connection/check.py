"""Testing a connection: what it can read, and what is wrong in words for a person."""

import time
from typing import Any

from odoo.exceptions import UserError

from ...tools.errors import (
    GhlAuthError,
    GhlError,
    GhlNotFound,
    GhlRequestError,
    GhlScopeError,
)
from ...tools.ghl.client import GhlClient, Timeouts
from ...tools.ghl.oauth_refusals import GhlGrantRefused, GhlNotInstalled
from ...tools.http.retry import RetryPolicy
from ..mirror.details import store_details
from ..vendor_access.connection_state import mark_state
from ..vendor_access.refusals import handle_refused_location, note_accepted
from .client import call_ghl

# A person waits for the answer.
_SHORT: dict[str, Any] = {
    "timeouts": Timeouts(connect=5, read=15, total=15),
    "acquire_timeout": 15,
    "retry_policy": RetryPolicy(attempts=2, max_total_wait=5),
    "priority": "interactive",
}
# Agencies have hundreds of locations, and one token for all of them.
MAX_TESTED = 5
# Odoo ends a cron's process after two minutes.
TEST_SECONDS = 45


def check_may_ask(connection: Any) -> None:
    """Say at once what would only fail in the background.

    :raise UserError: the credential belongs to another database
    """
    if connection.is_moved:
        raise UserError(connection.moved_message)


def check_may_test(connection: Any) -> None:
    """Refuse a test for which something is missing.

    :raise UserError: what is missing
    """
    env = connection.env
    if not connection.has_token:
        raise UserError(
            env._("There is no token to test yet: enter one, or connect.")
            if connection.auth_kind == "pit"
            else env._("Press “Connect to GoHighLevel” first.")
        )
    check_may_ask(connection)
    if not (connection._is_agency() or connection.location_ids):
        raise UserError(
            env._("Add a location first: a token can only be tested by reading one.")
        )


def check_location(location: Any) -> None:
    """Read a little of a location, and what it is called.

    :raise GhlError: what GoHighLevel answered instead
    """
    call_ghl(location, _count, **_SHORT)
    details = call_ghl(location, lambda client: client.get_location(), **_SHORT)
    store_details(location, details)
    note_accepted(location)


def check_locations(connection: Any) -> tuple[list[str], bool]:
    """Read a little of each location; name those that answer.

    :return: (what is wrong, in sentences; whether the credential itself is)
    """
    troubles: list[str] = []
    errors: list[Exception] = []
    answered = False
    locations = connection.location_ids.filtered("is_installed")
    deadline = time.monotonic() + TEST_SECONDS
    for location in locations[:MAX_TESTED] if connection._is_agency() else locations:
        if time.monotonic() > deadline:
            troubles.append(
                connection.env._("GoHighLevel is slow: not every location was tested.")
            )
            break
        try:
            check_location(location)
            answered = True
        except (GhlError, UserError) as err:
            errors.append(err)
            troubles.append(_explain(connection, err, location))
            if isinstance(err, (GhlScopeError, GhlNotInstalled)):
                handle_refused_location(location, err)
    # A token that serves one location is not refused itself.
    refused = not answered and any(isinstance(err, GhlAuthError) for err in errors)
    if answered or not troubles:
        mark_state(connection, "connected")
    elif refused:
        mark_state(connection, "needs_reauth", " ".join(troubles))
    elif not all(getattr(err, "retryable", False) for err in errors):
        mark_state(connection, "error", " ".join(troubles))
    if not troubles and not connection.account_name and len(locations) == 1:
        connection.account_name = locations.name
    return troubles, refused


def _count(client: GhlClient) -> int | None:
    return client.count()


def _explain(connection: Any, err: Exception, location: Any) -> str:
    """Return what a person can do about it."""
    env, words = connection.env, str(err)
    if connection.auth_kind == "pit" and isinstance(err, GhlAuthError):
        words = env._(
            "GoHighLevel does not know this token. Copy it again from Settings › "
            "Private Integrations of the sub-account; one that was rotated or "
            "deleted there no longer works. (%s)",
            err,
        )
    elif isinstance(err, GhlScopeError) and _names_location(err):
        words = env._(
            "The token belongs to another sub-account than %(id)s. Check the "
            "Location ID under Settings › Business Profile, or use a token of that "
            "sub-account. (%(told)s)",
            id=location.ghl_id,
            told=err,
        )
    elif isinstance(err, GhlScopeError):
        words = env._(
            "The token may not do this. It needs the scopes to view contacts "
            "(contacts.readonly) and locations (locations.readonly), and has to be "
            "made in the sub-account itself: an agency's cannot read contacts. "
            "(%s)",
            err,
        )
    elif isinstance(err, GhlNotFound) or (
        isinstance(err, GhlRequestError) and "location" in words.lower()
    ):
        words = env._(
            "GoHighLevel knows no location %(id)s. Check the Location ID under "
            "Settings › Business Profile of the sub-account. (%(told)s)",
            id=location.ghl_id,
            told=err,
        )
    elif isinstance(err, GhlGrantRefused | GhlNotInstalled):
        # These say themselves what to do.
        words = str(err)
    return f"{location.name}: {words}"


def _names_location(err: GhlError) -> bool:
    return err.status == 403 or "access to this location" in str(err).lower()

"""The client that reads a location with a connection's credential."""

from collections.abc import Callable
from typing import Any, TypeVar

from ...tools.ghl.dialect import DialectClient
from ..rate_limit import get_governor
from ..transaction import end_transaction
from .tokens import get_access_token, renew_access_token

Answer = TypeVar("Answer")


def make_client(
    connection: Any,
    location: Any,
    deadline: float | None = None,
    token: str | None = None,
    **options: Any,
) -> DialectClient:
    """Return a client that reads `location` with this credential.

    :param deadline: as for `get_access_token`
    :param token: to be used in place of the location's own
    :param options: handed on to `GhlClient` (stop, priority, on_request, …)
    :raise GhlAuthError: when the connection has to be made anew
    """
    connection.ensure_one()
    settings = connection.env["ghl.settings"]
    return DialectClient(
        capabilities=connection._get_capabilities(),
        token=token or get_access_token(connection, location, deadline),
        base_url=settings._api_base_url(),
        location_id=location.ghl_id,
        version=settings._api_version(),
        governor=get_governor(location),
        **options,
    )


def call_ghl(
    location: Any,
    call: Callable[[Any], Answer],
    deadline: float | None = None,
    **options: Any,
) -> Answer:
    """Return `call(client)`, with a `GhlClient` for this location.

    Commits what the caller has written: no transaction is open during a call.

    :param deadline: of a caller who cannot wait for a token to be renewed, by
        `time.monotonic`: gets `GhlTokenBusy` instead, and the renewal is ordered
    :param options: for the client: priority, stop, …
    :raise GhlError: what the vendor or the transport answered
    """
    location.ensure_one()
    connection = location.connection_id.sudo()
    client = make_client(
        connection,
        location,
        deadline=deadline,
        on_unauthorized=lambda stale: renew_access_token(
            connection, location, stale, deadline
        ),
        **options,
    )
    end_transaction(location.env)
    try:
        return call(client)
    finally:
        client.close()

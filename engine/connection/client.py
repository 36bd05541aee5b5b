"""One call to GoHighLevel for a location, outside of a run."""

from collections.abc import Callable
from typing import Any, TypeVar

from ..transaction import end_transaction

Answer = TypeVar("Answer")


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
    client = connection._make_client(
        location,
        deadline=deadline,
        on_unauthorized=lambda stale: connection._renew_access_token(
            location, stale, deadline
        ),
        **options,
    )
    end_transaction(location.env)
    try:
        return call(client)
    finally:
        client.close()

"""Calls of a connection's app to GoHighLevel's OAuth, and who can wait for them."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ...tools.errors import GhlError, GhlTokenBusy
from ...tools.ghl.client import Timeouts
from ...tools.ghl.oauth import GhlOAuth
from ...tools.ghl.send_request import GhlCaller
from ...tools.http.retry import RetryPolicy
from ...tools.rate_limit.governor import governor_for
from ..transaction import end_transaction

# Calls that hold the row of a token are short, since others wait for it.
_TIMEOUTS = Timeouts(connect=5, read=20, total=25)
_RETRY = RetryPolicy(attempts=3, max_total_wait=15)
# Nobody holds a token's row for longer than its calls upstream take.
LOCK_SECONDS = 90
# No call upstream is begun with less time left than that.
LEAST_SECONDS = 0.2


@contextmanager
def app_calls(
    connection: Any,
    token: str = "",
    on_retry: Callable[[GhlError], Any] | None = None,
    timeouts: Timeouts = _TIMEOUTS,
    retry_policy: RetryPolicy = _RETRY,
) -> Iterator[GhlOAuth]:
    """Yield the OAuth calls of the connection's app.

    Commits what the caller has written: no transaction is open during a call.

    :param token: of the install, for calls that need one
    :param on_retry: told of each error after which a call is repeated
    """
    # sudo: the app's secret is used on behalf of people who may not see it.
    app = connection.sudo()
    settings = connection.env["ghl.settings"]
    base_url, version = settings._api_base_url(), settings._api_version()
    client_id = app.client_id or ""
    caller = GhlCaller(
        token=token,
        base_url=base_url,
        version=version,
        governor=governor_for((app.env.cr.dbname, base_url, f"oauth/{client_id}")),
        timeouts=timeouts,
        retry_policy=retry_policy,
        acquire_timeout=timeouts.total,
        on_retry=on_retry,
    )
    calls = GhlOAuth(
        caller,
        client_id=client_id,
        client_secret=app.client_secret or "",
        version=version,
    )
    end_transaction(connection.env)
    try:
        yield calls
    finally:
        caller.close()


def busy() -> GhlTokenBusy:
    """Return the error of a caller who cannot wait for a token."""
    return GhlTokenBusy(
        "The access to GoHighLevel is just being renewed; it is there in a moment."
    )


def seconds_until(deadline: float | None) -> float:
    """Return how long to wait for others who use the token.

    :param deadline: by `time.monotonic`; None: as long as it takes
    """
    if deadline is None:
        return LOCK_SECONDS
    return max(0.0, deadline - time.monotonic())


def options_until(deadline: float | None) -> dict[str, Any]:
    """Return the options of a call upstream that ends at a deadline.

    :raise GhlTokenBusy: it has passed
    """
    if deadline is None:
        return {}
    left = seconds_until(deadline)
    if left < LEAST_SECONDS:
        raise busy()
    return {
        "timeouts": Timeouts(connect=left, read=left, total=left),
        "retry_policy": RetryPolicy(attempts=1),
    }

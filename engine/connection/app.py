"""How long a caller can wait for a token, and what is told when that is not enough."""

import time

from ...tools.errors import GhlTokenBusy
from ...tools.ghl.client import Timeouts
from ...tools.http.retry import RetryPolicy

# Nobody holds a token's row for longer than its calls upstream take.
LOCK_SECONDS = 90
# With less than that left, no call upstream is begun.
LEAST_SECONDS = 0.2


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


def options_until(deadline: float | None) -> dict:
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

"""One pace-maker per GHL location: sends as fast as the vendor allows, and no faster.

The vendor counts 100 requests per 10 s and 200,000 per day for each app and location, and
says in ``X-RateLimit-*`` headers what really applies
(https://marketplace.gohighlevel.com/docs/oauth/Authorization).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Mapping
from typing import Any, Literal

Priority = Literal["sync", "interactive"]


class RateGovernor:
    """Hand out permits to send, shared by every thread that talks to one location."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] | None = None,
        wall_clock: Callable[[], float] = time.time,
        *,
        max_wait: float = 60.0,
    ) -> None:
        raise NotImplementedError

    def acquire(
        self,
        priority: Priority = "sync",
        timeout: float | None = None,
        stop: threading.Event | None = None,
    ) -> Ticket:
        """Block until a request may be sent.

        :param priority: ``"interactive"`` (pages, webhooks) may use the reserve
        :param timeout: seconds to wait at most
        :param stop: gives up with `GhlStopped` as soon as it is set
        :raise GhlRateLimited: ``daily=True`` when the day's quota is spent; else when the
            wait would exceed `timeout` or the governor's cap. `resume_at` says when
            to come back; not retryable.
        """
        raise NotImplementedError

    def observe(
        self, headers: Mapping[str, str], status: int, ticket: Ticket
    ) -> Refusal | None:
        """Learn from an answer; for a 429 say how long to keep away."""
        raise NotImplementedError

    def snapshot(self) -> dict[str, Any]:
        """Return what is known, JSON-able: for display and for `restore`.

        Keys: ``limit``, ``interval_ms``, ``remaining``, ``limit_today``,
        ``remaining_today``, ``paused_until``, ``resume_at`` (epoch seconds or ``None``),
        ``sent``, ``rate_limited``, ``at`` (epoch seconds).
        """
        raise NotImplementedError

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over a `snapshot` made earlier or elsewhere; garbage is ignored."""
        raise NotImplementedError


class Ticket:
    """A permit; hand it back to `RateGovernor.observe` with the answer."""


class Refusal:
    """`daily`, `retry_after` (seconds), `resume_at` (epoch seconds) of a 429."""


def governor_for(key: Hashable) -> RateGovernor:
    """Return this process's one governor for `key`, e.g. (database, url, location)."""
    raise NotImplementedError

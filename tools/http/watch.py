"""Waits of the calls under way: facts for whoever watches a sync.

Threads report each try, wait and reason; the thread that owns them asks now and then.
Facts hold timestamps, not spans, so that they stay the same while one waits. The page
that shows them counts down by itself.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

from ..errors import GhlError

# Seconds without an answer after which that is worth telling.
SILENT_AFTER = 4.0
# A wait for the rate limit that is shorter is the usual pace.
LIMITED_AFTER = 1.0

RETRY, SILENT, TOKEN = "retry", "silent", "token"
# A wait that the vendor's limit asks for, or only our own even pace.
LIMIT, PACE = "limit", "pace"


@dataclass(slots=True)
class _Call:
    """One logical call; `state` is what it does just now."""

    state: str
    since: float
    attempt: int = 1
    attempts: int = 1
    error: GhlError | None = None
    next_at: float | None = None


class CallWatch:
    """Safe to share between threads.

    :param clock: epoch seconds
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._calls: dict[Hashable, _Call] = {}
        self._renewing_since: float | None = None

    # === REPORTING (any thread) === #

    def sending(self, key: Hashable) -> None:
        """A request leaves now."""
        self._set(key, SILENT)

    def limited(self, key: Hashable, seconds: float, pacing: bool = False) -> None:
        """A call waits for the rate limit, for so long as far as is known.

        :param pacing: for the governor's own pace; the limit itself has room
        """
        if seconds < LIMITED_AFTER:
            return
        # Rounded, since the wait is reported again and again.
        self._set(key, PACE if pacing else LIMIT, round(self._clock() + seconds))

    def retrying(
        self, key: Hashable, error: GhlError, attempt: int, attempts: int, pause: float
    ) -> None:
        """An attempt failed; `attempt` is the number of the next one."""
        call = self._set(key, RETRY, self._clock() + pause)
        call.error, call.attempt, call.attempts = error, attempt, attempts

    def ended(self, key: Hashable) -> None:
        """A call is over, one way or the other."""
        with self._lock:
            self._calls.pop(key, None)

    def renewing(self, active: bool) -> None:
        """The token is being renewed, or is so no longer."""
        self._renewing_since = self._clock() if active else None

    def _set(self, key: Hashable, state: str, next_at: float | None = None) -> _Call:
        with self._lock:
            call = self._calls.get(key)
            if call is None:
                call = self._calls[key] = _Call(state, self._clock())
            if call.state != state:
                call.since = self._clock()
            call.state, call.next_at = state, next_at
            return call

    # === ASKING === #

    def facts(self) -> dict[str, Any] | None:
        """Return what is most worth telling, JSON-able; ``None`` when all goes well.

        Keys: ``reason`` (of this module), ``status``, ``code``, ``attempt``,
        ``attempts``, ``since`` and ``next_at`` (epoch seconds, or ``None``).
        """
        now = self._clock()
        with self._lock:
            calls = [call for call in self._calls.values() if _tells(call, now)]
        since = self._renewing_since
        if since is not None:
            return _facts(_Call(TOKEN, since))
        if not calls:
            return None
        return _facts(max(calls, key=_weight))


def _tells(call: _Call, now: float) -> bool:
    if call.state == SILENT and call.error is None:
        return now - call.since >= SILENT_AFTER
    return True


def _weight(call: _Call) -> tuple[bool, int, float]:
    """Order calls: trouble before waiting, then the one that has tried most often."""
    return call.error is not None or call.state == SILENT, call.attempt, -call.since


def _facts(call: _Call) -> dict[str, Any]:
    error = call.error
    return {
        "reason": call.state,
        "status": error.status if error else None,
        "code": error.code if error else None,
        "attempt": call.attempt,
        "attempts": call.attempts,
        "since": round(call.since, 1),
        "next_at": None if call.next_at is None else round(call.next_at, 1),
    }

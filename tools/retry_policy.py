"""The one place that decides whether, when and how often a call is repeated."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from .ghl_errors import GhlError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How patient to be; times in seconds."""

    attempts: int = 7
    max_wait: float = 60.0
    max_total_wait: float = 180.0
    backoff_multiplier: float = 0.5
    backoff_max: float = 20.0

    def call(
        self,
        fn: Callable[[], T],
        *,
        idempotent: bool = True,
        stop: threading.Event | None = None,
        on_retry: Callable[[GhlError], None] | None = None,
        sleep: Callable[[float], None] | None = None,
    ) -> T:
        """Return ``fn()``, repeated as long as that makes sense.

        :raise GhlError: the last failure, when the patience is used up
        """
        raise NotImplementedError

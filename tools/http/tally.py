"""Counts of requests and answers, kept by all threads for one that writes them."""

from __future__ import annotations

import math
import threading
from typing import NamedTuple

from ..errors import GhlError
from ..metrics.latency import CLASSES, class_of

# Kinds of calls that read contacts, as `GhlClient` names them.
_OF_CONTACTS = ("search", "contact", "count")


class Counts(NamedTuple):
    """Numbers of requests that were sent, sent again, and limited.

    `received` are the bytes of their answers, `latency` the answers by the classes of
    `tools/metrics/latency.py`; what was never answered is in none.
    """

    requests: int = 0
    retries: int = 0
    limited: int = 0
    received: int = 0
    latency: tuple[int, ...] = (0,) * CLASSES


class RequestTally:
    """Safe to share between threads; `on_request` and `on_retry` are for a client."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests = self._retries = self._limited = self._received = 0
        self._latency = [0] * CLASSES
        self._tolerated = False
        #: seconds that the quickest answer took
        self.min_latency = math.inf
        #: whether the vendor has accepted anything
        self.any_success = False
        #: whether it has shown contacts
        self.contacts_shown = False

    def on_request(
        self, kind: str, status: int, seconds: float, received: int = 0
    ) -> None:
        """Count a request that was answered with `status` and so many bytes."""
        success = 200 <= status < 300
        with self._lock:
            self.min_latency = min(self.min_latency, seconds)
            self._requests += 1
            self._limited += status == 429
            self._received += received
            if status:
                self._latency[class_of(seconds)] += 1
            self.any_success |= success
            self.contacts_shown |= success and kind in _OF_CONTACTS
            self._tolerated &= not success

    def on_retry(self, _error: GhlError) -> None:
        """Count a request that is sent again."""
        with self._lock:
            self._retries += 1

    def tolerate_once(self, error: GhlError) -> None:
        """Let a refusal pass that may be the vendor's slip; not twice in a row.

        :raise GhlError: nothing was accepted since the last one
        """
        with self._lock:
            if self._tolerated:
                raise error
            self._tolerated = True

    def pending(self) -> Counts:
        """Return what is not written down yet."""
        with self._lock:
            return Counts(
                self._requests,
                self._retries,
                self._limited,
                self._received,
                tuple(self._latency),
            )

    def written(self, counts: Counts) -> None:
        """Subtract what was written down."""
        with self._lock:
            self._requests -= counts.requests
            self._retries -= counts.retries
            self._limited -= counts.limited
            self._received -= counts.received
            for index, count in enumerate(counts.latency):
                self._latency[index] -= count

"""Refused deliveries: counted, and written down at a bounded pace.

Anybody can send rubbish to a public address. What is refused is counted for each
reason; the first ones of a minute are handed out to be stored at once, the rest
together with a later one, so that a flood of refusals is no flood of writes.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

SWITCHED_OFF = "switched_off"
UNSIGNED = "unsigned"
BAD_SIGNATURE = "bad_signature"
NO_KEY = "no_key"
NO_TIMESTAMP = "no_timestamp"
TOO_OLD = "too_old"
TOO_NEW = "too_new"
TOO_LARGE = "too_large"
MALFORMED = "malformed"
UNKNOWN_APP = "unknown_app"
UNKNOWN_LOCATION = "unknown_location"
OTHER_DATABASE = "other_database"

REASONS = (
    SWITCHED_OFF,
    UNSIGNED,
    BAD_SIGNATURE,
    NO_KEY,
    NO_TIMESTAMP,
    TOO_OLD,
    TOO_NEW,
    TOO_LARGE,
    MALFORMED,
    UNKNOWN_APP,
    UNKNOWN_LOCATION,
    OTHER_DATABASE,
)
# These reasons lose GoHighLevel's own deliveries, and somebody should know. The others
# are about what anybody may send, or what an agency's app tells of sub-accounts that
# nobody mirrors.
TELLING = (BAD_SIGNATURE, NO_KEY, TOO_OLD, TOO_NEW, UNKNOWN_APP, OTHER_DATABASE)

WRITES_A_MINUTE = 60


@dataclass
class Refused:
    """Deliveries refused for one reason: their number, and the last one's particulars.

    :param float | None age_ms: by how much the last one was older than this clock
    :param str | None about: the app or the location that the last one named
    """

    count: int = 0
    age_ms: float | None = None
    about: str | None = None

    def add(self, count: int, age_ms: float | None, about: str | None) -> None:
        """Count more of them."""
        self.count += count
        self.age_ms = self.age_ms if age_ms is None else age_ms
        self.about = self.about if about is None else about


@dataclass
class RefusalBook:
    """Refusals of this process that are not stored yet, by database and reason."""

    clock: Callable[[], float] = time.monotonic
    _open: dict[str, dict[str, Refused]] = field(default_factory=dict)
    _writes: Counter[str] = field(default_factory=Counter)
    _minute: int = -1
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(
        self,
        database: str,
        reason: str,
        age_ms: float | None = None,
        about: str | None = None,
    ) -> dict[str, Refused]:
        """Count a delivery; return what is to be stored now, which may be nothing."""
        with self._lock:
            self._count(database, reason, Refused(1, age_ms, about))
            minute = int(self.clock() // 60)
            if minute != self._minute:
                self._minute = minute
                self._writes.clear()
            if self._writes[database] >= WRITES_A_MINUTE:
                return {}
            self._writes[database] += 1
            return self._open.pop(database)

    def put_back(self, database: str, refused: dict[str, Refused]) -> None:
        """Take back what could not be stored: the next one brings it along."""
        with self._lock:
            for reason, one in refused.items():
                self._count(database, reason, one)

    def _count(self, database: str, reason: str, one: Refused) -> None:
        of_database = self._open.setdefault(database, {})
        of_reason = of_database.setdefault(reason, Refused())
        of_reason.add(one.count, one.age_ms, one.about)

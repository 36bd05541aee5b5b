"""The use of the day's quota by us, and by others that share the location's counter.

The vendor has one counter for all private integrations of a location. What it tells as
left, plus what we have sent, stays the same as long as nobody else asks; what it falls
by is the others' use. No locks, no sleep.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .headers import MAX_COUNT, as_float

DAY = 86_400.0
# Use of less than that time is taken for the use of all of it: a burst is no habit.
HABIT = 3_600.0
# The rest of the quota rises by so much at once only when a new window begins.
NEW_WINDOW = 64
# Two words on the end of one window differ by less than this, since another host may
# have told one of them, by its own clock. The next window ends a day later.
SAME_WINDOW = 300.0
# Others are left no more than this share of the limit: they must not stop us for good.
MAX_SHARE_OF_OTHERS = 0.5
# They get a tenth more than they are likely to use: it is never quite even.
ROOM = 1.1


class DayUsage:
    """Requests of the present window, as far as they were noticed. Wall times.

    :ivar ours: requests of our processes
    :ivar foreign: requests of others
    :ivar since: when the window began, or when we began to look; None: not yet
    """

    def __init__(self) -> None:
        self.ours = 0
        self.foreign = 0
        self.since: float | None = None
        # The rest if we had sent nothing, when the counting began; and the use of
        # others until then.
        self._base: int | None = None
        self._foreign_before = 0
        self._reset_at: float | None = None

    def learn(
        self, left: int, seq: int, last_seq: int, reset_at: float | None, wall: float
    ) -> None:
        """Take what the vendor tells as left, in the answer to our request `seq`.

        :param last_seq: number of the last request that was granted
        :param reset_at: when the window ends, None when it was not told
        """
        if self._is_new(left + seq, reset_at):
            self.ours = last_seq - seq + 1
            self.foreign = self._foreign_before = 0
            self._base = self.since = None
        self._reset_at = reset_at
        if self._base is None:
            self._base = left + seq
            self.since = wall if self.since is None else self.since
            return
        # Later requests of ours may have been counted already: then they explain it.
        certain = self._base - (left + last_seq)
        self.foreign = max(self.foreign, self._foreign_before + certain)

    def expected(self, limit: int | None, reset_at: float | None, wall: float) -> int:
        """Return how many requests others are likely to use until the window ends."""
        if self.since is None or reset_at is None or not limit:
            return 0
        # A few are covered by the reserve for persons.
        if self.foreign <= limit // 100:
            return 0
        rate = ROOM * self.foreign / max(wall - self.since, HABIT)
        rest = max(reset_at - wall, 0.0)
        return round(min(rate * rest, MAX_SHARE_OF_OTHERS * limit))

    def turn_at_midnight(self, reset_at: float | None, wall: float) -> None:
        """Begin anew with each day (UTC) where the vendor tells no window."""
        if reset_at is None and self.since is not None:
            if wall // DAY != self.since // DAY:
                self.ours = self.foreign = self._foreign_before = 0
                self.since, self._base = wall, None

    def _is_new(self, mark: int, reset_at: float | None) -> bool:
        if self._reset_at is not None and reset_at is not None:
            return abs(reset_at - self._reset_at) > SAME_WINDOW
        return self._base is not None and mark - self._base > NEW_WINDOW

    # === HANDING OVER === #

    def to_json(self) -> dict[str, Any]:
        """Return what the next process has to know."""
        return {"ours": self.ours, "foreign": self.foreign, "since": self.since}

    def restore(
        self, told: Mapping[str, Any], reset_at: float | None, wall: float
    ) -> None:
        """Take over what another process noted; garbage is nothing."""
        since = as_float(told.get("since"))
        counts = [told.get("ours"), told.get("foreign")]
        usable = all(type(one) is int and 0 <= one <= MAX_COUNT for one in counts)
        if not usable or since is None:
            return
        self.ours, self.foreign = counts  # type: ignore[assignment]
        self.since, self._reset_at = since, reset_at
        self._foreign_before = self.foreign
        self._base = None
        self.turn_at_midnight(reset_at, wall)

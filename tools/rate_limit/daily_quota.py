"""The day's quota, as far as the vendor tells. No locks, no sleep.

The vendor counts in a fixed window of 24 hours, which begins at no midnight, and says
in ``X-RateLimit-Daily-Reset`` how many milliseconds are left of it. A quota that is
spent is left alone until then. Where that header is missing or cannot be right nobody
knows: then a single request tries it after five minutes, ten, twenty … an hour.

One counter serves all private integrations of a location. What is left falls faster
than we ask when others use it: background work leaves them as much as they are likely
to use until the window ends (`DayUsage`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .day_usage import DAY, DayUsage
from .headers import MAX_DAILY_RESET, RateHeaders, as_float
from .sliding_window import Priority

FIRST_PROBE = 300.0
# Seconds added, as clocks differ. The time left is counted from when the answer came,
# which is later than the vendor meant; whoever is early all the same is told anew.
RESET_MARGIN = 1.0
# A limit that is told wrong must not reserve everything.
MAX_RESERVE = 2_000
# A request that is not answered within so many seconds was counted, or never will be.
UNANSWERED = 120.0


class DailyQuota:
    """Requests left today, and when there are more. Times are wall time.

    :param probe: how long to leave a spent quota alone at most when nobody knows when
        it returns
    :ivar share: of the day's limit, how much we may use for background work (0…1)
    """

    def __init__(self, probe: float) -> None:
        self.limit: int | None = None
        self.remaining: int | None = None
        self.resume_at: float | None = None
        self.reset_at: float | None = None
        self.share = 1.0
        self.usage = DayUsage()
        self._probe = probe
        self._probes = 0
        # Number of the request whose answer told `remaining`, and what it told.
        self._seq = self._told = 0
        # When requests were granted that are not answered so far, by number; and those
        # that this answer may have overtaken.
        self._unanswered: dict[int, float] = {}
        self._overtaken: set[int] = set()

    @property
    def reserve(self) -> int:
        """Requests of the day that only interactive calls may use."""
        return reserve_of(self.limit)

    def spend(self, seq: int, wall: float) -> None:
        """Count one request of ours."""
        self.usage.ours += 1
        self._unanswered[seq] = wall
        for old, since in list(self._unanswered.items()):
            if 0 <= wall - since < UNANSWERED:
                break
            del self._unanswered[old]
        if self.remaining is not None:
            self.remaining -= 1

    def learn(self, seen: RateHeaders, seq: int, last_seq: int, wall: float) -> None:
        """Adopt an answer's figures.

        It may have overtaken requests that were granted earlier, and not count them.

        :param int seq: number of the request that was answered
        :param int last_seq: number of the last request that was granted
        """
        self._unanswered.pop(seq, None)
        if seen.daily_reset is not None:
            self.reset_at = wall + seen.daily_reset
        self.limit = seen.daily_limit or self.limit
        if seen.daily_remaining is None:
            return
        self.usage.learn(seen.daily_remaining, seq, last_seq, self.reset_at, wall)
        # Requests granted since then are not in the vendor's figure yet.
        value = seen.daily_remaining - (last_seq - seq)
        if seq >= self._seq or self.remaining is None:
            self._seq, self._told = seq, seen.daily_remaining
            self._overtaken = {one for one in self._unanswered if one < seq}
            self.remaining = value - len(self._overtaken)
        else:
            # More was left than the later answer told: that one had counted it.
            counted = seen.daily_remaining > self._told
            self.remaining += counted and seq in self._overtaken
            self.remaining = min(self.remaining, value)
        if self.limit is None or self.limit < seen.daily_remaining:
            self.limit = seen.daily_remaining
        if self._is_enough("sync", wall):
            self._lift()

    def exhaust(self, wall: float, retry_after: float | None) -> float:
        """Note a refusal for the day; return when to come back."""
        self.remaining = 0
        # A burst that is refused together counts once; a probe prolongs nothing.
        if self.resume_at and wall < self.resume_at and self._reset_in(wall) is None:
            return self.resume_at
        return self._keep_away(wall, retry_after)

    def blocked_until(self, priority: Priority, wall: float) -> float | None:
        """Return when to come back, ``None`` when there is quota (or none known)."""
        self._forget_what_is_over(wall)
        if self.remaining is None or self._is_enough(priority, wall):
            return None
        return self.resume_at or self._keep_away(wall)

    def background_reserve(self, wall: float) -> int:
        """Return the requests that background work leaves to persons and to others."""
        others = self.usage.expected(self.limit, self.reset_at, wall)
        return self.reserve + others

    def _is_enough(self, priority: Priority, wall: float) -> bool:
        """Tell whether a request of this priority may use what is left."""
        left = self.remaining or 0
        if priority != "sync":
            return left > 0
        return not self._is_share_spent(wall) and left > self.background_reserve(wall)

    def _is_share_spent(self, wall: float) -> bool:
        """Tell whether a share that somebody has set for background work is used up."""
        if self.share >= 1 or self.limit is None:
            return False
        self.usage.turn_at_midnight(self.reset_at, wall)
        return self.usage.ours >= self.share * self.limit

    def reason(self, wall: float) -> tuple[str, str]:
        """Return why a request was blocked: a slug and a sentence.

        Only a share that somebody has set is a wish. That we leave the rest to others
        is told like a quota that is spent: nobody has wished for it.
        """
        left = self.remaining or 0
        if left <= 0:
            return (
                "daily_quota_spent",
                "GoHighLevel's request quota for today is used up.",
            )
        if self._is_share_spent(wall):
            return (
                "daily_share_spent",
                "The share of the day's requests that syncs may use is spent;"
                f" {left:,} are left for persons and other programs.",
            )
        return (
            "daily_reserve_reached",
            f"Of the day's requests only the {left:,} are left that are kept for"
            " persons and other programs.",
        )

    def _forget_what_is_over(self, wall: float) -> None:
        if _has_ended(self.reset_at, wall):
            # Its counts end with a window: a snapshot must not carry them on.
            self.reset_at = self.remaining = None
            self.usage = DayUsage()
            self._lift()
        elif self._has_waited(wall):
            # Time to ask the vendor again.
            self.resume_at = self.remaining = None

    def _has_waited(self, wall: float) -> bool:
        if self.resume_at is None:
            return False
        # No window is that long: this machine's clock was ahead when it was noted.
        ahead = self.resume_at - wall > MAX_DAILY_RESET + RESET_MARGIN
        return ahead or wall >= self.resume_at

    def forgive(self) -> None:
        """Forget that the quota is spent: a request has just been accepted."""
        self.remaining = None
        self._lift()

    def _lift(self) -> None:
        self.resume_at = None
        self._probes = 0

    def _keep_away(self, wall: float, retry_after: float | None = None) -> float:
        """Note when to come back, and return it."""
        pause = self._reset_in(wall)
        if pause is None:
            guess = retry_after or FIRST_PROBE * 2.0 ** min(self._probes, 10)
            pause = min(guess, self._probe)
        else:
            pause += RESET_MARGIN
        self._probes += 1
        self.resume_at = wall + pause
        return self.resume_at

    def _reset_in(self, wall: float) -> float | None:
        """Return the seconds until the window ends, None when nobody knows."""
        if self.reset_at is None or wall >= self.reset_at:
            return None
        return self.reset_at - wall

    # === HANDING OVER === #

    def to_json(self) -> dict[str, Any]:
        """Return what another process needs besides the figures for display."""
        return {
            "reset_at": self.reset_at,
            "probes": self._probes,
            **self.usage.to_json(),
        }

    def restore(
        self,
        told: Mapping[str, Any],
        remaining: int | None,
        resume_at: float | None,
        at: float,
        wall: float,
    ) -> None:
        """Take over what another process noted at `at`, as far as it still holds.

        Nothing holds of a window that has ended.
        """
        self._forget_what_is_over(wall)
        reset_at = as_float(told.get("reset_at"))
        if _has_ended(reset_at, wall):
            if self.reset_at is None:
                # It was told later than what is known here, which is over as well.
                self.remaining = None
                self._lift()
            return
        if reset_at is not None and reset_at - wall < MAX_DAILY_RESET:
            self.reset_at = reset_at
        self.usage.restore(told, self.reset_at, wall)
        probes = told.get("probes")
        self._probes = probes if type(probes) is int and 0 <= probes < 100 else 0
        if resume_at is not None and wall < resume_at < wall + MAX_DAILY_RESET:
            self.resume_at = resume_at
            self.remaining = remaining or 0
            return
        # Whether both tell of one window, as far as that is known.
        is_same = self.reset_at is not None or wall // DAY == at // DAY
        if resume_at is None and is_same:
            # Newer than what is known here: a quota that was spent may be back.
            self.resume_at, self.remaining = None, remaining


def reserve_of(limit: int | None) -> int:
    """Return the requests of a day's limit that only interactive calls may use."""
    return max(1, min((limit or 0) // 100, MAX_RESERVE))


def _has_ended(reset_at: float | None, wall: float) -> bool:
    return reset_at is not None and wall >= reset_at + RESET_MARGIN

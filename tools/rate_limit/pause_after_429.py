"""How long all requests of a location keep away after the vendor refused one (429)."""

from __future__ import annotations

import math

# Nobody has to stay away longer than this, or than some intervals, for the short limit.
# A longer pause is a fault of the vendor, and found out by a single request.
MAX_PAUSE = 300.0
MAX_PAUSE_INTERVALS = 10
# Nor longer than that on one answer's word, when nothing else is known.
MAX_UNEXPLAINED_PAUSE = 3_600.0


class PauseAfter429:
    """The present pause, and how many came in a row. No locks, no sleep.

    Times are those of the governor's clock, in seconds.

    :ivar until: when it ends, or ended
    :ivar strikes: bursts in a row that were refused: each makes the next pause longer
    """

    def __init__(self) -> None:
        self.until = -math.inf
        self.strikes = 0

    def left(self, now: float) -> float:
        """Return the seconds until it ends, 0 or less when it has."""
        return self.until - now

    def is_over_for(self, sent_at: float) -> bool:
        """Tell whether a request was sent after it: those before are one burst."""
        return sent_at >= self.until

    def begin(self, now: float, seconds: float) -> None:
        """Keep away for so long; a longer pause that has begun goes on."""
        self.until = max(self.until, now + seconds)

    def end(self, now: float) -> None:
        """End it: a request has passed."""
        self.until = now

    def seconds(self, told: float | None, interval: float, turnover: float) -> float:
        """Return for how long to keep away.

        :param told: the seconds of the vendor's ``Retry-After``
        :param interval: of the short limit, in seconds
        :param turnover: seconds until the slots in use are free again: to look later
            would cost many of them
        """
        shortest = interval / 5
        longer = shortest * 2.0 ** min(self.strikes - 1, 10)
        backoff = max(min(longer, interval, turnover), shortest)
        if told is None:
            return backoff
        # A request that was refused although it waited as told waits longer the next
        # time.
        pause = max(told, backoff) if self.strikes > 1 else told
        return min(pause, max(MAX_UNEXPLAINED_PAUSE, longest_pause(interval)))


def longest_pause(interval: float) -> float:
    """Return the seconds that the short limit can be a reason for."""
    return max(MAX_PAUSE, MAX_PAUSE_INTERVALS * interval)

"""An even pace, found by trial, for a vendor that grants less than it tells.

Nothing of this applies as long as refusals can be explained by what the vendor tells.
When one cannot, requests are tried one at a time until one is let in. What had been let
in before the refusal, in the time that passed since, is the first estimate. From then
on the requests are spread evenly: that fits every way of counting, whatever its
interval. The pace rises until a refusal, is cut, and rises again more slowly, much as
TCP finds the room of a line.
"""

from __future__ import annotations

import math
from collections import deque
from typing import Any

from .headers import as_float

# A trial whose answer gets lost must not stop everything for longer than this.
MAX_TRIAL = 10.0
# Intervals after which an unexplained refusal is forgotten.
RECALL = 3
# Growth of the rate in each time scale, as long as the first estimate may be too low.
FAST = 1.25
# Later: what a refusal leaves of the rate, the first step up from there as a share of
# it, and how much longer each further step is, so that an old refusal is got over soon.
CUT = 0.93
STEP = 0.02
STRIDE = 1.5


class AdaptiveRate:
    """Evenly spaced requests, or no rate at all (AIMD). No locks, no sleep.

    :ivar rate: requests per second, ``None`` when there is nothing to hold back
    """

    def __init__(self) -> None:
        self.rate: float | None = None
        self._at = -math.inf
        self._history: deque[float] = deque()
        self._unexplained = 0
        self._unexplained_at = -math.inf
        self._trial = False
        self._firm = False
        self._cut_at = -math.inf
        self._accepted = 0
        # When to rise: not before that time, nor before so many were accepted. A step
        # of 0 stands for the fast rise.
        self._step = 0.0
        self._scale = MAX_TRIAL
        self._rise_at = -math.inf
        self._needed = 0.0
        self._good: float | None = None

    def delay(self, now: float, position: int) -> float:
        """Return the seconds until the next request may go, 0 or less when it may.

        :param int position: how many go first; they may make it faster meanwhile, so
            that one gap is the longest wait before looking again
        """
        if self.rate is None:
            return 0.0
        gap = 1 / self.rate
        return min(self._at + gap * (position + 1) - now, gap)

    def turnover(self, now: float, interval: float) -> float:
        """Return the seconds until what was accepted first is an interval old."""
        left = min(self._history, default=now) + interval - now
        return left if 0 < left < interval else math.inf

    def sent(self, now: float) -> None:
        """Note that a request leaves now."""
        self._at = now

    def clear(self) -> None:
        """Let everything go again, and forget unexplained refusals."""
        self.rate = self._good = None
        self._trial = self._firm = False
        self._unexplained = 0

    def refused(self, now: float, interval: float, limit_announced: bool) -> None:
        """Slow down after a refusal that nothing explains.

        :param float interval: the longest that the vendor is thought to count
        :param bool limit_announced: the vendor's word counts more than one refusal
        """
        if now - self._unexplained_at > RECALL * interval:
            self._unexplained = 0
        self._unexplained += 1
        self._unexplained_at = now
        if self._unexplained > 1 or not limit_announced:
            self._firm = True
        if self.rate is None:
            self.probe_singly(now, interval)
        # Several refusals in a row only lengthen the pauses: they tell no rate.
        elif not self._trial and self._accepted:
            self._cut(now, interval)

    def after_pause(self) -> None:
        """Let the next request go as soon as a pause is over, whatever the pace."""
        self._at = -math.inf

    def probe_singly(self, now: float, interval: float) -> None:
        """Send one request at a time until one is accepted."""
        self.rate = 1 / min(interval, MAX_TRIAL)
        self._trial = True
        self._cut_at = now

    def accepted(self, at: float, now: float, interval: float, top: float) -> None:
        """Learn that a request was let in.

        :param float at: when it was sent
        :param float top: rate from which on there is nothing to hold back
        """
        if self.rate is not None and at >= self._cut_at:
            self._accepted += 1
            if self._trial:
                self._end_trial(at, interval, top)
            elif now >= self._rise_at and self._accepted > self._needed:
                self._rise(now, interval, top)
        # Rise last: a trial is judged by what came before it.
        self._history.append(at)
        while self._history[0] <= at - interval:
            self._history.popleft()

    def to_json(self, interval: float) -> list[float] | None:
        """Return what the next process needs to know, ``None`` without a pace."""
        if self.rate is None or (self._trial and not self._firm):
            return None
        if self._trial:
            return [max(len(self._history), 1) / interval, 0.0]
        return [self.rate, self._step]

    def restore(self, value: Any, now: float, interval: float) -> None:
        """Take over what `to_json` returned; anything else means no pace."""
        self.clear()
        if not isinstance(value, list) or len(value) != 2:
            return
        rate, step = map(as_float, value)
        if rate is None or step is None:
            return
        if not (1 / interval <= rate and 0 <= step <= rate):
            return
        self.rate, self._step, self._firm = rate, step, True
        self._cut_at, self._at, self._accepted = now, -math.inf, 0
        self._scale = interval
        self._wait_to_rise(now, interval)

    def _end_trial(self, at: float, interval: float, top: float) -> None:
        self._trial = False
        if not self._firm:
            self.rate = None
            return
        granted = max(len(self._history), 1)
        age = at - min(self._history, default=at - interval)
        self._scale = min(age, interval)
        self.rate = min(granted / self._scale, top)
        # When the trials took as long as an interval, the estimate is exact. Otherwise
        # what counts may be shorter, or all that is known is too old.
        exact = interval <= age <= 3 * interval
        self._step = STEP * self.rate if exact else 0.0
        self._accepted = 0
        self._wait_to_rise(at, interval)
        if not exact:
            self._needed = granted

    def _rise(self, now: float, interval: float, top: float) -> None:
        assert self.rate is not None
        if self._step:
            self.rate += self._step
            self._step *= STRIDE
        else:
            self._good = self.rate
            self.rate *= FAST
        if self.rate >= top:
            self.clear()
        else:
            self._wait_to_rise(now, interval)

    def _wait_to_rise(self, now: float, interval: float) -> None:
        # A rate that is not used is not proved.
        assert self.rate is not None
        span = interval if self._step else self._scale
        self._rise_at = now + span
        self._needed = self._accepted + self.rate * span / 2

    def _cut(self, now: float, interval: float) -> None:
        assert self.rate is not None
        rate = CUT * self.rate
        if self._good is not None:
            rate = self._good
        elif not self._step:
            # The estimate was too high: believe what was granted since then.
            measured = self._accepted / max(now - self._cut_at, 1e-3)
            rate = min(rate, max(measured, self.rate / 2))
        self.rate = max(rate, 1 / interval)
        self._good = None
        self._step = STEP * self.rate
        self._accepted, self._cut_at = 0, now
        self._wait_to_rise(now, interval)

"""What is used up of the short sliding interval. No locks, no sleep.

Plain state for `RateGovernor`, which serialises the access.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from .headers import RateHeaders
from .usage import STEPS, Usage

# "probe" is the one request that tries whether a pause or a spent quota has ended.
Priority = Literal["sync", "interactive", "probe"]

DEFAULT_LIMIT = 100
DEFAULT_INTERVAL = 10.0
# A request may travel faster than the one a full interval before it, so that the vendor
# sees them closer together than they were sent. Slots stay taken this much longer.
MIN_MARGIN = 0.008
MAX_MARGIN = 0.1
# Answers in a row that have to agree that somebody else uses the budget.
SAMPLES = 10
# Calm intervals after which a margin widened by refusals is narrowed again.
CALM_INTERVALS = 30
# Of a limit below this, a reserve would take too large a share.
MIN_RESERVED = 20


@dataclass(slots=True, eq=False)
class Ticket:
    """A permit to send one request.

    :param float at: governor's clock when it was granted
    :param int seq: running number of the grant
    :param int in_window: requests of ours within the interval, this one included
    """

    at: float
    seq: int
    in_window: int
    priority: Priority


class SlidingWindow:
    """Log of our requests within the interval, and what is known of other people's.

    `log` holds our own; `told` those of our other processes, as far as they have told;
    some more are presumed when a process may have been killed after it told. The rest
    is an estimate.
    """

    def __init__(self) -> None:
        self.limit = DEFAULT_LIMIT
        # Whether the vendor has told a limit.
        self.announced = False
        self.interval = DEFAULT_INTERVAL
        self.margin = MIN_MARGIN
        self.log: deque[float] = deque()
        self.told: deque[float] = deque()
        self._usages: dict[str, Usage] = {}
        self._presumed = 0
        self.presumed_at = -math.inf
        self._probe: int | None = None
        #: whether an answer has told of those slots
        self.presumes_by_answer = False
        #: when processes asked with a slot of the reserve, and told of no answer
        self.asked: list[float] = []
        self._margin_at = -math.inf
        self._others = 0
        self._others_at = -math.inf
        self._samples: deque[int] = deque(maxlen=SAMPLES)
        self._refused: deque[float] = deque()

    @property
    def reserve(self) -> int:
        """Slots of an interval that only interactive requests may use."""
        return self.tolerance if self.limit >= MIN_RESERVED else 0

    @property
    def tolerance(self) -> int:
        """Slots by which two counts may differ only because requests travel."""
        return max(1, self.limit // 50)

    @property
    def rate(self) -> float:
        """Requests per second that the limit comes to."""
        return self.limit / self.interval

    @property
    def hold(self) -> float:
        """Seconds for which a sent request occupies its slot."""
        return self.interval * (1 + self.margin)

    def capacity(self, priority: Priority) -> int:
        """Return how many slots `priority` may fill."""
        return self.limit - (self.reserve if priority == "sync" else 0)

    def delay(self, now: float, priority: Priority, position: int) -> float:
        """Return the seconds until a slot may be free, 0 when one is.

        :param int position: how many requests of this priority come first
        """
        self._prune(now)
        missing = self.used(now) + position + 1 - self.capacity(priority)
        if missing <= 0:
            return 0.0
        slots = sorted([*self.told, *self.log]) if self.told else self.log
        others, presumed = self.others(now), self.presumed(now)
        if others or presumed:
            looks = [slots[0] + self.hold - now] if slots else []
            if others:
                # Their slots fade evenly (see `others`); look again after each.
                looks.append(self.interval / (others + 1))
            if presumed:
                looks.append(self.presumed_at + self.hold - now)
            return max(min(looks), 0.001)
        if missing <= len(slots):
            return max(slots[missing - 1] + self.hold - now, 0.001)
        return max(slots[-1] + self.hold - now if slots else self.hold, 0.001)

    def add(self, at: float) -> int:
        """Log a request of ours; return how many are known within the interval now."""
        self.log.append(at)
        return len(self.told) + len(self.log)

    def move(self, old: float, now: float) -> None:
        """Log that the request logged at `old` left at `now`, the latest of all."""
        log = self.log
        later = []
        while log and log[-1] > old:
            later.append(log.pop())
        if log and log[-1] == old:
            log.pop()
        log.extend(reversed(later))
        log.append(now)

    def used(self, now: float) -> int:
        """Return how many slots are taken, by whomever."""
        self._prune(now)
        known = len(self.told) + len(self.log)
        return known + self.others(now) + self.presumed(now)

    def others(self, now: float) -> int:
        """Return how many slots other processes are thought to hold.

        Their requests are assumed to have been spread over the interval, so that they
        fade evenly; every answer renews the estimate.
        """
        if not self._others:
            return 0
        left = 1 - (now - self._others_at) / self.interval
        return math.ceil(self._others * left) if left > 0 else 0

    def learn(self, seen: RateHeaders) -> bool:
        """Adopt the limits of an answer; tell whether they changed."""
        limit = seen.limit or self.limit
        interval = seen.interval or self.interval
        changed = (limit, interval) != (self.limit, self.interval)
        self.limit, self.interval = limit, interval
        self.announced |= seen.limit is not None
        return changed

    def learn_others(
        self, remaining: int, ticket: Ticket, later: int, now: float
    ) -> bool:
        """Estimate what others use; tell whether room was gained.

        :param int remaining: what the vendor says is left
        :param Ticket ticket: of the request that was answered
        :param int later: how many requests of ours were granted after it
        """
        self._prune(now)
        before = self.others(now) + self.presumed(now)
        # The vendor hardly counts what it refuses.
        own = ticket.in_window - len(self._refused)
        # Without our own: if none of the later ones was counted yet, and if all were.
        most = self.limit - remaining - own
        if ticket.seq == self._probe:
            self._limit_presumed(remaining, ticket, later, now)
        most -= self.presumed(now)
        estimate = most - later
        # Requests overtake each other, so that one answer alone proves little; but the
        # least of several is no overtaking any more.
        self._samples.append(most)
        if len(self._samples) == SAMPLES:
            estimate = max(estimate, min(self._samples))
        # A small difference is travel time.
        estimate = estimate if estimate > self.tolerance else 0
        # Requests in flight hide others, so a lower estimate has to be old to count.
        if estimate >= self.others(now) or now - self._others_at > self.interval / 4:
            self._others, self._others_at = estimate, now
        return self.others(now) + self.presumed(now) < before

    def assume_others(self, count: int, now: float) -> None:
        """Take `count` slots for used by somebody else a moment ago."""
        self._others, self._others_at = max(count, 0), now

    # === OUR OTHER PROCESSES === #

    def usages(self, name: str, now: float, wall: float) -> dict[str, Usage]:
        """Return when each of our processes used slots, this one under `name`."""
        self._prune(now)
        usage = Usage.of((now - at for at in self.log), wall, self.hold)
        return {**self._recent(wall), name: usage}

    def learn_usages(
        self, usages: Mapping[str, Usage], now: float, wall: float
    ) -> None:
        """Log what our other processes have told; each one's latest word counts."""
        for key, usage in usages.items():
            known = self._usages.get(key)
            if known is None or known.at < usage.at:
                self._usages[key] = usage
        self._usages = self._recent(wall)
        # Clocks of several servers differ: nothing was sent in the future.
        self.told = deque(
            sorted(
                now - max(wall - at, 0.0)
                for usage in self._usages.values()
                for at in usage.times()
            )
        )
        self._prune(now)

    def presume(self, count: int, at: float) -> None:
        """Take over what another process presumes, since `at`."""
        self._presumed, self.presumed_at = max(count, 0), at
        self._probe = None
        self.presumes_by_answer = False

    def presume_all(self, now: float, probe: int, at_least: int = 0) -> None:
        """Take all slots but one for used, by a process that was killed.

        It may have gone on for long after it told something last. When several were
        killed before they told of an answer, their slots have used up the reserve.

        :param int probe: number of the request for which the one slot is; its answer
            tells how many were used indeed
        :param int at_least: what an answer has told already of those before; if that
            is more there is no slot to ask with
        """
        self._presumed = 0
        self.asked = [at for at in self.asked if now - at < self.hold]
        spare = min(self.reserve - len(self.asked), 1)
        free = self.capacity("sync") - max(spare, 0) - self.used(now)
        self.presume(max(free, at_least), now)
        self._probe = probe
        self.presumes_by_answer = at_least >= free
        if self.used(now) < self.capacity("sync"):
            self.asked.append(now)

    def presumed(self, now: float) -> int:
        """Return how many slots a killed process may hold."""
        return self._presumed if now - self.presumed_at < self.hold else 0

    def _recent(self, wall: float) -> dict[str, Usage]:
        return {
            key: usage
            for key, usage in self._usages.items()
            if wall - usage.at < self.hold
        }

    def _limit_presumed(
        self, remaining: int, ticket: Ticket, later: int, now: float
    ) -> None:
        # Only what the vendor certainly counted is known; the rest may be theirs.
        since = now - self.interval + self.hold / STEPS
        known = sum(since < at <= ticket.at for at in self.told)
        # Several may be granted at the same moment: those that came after this one
        # were not counted yet, whatever their time says.
        known += max(sum(since < at for at in self.log) - later, 0)
        most = self.limit - remaining - known + len(self._refused)
        # It may have told of requests that it never sent; hence a few more.
        fewer = min(self._presumed, most + self.tolerance)
        self._presumed = max(most, fewer, 0)
        self.presumes_by_answer = True
        self.asked.clear()

    # === REFUSALS === #

    def refuse(self, ticket: Ticket) -> None:
        """Note that the vendor answered 429 to this request."""
        self._refused.append(ticket.at)

    def explains(self, ticket: Ticket, remaining: int | None, now: float) -> bool:
        """Tell whether a refusal of this request was to be expected.

        To be asked before `learn_others`, which blames any refusal on others.

        :param remaining: what the vendor says is left, in the refusal itself
        """
        if remaining:
            return False
        if self.others(now):
            return True
        used = ticket.in_window + self.presumed(now)
        return used >= self.capacity("sync")

    def widen(self, now: float) -> None:
        """Keep a greater distance after a refusal."""
        self.margin = min(self.margin * 2, MAX_MARGIN)
        self._margin_at = now

    def calm(self, now: float) -> None:
        """Narrow a widened distance when nothing was refused for a while."""
        if self.margin <= MIN_MARGIN:
            return
        if now - self._margin_at > CALM_INTERVALS * self.interval:
            self.margin = max(self.margin / 2, MIN_MARGIN)
            self._margin_at = now

    def _prune(self, now: float) -> None:
        gone = now - self.hold
        for log in (self.log, self.told, self._refused):
            while log and log[0] <= gone:
                log.popleft()

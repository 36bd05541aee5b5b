"""The use of the short sliding interval. No locks, no sleep.

Plain state for `RateGovernor`, which serialises the access.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

from .headers import RateHeaders, as_float
from .shared_slots import STEPS, Usage

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
# The peak of others' use is expected again for so many intervals: they pause and come
# back, and an answer tells only what was.
PEAK_INTERVALS = 1.5
# Slots beside that peak, in standard deviations of requests that come by chance.
CUSHION = 0.8
# The share of the limit that is left after a refusal, as its inverse.
SPREAD_SHARE = 5
# Intervals without a refusal after which an increased margin is halved.
DECAY_INTERVALS = 30
# Under these names `crashed` and `probe_times` are told, beside those of processes.
CRASHED, PROBES = "crashed", "asked"
# A reserve would take too large a share of a limit below this.
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

    `log` holds this process's requests; `peer_log` those of our other processes, as far
    as they have told; `crashed` the slots that are reserved since one may have been
    killed after it told; `probe_times` when a slot of the reserve was used to ask for
    that, without an answer so far. The rest is an estimate of what other programs use.

    :ivar announced: whether the vendor has told a limit
    """

    def __init__(self) -> None:
        self.limit = DEFAULT_LIMIT
        self.announced = False
        self.interval = DEFAULT_INTERVAL
        self.margin = MIN_MARGIN
        self.log: deque[float] = deque()
        self.peer_log: deque[float] = deque()
        self.crashed: deque[float] = deque()
        self.probe_times: deque[float] = deque()
        self._peers: dict[str, Usage] = {}
        self._crashed_at = -math.inf
        self._probe: int | None = None
        self._margin_at = -math.inf
        self._foreign = 0
        self._foreign_at = -math.inf
        self._samples: deque[int] = deque(maxlen=SAMPLES)
        # When they were seen to use how many, falling: the first is the last peak.
        self._levels: list[tuple[float, int]] = [(-math.inf, 0)]
        self._spread_until = -math.inf

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
        return max(
            self._slot_delay(now, priority, position),
            self._even_delay(now, priority, position),
        )

    def _even_delay(self, now: float, priority: Priority, position: int) -> float:
        """Spread background requests evenly while others use the limit as well.

        A burst of ours would take all slots at once: they would be refused until it is
        an interval old, and what they need could not be seen.
        """
        # A peak that is too old keeps no slot free; but before anything is sent all at
        # once, one answer has to tell that it is over.
        expected = self._expected_usage(now) or self._levels[0][1]
        if now < self._spread_until:
            expected = max(expected, self.limit // SPREAD_SHARE)
        small = self.limit < MIN_RESERVED
        if priority != "sync" or not expected or not self.log or small:
            return 0.0
        gap = self.interval / max(self.capacity(priority) - expected, 1)
        return max(self.log[-1] + gap * (position + 1) - now, 0.0)

    def _slot_delay(self, now: float, priority: Priority, position: int) -> float:
        """Return the seconds until one of the slots of the limit may be free."""
        missing = self.used(now) + position + 1 - self.capacity(priority)
        if missing <= 0:
            return 0.0
        slots = sorted([*self.peer_log, *self.crashed, *self.log])
        foreign = self.foreign_usage(now)
        if not foreign:
            next_free = slots[min(missing, len(slots)) - 1] if slots else now
            return max(next_free + self.hold - now, 0.001)
        # Their slots fade evenly: one more is free after each of these spans.
        waits = [at + self.hold - now for at in slots[:1]]
        return max(min([*waits, self.interval / (foreign + 1)]), 0.001)

    def add(self, at: float) -> int:
        """Log a request of ours; return how many are known within the interval now."""
        self.log.append(at)
        return len(self.peer_log) + len(self.log)

    def move(self, old: float, now: float) -> None:
        """Log that the request logged at `old` left at `now`, the latest of all."""
        with suppress(ValueError):
            self.log.remove(old)
        self.log.append(now)

    def used(self, now: float) -> int:
        """Return how many slots are taken, by whomever."""
        self._prune(now)
        ours = len(self.peer_log) + len(self.crashed) + len(self.log)
        return ours + self.foreign_usage(now)

    def learn(self, seen: RateHeaders) -> bool:
        """Adopt the limits of an answer; tell whether it is the first that has one."""
        self.limit = seen.limit or self.limit
        self.interval = seen.interval or self.interval
        is_first = seen.limit is not None and not self.announced
        self.announced |= is_first
        return is_first

    # === OTHER PROGRAMS === #

    def foreign_usage(self, now: float) -> int:
        """Return how many slots other programs are thought to hold.

        Their requests are assumed to have been spread over the interval, so that they
        fade evenly; every answer renews the estimate. What they were seen to use just
        before is left to them again, and a little more.
        """
        return max(self._fading_usage(now), self._expected_usage(now))

    def _fading_usage(self, now: float) -> int:
        left = 1 - (now - self._foreign_at) / self.interval
        return math.ceil(self._foreign * left) if left > 0 else 0

    def _expected_usage(self, now: float) -> int:
        """Return the slots that others are to find free: their peak, and a cushion."""
        peak = max((level for _at, level in self._recent_levels(now)), default=0)
        if not peak or self.limit < MIN_RESERVED:
            return 0
        return min(peak + math.ceil(CUSHION * math.sqrt(peak)), self.limit - 1)

    def _note_level(self, estimate: int, now: float, accepted: bool) -> None:
        """Keep what others are seen to use, as far as nothing later is as high.

        A refusal blames others for everything, which says too much. It has requests
        spread evenly for a while, so that what others use can be seen.
        """
        if not accepted:
            self._spread_until = now + PEAK_INTERVALS * self.interval
            return
        higher = [one for one in self._recent_levels(now) if one[1] > estimate]
        self._levels = [*higher, (now, estimate)]

    def _recent_levels(self, now: float) -> list[tuple[float, int]]:
        old = now - PEAK_INTERVALS * self.interval
        return [one for one in self._levels if one[0] > old]

    def peak_to_json(self, now: float, wall: float) -> list[float] | None:
        """Return when others were last seen to use how many at most."""
        at, level = self._levels[0]
        return [wall - (now - at), level] if level else None

    def restore_peak(self, value: Any, now: float, wall: float) -> None:
        """Take over what `peak_to_json` returned, unless later answers were seen."""
        if not isinstance(value, (list, tuple)) or len(value) != 2:
            return
        told_at, level = map(as_float, value)
        if told_at is None or level is None:
            return
        at = now - max(wall - told_at, 0.0)
        if level > 0 and at > self._levels[-1][0]:
            self._note_level(min(int(level), self.limit), at, accepted=True)

    def assume_foreign_usage(self, count: int, now: float) -> None:
        """Take `count` slots for used by somebody else a moment ago."""
        self._foreign, self._foreign_at = max(count, 0), now

    def learn_foreign_usage(
        self,
        remaining: int,
        ticket: Ticket,
        later: int,
        now: float,
        accepted: bool,
    ) -> None:
        """Estimate what others use.

        :param bool accepted: the request was let in
        :param int remaining: what the vendor says is left
        :param Ticket ticket: of the request that was answered
        :param int later: how many requests of ours were granted after it
        """
        self._prune(now)
        if ticket.seq == self._probe:
            self._learn_crashed_usage(remaining, ticket, later, now)
        # Bounds of the slots that others use: if none of our later ones was counted
        # yet, and if all were.
        most = self.limit - remaining - ticket.in_window - len(self.crashed)
        # Requests overtake each other, so that one answer alone proves little; but the
        # least of several is no overtaking any more.
        self._samples.append(most)
        estimate = most - later
        if len(self._samples) == SAMPLES:
            estimate = max(estimate, min(self._samples))
        # A small difference is travel time.
        estimate = estimate if estimate > self.tolerance else 0
        self._note_level(estimate, now, accepted)
        # Requests in flight hide others, so a lower estimate has to be old to count.
        is_old = now - self._foreign_at > self.interval / 4
        if is_old or estimate >= self.foreign_usage(now):
            self.assume_foreign_usage(estimate, now)

    # === OUR OTHER PROCESSES === #

    def usages(self, name: str, now: float, wall: float) -> dict[str, Usage]:
        """Return when each of our processes used slots, this one under `name`."""
        self._prune(now)
        # As long as no answer tells of them, the next process has to reserve more.
        crashed = self.crashed if self._probe is None else ()
        own = {name: self.log, CRASHED: crashed, PROBES: self.probe_times}
        told = {
            key: Usage.of((now - at for at in log), wall, self.hold)
            for key, log in own.items()
            if log or key == name
        }
        return {**self._recent_peers(wall), **told}

    def learn_usages(
        self, usages: Mapping[str, Usage], now: float, wall: float
    ) -> None:
        """Log what our other processes have told; each one's latest word counts."""

        def times(*usages: Usage | None) -> deque[float]:
            told = (at for usage in usages if usage for at in usage.times())
            # Clocks of several servers differ: nothing was sent in the future.
            return deque(sorted(now - max(wall - at, 0.0) for at in told))

        self.crashed = times(usages.get(CRASHED))
        self.probe_times = times(usages.get(PROBES))
        for key in usages.keys() - {CRASHED, PROBES}:
            known = self._peers.get(key)
            if known is None or known.at < usages[key].at:
                self._peers[key] = usages[key]
        self._peers = self._recent_peers(wall)
        self.peer_log = times(*self._peers.values())

    def _recent_peers(self, wall: float) -> dict[str, Usage]:
        return {
            key: usage
            for key, usage in self._peers.items()
            if wall - usage.at < self.hold
        }

    def reserve_for_crashed(self, now: float, probe: int) -> None:
        """Reserve all slots but one for a process that was killed.

        It may have gone on for long after it told something last. When several were
        killed before they told of an answer, their slots have used up the reserve.

        :param int probe: number of the request for which the one slot is, if there is
            one; its answer tells how many were used indeed
        """
        self._prune(now)
        known = len(self.crashed)
        self.crashed.clear()
        spare = min(max(self.reserve - len(self.probe_times), 0), 1)
        free = self.capacity("sync") - spare - self.used(now)
        self.crashed.extend([now] * max(free, known))
        self._crashed_at = now
        # As much as is known already leaves no slot to ask with.
        self._probe = probe if known < free else None
        if self.used(now) < self.capacity("sync"):
            self.probe_times.append(now)

    def _learn_crashed_usage(
        self, remaining: int, ticket: Ticket, later: int, now: float
    ) -> None:
        # Slots that the vendor certainly counted are known; the rest may be theirs.
        since = now - self.interval + self.hold / STEPS
        known = sum(since < at <= ticket.at for at in self.peer_log)
        # Several may be granted at the same moment: those that came after this one
        # were not counted yet, whatever their time says.
        known += max(sum(since < at for at in self.log) - later, 0)
        most = max(self.limit - remaining - known, 0)
        # It may have told of requests that it never sent; hence a few more.
        count = max(most, min(len(self.crashed), most + self.tolerance))
        newest = list(self.crashed)[-count:] if count else []
        more = [self._crashed_at] * (count - len(newest))
        self.crashed = deque([*newest, *more])
        self._probe = None
        self.probe_times.clear()

    # === REFUSALS === #

    def explains(self, ticket: Ticket, remaining: int | None, now: float) -> bool:
        """Tell whether a refusal of this request was to be expected.

        To be asked before `learn_foreign_usage`, which blames any refusal on others.

        :param remaining: what the vendor says is left, in the refusal itself
        """
        used = ticket.in_window + len(self.crashed)
        is_full = bool(self._fading_usage(now)) or used >= self.capacity("sync")
        return is_full and not remaining

    def increase_margin(self, now: float) -> None:
        """Keep a greater distance after a refusal."""
        self.margin = min(self.margin * 2, MAX_MARGIN)
        self._margin_at = now

    def decay_margin(self, now: float) -> None:
        """Halve an increased margin when nothing was refused for a while."""
        if now - self._margin_at > DECAY_INTERVALS * self.interval:
            self.margin = max(self.margin / 2, MIN_MARGIN)
            self._margin_at = now

    def _prune(self, now: float) -> None:
        gone = now - self.hold
        for log in (self.log, self.crashed, self.probe_times, self.peer_log):
            while log and log[0] <= gone:
                log.popleft()

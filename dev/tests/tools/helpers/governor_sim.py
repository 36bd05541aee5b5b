"""Simulated time, a simulated vendor and simulated workers for the governor's tests."""

from __future__ import annotations

import heapq
import json
import math
import random
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ghl_contact_sync.tools.rate_limit.governor import RateGovernor
from ghl_contact_sync.tools.rate_limit.sliding_window import Ticket

START = 1_000.0
# A Monday noon, so that no test runs into midnight unawares.
WALL_START = 1_700_481_600.0


class SimClock:
    """Seconds that pass only when told to."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now

    def wall(self) -> float:
        return WALL_START + self.now - START

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds

    def governor(self, **kw: float) -> RateGovernor:
        return RateGovernor(self, self.sleep, self.wall, **kw)


def headers(
    limit: int = 100,
    interval: float = 10.0,
    remaining: int | None = None,
    daily: int | None = None,
    daily_limit: int = 200_000,
) -> dict[str, str]:
    """Return what the vendor sends along."""
    out = {
        "X-RateLimit-Max": str(limit),
        "X-RateLimit-Interval-Milliseconds": str(round(interval * 1000)),
    }
    if remaining is not None:
        out["X-RateLimit-Remaining"] = str(remaining)
    if daily is not None:
        out["X-RateLimit-Limit-Daily"] = str(daily_limit)
        out["X-RateLimit-Daily-Remaining"] = str(daily)
    return out


def most_within(times: list[float], interval: float) -> int:
    """Return the largest number of `times` in any half-open interval of that length."""
    ordered = sorted(times)
    return max(
        (
            bisect_left(ordered, start + interval) - index
            for index, start in enumerate(ordered)
        ),
        default=0,
    )


@dataclass(frozen=True)
class Verdict:
    """Facts that the vendor knows when it answers.

    :param left: requests that it would still take now
    :param wait: seconds until it takes one more
    """

    status: int
    left: int
    wait: float


@dataclass
class SimVendor:
    """Counts as the vendor may count: in fixed or in sliding intervals, or leaking.

    :param leaky: `limit` is the size of a bucket that empties within `interval`
    :param says: headers of an answer; without it the true ones
    """

    limit: int = 100
    interval: float = 10.0
    sliding: bool = True
    tell: bool = True
    leaky: bool = False
    says: Callable[[Verdict], dict[str, str]] | None = None
    accepted: list[float] = field(default_factory=list)
    refusals: list[float] = field(default_factory=list)
    foreign_refused: int = 0
    _level: float = 0.0
    _level_at: float = -math.inf

    @property
    def refused(self) -> int:
        """Count our requests that were refused."""
        return len(self.refusals)

    def arrive(self, now: float, own: bool = True) -> tuple[int, dict[str, str]]:
        """Take one request; times must not go back."""
        wait = self._wait(now)
        if wait > 0:
            if own:
                self.refusals.append(now)
            self.foreign_refused += not own
            return 429, self._headers(Verdict(429, 0, wait))
        self.accepted.append(now)
        self._level += 1
        left = math.floor(self.limit - self._used(now))
        return 200, self._headers(Verdict(200, left, 0.0))

    def _used(self, now: float) -> float:
        if self.leaky:
            leaked = (now - self._level_at) * self.limit / self.interval
            self._level, self._level_at = max(self._level - leaked, 0.0), now
            return self._level
        return len(self.accepted) - bisect_left(self.accepted, self._since(now))

    def _since(self, now: float) -> float:
        if self.sliding:
            return now - self.interval
        return now - now % self.interval - 1e-9

    def _wait(self, now: float) -> float:
        """Return how long nothing is taken; 0 when one is taken now."""
        excess = self._used(now) + 1 - self.limit
        if excess <= 0:
            return 0.0
        if self.leaky:
            return excess * self.interval / self.limit
        if self.sliding:
            return self.accepted[-self.limit] + self.interval - now
        return self.interval - now % self.interval

    def _headers(self, verdict: Verdict) -> dict[str, str]:
        if self.says is not None:
            return self.says(verdict)
        left = verdict.left if self.tell or verdict.status == 429 else None
        return headers(self.limit, self.interval, left)


@dataclass
class Simulation:
    """Workers that send as fast as the governor lets them, over a network with delays.

    :param travel: seconds to the vendor, drawn for each request
    :param work: seconds until the answer is back, drawn likewise
    :param foreign: times at which somebody else sends
    :param commit_every: seconds between two snapshots, see `told`
    """

    clock: SimClock
    governor: RateGovernor
    vendor: SimVendor
    workers: int
    travel: Callable[[random.Random], float] = lambda rng: 0.0
    work: Callable[[random.Random], float] = lambda rng: 0.5
    foreign: list[float] = field(default_factory=list)
    seed: int = 0
    sent: list[float] = field(default_factory=list)
    commit_every: float = 1.0
    #: how often waiting workers ask again, as if they were woken
    look_every: float = math.inf
    #: the last snapshot, as another process reads it
    told: dict[str, Any] = field(default_factory=dict)
    _count: int = 0

    def tell(self, at_work: bool) -> None:
        """Store a snapshot as the engine does."""
        self.told = json.loads(json.dumps(self.governor.snapshot(at_work)))

    def run(self, seconds: float, killed: bool = True) -> None:
        """Let that much time pass.

        :param killed: the end comes without warning; else what is in flight arrives,
            and a last snapshot is told
        """
        self._rng = random.Random(self.seed)
        self._end = self.clock.now + seconds
        self._events = []
        self._commit()
        for _worker in range(self.workers):
            self._at(self.clock.now, self._try_to_send)
        for timestamp in self.foreign:
            self._at(START + timestamp, self._other)
        while self._events and self._events[0][0] <= self._end:
            self._go_on()
        self.clock.now = self._end
        if not killed:
            self._finish()

    def _finish(self) -> None:
        stopped = (self._commit, self._other, self._try_to_send)
        self._events = [event for event in self._events if event[2] not in stopped]
        heapq.heapify(self._events)
        while self._events:
            self._go_on()
        self.tell(at_work=False)

    def _at(self, timestamp: float, what: Callable[..., None], *args: Any) -> None:
        self._count += 1
        heapq.heappush(self._events, (timestamp, self._count, what, args))

    def _go_on(self) -> None:
        timestamp, _count, what, args = heapq.heappop(self._events)
        self.clock.now = max(self.clock.now, timestamp)
        what(*args)

    def _commit(self) -> None:
        self.tell(at_work=True)
        self._at(self.clock.now + self.commit_every, self._commit)

    def _try_to_send(self) -> None:
        if self.clock.now > self._end:
            return
        answer = self.governor.poll()
        if not isinstance(answer, Ticket):
            wait = min(answer, self.look_every)
            self._at(self.clock.now + wait, self._try_to_send)
            return
        self.sent.append(self.clock.now)
        self._at(self.clock.now + self.travel(self._rng), self._arrive, answer)

    def _arrive(self, ticket: Ticket) -> None:
        status, told = self.vendor.arrive(self.clock.now)
        back = self.clock.now + self.work(self._rng)
        self._at(back, self._back, ticket, status, told)

    def _back(self, ticket: Ticket, status: int, told: dict[str, str]) -> None:
        self.governor.observe(told, status, ticket)
        self._try_to_send()

    def _other(self) -> None:
        self.vendor.arrive(self.clock.now, own=False)

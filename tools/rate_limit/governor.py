"""One pace-maker per GHL location: sends as fast as the vendor allows, and no faster.

The vendor counts 100 requests per 10 s and 200,000 per day for each app and location,
and says in ``X-RateLimit-*`` headers what really applies
(https://marketplace.gohighlevel.com/docs/oauth/Authorization). Our requests are logged
with their time of sending; one more is let out only when any interval that it falls
into holds fewer than the limit. What the vendor reports as left is believed when it is
less than that, since other processes and other tools may share the budget. A vendor
that tells nothing, or refuses what it should not, is sent requests at an even pace that
is found by trial (`AdaptiveRate`).

Our own processes take turns and die. What one knows goes to the next as a `snapshot`,
with the slots that are still in use.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import GhlRateLimited, GhlStopped
from .adaptive import AdaptiveRate
from .daily_quota import DailyQuota
from .headers import RateHeaders, as_dict, as_float, parse_retry_after
from .pause_after_429 import MAX_UNEXPLAINED_PAUSE, PauseAfter429, longest_pause
from .shared_slots import Usage
from .sliding_window import Priority, SlidingWindow, Ticket

__all__ = ["Priority", "RateGovernor", "Refusal", "Ticket", "governor_for"]

# Seconds between two looks of a waiting thread at its stop event.
STOP_POLL = 0.25
# Governors that one process keeps; one is a few kB.
MAX_GOVERNORS = 2_000
# A process at work tells something every few seconds, unless the vendor lets it wait.
# One that has been silent for longer has not sent anything lately.
SILENCE = 120.0
# Seconds by which the clocks of processes may differ.
CLOCK_SKEW = 300.0


@dataclass(frozen=True, slots=True)
class Refusal:
    """A 429 in figures: seconds to keep away, and the wall time at which that ends."""

    daily: bool
    retry_after: float
    resume_at: float


class RateGovernor:
    """Hand out permits to send, shared by every thread that talks to one location.

    :param clock: monotonic seconds
    :param sleep: replaces the waiting, for a simulated clock; the lock is not held
    :param wall_clock: epoch seconds, for what is told to people or other processes
    :param float max_wait: longest single wait; beyond it, `acquire` raises
    :param float daily_probe: how long to leave a spent daily quota alone at most
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] | None = None,
        wall_clock: Callable[[], float] = time.time,
        *,
        max_wait: float = 60.0,
        daily_probe: float = 3_600.0,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._wall = wall_clock
        self._max_wait = max_wait
        self._changed = threading.Condition()
        self._window = SlidingWindow()
        self._rate = AdaptiveRate()
        self._daily = DailyQuota(daily_probe)
        self._queues: defaultdict[str, list[object]] = defaultdict(list)
        self._name = secrets.token_hex(4)
        self._seq = 0
        self._granted_at = float("-inf")
        self._pause = PauseAfter429()
        self._refusals = 0
        # Whether the last wait was for the pace, under the lock.
        self._is_pacing = False

    def acquire(
        self,
        priority: Priority = "sync",
        timeout: float | None = None,
        stop: threading.Event | None = None,
        on_wait: Callable[[float, bool], None] | None = None,
    ) -> Ticket:
        """Block until a request may be sent; first come, first served.

        :param priority: ``"interactive"`` (pages, webhooks) may use the reserve;
            ``"probe"`` is not kept by a pause or a spent quota, to find out about it
        :param timeout: seconds to wait at most
        :param stop: gives up with `GhlStopped` soon after it is set
        :param on_wait: told again and again for how many seconds it has to wait yet,
            and whether that is for this governor's own pace alone, for no limit
        :raise GhlRateLimited: ``daily=True`` when the day's quota is spent, or the
            part of it that this priority may use (`code` tells which); else when the
            wait would exceed `timeout` or the governor's cap. `resume_at` says when
            to come back; not retryable.
        """
        deadline = None if timeout is None else self._clock() + timeout
        queue = self._queues[priority]
        me = object()
        with self._changed:
            queue.append(me)
            try:
                while True:
                    if stop is not None and stop.is_set():
                        raise GhlStopped("The sync was stopped.")
                    answer = self.poll(priority, self._position(priority, me))
                    if isinstance(answer, Ticket):
                        return answer
                    self._check_patience(answer, deadline)
                    if on_wait is not None:
                        on_wait(answer, self._is_pacing)
                    self._wait(answer, stop)
            finally:
                queue.remove(me)

    def poll(self, priority: Priority = "sync", position: int = 0) -> Ticket | float:
        """Return a ticket if one is free now, else seconds after which to ask again.

        :param int position: how many others are to be served before
        :raise GhlRateLimited: the day's quota is spent
        """
        with self._changed:
            probe = priority == "probe"
            resume_at = self._daily.blocked_until(priority, self._wall())
            if resume_at is not None and not probe:
                raise self._daily_error(resume_at)
            now = self._clock()
            limit, delay = self._delays(now, priority, position)
            self._is_pacing = delay > limit
            if delay > 0:
                return delay
            self._seq += 1
            self._granted_at = now
            self._daily.spend(self._seq, self._wall())
            self._rate.sent(now)
            return Ticket(now, self._seq, self._window.add(now), priority)

    def _delays(
        self, now: float, priority: Priority = "sync", position: int = 0
    ) -> tuple[float, float]:
        """Return the seconds to wait for limits, and for the own pace as well."""
        limit = max(
            0.0 if priority == "probe" else self._pause.left(now),
            self._window.delay(now, priority, position),
        )
        return limit, max(limit, self._rate.delay(now, position))

    def sent(self, ticket: Ticket) -> None:
        """Note that the request left only now.

        A connection may have had to be made first, or the processor was busy. Without
        this, such requests would arrive later than their slots say, and meet those that
        use these slots next.
        """
        with self._changed:
            now = self._clock()
            self._window.move(ticket.at, now)
            self._rate.sent(now)
            ticket.at = now

    def observe(
        self, headers: Mapping[str, str], status: int, ticket: Ticket
    ) -> Refusal | None:
        """Learn from an answer.

        :return: for a 429, how long every request of this location keeps away
        """
        seen = RateHeaders.parse(headers)
        window = self._window
        with self._changed:
            now = self._clock()
            before = self._soonest(now)
            if window.learn(seen):
                # The vendor's word replaces a rate that was found by trial.
                self._rate.clear()
            if ticket.priority == "probe" and 200 <= status < 300:
                # It passed: nothing is left of what kept everybody away.
                self._daily.forgive()
                self._pause.end(now)
            self._daily.learn(seen, ticket.seq, self._seq, self._wall())
            explained = window.explains(ticket, seen.remaining, now)
            if seen.remaining is not None:
                later = self._seq - ticket.seq
                window.learn_foreign_usage(
                    seen.remaining, ticket, later, now, accepted=status != 429
                )
            refusal = None
            if status == 429:
                retry_after = parse_retry_after(headers, self._wall())
                refusal = self._refused(seen, retry_after, ticket, now, explained)
            else:
                if self._pause.is_over_for(ticket.at):
                    self._pause.strikes = 0
                    window.decay_margin(now)
                self._rate.accepted(ticket.at, now, window.interval, window.rate)
            if self._soonest(now) < before:
                self._changed.notify_all()
            return refusal

    def _soonest(self, now: float) -> float:
        """Return the seconds until the next request of each kind may go, added up."""
        return self._delays(now)[1] + self._delays(now, "interactive")[1]

    @property
    def rate(self) -> float:
        """Requests per second that the limit comes to."""
        return self._window.rate

    def room(self) -> int:
        """Return how many requests may be sent now, as far as the short limit goes."""
        with self._changed:
            free = self._window.capacity("sync") - self._window.used(self._clock())
            return max(free, 0)

    def lull(self) -> float | None:
        """Return the seconds until the limit lets a request pass, 0 when it does.

        None while most of the limit is free: then it takes nobody's time.
        """
        with self._changed:
            now = self._clock()
            if 2 * self._window.used(now) < self._window.capacity("sync"):
                return None
            return self._delays(now)[0]

    def limit_background(self, share: float) -> None:
        """Let background work use no more than a share (0…1) of a day's requests."""
        with self._changed:
            self._daily.share = share

    def snapshot(self, at_work: bool = False) -> dict[str, Any]:
        """Return what is known, JSON-able: for display and for `restore`.

        Keys: ``limit``, ``interval_ms``, ``remaining``, ``limit_today``,
        ``remaining_today``, ``paused_until`` and ``resume_at`` (epoch seconds or
        ``None``), ``sent``, ``rate_limited``, ``at`` (epoch seconds); ``reserved``
        (slots that a killed process may hold); ``by`` (which governor), ``at_work``,
        ``announced`` (the limit is the vendor's word), ``others``, ``others_peak``,
        ``usage``, ``daily`` and ``pace`` for `restore`.

        :param bool at_work: more may be sent before the next snapshot
        """
        with self._changed:
            now, wall = self._clock(), self._wall()
            window, daily = self._window, self._daily
            pause = self._pause.left(now)
            usages = window.usages(self._name, now, wall)
            return {
                "limit": window.limit,
                "interval_ms": round(window.interval * 1000),
                "remaining": max(window.limit - window.used(now), 0),
                "limit_today": daily.limit,
                "remaining_today": daily.remaining and max(daily.remaining, 0),
                "paused_until": wall + pause if pause > 0 else None,
                "resume_at": daily.resume_at,
                "daily": daily.to_json(),
                "sent": self._seq,
                "rate_limited": self._refusals,
                "at": wall,
                "by": self._name,
                "at_work": at_work,
                "announced": window.announced,
                "pace": self._rate.to_json(window.interval),
                "others": window.foreign_usage(now),
                "others_peak": window.peak_to_json(now, wall),
                "usage": {name: usage.to_json() for name, usage in usages.items()},
                "reserved": len(window.crashed),
            }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over a `snapshot` that another process has made.

        Garbage is ignored, and so is what is older than the last request of this
        governor, which knows better then. Of the rest, what is out of date by now is
        not taken over.
        """
        number = {key: as_float(value) for key, value in state.items()}
        with self._changed:
            at, now, wall = number.get("at"), self._clock(), self._wall()
            # A clock that was ahead tells neither pause nor quota.
            if at is None or at > wall + CLOCK_SKEW or state.get("by") == self._name:
                return
            saved_at = now - max(wall - at, 0.0)
            if saved_at <= self._granted_at:
                return
            seen = RateHeaders.parse(
                {
                    "X-RateLimit-Max": str(state.get("limit")),
                    "X-RateLimit-Interval-Milliseconds": str(state.get("interval_ms")),
                    "X-RateLimit-Limit-Daily": str(state.get("limit_today")),
                }
            )
            announced = self._window.announced or state.get("announced") is True
            self._window.learn(seen)
            self._window.announced = announced
            self._rate.restore(state.get("pace"), now, self._window.interval)
            self._restore_slots(state, now, saved_at, wall)
            until = number.get("paused_until")
            if until is not None and 0 < until - wall <= MAX_UNEXPLAINED_PAUSE:
                self._pause.begin(now, until - wall)
            self._daily.limit = seen.daily_limit or self._daily.limit
            left, resume_at = number.get("remaining_today"), number.get("resume_at")
            left = None if left is None else int(left)
            self._daily.restore(as_dict(state.get("daily")), left, resume_at, at, wall)

    def _restore_slots(
        self, state: Mapping[str, Any], now: float, saved_at: float, wall: float
    ) -> None:
        """Take over which slots are taken, as it was told at `saved_at`."""
        window = self._window
        foreign = as_float(state.get("others"))
        if foreign is not None:
            window.assume_foreign_usage(min(int(foreign), window.limit), saved_at)
        window.restore_peak(state.get("others_peak"), now, wall)
        usages = {
            name: usage
            for name, value in as_dict(state.get("usage")).items()
            if name != self._name and (usage := Usage.from_json(value))
        }
        window.learn_usages(usages, now, wall)
        if state.get("at_work") is True and now - saved_at < SILENCE:
            window.reserve_for_crashed(now, self._seq + 1)

    def _position(self, priority: Priority, me: object) -> int:
        position = self._queues[priority].index(me)
        if priority == "sync":
            # A small limit has no reserve for those who must not wait.
            position += len(self._queues["interactive"])
        return position

    def _refused(
        self,
        seen: RateHeaders,
        retry_after: float | None,
        ticket: Ticket,
        now: float,
        explained: bool,
    ) -> Refusal:
        self._refusals += 1
        wall = self._wall()
        daily_left = seen.daily_remaining
        if daily_left is None:
            daily_left = self._daily.remaining
        if daily_left is not None and daily_left <= 0:
            resume_at = self._daily.exhaust(wall, retry_after)
            return Refusal(True, resume_at - wall, resume_at)
        # Count one strike per burst.
        if self._pause.is_over_for(ticket.at):
            self._pause.strikes += 1
            if explained:
                self._window.increase_margin(now)
            else:
                self._rate.refused(now, self._window.interval, self._window.announced)
            self._rate.after_pause()
        pause = self._pause_for(retry_after, daily_left, now)
        self._pause.begin(now, pause)
        return Refusal(False, pause, wall + pause)

    def _pause_for(
        self, retry_after: float | None, daily_left: int | None, now: float
    ) -> float:
        interval = self._window.interval
        longest = longest_pause(interval)
        is_known = daily_left or self._window.announced
        # It may be a pause for the day, unless something speaks against that.
        if retry_after is not None and retry_after > longest and is_known:
            self._rate.probe_singly(now, interval)
            return longest
        turnover = self._rate.turnover(now, self._window.hold)
        return self._pause.seconds(retry_after, interval, turnover)

    def _check_patience(self, delay: float, deadline: float | None) -> None:
        late = deadline is not None and self._clock() + delay > deadline
        if late or delay > self._max_wait:
            raise GhlRateLimited(
                "GoHighLevel's request limit is used up for the moment.",
                retry_after=delay,
                resume_at=self._wall() + delay,
                retryable=False,
            )

    def daily_reason(self) -> tuple[str, str]:
        """Return why the day's quota holds syncs back now: a slug and a sentence.

        Answers that were on their way when somebody was held back may have told more.
        """
        with self._changed:
            return self._daily.reason(self._wall())

    def _daily_error(self, resume_at: float) -> GhlRateLimited:
        code, text = self._daily.reason(self._wall())
        return GhlRateLimited(
            text,
            code=code,
            daily=True,
            retry_after=max(resume_at - self._wall(), 0.0),
            resume_at=resume_at,
        )

    def _wait(self, delay: float, stop: threading.Event | None) -> None:
        if self._sleep is None:
            self._changed.wait(min(delay, STOP_POLL) if stop is not None else delay)
            return
        self._changed.release()
        try:
            self._sleep(delay)
        finally:
            self._changed.acquire()


_governors: OrderedDict[Hashable, RateGovernor] = OrderedDict()
_governors_lock = threading.Lock()


def governor_for(
    key: Hashable, factory: Callable[[], RateGovernor] = RateGovernor
) -> RateGovernor:
    """Return this process's one governor for `key`, e.g. (database, url, location).

    The least recently asked for are forgotten when there are very many.
    """
    with _governors_lock:
        governor = _governors.get(key)
        if governor is None:
            governor = _governors[key] = factory()
            while len(_governors) > MAX_GOVERNORS:
                _governors.popitem(last=False)
        else:
            _governors.move_to_end(key)
        return governor

"""Rate limits per resource, with the vendor's headers.

A burst is counted for each integration and location. A day is counted for each app and
location, and once for all private integrations of a location together.
"""

from collections import deque
from dataclasses import dataclass, field

from ..settings import Limits, Settings
from ..world.clock import Clock


@dataclass
class _Burst:
    """One integration's use of a resource: accepted requests of the interval."""

    start: float = 0.0
    used: int = 0
    recent: deque[float] = field(default_factory=deque)


@dataclass
class _Day:
    """Accepted requests of a fixed window, which begins with its first call."""

    start: float
    used: int = 0


@dataclass
class Verdict:
    """The answer to "may this request pass"."""

    allowed: bool
    headers: dict[str, str]


class RateLimiter:
    """Counts accepted requests; refused ones cost nothing."""

    def __init__(self, clock: Clock, settings: Settings) -> None:
        self.clock = clock
        self.settings = settings
        self._bursts: dict[tuple[str, str], _Burst] = {}
        self._days: dict[tuple[str, str], _Day] = {}

    def reset(self) -> None:
        """Forget all use."""
        self._bursts.clear()
        self._days.clear()

    def spend(self, resource: str, count: int, app: str = "") -> None:
        """Use up some of today's quota (to play an exhausted day).

        :param app: the OAuth app; none for the private integrations
        """
        self._day(app, resource).used += count

    def take(self, integration: str, resource: str, app: str = "") -> Verdict:
        """Count one request of an integration on a resource.

        :param app: the OAuth app; none for private integrations
        """
        limits = self.settings.effective_limits()
        if not limits.enabled:
            return Verdict(True, {})
        burst = self._bursts.setdefault((integration, resource), _Burst())
        day = self._day(app, resource)
        now = self.clock.now()
        used, free_at = self._window(burst, limits, now)
        allowed = used < limits.burst and day.used < limits.daily
        if allowed:
            used += 1
            burst.used += 1
            day.used += 1
            if limits.window == "sliding":
                burst.recent.append(now)
        ends = day.start + limits.day
        headers = self._headers(limits, used, day.used, ends - now)
        if not allowed and limits.retry_after:
            if day.used >= limits.daily:
                free_at = ends
            headers["Retry-After"] = str(max(1, -int(-(free_at - now) // 1)))
        return Verdict(allowed, headers)

    def _day(self, app: str, resource: str) -> _Day:
        # As the vendor's: 24 hours from the first call on, whatever the clock says.
        now, length = self.clock.now(), self.settings.effective_limits().day
        day = self._days.get((app, resource))
        if day is None or now >= day.start + length:
            day = self._days[app, resource] = _Day(now)
        return day

    def _window(self, bucket: _Burst, limits: Limits, now: float) -> tuple[int, float]:
        """Requests in the window, and when there is room again."""
        if limits.window == "sliding":
            while bucket.recent and bucket.recent[0] <= now - limits.interval:
                bucket.recent.popleft()
            first = bucket.recent[0] if bucket.recent else now
            return len(bucket.recent), first + limits.interval
        if now >= bucket.start + limits.interval:
            bucket.start, bucket.used = now, 0
        return bucket.used, bucket.start + limits.interval

    def _headers(
        self, limits: Limits, used: int, used_today: int, reset: float
    ) -> dict[str, str]:
        dialect = self.settings.dialect
        if dialect.no_rate_headers:
            return {}
        headers = {
            # Limits of some gateway in front, which nobody should heed.
            "X-RateLimit-Limit": "3",
            "X-RateLimit-Reset": "1",
            "X-RateLimit-Interval-Milliseconds": str(int(limits.interval * 1000)),
            "X-RateLimit-Max": str(limits.burst),
            "X-RateLimit-Remaining": str(max(0, limits.burst - used)),
        }
        if not dialect.no_daily_headers:
            headers["X-RateLimit-Limit-Daily"] = str(limits.daily)
            headers["X-RateLimit-Daily-Remaining"] = str(
                max(0, limits.daily - used_today)
            )
            headers["X-RateLimit-Daily-Reset"] = str(int(reset * 1000))
        return headers

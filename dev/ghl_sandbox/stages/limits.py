"""Rate limits per resource, with the vendor's headers."""

from collections import deque
from dataclasses import dataclass, field

from ..settings import Limits, Settings
from ..world.clock import Clock

DAY = 86_400


@dataclass
class _Bucket:
    """One resource's use: accepted requests of the window and of the day."""

    window_start: float = 0.0
    used: int = 0
    recent: deque[float] = field(default_factory=deque)
    day_start: float | None = None
    used_today: int = 0


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
        self._buckets: dict[tuple[str, str], _Bucket] = {}

    def reset(self) -> None:
        """Forget all use."""
        self._buckets.clear()

    def spend(self, resource: str, count: int, app: str = "") -> None:
        """Use up some of today's quota (to play an exhausted day)."""
        self._bucket(app, resource).used_today += count

    def take(self, app: str, resource: str) -> Verdict:
        """Count one request of an app on a resource."""
        limits = self.settings.effective_limits()
        if not limits.enabled:
            return Verdict(True, {})
        bucket = self._bucket(app, resource)
        now = self.clock.now()
        used, free_at = self._window(bucket, limits, now)
        allowed = used < limits.burst and bucket.used_today < limits.daily
        if allowed:
            used += 1
            bucket.used += 1
            bucket.used_today += 1
            if limits.window == "sliding":
                bucket.recent.append(now)
        reset = (bucket.day_start or now) + DAY - now
        headers = self._headers(limits, used, bucket.used_today, reset)
        if not allowed and limits.retry_after:
            if bucket.used_today >= limits.daily:
                free_at = (bucket.day_start or now) + DAY
            headers["Retry-After"] = str(max(1, -int(-(free_at - now) // 1)))
        return Verdict(allowed, headers)

    def _bucket(self, app: str, resource: str) -> _Bucket:
        bucket = self._buckets.setdefault((app, resource), _Bucket())
        # As the vendor's: 24 hours from the first call on, whatever the clock says.
        now = self.clock.now()
        if bucket.day_start is None or now >= bucket.day_start + DAY:
            bucket.day_start, bucket.used_today = now, 0
        return bucket

    def _window(self, bucket: _Bucket, limits: Limits, now: float) -> tuple[int, float]:
        """Requests in the window, and when there is room again."""
        if limits.window == "sliding":
            while bucket.recent and bucket.recent[0] <= now - limits.interval:
                bucket.recent.popleft()
            first = bucket.recent[0] if bucket.recent else now
            return len(bucket.recent), first + limits.interval
        if now >= bucket.window_start + limits.interval:
            bucket.window_start, bucket.used = now, 0
        return bucket.used, bucket.window_start + limits.interval

    def _headers(
        self, limits: Limits, used: int, used_today: int, reset: float
    ) -> dict[str, str]:
        dialect = self.settings.dialect
        if dialect.no_rate_headers:
            return {}
        headers = {
            # Of some gateway in front, and of no account: not to be heeded.
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

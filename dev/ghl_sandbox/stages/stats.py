"""Statistics of the clients: counters and a short log of requests."""

from collections import Counter, defaultdict, deque
from dataclasses import asdict, dataclass, field
from typing import Any

LOG_SIZE = 5000


@dataclass
class Entry:
    """One answered request."""

    time: float
    method: str
    path: str
    location: str | None
    status: int
    ms: float
    bytes: int
    fault: str | None = None
    search: dict[str, Any] | None = None


@dataclass
class _Peak:
    """Most accepted requests in any sliding interval."""

    recent: deque[float] = field(default_factory=deque)
    peak: int = 0

    def add(self, now: float, interval: float) -> None:
        self.recent.append(now)
        while self.recent[0] <= now - interval:
            self.recent.popleft()
        self.peak = max(self.peak, len(self.recent))


class Stats:
    """Counters since the last reset."""

    def __init__(self) -> None:
        self.in_flight = 0
        self.reset()

    def reset(self) -> None:
        """Everything to zero."""
        self.requests = 0
        self.by_endpoint: dict[str, Counter] = defaultdict(Counter)
        self.by_location: dict[str, Counter] = defaultdict(Counter)
        self.status: Counter = Counter()
        self.totals: Counter = Counter()
        self.max_in_flight = self.in_flight
        self.first: float | None = None
        self.last: float | None = None
        self.log: deque[Entry] = deque(maxlen=LOG_SIZE)
        self._peaks: dict[str, _Peak] = defaultdict(_Peak)
        self.interval = 10.0

    def arrived(self, now: float) -> None:
        """A request came in."""
        self.in_flight += 1
        self.max_in_flight = max(self.max_in_flight, self.in_flight)
        self.first = self.first or now

    def accepted(self, resource: str, now: float, interval: float) -> None:
        """It passed the rate limit."""
        self.interval = interval
        self._peaks[resource].add(now, interval)

    def answered(self, endpoint: str, resource: str | None, entry: Entry) -> None:
        """It was answered (status 0: the connection was broken off on purpose)."""
        self.in_flight -= 1
        self.requests += 1
        self.last = entry.time + entry.ms / 1000
        self.by_endpoint[endpoint][str(entry.status)] += 1
        self.status[str(entry.status)] += 1
        self.totals["bytes_sent"] += entry.bytes
        if resource:
            self.by_location[resource]["requests"] += 1
            self.by_location[resource][str(entry.status)] += 1
        if entry.search:
            self.totals["searches"] += 1
            self.totals["searches_with_cursor"] += bool(entry.search.get("cursor"))
            self.totals["contacts_sent"] += entry.search.get("sent", 0)
        self.log.append(entry)

    def to_json(self) -> dict[str, Any]:
        """As shown by the control API."""
        by_location = {
            key: dict(counts)
            | {"peak": self._peaks[key].peak, "peak_interval": self.interval}
            for key, counts in self.by_location.items()
        }
        names = ("searches", "searches_with_cursor", "contacts_sent", "bytes_sent")
        return {
            "requests": self.requests,
            "by_endpoint": {
                key: dict(value) for key, value in self.by_endpoint.items()
            },
            "by_location": by_location,
            "status": dict(self.status),
            "rate_limited": self.status["429"],
            **{name: self.totals[name] for name in names},
            "in_flight": self.in_flight,
            "max_in_flight": self.max_in_flight,
            "seconds_first_to_last": (self.last or 0) - (self.first or 0),
        }

    def last_requests(self, count: int) -> list[dict[str, Any]]:
        """The last requests, newest last."""
        return [asdict(entry) for entry in list(self.log)[-count:]]

"""Delivers events: signed, in the background, as unreliably as it is told to."""

import asyncio
import random
import time
import uuid
from collections import Counter, deque
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import aiohttp

from ..oauth.service import OAuth
from ..web import jsonio
from ..web.urls import is_loopback
from ..world.world import Location, World
from .keys import Keys
from .payload import contact_payload

LOG_SIZE = 50_000


@dataclass
class Retry:
    """The failures that are tried again, how often, and after how long (doubling)."""

    on: str = "429"
    times: int = 6
    delay: float = 2.0


@dataclass
class Behaviour:
    """Rules of deliveries; shares are probabilities, times in seconds."""

    urls: list[str] = field(default_factory=list)
    duplicate: float = 0.0
    reorder: float = 0.0
    drop: float = 0.0
    delay: list[float] = field(default_factory=lambda: [0.0, 0.0])
    concurrency: int = 8
    timeout: float = 15.0
    retry: Retry = field(default_factory=Retry)
    signatures: str = "both"
    omit_empty: bool = True
    types: list[str] | None = None

    def patched(self, changes: dict[str, Any]) -> "Behaviour":
        """A changed copy; raises ``ValueError`` when a change makes no sense."""
        known = {item.name for item in fields(self)}
        if unknown := set(changes) - known:
            raise ValueError(f"Webhooks have no {sorted(unknown)[0]!r}.")
        merged = asdict(self) | changes
        merged["retry"] = Retry(**(asdict(self.retry) | (changes.get("retry") or {})))
        result = Behaviour(**merged)
        for url in result.urls:
            if not is_loopback(url):
                raise ValueError(f"{url} is not on this machine.")
        if result.retry.on not in ("429", "any", "none"):
            raise ValueError("retry.on is '429', 'any' or 'none'.")
        if result.signatures not in ("both", "ed25519", "rsa", "none", "na"):
            raise ValueError("signatures: both, ed25519, rsa, none or na.")
        return result


@dataclass
class Delivery:
    """One event on its way to one URL."""

    url: str
    payload: dict[str, Any]
    attempt: int = 1
    duplicate: bool = False


class Webhooks:
    """The queue of deliveries and what became of them."""

    def __init__(self, world: World, oauth: OAuth) -> None:
        self.world = world
        self.oauth = oauth
        self.keys = Keys()
        self.behaviour = Behaviour()
        self.first_urls: list[str] = []
        self.counters: Counter = Counter()
        self.log: deque[dict[str, Any]] = deque(maxlen=LOG_SIZE)
        self._rng = random.Random(f"{world.seed}/webhooks")
        self._ready: deque[Delivery] = deque()
        self._pending = 0
        self._running = 0
        self._session: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task] = set()

    def reset(self) -> None:
        """Behaviour as at the start; counters and log empty."""
        self.behaviour = Behaviour(urls=list(self.first_urls))
        self.counters.clear()
        self.log.clear()

    async def start(self) -> None:
        """Open the client; needs a running loop."""
        connector = aiohttp.TCPConnector(limit=0)
        self._session = aiohttp.ClientSession(connector=connector)

    async def stop(self) -> None:
        """Give up what is under way."""
        for task in list(self._tasks):
            task.cancel()
        if self._session is not None:
            await self._session.close()

    @property
    def pending(self) -> int:
        """Deliveries not finished, waiting retries included."""
        return self._pending

    def contact_event(
        self, event: str, location: Location, contact: dict[str, Any]
    ) -> None:
        """A contact changed; nothing is sent where the app is not installed."""
        if not self.behaviour.urls or not location.installed:
            return
        omit = self.behaviour.omit_empty
        self.send(contact_payload(event, location.id, contact, omit))

    def send(self, payload: dict[str, Any], envelope: bool = True) -> str | None:
        """Queue an event for every URL; returns its webhook id."""
        wanted = self.behaviour.types
        if wanted is not None and payload.get("type") not in wanted:
            return None
        if envelope:
            payload = self._enveloped(payload)
        for url in self.behaviour.urls:
            self._queue(url, payload)
        return payload.get("webhookId")

    def _enveloped(self, payload: dict[str, Any]) -> dict[str, Any]:
        if self.oauth.settings.dialect.webhook_data_wrapper:
            payload = {
                "type": payload.get("type"),
                "locationId": payload.get("locationId"),
                "data": payload,
            }
        return payload | {
            "timestamp": self.world.clock.now_iso(),
            "webhookId": str(uuid.uuid4()),
            "appId": self.oauth.app.app_id,
            "versionId": self.oauth.app.version_id,
        }

    def _queue(self, url: str, payload: dict[str, Any]) -> None:
        self.counters["queued"] += 1
        behaviour, rng = self.behaviour, self._rng
        if rng.random() < behaviour.drop:
            self.counters["dropped"] += 1
            self._note(Delivery(url, payload), 0, 0.0, "dropped")
            return
        wait = rng.uniform(*behaviour.delay)
        if rng.random() < behaviour.reorder:
            self.counters["reordered"] += 1
            wait += rng.uniform(0.1, 1.0)
        self._later(Delivery(url, payload), wait)
        if rng.random() < behaviour.duplicate:
            self.counters["duplicated"] += 1
            again = Delivery(url, payload, duplicate=True)
            self._later(again, wait + rng.uniform(0.0, 0.5))

    def _later(self, delivery: Delivery, wait: float) -> None:
        self._pending += 1
        if wait > 0:
            asyncio.get_running_loop().call_later(wait, self._enqueue, delivery)
        else:
            self._enqueue(delivery)

    def _enqueue(self, delivery: Delivery) -> None:
        self._ready.append(delivery)
        if self._running < self.behaviour.concurrency:
            self._running += 1
            task = asyncio.create_task(self._work())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _work(self) -> None:
        """One of the concurrent senders; ends when there is nothing to send."""
        try:
            while self._ready:
                await self._deliver(self._ready.popleft())
        finally:
            self._running -= 1

    async def _deliver(self, delivery: Delivery) -> None:
        started = time.perf_counter()
        try:
            status = await self._post(delivery)
        except (aiohttp.ClientError, TimeoutError, OSError):
            status = 0
        finally:
            self._pending -= 1
        ms = (time.perf_counter() - started) * 1000
        if 200 <= status < 300:
            self.counters["delivered"] += 1
            self._note(delivery, status, ms, "delivered")
            return
        self.counters["refused"] += 1
        self.counters[f"status_{status}"] += 1
        self._failed(delivery, status, ms)

    def _failed(self, delivery: Delivery, status: int, ms: float) -> None:
        retry = self.behaviour.retry
        again = retry.on == "any" or (retry.on == "429" and status == 429)
        if not again or delivery.attempt > retry.times:
            self.counters["lost"] += 1
            self._note(delivery, status, ms, "lost")
            return
        self.counters["retried"] += 1
        self._note(delivery, status, ms, "retry")
        payload = delivery.payload
        if self.oauth.settings.dialect.webhook_retry_new_time:
            payload = payload | {"timestamp": self.world.clock.now_iso()}
        wait = retry.delay * 2 ** (delivery.attempt - 1) * self._rng.uniform(0.8, 1.2)
        attempt = delivery.attempt + 1
        self._later(Delivery(delivery.url, payload, attempt, delivery.duplicate), wait)

    async def _post(self, delivery: Delivery) -> int:
        body = jsonio.dumps(delivery.payload)
        headers = {"Content-Type": "application/json"}
        headers |= self.keys.sign(body, self.behaviour.signatures)
        assert self._session is not None
        timeout = aiohttp.ClientTimeout(total=self.behaviour.timeout)
        async with self._session.post(
            delivery.url,
            data=body,
            headers=headers,
            timeout=timeout,
            allow_redirects=False,
        ) as response:
            await response.read()
            return response.status

    def _note(self, delivery: Delivery, status: int, ms: float, outcome: str) -> None:
        payload = delivery.payload
        self.log.append(
            {
                "webhookId": payload.get("webhookId"),
                "type": payload.get("type"),
                "locationId": payload.get("locationId"),
                "id": payload.get("id"),
                "url": delivery.url,
                "attempt": delivery.attempt,
                "duplicate": delivery.duplicate,
                "status": status,
                "ms": round(ms, 1),
                "outcome": outcome,
                "time": time.time(),
            }
        )

    def stats(self) -> dict[str, Any]:
        """Counters of deliveries."""
        names = "queued delivered refused retried dropped duplicated reordered lost"
        return {name: self.counters[name] for name in names.split()} | {
            "pending": self._pending,
            "by_status": {
                name.removeprefix("status_"): count
                for name, count in self.counters.items()
                if name.startswith("status_")
            },
        }

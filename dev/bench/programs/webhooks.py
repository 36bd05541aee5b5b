"""10,000 webhooks while Odoo restarts once: ``python -m bench.programs.webhooks``.

Deliveries come twice and in any order, some are forged. In the end the mirror must
equal the sandbox, nothing forged may be stored, and the 99th percentile of the answers
is compared with that of a trivial route of Odoo's, asked in the same run by the same
threads.
"""

import argparse
import base64
import http.client
import json
import random
import statistics
import threading
import time
import uuid
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from provision import paths
from stack.live import LiveStack
from stack.sandbox_server import WITHOUT_LIMITS

from .. import webhook_rig as rig

TRIVIAL = "/web/health"
LOCATIONS = 4
# One trivial request for that many webhooks.
EVERY = 5
PATIENCE = 120


@dataclass
class Measured:
    """Answers and times that the threads saw."""

    webhooks: list[float] = field(default_factory=list)
    trivial: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    lost: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, seconds: float, status: int, times: list[float]) -> None:
        """Keep one answer; 0 is none at all."""
        with self.lock:
            if status == 200 or times is self.webhooks and status == 401:
                times.append(seconds)
            self.statuses[status] = self.statuses.get(status, 0) + 1


def percentile(times: list[float], share: float) -> float:
    """Return a percentile in milliseconds."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1_000


def build(stack, key, count: int) -> list[tuple[bytes, dict]]:
    """Edit the sandbox silently; return signed deliveries that tell of it."""
    share = count // (2 * LOCATIONS)
    told = []
    for number, location in enumerate(stack.locations):
        # An event bears the moment of its edit.
        timestamp = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
        spec = {"update": share, "create": share // 10, "delete": share // 10}
        done = stack.control(
            "POST",
            f"/locations/{location.ghl_id}/edits",
            {"seed": f"burst/{number}", "webhooks": False, **spec},
        )
        for kind, name in (
            ("updated", "ContactUpdate"),
            ("created", "ContactCreate"),
            ("deleted", "ContactDelete"),
        ):
            told += [(location, name, ghl_id, timestamp) for ghl_id in done[kind]]
    app_id = stack.sandbox.facts["app"]["appId"]
    deliveries = []
    for location, name, ghl_id, timestamp in told:
        payload = {
            "type": name,
            "locationId": location.ghl_id,
            "id": ghl_id,
            "timestamp": timestamp,
            "webhookId": str(uuid.uuid4()),
            "appId": app_id,
        }
        body = json.dumps(payload).encode()
        signature = base64.b64encode(key.sign(body)).decode()
        deliveries.append((body, {"X-GHL-Signature": signature}))
    # Every delivery once, and some again until there are enough.
    chance = random.Random(1)
    forged = [(body + b" ", headers) for body, headers in deliveries[: count // 50]]
    missing = count - len(deliveries) - len(forged)
    deliveries += chance.choices(deliveries, k=max(0, missing)) + forged
    chance.shuffle(deliveries)
    return deliveries


def send(address, method: str, path: str, body=None, headers=None) -> tuple:
    """Send one request on a connection of its own; return (seconds, status)."""
    started = time.perf_counter()
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        answer.read()
        status = answer.status
    except (OSError, http.client.HTTPException):
        status = 0
    finally:
        connection.close()
    return time.perf_counter() - started, status


def work(stack, queue: list, measured: Measured) -> None:
    """Deliver until the queue is empty; come back for what was not taken."""
    address = urlsplit(stack.url)
    number = 0
    while True:
        try:
            body, headers = queue.pop()
        except IndexError:
            return
        number += 1
        if number % EVERY == 0:
            measured.note(*send(address, "GET", TRIVIAL), measured.trivial)
        deadline = time.monotonic() + PATIENCE
        while True:
            seconds, status = send(address, "POST", rig.ROUTE, body, headers)
            measured.note(seconds, status, measured.webhooks)
            if status in (200, 401):
                break
            if time.monotonic() > deadline:
                measured.lost += 1
                break
            time.sleep(0.5)


def burst(stack, deliveries: list, threads: int, restart: bool) -> tuple:
    """Deliver everything; return (what was measured, seconds)."""
    measured, total = Measured(), len(deliveries)
    senders = [
        threading.Thread(target=work, args=(stack, deliveries, measured))
        for _number in range(threads)
    ]
    started = time.monotonic()
    for sender in senders:
        sender.start()
    if restart:
        while len(deliveries) > total // 2:
            time.sleep(0.1)
        stack.odoo.kill()
        stack.odoo.start()
    for sender in senders:
        sender.join()
    return measured, time.monotonic() - started


def measure(options) -> dict:
    """Run the whole scenario and return its figures."""
    size = max(200, options.events // 4)
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
    )
    with LiveStack(
        "webhooks",
        [(f"Location {number}", size) for number in range(LOCATIONS)],
        sandbox_arguments=("--clean", *WITHOUT_LIMITS),
        workers=options.workers,
    ) as stack:
        rig.order(stack)
        rig.connect(stack, public.decode(), urls=[])
        deliveries = build(stack, key, options.events)
        genuine = {json.loads(body)["webhookId"] for body, _headers in deliveries}
        measured, seconds = burst(
            stack, deliveries, options.connections, not options.no_restart
        )
        drained = rig.await_inbox(stack, 600)
        stored = stack.sql("SELECT webhook_id FROM ghl_webhook_event")
        wrong = sum(
            len(rig.differences(stack, location)) for location in stack.locations
        )
    p99, trivial = (percentile(t, 0.99) for t in (measured.webhooks, measured.trivial))
    return {
        "events": options.events,
        "connections": options.connections,
        "workers": options.workers,
        "seconds": round(seconds, 1),
        "drained_after_seconds": round(drained, 1),
        "webhook_p50_ms": round(statistics.median(measured.webhooks) * 1_000, 1),
        "webhook_p99_ms": round(p99, 1),
        "trivial_p50_ms": round(statistics.median(measured.trivial) * 1_000, 1),
        "trivial_p99_ms": round(trivial, 1),
        "p99_ratio": round(p99 / trivial, 2),
        "statuses": {str(k): v for k, v in sorted(measured.statuses.items())},
        "lost": measured.lost,
        "stored": len(stored),
        "not_stored": len(genuine - {row[0] for row in stored}),
        "differences": wrong,
    }


def main() -> int:
    """Print the figures and keep them; fail when something was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--connections", type=int, default=50)
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--no-restart", action="store_true")
    figures = measure(parser.parse_args())
    folder = paths.state() / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "webhooks.json").write_text(json.dumps(figures, indent=1))
    for name, value in figures.items():
        print(f"{name:24}{value}")  # noqa: T201
    good = not (figures["lost"] or figures["not_stored"] or figures["differences"])
    return 0 if good and figures["p99_ratio"] <= 10 else 1


if __name__ == "__main__":
    raise SystemExit(main())

"""Signed deliveries to a real listener."""

import json
import threading
from base64 import b64decode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import load_pem_public_key


class Listener:
    """Keeps what it gets; answers what it is told to."""

    def __init__(self):
        self.got = []
        self.answers = []
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                listener.got.append((dict(self.headers), body))
                status = listener.answers.pop(0) if listener.answers else 200
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_arguments):
                """Keep the test output quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def payloads(self):
        return [json.loads(body) for _headers, body in self.got]


@pytest.fixture
def listener(sandbox):
    listener = Listener()
    sandbox.control("PATCH", "/webhooks", {"urls": [listener.url]})
    yield listener
    listener.server.shutdown()
    listener.server.server_close()


def wait(sandbox):
    return sandbox.control("POST", "/webhooks/wait", {"timeout": 20})


def verify(sandbox, headers, body):
    keys = {
        name: load_pem_public_key(pem.encode())
        for name, pem in sandbox.info["webhookKeys"].items()
    }
    keys["ed25519"].verify(b64decode(headers["X-GHL-Signature"]), body)
    keys["rsa"].verify(
        b64decode(headers["X-WH-Signature"]), body, padding.PKCS1v15(), hashes.SHA256()
    )


def test_every_kind_of_edit_is_told_and_signed(sandbox, listener):
    place = sandbox.locations[0]["id"]
    body = {"locationId": place, "firstName": "Hook", "email": "h@example.com"}
    made = sandbox.call("POST", "/contacts/", json=body).json()["contact"]
    path = f"/contacts/{made['id']}"
    sandbox.call("PUT", path, json={"city": "Rome"})
    wait(sandbox)
    sandbox.call("POST", f"{path}/tags", json={"tags": ["t"]})
    wait(sandbox)
    settings = {"SMS": {"status": "active", "message": "", "code": ""}}
    sandbox.call("PUT", path, json={"dnd": True, "dndSettings": settings})
    wait(sandbox)
    sandbox.call("DELETE", path)
    stats = wait(sandbox)
    assert (stats["queued"], stats["delivered"], stats["pending"]) == (5, 5, 0)
    payloads = listener.payloads()
    assert [p["type"] for p in payloads][2:] == [
        "ContactTagUpdate",
        "ContactDndUpdate",
        "ContactDelete",
    ]
    assert {p["type"] for p in payloads[:2]} == {"ContactCreate", "ContactUpdate"}
    for headers, raw in listener.got:
        verify(sandbox, headers, raw)
        with pytest.raises(InvalidSignature):
            verify(sandbox, headers, raw + b" ")
    created = next(p for p in payloads if p["type"] == "ContactCreate")
    assert created["id"] == made["id"]
    assert created["locationId"] == place
    assert {"timestamp", "webhookId", "appId", "versionId"} <= created.keys()
    assert created["appId"] == sandbox.info["app"]["appId"]
    assert "dateUpdated" not in created
    assert "phone" not in created
    assert payloads[3]["dndSettings"] == settings
    assert payloads[4]["email"] == "h@example.com"
    assert len({p["webhookId"] for p in payloads}) == 5


def test_bulk_edits_tell_or_keep_silent(sandbox, listener):
    path = sandbox.place("/edits")
    sandbox.control("POST", path, {"update": 5, "webhooks": False})
    assert wait(sandbox)["queued"] == 0
    spec = {"update": 5, "delete": 2, "create": 3, "merge": 1}
    sandbox.control("POST", path, spec)
    wait(sandbox)
    kinds = [p["type"] for p in listener.payloads()]
    assert kinds.count("ContactDelete") == 3
    assert kinds.count("ContactCreate") == 3
    assert len(kinds) == 12


def test_retries_follow_the_policy(sandbox, listener):
    listener.answers = [429, 429, 200, 500]
    quick = {"retry": {"on": "429", "times": 3, "delay": 0.05}}
    sandbox.control("PATCH", "/webhooks", quick)
    sandbox.control("POST", sandbox.place("/edits"), {"update": 1})
    stats = wait(sandbox)
    assert (stats["retried"], stats["delivered"], stats["lost"]) == (2, 1, 0)
    first, *others = listener.got
    assert all(body == first[1] for _headers, body in others)
    sandbox.control("POST", sandbox.place("/edits"), {"update": 1, "seed": 2})
    stats = wait(sandbox)
    assert (stats["lost"], stats["by_status"]["500"]) == (1, 1)
    sandbox.control("PATCH", "/webhooks", {"retry": {"on": "any"}})
    listener.answers = [500]
    sandbox.control("POST", sandbox.place("/edits"), {"update": 1, "seed": 3})
    assert wait(sandbox)["delivered"] == 2
    log = sandbox.control("GET", "/webhooks/log?last=2")
    assert [(entry["outcome"], entry["status"]) for entry in log] == [
        ("retry", 500),
        ("delivered", 200),
    ]


def test_duplicates_and_drops(sandbox, listener):
    sandbox.control("PATCH", "/webhooks", {"duplicate": 1, "reorder": 0.5})
    sandbox.control("POST", sandbox.place("/edits"), {"update": 6})
    stats = wait(sandbox)
    assert (stats["duplicated"], stats["delivered"]) == (6, 12)
    assert len({p["webhookId"] for p in listener.payloads()}) == 6
    sandbox.control("PATCH", "/webhooks", {"duplicate": 0, "drop": 1})
    sandbox.control("DELETE", "/webhooks/log")
    sandbox.control("POST", sandbox.place("/edits"), {"update": 4, "seed": 9})
    stats = wait(sandbox)
    assert (stats["dropped"], stats["delivered"]) == (4, 0)


def test_install_events_and_foreign_payloads(sandbox, listener):
    place = {"locations": [sandbox.locations[1]["id"]]}
    sandbox.control("POST", "/uninstall", place)
    sandbox.control("POST", "/install", place)
    sandbox.control("POST", sandbox.place("/edits", 1), {"update": 1})
    payload = {"type": "ContactDelete", "locationId": "elsewhere", "id": "x"}
    sandbox.control("POST", "/webhooks/send", {"payload": payload})
    raw = {"payload": {"hello": 1}, "raw": True}
    sandbox.control("POST", "/webhooks/send", raw)
    wait(sandbox)
    payloads = listener.payloads()
    install = next(p for p in payloads if p.get("type") == "INSTALL")
    assert install["companyId"] == sandbox.info["companyId"]
    assert install["locationId"] == place["locations"][0]
    gone = next(p for p in payloads if p.get("type") == "UNINSTALL")
    assert "companyId" not in gone
    assert {"hello": 1} in payloads


def test_nothing_is_sent_for_an_uninstalled_location(sandbox, listener):
    place = {"locations": [sandbox.locations[1]["id"]], "webhooks": False}
    sandbox.control("POST", "/uninstall", place)
    sandbox.control("POST", sandbox.place("/edits", 1), {"update": 3})
    assert wait(sandbox)["queued"] == 0


@pytest.mark.parametrize(
    ("mode", "present"),
    [
        ("ed25519", {"X-GHL-Signature"}),
        ("rsa", {"X-WH-Signature"}),
        ("none", set()),
        ("na", {"X-GHL-Signature", "X-WH-Signature"}),
    ],
)
def test_signature_modes(sandbox, listener, mode, present):
    sandbox.control("PATCH", "/webhooks", {"signatures": mode})
    sandbox.control("POST", sandbox.place("/edits"), {"update": 1})
    wait(sandbox)
    headers = listener.got[0][0]
    assert {name for name in headers if "Signature" in name} == present
    if mode == "na":
        assert headers["X-GHL-Signature"] == "N/A"


def test_any_payload_can_be_signed(sandbox):
    raw = b'{"type":"ContactCreate", "spaces": true}'
    url = f"{sandbox.url}/_sandbox/webhooks/sign"
    headers = sandbox.http.post(url, data=raw, timeout=10).json()
    verify(sandbox, headers, raw)


def test_only_this_machine_is_called(sandbox):
    for url in ("http://192.0.2.1/x", "https://example.com/", "file:///etc/passwd"):
        answer = sandbox.control("PATCH", "/webhooks", {"urls": [url]}, ok=False)
        assert answer.status_code == 400


def test_dialects_of_webhooks(sandbox, listener):
    path = sandbox.place("/edits")
    sandbox.settings(dialects=["webhook-data-wrapper"])
    sandbox.control("POST", path, {"update": 1})
    wait(sandbox)
    wrapped = listener.payloads()[-1]
    assert wrapped["data"]["id"]
    assert "id" not in wrapped
    sandbox.settings(dialects=["merge-silent"])
    sandbox.control("POST", path, {"merge": 1, "seed": 2})
    wait(sandbox)
    assert [p["type"] for p in listener.payloads()[1:]] == ["ContactUpdate"]
    sandbox.settings(dialects=["bulk-silent"])
    sandbox.control("POST", path, {"update": 3, "delete": 3, "seed": 3})
    sandbox.settings(dialects=["update-events-partial"])
    contact = sandbox.place(f"/contacts/{sandbox.truth()[50]['id']}")
    sandbox.control("PATCH", contact, {"set": {"timezone": "Asia/Tokyo"}})
    wait(sandbox)
    assert len(listener.got) == 2
    sandbox.control("PATCH", contact, {"set": {"city": "Kyoto"}})
    wait(sandbox)
    assert len(listener.got) == 3
    sandbox.settings(dialects=["webhook-retry-new-time"], clock_offset=-100)
    sandbox.control("PATCH", "/webhooks", {"retry": {"delay": 0.3}})
    listener.answers = [429]
    sandbox.control("PATCH", contact, {"set": {"city": "Nara"}})
    wait(sandbox)
    first, second = listener.payloads()[-2:]
    assert first["webhookId"] == second["webhookId"]
    assert first["timestamp"] < second["timestamp"]

"""The vendor's official client, pointed at the sandbox, finds what it expects there."""

import fcntl
import hashlib
import json
import shutil
import subprocess
import urllib.request
import uuid
from pathlib import Path

import pytest

from provision import paths
from provision.shell import run, say
from stack.sandbox_server import SandboxServer

FOLDER = Path(__file__).parent / "vendor_sdk"
SIZE = 230
BACK = "http://127.0.0.1:8069/ghl/oauth/callback"


@pytest.fixture(scope="module")
def sdk():
    """Install the locked client, unless exactly that is there."""
    modules = FOLDER / "node_modules"
    with (paths.state() / "npm-sdk.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        digest = hashlib.sha256((FOLDER / "package-lock.json").read_bytes())
        stamp = modules / ".installed"
        if not (stamp.is_file() and stamp.read_text() == digest.hexdigest()):
            say("Installing the vendor's client …")
            failure = "The vendor's client could not be installed: check the network."
            run([shutil.which("npm"), "ci"], failure, cwd=FOLDER)
            stamp.write_text(digest.hexdigest())
    return FOLDER / "check.mjs"


@pytest.fixture
def sandbox(tmp_path):
    """A sandbox with two locations."""
    server = SandboxServer(tmp_path, [("First", SIZE), ("Second", 3)])
    server.start()
    yield server
    server.stop()


def signatures_of(sandbox, body: str) -> dict:
    """Return the headers by which the sandbox signs just these bytes."""
    request = urllib.request.Request(
        f"{sandbox.url}/_sandbox/webhooks/sign", data=body.encode(), method="POST"
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read())


def test_official_client(sdk, sandbox):
    facts = sandbox.facts
    location = facts["locations"][0]
    body = json.dumps(
        {
            "type": "ContactUpdate",
            "appId": facts["app"]["appId"],
            "locationId": location["id"],
            "id": "ü-contact",
            "webhookId": str(uuid.uuid4()),
        },
        ensure_ascii=False,
    )
    approve = {"company": True, "redirect_uri": BACK}
    order = {
        "url": facts["url"],
        "clientId": facts["app"]["clientId"],
        "clientSecret": facts["app"]["clientSecret"],
        "code": sandbox.request("POST", "/_sandbox/authorize", approve)["code"],
        "redirectUri": BACK,
        "locationId": location["id"],
        "webhookKey": facts["webhookKeys"]["ed25519"],
        "webhook": {
            "body": body,
            "tampered": body.replace("contact", "kontact"),
            "signatures": signatures_of(sandbox, body),
        },
    }
    answer = subprocess.run(
        ["node", sdk],
        input=json.dumps(order),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    result = json.loads(answer.stdout)
    assert result["exchanged"] == {
        "userType": "Company",
        "companyId": facts["companyId"],
        "hasRefreshToken": True,
    }
    assert result["refreshed"]["rotated"]
    assert result["refreshed"]["expiresIn"] > 80_000
    assert {one["id"] for one in result["installed"]} == {
        one["id"] for one in facts["locations"]
    }
    assert result["locationToken"]["locationId"] == location["id"]
    truth = {one["id"] for one in sandbox.truth(location["id"])}
    assert len(result["contacts"]) == result["total"]
    assert set(result["contacts"]) == truth
    assert result["webhook"] == {"genuine": True, "tampered": False}

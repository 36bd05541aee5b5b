"""The client walks a location of the sandbox completely, whatever goes wrong meanwhile.

The sandbox shares no code with the client, so that a misreading of the vendor shows.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import requests
from governor_sim import SimClock

from ghl_contact_sync.tools.errors import (
    GhlAuthError,
    GhlCursorRefused,
    GhlPageLimitRefused,
    GhlRateLimited,
    GhlScopeError,
)
from ghl_contact_sync.tools.ghl.client import GhlClient, Timeouts

DEV = Path(__file__).resolve().parents[3]
SIZE = 260
SORT = [{"field": "dateAdded", "direction": "asc"}]


class Sandbox:
    """A running sandbox with one messy location."""

    def __init__(self, ready):
        self.url, self.control = ready["url"], ready["control"]
        (self.location,) = ready["locations"]

    def post(self, path, **body):
        answer = requests.post(f"{self.control}/{path}", json=body, timeout=20)
        answer.raise_for_status()
        return answer.json()

    def fault(self, fault, **more):
        self.post("faults", **{"match": {"path": "*"}, "fault": fault, **more})

    def truth(self):
        path = f"{self.control}/locations/{self.location['id']}/truth?ids=1"
        lines = requests.get(path, timeout=20).text.splitlines()
        return sorted(lines)

    def client(self, **kw):
        # Pauses cost no time: the governor's clock only moves when it would sleep.
        clock = SimClock()
        kw.setdefault("governor", clock.governor())
        kw.setdefault("token", self.location["pit"])
        kw.setdefault("timeouts", Timeouts(connect=5, read=1, total=5))
        return GhlClient(
            base_url=self.url,
            location_id=self.location["id"],
            retry_sleep=lambda seconds: None,
            **kw,
        )


@pytest.fixture(scope="module")
def running():
    command = [sys.executable, "-m", "ghl_sandbox", "--port", "0", "--quiet"]
    command += ["--location", f"name=Messy:size={SIZE}", "--limits", "off"]
    process = subprocess.Popen(command, cwd=DEV, stdout=subprocess.PIPE, text=True)
    line = process.stdout.readline()
    assert line.startswith("SANDBOX "), "the sandbox did not start"
    yield Sandbox(json.loads(line.removeprefix("SANDBOX ")))
    process.terminate()
    process.wait(20)


@pytest.fixture
def sandbox(running):
    running.post("reset")
    yield running
    running.post("reset")


def walk(client, page_limit=50):
    """Return the ids of all contacts, by cursor."""
    found, cursor = [], None
    while True:
        page = client.search(sort=SORT, page_limit=page_limit, search_after=cursor)
        if not page.contacts:
            return sorted(found)
        found += [contact["id"] for contact in page.contacts]
        cursor = page.search_after


def test_finds_every_contact_once(sandbox):
    client = sandbox.client()
    assert walk(client) == sandbox.truth()
    assert client.count() == SIZE


@pytest.mark.parametrize(
    "fault",
    [
        {"fault": "rate_limit"},
        {"fault": "rate_limit", "retry_after": 7},
        {"fault": "status", "status": 503},
        {"fault": "html", "status": 200},
        {"fault": "html", "status": 502},
        {"fault": "content_type", "value": "text/html"},
        {"fault": "reset", "at": "before"},
        {"fault": "reset", "at": "headers"},
        {"fault": "reset", "at": "body"},
        {"fault": "truncate"},
        {"fault": "cut_json"},
        {"fault": "empty_body"},
        {"fault": "hang", "seconds": 2},
    ],
    ids=lambda fault: "-".join(str(value) for value in fault.values()),
)
def test_every_passing_fault_is_survived(sandbox, fault):
    sandbox.fault(**fault, count=2, after=1)
    retries = []
    assert walk(sandbox.client(on_retry=retries.append)) == sandbox.truth()
    harmless = ("content_type",)
    assert len(retries) == (0 if fault["fault"] in harmless else 2)


def test_a_mixture_of_faults_is_survived(sandbox):
    for number, fault in enumerate(("rate_limit", "reset", "truncate", "cut_json")):
        sandbox.fault(fault, probability=0.15, count=0, seed=number)
    assert walk(sandbox.client(), page_limit=20) == sandbox.truth()


def test_the_spent_day_parks_the_run(sandbox):
    sandbox.fault("rate_limit", daily=True)
    with pytest.raises(GhlRateLimited) as caught:
        sandbox.client().count()
    assert caught.value.daily is True


def test_a_cursor_and_a_page_size_can_be_refused(sandbox):
    client = sandbox.client()
    cursor = client.search(sort=SORT, page_limit=10).search_after
    sandbox.fault("cursor_refused")
    with pytest.raises(GhlCursorRefused):
        client.search(sort=SORT, page_limit=10, search_after=cursor)
    sandbox.fault("page_limit", max=100)
    with pytest.raises(GhlPageLimitRefused):
        client.search(sort=SORT, page_limit=500)


def test_an_expired_token_is_replaced_once_for_all_threads(sandbox):
    def token():
        made = sandbox.post("tokens", kind="location", location=sandbox.location["id"])
        return made["token"]

    renewals, found = [], []

    def renew(stale):
        renewals.append(stale)
        return token()

    stale = token()
    sandbox.post("tokens/expire", token=stale)
    client = sandbox.client(token=stale, on_unauthorized=renew)
    threads = [
        threading.Thread(target=lambda: found.append(client.count()))
        for _one in "12345"
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert found == [SIZE] * 5
    assert renewals == [stale]


def test_wrong_credentials_are_told_apart(sandbox):
    with pytest.raises(GhlAuthError):
        sandbox.client(token="nonsense").count()
    agency = sandbox.post("tokens", kind="agency_pit")["token"]
    with pytest.raises(GhlScopeError):
        sandbox.client(token=agency).count()


def test_one_contact_and_what_explains_it(sandbox):
    client = sandbox.client()
    ghl_id = sandbox.truth()[0]
    assert client.get_contact(ghl_id)["id"] == ghl_id
    assert client.get_contact("x" * 20) is None
    assert client.get_location()["id"] == sandbox.location["id"]
    assert all(field["id"] and field["name"] for field in client.get_custom_fields())
    assert all(tag["name"] for tag in client.get_tags())
    assert all(user["id"] for user in client.get_users())

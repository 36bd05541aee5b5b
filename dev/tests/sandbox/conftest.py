"""A running sandbox for the tests, spoken to over real HTTP."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import requests

DEV = Path(__file__).resolve().parents[2]
OLDEST_FIRST = [{"field": "dateAdded", "direction": "asc"}]


class Running:
    """A sandbox process and a client of it."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "ghl_sandbox", *arguments],
            cwd=DEV,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        line = self.process.stdout.readline()
        if not line.startswith("SANDBOX "):
            raise RuntimeError(self.process.stderr.read())
        self.info = json.loads(line.removeprefix("SANDBOX "))
        self.url = self.info["url"]
        self.http = requests.Session()

    @property
    def locations(self):
        return self.info["locations"]

    def call(self, method, path, token=None, version="2021-07-28", **more):
        headers = more.pop("headers", {})
        if version:
            headers["Version"] = version
        if token is None:
            token = self.locations[0]["pit"]
        if token:
            headers["Authorization"] = f"Bearer {token}"
        more.setdefault("timeout", 30)
        return self.http.request(method, self.url + path, headers=headers, **more)

    def search(self, location=0, version="2021-07-28", token=None, **body):
        place = self.locations[location]
        body = {"locationId": place["id"], "pageLimit": 100} | body
        token = place["pit"] if token is None else token
        return self.call("POST", "/contacts/search", token, version, json=body)

    def walk(self, location=0, limit=500, sort=None, **body):
        """All hits by cursor until an empty page."""
        hits, cursor = [], None
        body["sort"] = sort or OLDEST_FIRST
        while True:
            more = {"searchAfter": cursor} if cursor else {}
            answer = self.search(location, pageLimit=limit, **body, **more)
            assert answer.status_code == 200, answer.text
            page = answer.json()
            if not page["contacts"]:
                return hits
            hits += page["contacts"]
            cursor = page["contacts"][-1]["searchAfter"]

    def total(self, *filters, location=0):
        answer = self.search(location, pageLimit=1, filters=list(filters))
        assert answer.status_code == 200, answer.text
        return answer.json()["total"]

    def control(self, method, path, body=None, ok=True, **more):
        more.setdefault("timeout", 60)
        answer = self.http.request(
            method, f"{self.url}/_sandbox{path}", json=body, **more
        )
        if ok:
            assert answer.ok, answer.text
            return answer.json()
        return answer

    def place(self, path, location=0):
        return f"/locations/{self.locations[location]['id']}{path}"

    def truth(self, location=0):
        url = f"{self.url}/_sandbox{self.place('/truth', location)}"
        lines = self.http.get(url, timeout=60).content.splitlines()
        return [json.loads(line) for line in lines]

    def settings(self, **changes):
        return self.control("PATCH", "/settings", changes)

    def fault(self, fault, **more):
        return self.control("POST", "/faults", {"fault": fault, **more})

    def stop(self):
        self.process.terminate()
        code = self.process.wait(10)
        self.process.stdout.close()
        self.process.stderr.close()
        return code


@pytest.fixture(scope="session")
def shared_sandbox():
    running = Running(
        "--location=name=Main:size=1200",
        "--location=name=Other:size=150",
        "--location=name=Tiny:size=11:clean=1",
        "--limits=off",
    )
    yield running
    running.stop()


@pytest.fixture
def sandbox(shared_sandbox):
    """The shared sandbox as it was at its start."""
    shared_sandbox.control("POST", "/reset", {"contacts": True})
    for location in shared_sandbox.locations:
        body = {"locations": [location["id"]], "webhooks": False}
        shared_sandbox.control("POST", "/install", body)
    return shared_sandbox


@pytest.fixture
def start():
    """Starts sandboxes with options of their own."""
    started = []

    def run(*arguments):
        running = Running(*arguments)
        started.append(running)
        return running

    yield run
    for running in started:
        if running.process.poll() is None:
            running.stop()


@pytest.fixture(scope="session")
def oldest_first():
    return OLDEST_FIRST

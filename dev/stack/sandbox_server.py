"""The GHL sandbox as a process, and its control address."""

import json
import os
import sys
import time
import urllib.request
from pathlib import Path

from provision import paths
from provision.shell import Problem

from .process import Process

START_SECONDS = 120
# Limits that are told in every answer, as GHL tells its own, but never reached. With
# none told at all the addon keeps to those that GHL documents.
WIDE_LIMITS = {"burst": 1_000_000, "interval": 10, "daily": 1_000_000_000}
WITHOUT_LIMITS = ("--limits", "/".join(map(str, WIDE_LIMITS.values())))


class SandboxServer:
    """The sandbox with a population of its own; ``facts`` is what it tells of it."""

    def __init__(
        self,
        folder: Path,
        locations: list[tuple],
        port: int = 0,
        arguments: tuple[str, ...] = (),
        remember: bool = False,
    ):
        """:param list locations: name and size of each, and bulk imports if any.

        :param bool remember: keep tokens and keys over restarts.
        """
        self.folder, self.port = folder, port
        self.locations, self.arguments = locations, arguments
        self.remember = remember
        self.process: Process | None = None
        self.facts: dict = {}

    @property
    def url(self) -> str:
        """The address that stands for GHL's."""
        return self.facts["url"]

    def start(self) -> "SandboxServer":
        """Start the sandbox and wait until it is ready."""
        self.folder.mkdir(parents=True, exist_ok=True)
        ready = self.folder / "sandbox.json"
        ready.unlink(missing_ok=True)
        command = [sys.executable, "-m", "ghl_sandbox", "--port", str(self.port)]
        # One connection for all locations: see the dialect's own words.
        command += ["--dialect", "shared-pit"]
        command += ["--ready-file", str(ready), *self.arguments]
        for name, size, *imports in self.locations:
            spec = f"name={name}:size={size}"
            command += [
                "--location",
                ":".join([spec, *map("imports={}".format, imports)]),
            ]
        if self.remember:
            command += ["--state-file", str(self.folder / "sandbox-state.json")]
        variables = {**os.environ, "PYTHONPATH": str(paths.DEV)}
        log = self.folder / "sandbox.log"
        self.process = Process("The GHL sandbox", command, variables, log)
        deadline = time.monotonic() + START_SECONDS
        while not ready.is_file():
            self.process.check()
            if time.monotonic() > deadline:
                raise Problem(f"The GHL sandbox does not get ready: see {log}")
            time.sleep(0.05)
        self.facts = json.loads(ready.read_text())
        self.port = self.facts["port"]
        return self

    def stop(self) -> None:
        """Stop the sandbox."""
        if self.process:
            self.process.stop()
            self.process = None

    def request(self, method: str, path: str, body=None, headers=None):
        """Send one request; return the parsed answer.

        :param str path: for the control address, ``/_sandbox/…``.
        """
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self.url + path,
            data=data,
            method=method,
            headers={"Content-Type": "application/json", **(headers or {})},
        )
        with urllib.request.urlopen(request, timeout=300) as answer:
            text = answer.read()
        return json.loads(text) if text.strip() else None

    def search(self, location_id: str, count: int) -> list[dict]:
        """Return the first contacts of a location as GHL's search has them."""
        headers = {
            "Authorization": f"Bearer {self.facts['agencyPit']}",
            "Version": "2021-07-28",
        }
        body = {"locationId": location_id, "pageLimit": count}
        return self.request("POST", "/contacts/search", body, headers)["contacts"]

    def truth(self, location_id: str):
        """Yield every live contact of a location, as the sandbox holds it."""
        address = f"{self.url}/_sandbox/locations/{location_id}/truth"
        with urllib.request.urlopen(address, timeout=300) as answer:
            for line in answer:
                if line.strip():
                    yield json.loads(line)

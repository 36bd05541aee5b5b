"""The GHL sandbox as a process of its own, for tests that need no database."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

DEV = Path(__file__).resolve().parents[3]
START_SECONDS = 60


class LiveSandbox:
    """One running sandbox; `facts` is what it tells of itself."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        ready = folder / "sandbox.json"
        command = [sys.executable, "-m", "ghl_sandbox", "--ready-file", str(ready)]
        self._log = (folder / "sandbox.log").open("wb")
        self._process = subprocess.Popen(
            [*command, *arguments],
            env={**os.environ, "PYTHONPATH": str(DEV)},
            stdout=subprocess.DEVNULL,
            stderr=self._log,
        )
        deadline = time.monotonic() + START_SECONDS
        while not ready.is_file():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"The sandbox does not start: {self._log.name}")
            time.sleep(0.05)
        self.facts = json.loads(ready.read_text())
        self.url: str = self.facts["url"]

    @property
    def app(self) -> dict[str, Any]:
        """The marketplace app: clientId, clientSecret, appId."""
        return self.facts["app"]

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Call the control address, e.g. ``("GET", "/oauth")``."""
        request = urllib.request.Request(
            f"{self.url}/_sandbox{path}",
            data=None if body is None else json.dumps(body).encode(),
            method=method,
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read() or b"null")

    def speak(self, *dialects: str) -> None:
        """Speak these dialects and no others."""
        self.control("PATCH", "/settings", {"dialects": list(dialects)})

    def close(self) -> None:
        """End the process."""
        self._process.terminate()
        self._process.wait(20)
        self._log.close()

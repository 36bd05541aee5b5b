"""Programs that a command starts, and their register in the state folder.

The register is what cleans up after a command that was killed: the next one, or
``make stop``, ends what is left of it. A process id alone proves nothing, since ids
are used again; with its start time it does.
"""

import contextlib
import json
import os
import signal
import subprocess
import time
from pathlib import Path

from provision import paths
from provision.shell import Problem


class Process:
    """A program in a session of its own, so that Ctrl-C does not reach it."""

    def __init__(self, name: str, command: list, environment: dict, log: Path):
        """Start the program; its output goes to a log file."""
        log.parent.mkdir(parents=True, exist_ok=True)
        self.name, self.log = name, log
        with log.open("ab") as output:
            self._popen = subprocess.Popen(
                [str(part) for part in command],
                env=environment,
                cwd=paths.ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self._entry = register(name, self._popen.pid, owner=os.getpid())

    @property
    def pid(self) -> int:
        """The process id."""
        return self._popen.pid

    def alive(self) -> bool:
        """Tell whether the program still runs."""
        return self._popen.poll() is None

    def check(self) -> None:
        """Raise a problem if the program has ended by itself."""
        if not self.alive():
            raise Problem(f"{self.name} ended by itself: see {self.log}")

    def stop(self, patience: float = 20) -> None:
        """End the program in an orderly way, by force when it takes too long."""
        if self.alive():
            self._popen.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._popen.wait(patience)
        self.kill()

    def kill(self) -> None:
        """End the program and its children at once, as ``kill -9`` does."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._popen.pid, signal.SIGKILL)
        self._popen.wait()
        self._entry.unlink(missing_ok=True)


def register(name: str, pid: int, owner: int | None = None) -> Path:
    """Write down a process; return the file to delete when it has ended."""
    entry = _folder() / f"{pid}.json"
    facts = {"name": name, "pid": pid, "started": _started(pid)}
    if owner:
        facts |= {"owner": owner, "owner_started": _started(owner)}
    scratch = entry.with_suffix(".tmp")
    scratch.write_text(json.dumps(facts))
    scratch.rename(entry)
    return entry


def registered() -> list[dict]:
    """Return the processes of this checkout that run."""
    running = []
    for entry in _folder().glob("*.json"):
        try:
            facts = json.loads(entry.read_text())
        except (OSError, ValueError):
            continue
        if facts["started"] and _started(facts["pid"]) == facts["started"]:
            running.append(facts)
        else:
            entry.unlink(missing_ok=True)
    return running


def end_orphans() -> None:
    """End what commands left behind that did not come to clean up."""
    for facts in registered():
        owner = facts.get("owner")
        if owner and _started(owner) != facts["owner_started"]:
            end(facts)


def end(facts: dict, patience: float = 20) -> None:
    """End a registered process, by force when it takes too long."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.kill(facts["pid"], sign)
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if _started(facts["pid"]) != facts["started"]:
                return
            time.sleep(0.1)


def _folder() -> Path:
    folder = paths.state() / "run"
    folder.mkdir(exist_ok=True)
    return folder


def _started(pid: int) -> str | None:
    """Return when a process started, in the kernel's own count; None: it is gone."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    state, *fields = status.rpartition(")")[2].split()
    return None if state == "Z" else fields[18]

"""The front end's npm project, as tests and linters use it."""

import fcntl
import hashlib
import shutil
import subprocess

from provision import paths
from provision.shell import run, say

FOLDER = paths.ROOT / "frontend"
MODULES = FOLDER / "node_modules"


def install() -> None:
    """Install the locked npm packages unless exactly they are there."""
    with (paths.state() / "npm.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        digest = hashlib.sha256((FOLDER / "package-lock.json").read_bytes())
        digest.update(subprocess.check_output(["node", "--version"]))
        # Written last: a half-finished installation has no stamp.
        stamp = MODULES / ".installed"
        if stamp.is_file() and stamp.read_text() == digest.hexdigest():
            return
        say("Installing the front end's npm packages …")
        failure = "The npm packages could not be installed: please check the network."
        run([shutil.which("npm"), "ci", "--no-audit", "--no-fund"], failure, cwd=FOLDER)
        stamp.write_text(digest.hexdigest())


def tool(name: str, *arguments: str) -> list[str]:
    """Return the command line of a program of the npm project."""
    return [str(MODULES / ".bin" / name), *arguments]

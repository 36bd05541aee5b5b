"""npm projects of the checkout: installed as their lock file says, and run."""

import fcntl
import hashlib
import shutil
import subprocess
from pathlib import Path

from provision import paths
from provision.shell import run, say


def install(folder: Path, what: str) -> None:
    """Install the locked packages of a project unless exactly they are there.

    :param Path folder: the one with `package.json`.
    :param str what: what the packages are for, as a sentence has it.
    """
    with (paths.state() / "npm.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        digest = hashlib.sha256((folder / "package-lock.json").read_bytes())
        digest.update(subprocess.check_output(["node", "--version"]))
        # Written last: a half-finished installation has no stamp.
        stamp = folder / "node_modules" / ".installed"
        if stamp.is_file() and stamp.read_text() == digest.hexdigest():
            return
        say(f"Installing npm packages for {what} …")
        failure = "The npm packages could not be installed: please check the network."
        run([shutil.which("npm"), "ci", "--no-audit", "--no-fund"], failure, cwd=folder)
        stamp.write_text(digest.hexdigest())

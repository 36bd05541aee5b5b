"""Node.js and npm, for the front end's tests and its build."""

import re
import shutil
import subprocess

from . import apt
from .shell import Problem

OLDEST = 18


def install() -> None:
    """Make sure that Node.js and npm are there, new enough for the build."""
    if not (shutil.which("node") and shutil.which("npm")):
        apt.install(["nodejs", "npm"], "Node.js with npm")
    printed = subprocess.run(
        ["node", "--version"], capture_output=True, text=True, check=False
    ).stdout
    found = re.match(r"v(\d+)", printed)
    if not found or int(found[1]) < OLDEST:
        raise Problem(
            f"Node.js {OLDEST} or newer is needed, {printed.strip() or 'none'} was "
            "found: please install a newer one."
        )

"""Node.js and npm, for the front end's tests and its build."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from . import python

# As frontend/package.json has it: ^20.19.0 || >=22.12.0
OLDEST = {20: 19, 22: 12}


def install() -> None:
    """Make sure that a Node.js is there that is new enough for the build."""
    if not _system_is_fit():
        _packaged()


def environment() -> dict:
    """Return the environment variables by which that Node.js is found."""
    variables = dict(os.environ)
    if not _system_is_fit():
        search = f"{_packaged()}{os.pathsep}{os.environ.get('PATH', '')}"
        variables["PATH"] = search
    # Playwright brings a Node.js that needs a library which a small Debian lacks.
    found = shutil.which("node", path=variables["PATH"])
    variables.setdefault("PLAYWRIGHT_NODEJS_PATH", found)
    return variables


def _packaged() -> Path:
    """Return the folder of a Node.js that is shipped as a Python package."""
    return python.environment("node", "node.txt").parent


def _system_is_fit() -> bool:
    if not (shutil.which("node") and shutil.which("npm")):
        return False
    printed = subprocess.run(
        ["node", "--version"], capture_output=True, text=True, check=False
    ).stdout
    found = re.match(r"v(\d+)\.(\d+)", printed)
    if not found:
        return False
    major, minor = int(found[1]), int(found[2])
    return major > max(OLDEST) or minor >= OLDEST.get(major, 1000)

"""Virtual environments, named by what is in them, so that they are never stale."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from . import apt, paths
from .shell import Problem, run, say

OLDEST, NEWEST = (3, 11), (3, 13)


def environment(name: str, *requirement_files: str) -> Path:
    """Return the interpreter of a virtual environment with those requirements.

    :param str name: what it is for, e.g. ``odoo``.
    :param requirement_files: names of files in ``dev/requirements/``.
    """
    files = [paths.DEV / "requirements" / file for file in requirement_files]
    interpreter = _interpreter()
    digest = hashlib.sha256(os.fsencode(interpreter))
    for file in files:
        digest.update(file.read_bytes())
    folder = paths.cache() / "venv" / f"{name}-{digest.hexdigest()[:12]}"
    python = folder / "bin" / "python"
    # The stamp comes last: without it the environment is half-made, and made anew.
    stamp = folder / "complete"
    if not stamp.is_file() or not python.exists():
        say(f"Installing the Python packages for {name} …")
        shutil.rmtree(folder, ignore_errors=True)
        _create(interpreter, folder)
        _install(python, files)
        stamp.touch()
    return python


def _create(interpreter: str, folder: Path) -> None:
    command = [interpreter, "-m", "venv", folder]
    failure = "The Python environment could not be made."
    if subprocess.run(
        [interpreter, "-c", "import venv, ensurepip"],
        stderr=subprocess.DEVNULL,
        check=False,
    ).returncode:
        apt.install(["python3-venv"], "Python's venv module")
    run(command, failure)


def _install(python: Path, files: list[Path]) -> None:
    arguments = [part for file in files for part in ("-r", file)]
    run(
        [python, "-m", "pip", "install", "--disable-pip-version-check", *arguments],
        "The Python packages could not be installed: please check the network.",
    )


def _interpreter() -> str:
    """Return a Python that Odoo 19 runs on: this one, or another on the PATH."""
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return os.path.realpath(sys.executable)
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        found = shutil.which(f"python3.{minor}")
        if found:
            return os.path.realpath(found)
    raise Problem(
        "Python 3.11, 3.12 or 3.13 is needed and none was found: please install one."
    )

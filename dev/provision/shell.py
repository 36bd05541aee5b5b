"""Run programs quietly; turn a failure into one sentence for a person."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from . import paths


class Problem(Exception):
    """A failure and what to do about it, in one sentence."""


def say(text: str) -> None:
    """Tell the person at the terminal what goes on (stdout is left to results)."""
    print(text, file=sys.stderr, flush=True)


def exit_with(main: Callable[..., int | None], *arguments) -> NoReturn:
    """Run a program's `main` and exit with its status; tell a problem in a sentence."""
    try:
        sys.exit(main(*arguments))
    except Problem as problem:
        say(f"Error: {problem}")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


def log_file() -> Path:
    """Return the file that takes what the installers print."""
    folder = paths.cache()
    folder.mkdir(parents=True, exist_ok=True)
    return folder / "install.log"


def run(command: list, failure: str, env: dict | None = None, cwd=None) -> str:
    """Run a command and return what it printed.

    :param list command: program and arguments.
    :param str failure: sentence for a person, should the command fail.
    :raise Problem: with that sentence and the place of the full output.
    """
    try:
        done = subprocess.run(
            [str(part) for part in command],
            env=env,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise Problem(f"{failure} ({error.strerror}: {command[0]})") from error
    with log_file().open("a") as log:
        log.write(f"$ {' '.join(map(str, command))}\n{done.stdout}\n")
    if done.returncode:
        raise Problem(f"{failure} (details at the end of {log_file()})")
    return done.stdout


def is_root() -> bool:
    """Tell whether packages may be installed on this machine."""
    return os.geteuid() == 0

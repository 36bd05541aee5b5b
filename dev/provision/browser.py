"""Chromium, for the end-to-end tests."""

import os
import shutil
from pathlib import Path

from . import apt

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def program() -> str | None:
    """Return the path of a Chromium, the user's own when ``CHROMIUM=`` is set."""
    own = os.environ.get("CHROMIUM")
    if own and Path(own).is_file():
        return own
    return next(filter(None, map(shutil.which, NAMES)), None)


def install() -> None:
    """Make sure that a Chromium can be started."""
    if not program():
        apt.install(["chromium"], "Chromium")

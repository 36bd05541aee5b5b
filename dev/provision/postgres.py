"""Find PostgreSQL's programs, or install them; `stack.postgres` runs the server."""

import os
import shutil
from pathlib import Path

from . import apt

DEBIAN = Path("/usr/lib/postgresql")


def external() -> bool:
    """Tell whether the user brought a PostgreSQL of their own."""
    return bool(os.environ.get("PGHOST"))


def programs() -> Path | None:
    """Return the folder with ``initdb`` and ``postgres``, the newest if several."""
    versions = [folder for folder in DEBIAN.glob("*/bin") if _complete(folder)]
    if versions:
        return max(versions, key=lambda folder: float(folder.parent.name))
    found = shutil.which("initdb")
    return Path(os.path.realpath(found)).parent if found else None


def install() -> None:
    """Make sure that a PostgreSQL server can be started."""
    if not external() and not programs():
        apt.install(["postgresql"], "PostgreSQL")


def _complete(folder: Path) -> bool:
    return (folder / "initdb").exists() and (folder / "postgres").exists()

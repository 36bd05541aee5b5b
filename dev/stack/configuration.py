"""Odoo's configuration file and environment for this checkout."""

import os
import sys
from pathlib import Path

from provision import odoo, paths

from .postgres import Postgres


def write(folder: Path | None = None) -> Path:
    """Write Odoo's configuration file and return its path.

    :param Path folder: where Odoo keeps file store and sessions, by default the
        checkout's state folder.
    """
    folder = folder or paths.state()
    folder.mkdir(parents=True, exist_ok=True)
    addons = [*odoo.addons_paths(), paths.addons_folder()]
    text = (
        "[options]\n"
        f"addons_path = {','.join(map(str, addons))}\n"
        f"data_dir = {folder / 'odoo-data'}\n"
        "http_interface = 127.0.0.1\n"
    )
    file = folder / "odoo.conf"
    if not file.is_file() or file.read_text() != text:
        file.write_text(text)
    return file


def environment(postgres: Postgres, configuration: Path) -> dict:
    """Return the environment variables in which Odoo is to be run."""
    variables = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ODOO_", "PG")) or name == "ODOO_PATH"
    }
    variables |= postgres.environment()
    variables["ODOO_RC"] = str(configuration)
    variables["PYTHONPATH"] = str(odoo.python_path())
    variables["PYTHONUNBUFFERED"] = "1"
    # Odoo takes a local time zone other than UTC amiss, and so do its tests.
    variables["TZ"] = "UTC"
    return variables


def command(*arguments: str, script: Path | None = None) -> list[str]:
    """Return the command line that runs Odoo with those arguments.

    :param Path script: one that becomes Odoo's own, default that one.
    """
    script = script or Path(__file__).parent / "bin" / "odoo"
    return [sys.executable, str(script), *arguments]

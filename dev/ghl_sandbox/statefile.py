"""Credentials and keys that survive a restart."""

import os
from pathlib import Path
from typing import Any

from .web import jsonio


def write_private(path: Path, value: Any) -> None:
    """Write JSON atomically, readable by the owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(jsonio.dumps(value) + b"\n")
    temporary.replace(path)


def read_state(path: Path | None) -> dict[str, Any]:
    """The state kept earlier; empty when there is none or it is damaged."""
    if path is None:
        return {}
    try:
        value = jsonio.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) and "app" in value else {}

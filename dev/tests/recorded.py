"""Recorded answers of the vendor's real API: their shapes, with invented values."""

import json
from pathlib import Path

FOLDER = Path(__file__).parent / "fixtures" / "recorded"


def recorded(name: str) -> dict:
    """Return an exchange: what, method, path, status, headers, body."""
    return json.loads((FOLDER / f"{name}.json").read_text())


def names() -> list[str]:
    """Return the names of all of them."""
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def shape_of(value, path: str = "") -> dict[str, set[str]]:
    """Return {path: types} of a JSON value, with all items of a list taken together."""
    found: dict[str, set[str]] = {path: {_kind_of(value)}}
    inside = []
    if isinstance(value, dict):
        inside = [(f"{path}.{key}", item) for key, item in value.items()]
    elif isinstance(value, list):
        inside = [(f"{path}[]", item) for item in value]
    for where, item in inside:
        for key, kinds in shape_of(item, where).items():
            found.setdefault(key, set()).update(kinds)
    return found


def _kind_of(value) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, (int, float)):
        return "number"
    return {str: "text", list: "list", dict: "object"}[type(value)]

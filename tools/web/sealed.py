"""A text that is kept by one and can be read only together with the key of another."""

from __future__ import annotations

import json
from typing import Any

from cryptography.fernet import Fernet, InvalidToken


def seal(values: dict[str, Any]) -> tuple[str, str]:
    """Return (key, sealed text) of JSON values."""
    key = Fernet.generate_key()
    return key.decode(), Fernet(key).encrypt(json.dumps(values).encode()).decode()


def unseal(key: str, text: str) -> dict[str, Any] | None:
    """Return the values of a sealed text, `None` when the key is not its own."""
    try:
        values = json.loads(Fernet(key.encode()).decrypt(text.encode()))
    except (InvalidToken, ValueError):
        return None
    return values if isinstance(values, dict) else None

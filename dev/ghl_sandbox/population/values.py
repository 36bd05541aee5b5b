"""The nested values of a lifelike contact."""

import random
from collections.abc import Callable
from typing import Any

from . import words
from .fields import new_id
from .plan import Plan


def _file(rng: random.Random) -> dict[str, Any]:
    key = f"{rng.getrandbits(64):016x}"
    return {
        key: {
            "meta": {
                "fieldname": key,
                "originalname": "contract \u00e9.pdf",
                "encoding": "7bit",
                "mimetype": "application/pdf",
                "size": rng.randrange(10_000, 900_000),
            },
            "url": f"https://files.example.com/documents/download/{key}",
            "documentId": key,
        }
    }


def _lorem(rng: random.Random, count: int) -> str:
    return " ".join(rng.choice(words.LOREM) for _ in range(count))


MAKERS: dict[str, Callable[[random.Random, dict[str, Any]], Any]] = {
    "TEXT": lambda rng, _f: rng.choice(words.FIRST),
    "LARGE_TEXT": lambda rng, _f: _lorem(rng, rng.randrange(4, 20))
    + "\nline 2\t\u2713",
    "NUMERICAL": lambda rng, _f: rng.choice([0, 3, 17.5, -2, "12"]),
    "PHONE": lambda rng, _f: f"+1{rng.randrange(10**10):010d}",
    "MONETORY": lambda rng, _f: round(rng.random() * 5000, 2),
    "CHECKBOX": lambda rng, f: [rng.choice(f["picklistOptions"])],
    "SINGLE_OPTIONS": lambda rng, f: rng.choice(f["picklistOptions"]),
    "MULTIPLE_OPTIONS": lambda rng, f: f["picklistOptions"][: rng.randrange(4)],
    "DATE": lambda rng, _f: rng.choice(
        [1_735_689_600_000, "2025-03-01", "2025-03-01T10:00:00.000Z", ""]
    ),
    "TEXTBOX_LIST": lambda rng, _f: {f"{rng.getrandbits(32):08x}": _lorem(rng, 2)},
    "FILE_UPLOAD": lambda rng, _f: _file(rng),
    "RADIO": lambda rng, f: rng.choice(f["picklistOptions"]),
    "SIGNATURE": lambda rng, _f: {
        "meta": {"originalname": "signature.png"},
        "url": "https://files.example.com/signature.png",
    },
}
# Large values are rare, so that the average stays near 950 bytes.
RARE = {"FILE_UPLOAD", "LARGE_TEXT", "SIGNATURE", "TEXTBOX_LIST"}


def custom_values(plan: Plan, rng: random.Random) -> list[dict[str, Any]]:
    """Values of one contact: ``[{id, value}]``, no names, any JSON type."""
    draw = rng.random
    result = []
    for field in plan.fields:
        kind = field["dataType"]
        if field["model"] == "contact" and draw() < (0.02 if kind in RARE else 0.10):
            result.append({"id": field["id"], "value": MAKERS[kind](rng, field)})
    return result


def dnd_settings(rng: random.Random) -> dict[str, Any]:
    """Do-not-disturb per channel; ``RCS`` is live but undocumented."""
    channels = ("Call", "Email", "SMS", "WhatsApp", "GMB", "FB", "RCS")
    chosen = [name for name in channels if rng.random() < 0.35]
    return {
        name: {
            "status": ("inactive", "active", "permanent")[rng.randrange(3)],
            "message": "Updated by user",
            "code": "",
        }
        for name in chosen
    }


def attribution(rng: random.Random) -> dict[str, Any]:
    """Draw the source that a visitor came from."""
    return {
        "sessionSource": "Social media",
        "medium": "form",
        "mediumId": new_id(rng),
        "campaign": "summer promo" if rng.random() < 0.5 else None,
        "utmSource": "facebook",
        "utmMedium": "cpc",
        "fbclid": f"{rng.getrandbits(128):032x}",
        "ip": "192.0.2.17",
        "userAgent": "Mozilla/5.0 (X11; Linux x86_64)",
        "url": "https://www.example.com/?utm_source=facebook",
    }


def opportunities(rng: random.Random) -> list[dict[str, Any]]:
    """Deals of the contact, as search hits show them."""
    if rng.random() > 0.15:
        return []
    # Stages have ids of another kind than everything else.
    stage = rng.randrange(10, 15)
    return [
        {
            "id": new_id(rng),
            "pipelineId": "pipePIPEpipePIPE0001",
            "pipelineStageId": f"00000000-0000-4000-8000-0000000000{stage}",
            "monetaryValue": rng.randrange(0, 5000),
            "status": ("open", "won", "lost", "abandoned")[rng.randrange(4)],
        }
    ]

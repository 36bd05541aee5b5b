"""One figure for how good the data of a location is, and how it is made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

# The properties of a good contact: points, words, and the finding of one without.
PARTS: Final = (
    (40, "can be reached", "unreachable"),
    (20, "have a name", "no_name"),
    (15, "share no email address", "duplicate_email"),
    (10, "share no phone number", "duplicate_phone"),
    (10, "changed lately", "stale"),
    (5, "have an owner that exists, or none", "owner_gone"),
)


def score_parts(total: int, counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return the parts of the score: points at most, share in per cent, points got.

    :param total: contacts that were looked at
    :param counts: contacts by finding; `stale` among them
    """
    parts = []
    for weight, words, bad in PARTS:
        good = max(total - counts.get(bad, 0), 0)
        share = good / total if total else 0.0
        parts.append(
            {
                "label": words,
                "finding": bad,
                "weight": weight,
                "share": _down(share * 100),
                "points": round(weight * share, 2),
            }
        )
    return parts


def score_of(total: int, counts: Mapping[str, int]) -> float | None:
    """Return the score from 0 to 100; None where there is nobody.

    Rounded down: only what is whole is a hundred.
    """
    if total <= 0:
        return None
    exact = sum(
        weight * max(total - counts.get(bad, 0), 0) for weight, _words, bad in PARTS
    )
    return _down(exact / total)


def _down(percent: float) -> float:
    return int(percent * 100) / 100

"""The figures about data quality: names, words, and which of them are good."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from .findings import BY_NAME, FINDINGS

# By the date of the last change, which no judgement is needed for.
STALE: Final = "stale"
# Good properties, each with the finding that a contact must not have for it.
GOOD: Final[Mapping[str, str]] = {
    "reachable": "unreachable",
    "email_reachable": "email_unreachable",
    "sms_reachable": "sms_unreachable",
    "call_reachable": "call_unreachable",
    "named": "no_name",
}
FIGURES: Final = (*GOOD, *BY_NAME, STALE)
_GOOD_WORDS: Final = (
    ("reachable", "Reachable", "By email, by SMS or by phone."),
    (
        "email_reachable",
        "Reachable by email",
        "A usable address that does not bounce, and nothing says not to write.",
    ),
    (
        "sms_reachable",
        "Reachable by SMS",
        "A number that exists, and nothing says not to text.",
    ),
    (
        "call_reachable",
        "Reachable by phone",
        "A number that exists, and nothing says not to call.",
    ),
    ("named", "With a name", "A name, or at least a company."),
)


def describe(stale_days: int) -> list[tuple[str, str, str]]:
    """Return name, label and meaning of every figure, what is good first."""
    stale = f"GoHighLevel has not changed it for {stale_days} days."
    found = ((one.name, one.label, one.meaning) for one in FINDINGS)
    return [*_GOOD_WORDS, *found, (STALE, "Stale", stale)]

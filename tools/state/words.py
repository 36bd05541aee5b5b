"""The voice of sentences: translated, numbers and moments as a person reads them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


def _lt(text: str) -> str:
    """Mark a text for the catalogue of translations."""
    return text


def plain(text: str, **values: object) -> str:
    """Fill a text in without translating it."""
    return text % values if values else text


@dataclass(frozen=True, slots=True)
class Voice:
    """Says things to one person.

    :param say: text and values → the sentence in that person's language
    :param number: a whole number as it is written there
    :param timestamp: a moment (UTC) in that person's time zone
    """

    say: Callable[..., str] = plain
    number: Callable[[int], str] = "{:,}".format
    timestamp: Callable[[datetime], str] = "{:%Y-%m-%d %H:%M:%S} UTC".format

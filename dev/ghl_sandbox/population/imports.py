"""Bulk imports: many contacts that were added within an instant, a second, a minute."""

import random
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Import:
    """A share (0 to 1) of all contacts, added within so many milliseconds."""

    share: float
    width_ms: int


def parse_imports(value: str) -> list[Import]:
    """Read ``10@0,30@60``: percent of all contacts ``@`` seconds that it took.

    :raise ValueError: when that makes no sense
    """
    imports = []
    for part in filter(None, (piece.strip() for piece in value.split(","))):
        percent, found, seconds = part.partition("@")
        try:
            made = Import(float(percent) / 100, round(float(seconds or 0) * 1000))
        except ValueError:
            found = ""
        if not found or not 0 < made.share <= 1 or made.width_ms < 0:
            raise ValueError(f"imports look like 10@0,30@60, not {part!r}.")
        imports.append(made)
    if sum(one.share for one in imports) > 1 + 1e-9:
        raise ValueError("imports add up to more than 100 percent.")
    return imports


class ImportDates:
    """Says of each contact of a population whether, and when, an import brought it.

    :param usual: draws the date of a contact that came by itself; imports begin at
        such dates too
    """

    def __init__(
        self, imports: list[Import], rng: random.Random, usual: Callable[[], int]
    ) -> None:
        self._rng = rng
        self._imports = [(one, usual() - one.width_ms) for one in imports]

    def draw(self) -> int | None:
        """Return when an import added the next contact, None when none did."""
        drawn = self._rng.random()
        for one, start in self._imports:
            if drawn < one.share:
                return start + int(self._rng.random() * one.width_ms)
            drawn -= one.share
        return None

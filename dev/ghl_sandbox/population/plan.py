"""The plan of a population: sizes, kinds, and when contacts were added."""

import random
from dataclasses import dataclass, field
from typing import Any

from .imports import Import, ImportDates

YEAR_MS = 365 * 86_400_000
# The largest share of a messy population that one import brought in at one instant.
IMPORT_SHARE = 0.30


@dataclass
class Plan:
    """Everything that decides a location's contacts, byte for byte."""

    location_id: str
    size: int
    seed: str
    anchor_ms: int
    clean: bool = False
    surrogates: bool = False
    years: float = 4.0
    fields: list[dict[str, Any]] = field(default_factory=list)
    users: list[dict[str, Any]] = field(default_factory=list)
    imports: list[Import] = field(default_factory=list)
    # Whether imported contacts were never edited since.
    untouched: bool = False

    def import_dates(self) -> ImportDates:
        """Yield the dates of imported contacts; each call draws the same ones."""
        rng = self.rng("imports")
        return ImportDates(self.imports, rng, lambda: draw_date(self, rng))

    def rng(self, purpose: str) -> random.Random:
        """A generator of its own for each purpose, so that none disturbs another."""
        return random.Random(f"{self.seed}/{self.location_id}/{purpose}")


def draw_date(plan: Plan, rng: random.Random) -> int:
    """Draw the date of a contact: more in recent times, never after the anchor."""
    age = rng.random() ** 1.6
    return plan.anchor_ms - 1 - int(age * plan.years * YEAR_MS)


def import_dates(plan: Plan, rng: random.Random) -> list[tuple[float, int]]:
    """Imports that a messy population has of itself: (share, the one instant of all).

    None where the plan names imports of its own.
    """
    if plan.imports:
        return []
    return [(share, draw_date(plan, rng)) for share in (IMPORT_SHARE, 0.05, 0.02)]

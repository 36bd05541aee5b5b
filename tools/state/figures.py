"""The figures of a location: how many here, how many there, what that tells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from .facts import Facts

# The index that the vendor counts by lags behind its own records by seconds; a total
# told so shortly after the mirror has changed may or may not include the change.
INDEX_LAG = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures that may be shown together.

    :param str age: of the total: unknown, fresh, stale (told long ago) or unsettled
        (the mirror has changed since it was told)
    :param int | None difference: mirrored less total; `None` when that says nothing
    :param float | None coverage: mirrored share in per cent, rounded down; `None`
        when it is unknown or more is mirrored than there is
    """

    mirrored: int | None
    total: int | None
    total_at: datetime | None
    age: str
    difference: int | None
    coverage: float | None

    @property
    def more(self) -> int:
        """Return how many more are here than GoHighLevel has."""
        return max(0, self.difference or 0)

    @property
    def missing(self) -> int:
        """Return how many GoHighLevel has and the mirror does not."""
        return max(0, -(self.difference or 0))


# Figures of a location before anything was told or counted.
UNKNOWN = Figures(None, None, None, "unknown", None, None)


def coverage_percent(mirrored: int | None, total: int | None) -> float | None:
    """Return the mirrored share, rounded down to hundredths.

    :return: 100 only when both are equal; `None` when one is unknown, and when more is
        mirrored than there is, which is no share of anything
    """
    if mirrored is None or total is None or mirrored > total:
        return None
    if mirrored == total:
        return 100.0
    return 10_000 * mirrored // total / 100


def moved_total(before: int, after: int, total: int) -> int:
    """Return GoHighLevel's total after the mirror went from `before` to `after`.

    What is added or taken away was confirmed by GoHighLevel. It first closes the gap or
    the surplus that was known; only what goes beyond is new since the total was told.
    """
    if after > before:
        return total + max(0, (after - before) - max(0, total - before))
    return total - max(0, (before - after) - max(0, before - total))


def is_total_current(facts: Facts) -> bool:
    """Tell whether asking for the total again would tell nothing new yet."""
    told = facts.past(facts.total_at)
    if facts.total is None or told is None:
        return False
    if facts.now - told > timedelta(seconds=facts.total_ttl):
        return False
    changed = facts.past(facts.mirror_changed_at)
    # One that is asked for too soon after a change may lack it and settles nothing.
    return not changed or told >= changed + INDEX_LAG or facts.now < changed + INDEX_LAG


def compute_figures(facts: Facts) -> Figures:
    """Return the figures of a location, with what they are worth."""
    total_at = facts.past(facts.total_at)
    total = facts.total if facts.total_at else None
    age = _age(facts, total, total_at)
    difference = None
    if facts.mirrored is not None and total is not None:
        difference = facts.mirrored - total
        if difference and age == "unsettled":
            difference = None
    return Figures(
        mirrored=facts.mirrored,
        total=total,
        total_at=total_at,
        age=age,
        difference=difference,
        coverage=coverage_percent(facts.mirrored, total),
    )


def _age(facts: Facts, total: int | None, total_at: datetime | None) -> str:
    if total is None:
        return "unknown"
    if total_at is None:
        return "stale"
    changed = facts.past(facts.mirror_changed_at)
    if changed and total_at < changed + INDEX_LAG:
        return "unsettled"
    if facts.now - total_at > timedelta(seconds=facts.total_ttl):
        return "stale"
    return "fresh"


def progress_percent(seen: int, expected: int | None) -> float | None:
    """Return how far a run is, in per cent; `None` when that cannot be told.

    What changes while it is read is read again: more may be seen than was expected, and
    the number expected then tells nothing. The last per cent is the proof's.
    """
    if not expected or seen > expected:
        return None
    return min(99.0, 1_000 * seen // expected / 10)

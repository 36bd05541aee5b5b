"""Choose the kind of run that a location needs: the least that closes what differs.

Drift is what the last comparison found to differ, and by how much the counts of both
sides are apart. What the day's quota does not allow is replaced by less.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

# Shares of GoHighLevel's contacts: so many lacking are read with all others; so many
# that differed are found by reading all.
MUCH_LACKS = 0.2
MUCH_DRIFT = 0.05
# A count that was asked for so soon after a read of changes has met all of them.
SETTLED = 60.0


def _lt(text: str) -> str:
    """Mark a text for the catalogue of translations."""
    return text


REASONS: dict[str, str] = {
    "first": _lt("Nothing was read yet."),
    "much_lacks": _lt("%(lacking)s of %(total)s contacts are not here yet."),
    "much_drift": _lt("The last comparison found that %(drift)s contacts differed."),
    "counts_differ": _lt(
        "The counts of both sides differ by %(gap)s, though changes were read."
    ),
    "drift": _lt("The last comparison found %(drift)s contacts to repair."),
    "verify_due": _lt("The last comparison is more than %(hours)s hours old."),
    "contents_due": _lt(
        "Contents of some contacts were read more than %(days)s days ago."
    ),
    "few_lack": _lt("The counts of both sides differ by %(gap)s."),
    "nothing_known": _lt("No difference is known; changes are read."),
}
QUOTA = _lt("The requests that are left today allow no more.")
# Kinds by what they read, the most first, with what replaces each for want of quota.
LESS = {"full": "verify", "audit": "delta", "verify": "delta"}


@dataclass(frozen=True, slots=True)
class Situation:
    """Measurements of a location. ``None`` is unknown; ages are in seconds.

    :param ever_full: whether everything was read once
    :param mirrored: contacts in the mirror
    :param total: contacts of GoHighLevel
    :param known_gap: by how much the counts differ for a reason that is known
    :param drift: contacts that the last comparison repaired
    :param total_after_delta: seconds from the last read of changes to the last count
    :param verify_age: since the last comparison
    :param verify_after: seconds after which the next is due
    :param contents_age: since the oldest read of any contact's contents
    :param contents_after: seconds within which each is to be read; None: no promise
    :param costs: {kind: requests}
    :param budget: requests that may be sent today
    """

    ever_full: bool
    mirrored: int
    total: int | None
    known_gap: int = 0
    drift: int = 0
    total_after_delta: float | None = None
    verify_age: float | None = None
    verify_after: float = 86_400.0
    contents_age: float | None = None
    contents_after: float | None = None
    costs: Mapping[str, int | None] = field(default_factory=dict)
    budget: int | None = None

    @property
    def gap(self) -> int:
        """GoHighLevel's count less the mirror's, as far as nothing explains it."""
        return 0 if self.total is None else self.total - self.mirrored - self.known_gap


@dataclass(frozen=True, slots=True)
class Choice:
    """A kind of run, why, and whether the quota allowed no more than that."""

    kind: str
    reason: str
    figures: Mapping[str, int]
    by_quota: bool = False

    def sentence(self, words: Callable[[str], str] = str) -> str:
        """Return the reason in words.

        :param words: translates a text
        """
        text = words(REASONS[self.reason]) % dict(self.figures)
        return f"{text} {words(QUOTA)}" if self.by_quota else text


def choose(now: Situation) -> Choice:
    """Return the kind of run that closes what was measured."""
    kind, reason = _wanted(now)
    figures = {
        "lacking": max(now.gap, 0),
        "total": now.total or 0,
        "gap": abs(now.gap),
        "drift": now.drift,
        "hours": round(now.verify_after / 3_600),
        "days": round((now.contents_after or 0) / 86_400),
    }
    allowed = kind
    while now.ever_full and allowed in LESS and _is_too_much(allowed, now):
        allowed = LESS[allowed]
    return Choice(allowed, reason, figures, by_quota=allowed != kind)


def _wanted(now: Situation) -> tuple[str, str]:
    if not now.ever_full:
        return "full", "first"
    if now.total and now.gap > MUCH_LACKS * now.total:
        return "full", "much_lacks"
    if now.mirrored and now.drift > MUCH_DRIFT * now.mirrored:
        return "full", "much_drift"
    if now.gap:
        after = now.total_after_delta
        if after is not None and abs(after) <= SETTLED:
            return "verify", "counts_differ"
    if now.drift:
        return "verify", "drift"
    if now.verify_age is None or now.verify_age > now.verify_after:
        return "verify", "verify_due"
    promised = now.contents_after
    if promised is not None and (now.contents_age or 0) > promised:
        return "audit", "contents_due"
    return "delta", "few_lack" if now.gap else "nothing_known"


def _is_too_much(kind: str, now: Situation) -> bool:
    cost = now.costs.get(kind)
    return cost is not None and now.budget is not None and cost > now.budget

"""Rules that decide which request goes wrong, and how: deterministic by seed."""

import fnmatch
import random
import time
from dataclasses import dataclass, field
from typing import Any

# Keys that each fault may have besides its name.
FAULTS: dict[str, frozenset[str]] = {
    "rate_limit": frozenset(("retry_after", "daily", "remaining", "reset_ms")),
    "status": frozenset(("status", "body", "headers")),
    "html": frozenset(("status",)),
    "edge": frozenset(("status", "kind", "retry_after")),
    "content_type": frozenset(("value",)),
    "reset": frozenset(("at",)),
    "truncate": frozenset(("fraction",)),
    "cut_json": frozenset(("fraction",)),
    "empty_body": frozenset(("status",)),
    "hang": frozenset(("seconds",)),
    "drip": frozenset(("seconds",)),
    "delay": frozenset(("seconds",)),
    "expired_token": frozenset(),
    "expire_token": frozenset(),
    "cursor_refused": frozenset(),
    "total_lies": frozenset(("add", "factor", "value")),
    "short_page": frozenset(("fraction",)),
    "empty_page": frozenset(),
    "repeat_page": frozenset(),
    "other_location": frozenset(("location",)),
    "page_limit": frozenset(("max",)),
    "edit": frozenset(("edits",)),
}
# Faults that only an answer to a search can have.
SEARCH_FAULTS = frozenset(
    ("total_lies", "short_page", "empty_page", "repeat_page", "other_location")
)
# These go along with another fault on the same request.
COMBINABLE = frozenset(("edit", "delay"))
MATCHES = frozenset(("path", "method", "location", "cursor", "probe", "version"))
COMMON = frozenset(("match", "after", "count", "lasts", "probability", "seed", "fault"))
PROBE_LIMIT = 10


@dataclass
class Subject:
    """The facts of a request that a rule matches."""

    method: str
    path: str
    location: str | None = None
    version: str | None = None
    is_search: bool = False
    cursor: bool = False
    page_limit: float | None = None


@dataclass
class Rule:
    """One fault and when it strikes."""

    number: int
    fault: str
    match: dict[str, Any] = field(default_factory=dict)
    after: int = 0
    count: int = 1
    probability: float = 1.0
    seed: str = ""
    extra: dict[str, Any] = field(default_factory=dict)
    # Seconds for which it strikes, from its first strike on, however often.
    lasts: float = 0.0
    seen: int = 0
    fired: int = 0
    began: float | None = None

    def __post_init__(self) -> None:
        self._rng = random.Random(f"{self.seed}/{self.number}/{self.fault}")

    @property
    def spent(self) -> bool:
        """Has it fired as often, or for as long, as it may?"""
        if self.lasts:
            now = time.monotonic()
            return self.began is not None and now >= self.began + self.lasts
        return bool(self.count) and self.fired >= self.count

    def strikes(self, subject: Subject) -> bool:
        """Decide, and count."""
        if self.spent or not self._matches(subject):
            return False
        self.seen += 1
        if self.seen <= self.after:
            return False
        if self.probability < 1 and self._rng.random() >= self.probability:
            return False
        self.fired += 1
        if self.began is None:
            self.began = time.monotonic()
        return True

    def _matches(self, subject: Subject) -> bool:
        match = self.match
        if "path" in match and not fnmatch.fnmatchcase(subject.path, match["path"]):
            return False
        if match.get("method", subject.method) != subject.method:
            return False
        if match.get("location", subject.location) != subject.location:
            return False
        if match.get("version", subject.version) != subject.version:
            return False
        if "cursor" in match and match["cursor"] is not subject.cursor:
            return False
        if "probe" in match and match["probe"] is not _is_probe(subject):
            return False
        return self._applies(subject)

    def _applies(self, subject: Subject) -> bool:
        """Some faults make sense on some requests only."""
        if self.fault == "cursor_refused":
            return subject.cursor
        if self.fault == "page_limit":
            most = self.extra.get("max", 100)
            return subject.page_limit is not None and subject.page_limit > most
        if self.fault in SEARCH_FAULTS:
            return subject.is_search
        return True

    def to_json(self) -> dict[str, Any]:
        """As shown by the control API."""
        return {
            "id": self.number,
            "fault": self.fault,
            "match": self.match,
            "after": self.after,
            "count": self.count,
            "lasts": self.lasts,
            "probability": self.probability,
            "seen": self.seen,
            "fired": self.fired,
            **self.extra,
        }


def _is_probe(subject: Subject) -> bool:
    limit = subject.page_limit
    return subject.is_search and limit is not None and limit <= PROBE_LIMIT


class Faults:
    """The queue of rules."""

    def __init__(self, seed: str) -> None:
        self.seed = seed
        self.rules: list[Rule] = []
        self._next = 1

    def add(self, spec: Any) -> int:
        """Add a rule from JSON; raises ``ValueError`` with a sentence when wrong."""
        rule = self._parsed(spec)
        self.rules.append(rule)
        self._next += 1
        return rule.number

    def _parsed(self, spec: Any) -> Rule:
        if not isinstance(spec, dict):
            raise ValueError("A fault rule is an object.")
        name = spec.get("fault")
        if name not in FAULTS:
            raise ValueError(f"There is no fault {name!r}.")
        match = spec.get("match") or {}
        if unknown := set(match) - MATCHES:
            raise ValueError(f"A rule cannot match {sorted(unknown)[0]!r}.")
        extra = {key: value for key, value in spec.items() if key not in COMMON}
        if unknown := set(extra) - FAULTS[name]:
            raise ValueError(f"Fault {name!r} takes no {sorted(unknown)[0]!r}.")
        return Rule(
            self._next,
            name,
            match,
            int(spec.get("after", 0)),
            int(spec.get("count", 1)),
            float(spec.get("probability", 1)),
            str(spec.get("seed", self.seed)),
            extra,
            float(spec.get("lasts", 0)),
        )

    def remove(self, number: int) -> None:
        """Drop one rule; raises ``KeyError`` when there is none."""
        kept = [rule for rule in self.rules if rule.number != number]
        if len(kept) == len(self.rules):
            raise KeyError(number)
        self.rules = kept

    def clear(self) -> None:
        """Drop all rules."""
        self.rules = []

    def pick(self, subject: Subject) -> list[Rule]:
        """Rules that strike this request: at most one that cannot be combined."""
        struck: list[Rule] = []
        taken = False
        for rule in self.rules:
            if taken and rule.fault not in COMBINABLE:
                continue
            if rule.strikes(subject):
                struck.append(rule)
                taken = taken or rule.fault not in COMBINABLE
        return struck

"""Targets of each case, held against the measured figures."""

import dataclasses

from .cases.fills import FILLS, WORKERS

MORE, LESS = ">=", "<="


@dataclasses.dataclass(frozen=True)
class Target:
    """A figure, or the ratio of two, that must be at least or at most `wanted`.

    `measured` and `over` are keys of the results; `unit` only serves people.
    """

    case: str
    name: str
    text: str
    measured: str
    relation: str
    wanted: float
    over: str | None = None
    minus: str | None = None
    divided: float = 1.0
    unit: str = ""

    def value(self, flat: dict) -> float | None:
        """Return what was reached; None when a part of it was not measured."""
        value = flat.get(self.measured)
        others = [flat.get(key) for key in (self.over, self.minus) if key]
        if value is None or None in others:
            return None
        if self.over:
            return value / flat[self.over] if flat[self.over] else None
        if self.minus:
            value -= flat[self.minus]
        return value / self.divided

    def judge(self, flat: dict) -> dict:
        """Return measured, wanted and passed as flat keys; nothing if not measured."""
        value = self.value(flat)
        if value is None:
            return {}
        value = round(value, 3)
        passed = value >= self.wanted if self.relation == MORE else value <= self.wanted
        start = f"{self.case}.target.{self.name}"
        return {
            f"{start}.measured": value,
            f"{start}.relation": self.relation,
            f"{start}.wanted": self.wanted,
            f"{start}.passed": passed,
        }


def _times(case: str, rival: str, text: str, wanted: float) -> Target:
    return Target(
        case,
        f"times_{rival}",
        f"rate ÷ {text}",
        f"{case}.ours.rate",
        MORE,
        wanted,
        over=f"{case}.{rival}.rate",
        unit="×",
    )


def _requests(case: str, wanted: int) -> Target:
    return Target(
        case, "requests", "requests to GHL", f"{case}.ours.requests", LESS, wanted
    )


def _exact(case: str) -> Target:
    return Target(case, "exact", "the mirror is exact", f"{case}.ours.exact", MORE, 1)


def _latency(case: str, dlt: float) -> list[Target]:
    return [
        Target(
            case,
            "requests_per_second",
            "requests per second (limit: 10)",
            f"{case}.ours.requests_per_second",
            MORE,
            9.5,
        ),
        _times(case, "dlt", "dlt's", dlt),
        Target(
            case,
            "refused",
            "429 in steady state",
            f"{case}.ours.refused_in_steady_state",
            LESS,
            0,
        ),
        _exact(case),
    ]


def _first_fills() -> list[Target]:
    targets = []
    for fill in FILLS:
        figure = f"{fill.name}.ours"
        over = ("over_ideal", "time ÷ ideal", f"{figure}.over_ideal")
        targets += [
            Target(fill.name, *over, LESS, fill.most, unit="×"),
            _exact(fill.name),
        ]
        if not fill.known:
            first = ("first", "answers until contacts are shown")
            shown = f"{figure}.first_answers"
            targets.append(Target(fill.name, *first, shown, LESS, 2))
    over = "million_300ms.ours.requests_over"
    text = "requests over 1.03 × pages + 60"
    targets.append(Target("million_300ms", "requests", text, over, LESS, 0))
    return targets


def _growth() -> list[Target]:
    """Return that many locations take no longer, beside the ideal, on more workers."""
    cases = list(WORKERS)
    return [
        Target(
            more,
            "growth",
            f"time ÷ ideal, beside that of {fewer}",
            f"{more}.ours.over_ideal",
            LESS,
            1,
            over=f"{fewer}.ours.over_ideal",
            unit="×",
        )
        for fewer, more in zip(cases, cases[1:], strict=False)
    ]


def _lists(case: str) -> list[Target]:
    """Return what calls of the API may take beside `/api/sync-status`."""
    wanted = {
        "first page": 1.5,
        "page 40,000": 3,
        "last page": 3,
        "search": 8,
        "sort": 4,
        "tag": 5,
        "owner": 5,
    }
    return [
        Target(
            case,
            name.replace(" ", "_").replace(",", ""),
            f"{name} ÷ sync-status",
            f"{case}.worst.{name}",
            LESS,
            ratio,
            unit="×",
        )
        for name, ratio in wanted.items()
    ]


def _partners() -> list[Target]:
    """Return what linking contacts to Odoo's own may take."""
    wanted = (
        ("match_seconds", "seconds to match all", LESS, 20, "s"),
        ("create_ratio", "creation ÷ a bare batched ORM create", MORE, 0.8, "×"),
        ("second_run_seconds", "seconds of a second run", LESS, 10, "s"),
        ("second_run_written", "partners that a second run writes", LESS, 0, ""),
        ("delta_updated", "partners that a delta of 500 touches", LESS, 500, ""),
        ("delta_scans", "sequential scans of a delta", LESS, 0, ""),
    )
    return [
        Target(
            "partners", name, text, f"partners.ours.{name}", relation, most, unit=unit
        )
        for name, text, relation, most, unit in wanted
    ]


TARGETS: tuple[Target, ...] = (
    _times("first_fill", "floor", "the floor's", 0.6),
    _times("first_fill", "dlt", "dlt's", 2.5),
    _times("first_fill", "one_by_one", "one-by-one ORM's", 12),
    _times("first_fill", "batched", "batched ORM's", 2.5),
    _exact("first_fill"),
    Target(
        "unchanged",
        "times_first_fill",
        "rate ÷ first fill's",
        "unchanged.ours.rate",
        MORE,
        1.3,
        over="first_fill.ours.rate",
        unit="×",
    ),
    Target(
        "unchanged",
        "rows_rewritten",
        "rows of ghl_contact rewritten",
        "unchanged.ours.rows_rewritten",
        LESS,
        0,
    ),
    *_latency("latency_1s", 8),
    *_latency("latency_200ms", 2),
    Target(
        "million",
        "times_100k",
        "rate ÷ rate at 100,000",
        "million.ours.rate",
        MORE,
        0.7,
        over="first_fill.ours.rate",
        unit="×",
    ),
    Target(
        "million",
        "memory",
        "peak memory above idle",
        "million.ours.memory_peak_mb",
        LESS,
        150,
        minus="million.ours.memory_idle_mb",
        unit="MB",
    ),
    _exact("million"),
    _requests("delta", 10),
    Target(
        "delta",
        "scans",
        "sequential scans of ghl_contact",
        "delta.ours.table_scans",
        LESS,
        0,
    ),
    _exact("delta"),
    _requests("verify_clean", 80),
    _exact("verify_clean"),
    Target(
        "verify_diff",
        "repaired",
        "of 37 differences repaired",
        "verify_diff.ours.repaired",
        MORE,
        37,
    ),
    _requests("verify_diff", 500),
    Target(
        "fifty",
        "times_one",
        "rate ÷ rate of one location of 100,000",
        "fifty.ours.rate",
        MORE,
        0.5,
        over="first_fill.ours.rate",
        unit="×",
    ),
    _exact("fifty"),
    *_first_fills(),
    *(_exact(case) for case in WORKERS),
    *_growth(),
    *_lists("tables_1m"),
    *_lists("tables_3m"),
    *_partners(),
)


def judged(flat: dict) -> dict:
    """Return the verdict of every target that could be judged, as flat keys."""
    verdicts: dict = {}
    for target in TARGETS:
        verdicts.update(target.judge(flat))
    return verdicts

"""A scenario, drawn from its seed: who, how large, what happens, in which order."""

import dataclasses
import random

from stack.sandbox_server import WIDE_LIMITS

from . import menu

KINDS = ("full", "delta", "verify")
# Records that are odd but can be kept, so that the comparison is exact.
ODD_RECORDS = (
    *("many_tags", "odd_tags", "nested_junk", "nul", "surrogates"),
    *("wrong_types", "huge_field"),
    *("year_zero", "year_30000", "huge_epoch", "epoch_dates", "text_dates"),
)
# Faults on our side while a run is busy, and how often each comes.
ACTS = {
    "kill": 4,
    "postgres_fast": 1,
    "postgres_crash": 2,
    "lock": 3,
    "clash": 4,
    "deadlock": 3,
    "edits": 5,
    "churn": 3,
    "cancel": 2,
    "order": 3,
    "expire": 2,
}


@dataclasses.dataclass(frozen=True)
class Act:
    """Something done once a location has had `after` requests in a step."""

    name: str
    after: int
    seed: int


@dataclasses.dataclass(frozen=True)
class Step:
    """One sync that is ordered, what goes wrong in it, what else is done meanwhile."""

    kind: str
    troubles: list[str]
    rules: list[dict]
    acts: list[Act]
    edits_before: dict | None


@dataclasses.dataclass(frozen=True)
class Plan:
    """A whole scenario; the same seed always draws the same."""

    seed: int
    size: int
    bad: str
    oauth: bool
    settings: dict
    threads: int
    steps: list[Step]
    last_kind: str
    # Bulk imports of the location's contacts, as the sandbox takes them.
    imports: str = ""

    def describe(self) -> str:
        """Return the scenario in one line."""
        steps = []
        for step in self.steps:
            acts = [act.name for act in step.acts]
            steps.append(f"{step.kind}({' '.join([*step.troubles, *acts])})")
        auth = "oauth" if self.oauth else "pit"
        imports = f" imports {self.imports}" if self.imports else ""
        return f"{self.size}{imports} {auth} {' '.join(steps)} then {self.last_kind}"


def draw(seed: int, short: bool = False) -> Plan:
    """Return the scenario of a seed.

    :param bool short: a smaller one, for the test suite
    """
    rng = random.Random(seed)
    sizes = (
        (0, 1, 99, 100, 101, 250, 400, 600) if short else (0, 1, 100, 700, 1100, 1500)
    )
    steps = rng.choice((1, 1, 1, 2) if short else (1, 2, 2, 3))
    plan = Plan(
        seed=seed,
        size=rng.choice(sizes) if rng.random() < 0.4 else rng.randint(200, sizes[-1]),
        bad=",".join(rng.sample(ODD_RECORDS, rng.randint(0, 5))),
        oauth=rng.random() < 0.3,
        settings=_settings(rng, short),
        threads=rng.choice((1, 2, 4, 8)),
        steps=[_step(rng, number, short) for number in range(steps)],
        last_kind=rng.choice(("full", "verify")),
    )
    # Drawn last, so that the same seed still draws all else as it did before.
    return _with_imports(plan, rng)


def _with_imports(plan: Plan, rng: random.Random) -> Plan:
    """Have most or few contacts come by imports, and cursors be more or less free."""
    imports = rng.choice(("", "", "", "10@0", "60@0", "100@0", "50@1,20@60"))
    dialect = rng.choice(("", "", "cursor-made-up-refused", "cursor-made-up-ignored"))
    dialects = ["shared-pit", *([dialect] if dialect else [])]
    settings = {**plan.settings, "dialects": dialects}
    return dataclasses.replace(plan, imports=imports, settings=settings)


def _settings(rng: random.Random, short: bool) -> dict:
    limits = rng.choice(
        (
            WIDE_LIMITS,
            WIDE_LIMITS,
            {"enabled": False},
            {"burst": 100, "interval": 10},
            {"burst": 25, "interval": 2},
            {"burst": 40, "interval": 2, "retry_after": True, "window": "sliding"},
        )
    )
    return {
        "latency": rng.choice((0, 0.01, 0.03) if short else (0, 0.02, 0.05, 0.15)),
        "jitter": rng.choice((0, 0.05)),
        "lag": rng.choice((0, 0, 0.3, 1.5)),
        # The vendor's clock against ours; it does not jump within a scenario.
        "clock_offset": rng.choice((0, 0, 0, 40, -40, 3_600, -3_600, 200_000)),
        "limits": limits,
    }


def _step(rng: random.Random, number: int, short: bool) -> Step:
    kind = "full" if number == 0 else rng.choice(KINDS)
    troubles, rules = menu.draw(rng, rng.randint(*((1, 2) if short else (0, 4))), short)
    count = rng.choice((0, 1, 1) if short else (0, 1, 2, 3))
    names = rng.choices(list(ACTS), list(ACTS.values()), k=count)
    reach = 12 if kind == "delta" else 25 if short else 40
    acts = [Act(name, rng.randint(1, reach), rng.randrange(10**6)) for name in names]
    edits = menu.edits(rng, 60) if number and rng.random() < 0.8 else None
    acts.sort(key=lambda act: act.after)
    return Step(kind, troubles, rules, acts, edits)

"""The order that a person gave `make bench`, by environment variables."""

import dataclasses
import os

from provision.shell import Problem

CASES = (
    "first_fill",
    "unchanged",
    "latency_1s",
    "latency_200ms",
    "million",
    "delta",
    "verify_clean",
    "verify_diff",
    "fifty",
    "new_small_1s",
    "known_small_1s",
    "known_small_200ms",
    "new_small_25",
    "new_50k",
    "new_50k_import10",
    "new_50k_import100",
    "new_50k_refused",
    "known_200k",
    "known_200k_import10",
    "known_200k_import100",
    "million_300ms",
    "many_1",
    "many_2",
    "many_4",
    "tables_1m",
    "tables_3m",
    "partners",
)
# Case → Odoo's cron workers, each of which has one location at a time.
WORKERS = {"many_1": 1, "many_2": 2, "many_4": 4}
PAGE = 500
# Below that many contacts a figure says nothing, and a location has no windows.
LEAST = 2 * PAGE


@dataclasses.dataclass(frozen=True)
class Order:
    """The cases to measure, their size, and how often.

    `scale` multiplies every population; targets hold at 1. `runs` is how often each
    figure is taken; the median counts.
    """

    cases: tuple[str, ...] = CASES
    scale: float = 1.0
    runs: int = 3

    def size(self, contacts: int) -> int:
        """Return a population of the specification, scaled."""
        return max(LEAST, round(contacts * self.scale / PAGE) * PAGE)

    def wants(self, *cases: str) -> bool:
        """Tell whether any of these cases is to be measured."""
        return any(case in self.cases for case in cases)


def from_environment() -> Order:
    """Read ``ONLY=``, ``SCALE=`` and ``RUNS=``.

    :raise Problem: for what makes no sense
    """
    names = tuple(n.strip() for n in os.environ.get("ONLY", "").split(",") if n.strip())
    unknown = sorted(set(names) - set(CASES))
    if unknown:
        raise Problem(f"ONLY= knows no {unknown[0]}; the cases are {', '.join(CASES)}.")
    cases = tuple(case for case in CASES if case in names) or CASES
    return Order(
        cases, _number("SCALE", 1.0, 0.001, 10), int(_number("RUNS", 3, 1, 50))
    )


def _number(name: str, default: float, least: float, most: float) -> float:
    text = os.environ.get(name, "")
    try:
        value = float(text) if text else default
    except ValueError:
        value = least - 1
    if not least <= value <= most:
        raise Problem(f"{name}={text} is not a number from {least:g} to {most:g}.")
    return value

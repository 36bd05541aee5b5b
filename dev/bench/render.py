"""``docs/benchmarks.md`` from the last measurement; no figure in it is hand-written."""

import json
from pathlib import Path

from provision import paths
from provision.shell import Problem

from . import report
from .cases.case_tables import SIZES
from .order import CASES
from .targets import TARGETS

TITLES = {
    "first_fill": "First fill",
    "unchanged": "The same again, nothing changed",
    "latency_1s": "1 s latency a page, GHL's limits on",
    "latency_200ms": "200 ms latency a page, GHL's limits on",
    "million": "From none to a million",
    "delta": "Delta upon a million, 500 edited",
    "verify_clean": "Verify a million, nothing differs",
    "verify_diff": "Verify a million, 37 scattered ones differ",
    "fifty": "Many locations in one process",
    "new_small_1s": "2,431, new connection, 1 s",
    "known_small_1s": "2,431, known connection, 1 s",
    "known_small_200ms": "2,431, known connection, 0.2 s",
    "new_small_25": "2,431, new connection, 1 s, 25 requests in 10 s",
    "new_50k": "50,000, new connection, 1 s",
    "new_50k_import10": "50,000, new connection, 1 s, 10 % in one instant",
    "new_50k_import100": "50,000, new connection, 1 s, all in one instant",
    "new_50k_refused": "The same, no cursor can be made up",
    "known_200k": "200,000, 1 s",
    "known_200k_import10": "200,000, 1 s, 10 % in one instant",
    "known_200k_import100": "200,000, 1 s, all in one instant",
    "million_300ms": "1,000,000, 0.3 s, GHL's limits on",
    "many_1": "500 × 2,000, 0.2 s, one worker",
    "many_2": "500 × 2,000, 0.2 s, two workers",
    "many_4": "500 × 2,000, 0.2 s, four workers",
    "tables_1m": "The API upon a million",
    "tables_3m": "The API upon three millions",
    "partners": "100,000 contacts against 50,000 of Odoo's",
}
INTRODUCTION = """\
# Benchmarks

Written by `make bench-doc` from what `make bench` measured; please do not edit.

All contestants read the same sandbox with the same page size into the same PostgreSQL,
on the same machine, those of a case one after the other; each figure is the median of
as many runs as the table says.
**This addon** is always the whole product: a live Odoo server, ordered through its API,
with run record, checkpoints, tags, custom fields and the closing proof, by the wall's
clock from the order to the end. **The floor** is one cursor and one statement a page
without Odoo. **dlt** is its `rest_api` source, merged by id, without nested tables.
**One-by-one ORM** searches, then creates or writes, and commits every 100 contacts, as
connectors do; **batched ORM** creates a page at a time. Slow contestants read a smaller
population, as the table says; their rate hardly depends on it.

What version 19.0.2.0.0 reached, in all cases of its time, is on
[an older page](benchmarks-19.0.2.md).
"""


def write() -> Path:
    """Render the last measurement into the documentation and return its path.

    :raise Problem: when nothing was measured yet
    """
    try:
        flat = json.loads(report.file().read_text())
    except OSError:
        raise Problem("Nothing was measured yet: run make bench first.") from None
    target = paths.ROOT / "docs" / "benchmarks.md"
    target.write_text(page(flat))
    return target


def page(flat: dict) -> str:
    """Return the whole page."""
    parts = [INTRODUCTION, _circumstances(flat)]
    if flat.get("scale", 1) != 1:
        parts.append(
            f"> A trial at scale {flat['scale']:g}: the targets hold for full size."
        )
    missing = [
        title for case, title in TITLES.items() if not report.is_measured(flat, case)
    ]
    parts += [_targets(flat), _fills(flat), _rates(flat), _calls(flat)]
    if missing:
        parts.append(f"Not measured in this run: {'; '.join(missing)}.")
    return "\n\n".join(part.strip() for part in parts if part) + "\n"


def _circumstances(flat: dict) -> str:
    names = {
        "Odoo": "version.odoo",
        "addon": "version.addon",
        "PostgreSQL": "version.postgresql",
        "Python": "version.python",
        "dlt": "version.dlt",
    }
    versions = ", ".join(
        f"{name} {flat[key]}" for name, key in names.items() if flat.get(key)
    )
    machine = (
        f"{flat.get('machine.cores')} cores ({flat.get('machine.processor')}), "
        f"{flat.get('machine.memory_gb')} GB, load {flat.get('machine.load_at_start')} "
        "when the last piece began"
    )
    timestamps = [
        flat[f"{case}.measured_at"] for case in CASES if f"{case}.measured_at" in flat
    ]
    first = min(timestamps, default=flat.get("measured_at"))
    last = max(timestamps, default=first)
    when = first if first == last else f"{first} to {last}"
    return f"Measured {when} on {machine}. {versions}."


def _targets(flat: dict) -> str:
    lines = ["## Targets", "", "| case | what | measured | wanted | |"]
    lines.append("|---|---|---:|---:|---|")
    for target in TARGETS:
        start = f"{target.case}.target.{target.name}"
        if f"{start}.passed" not in flat:
            continue
        relation = {">=": "≥", "<=": "≤"}[target.relation]
        unit = f" {target.unit}" if target.unit else ""
        verdict = "reached" if flat[f"{start}.passed"] else "**missed**"
        lines.append(
            f"| {TITLES[target.case]} | {target.text} "
            f"| {number(flat[f'{start}.measured'])}{unit} "
            f"| {relation} {number(flat[f'{start}.wanted'])}{unit} | {verdict} |"
        )
    return "\n".join(lines)


def _rates(flat: dict) -> str:
    lines = [
        "## Rates",
        "",
        "CPU is in microseconds per contact: the contestant's own process, the "
        "database's sessions, the sandbox.",
        "",
        "| case | who | runs | contacts | seconds | contacts/s | least–most | requests "
        "| own CPU | database | sandbox |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for case in CASES:
        for who, name in report.WHO.items():
            start = f"{case}.{who}"
            if f"{start}.rate" in flat:
                lines.append(_rate_row(flat, start, TITLES[case], name))
    return "\n".join(lines)


def _fills(flat: dict) -> str:
    """Return the table of first fills: what people wait for, and what is possible."""
    cases = [case for case in CASES if f"{case}.ours.over_ideal" in flat]
    if not cases:
        return ""
    lines = [
        "## First fills",
        "",
        "*Ideal*: a perfect client that knows all beforehand, of a limit whose slots "
        "come back one by one; the sum of those of many locations. *Floor*: the same "
        "with at most so many requests in any ten seconds, as is our rule. *Shown*: "
        "the first contacts, *there*: the last one, *proven*: the end of the run; in "
        "seconds from the order.",
        "",
        "| case | shown | there | proven | ideal | ÷ ideal | floor | ÷ floor "
        "| requests |",
        f"|---|{'---:|' * 8}",
    ]
    figures = ("first_seconds", "there_seconds", "seconds", "ideal", "over_ideal")
    for case in cases:
        start = f"{case}.ours"
        cells = [
            number(flat.get(f"{start}.{name}"))
            for name in (*figures, "floor", "over_floor", "requests")
        ]
        lines.append(f"| {TITLES[case]} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _calls(flat: dict) -> str:
    """Return the table of the API's calls, as ratios to the cheapest of them."""
    cases = [case for case in SIZES if report.is_measured(flat, case)]
    if not cases:
        return ""
    lines = [
        "## Calls of the API",
        "",
        "Time of a call of `/api/location-contacts-optimized`, divided by that of "
        "`/api/sync-status` beside it; medians.",
        "",
        f"| call | {' | '.join(TITLES[case] for case in cases)} |",
        f"|---|{'---:|' * len(cases)}",
    ]
    names = [
        key.split(".ours.")[1] for key in flat if key.startswith(f"{cases[0]}.ours.")
    ]
    for name in sorted(names):
        values = [number(flat.get(f"{case}.ours.{name}")) for case in cases]
        lines.append(f"| {name} | {' | '.join(values)} |")
    return "\n".join(lines)


def _rate_row(flat: dict, start: str, title: str, name: str) -> str:
    cells = [
        title,
        name,
        number(flat.get(f"{start}.runs")),
        f"{flat[f'{start}.contacts']:,}",
        f"{flat[f'{start}.seconds']:,.1f}",
        f"{flat[f'{start}.rate']:,.0f}",
        f"{flat[f'{start}.rate_least']:,.0f}–{flat[f'{start}.rate_most']:,.0f}",
        number(flat.get(f"{start}.requests")),
    ]
    for part in ("client", "database", "sandbox"):
        value = flat.get(f"{start}.{part}_cpu_us_per_contact")
        cells.append("" if value is None else f"{value:,.0f}")
    return f"| {' | '.join(cells)} |"


def number(value) -> str:
    """Return a figure for people: thousands apart, two digits only if it is broken."""
    if value is None:
        return ""
    if float(value).is_integer():
        return f"{value:,.0f}"
    return f"{value:,.2f}"

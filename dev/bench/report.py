"""The results as a table for the terminal and as ``.dev/bench/latest.json``.

A bench may be run in pieces: what was measured before of other cases stays, as long as
it was the same addon, of the same size, on the same machine.
"""

import json
import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

from provision import paths

from .order import CASES
from .targets import TARGETS, judged

WHO = {
    "ours": "this addon",
    "floor": "the floor",
    "dlt": "dlt",
    "batched": "batched ORM",
    "one_by_one": "one-by-one ORM",
}

# Facts that have to be the same for results to stand beside each other.
_SAME = (
    "scale",
    "machine.cores",
    "machine.processor",
    "version.odoo",
    "version.addon",
    "version.python",
)


def file() -> Path:
    """Return where the last measurement is kept."""
    return paths.state() / "bench" / "latest.json"


def machine() -> dict:
    """Return what the figures depend on besides the software."""
    load = os.getloadavg()[0]
    return {
        "machine.cores": os.cpu_count(),
        "machine.processor": _processor(),
        "machine.memory_gb": round(_memory_kb() / 2**20, 1),
        "machine.load_at_start": round(load, 2),
        "machine.system": platform.system(),
        "version.python": platform.python_version(),
        "measured_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _processor() -> str:
    for line in _proc("cpuinfo"):
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _memory_kb() -> int:
    for line in _proc("meminfo"):
        if line.startswith("MemTotal"):
            return int(line.split()[1])
    return 0


def _proc(name: str) -> list[str]:
    try:
        return Path(f"/proc/{name}").read_text().splitlines()
    except OSError:
        return []


def save(flat: dict) -> dict:
    """Judge what was measured, keep it beside other cases; return all of it."""
    target = file()
    measured = {case for case in CASES if is_measured(flat, case)}
    dated = {f"{case}.measured_at": flat["measured_at"] for case in measured}
    whole = {**_kept(flat, measured), **flat, **dated}
    whole |= judged(whole)
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = target.with_suffix(".tmp")
    scratch.write_text(json.dumps(whole, indent=1, sort_keys=True) + "\n")
    scratch.rename(target)
    return whole


def is_measured(flat: dict, case: str) -> bool:
    """Tell whether a case of ours was measured."""
    return any(key.startswith(f"{case}.ours.") for key in flat)


def _kept(flat: dict, measured: set[str]) -> dict:
    """Return what was measured before of other cases, under the same circumstances."""
    try:
        before = json.loads(file().read_text())
    except OSError:
        return {}
    if any(before.get(name) != flat.get(name) for name in _SAME):
        return {}
    return {
        key: value
        for key, value in before.items()
        if key.split(".")[0] not in measured and ".target." not in key
    }


def show(flat: dict) -> None:
    """Print the table."""
    lines = [*_rates(flat), "", *_verdicts(flat), "", f"Written to {file()}"]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def failed(flat: dict) -> int:
    """Return how many targets were missed."""
    return sum(value is False for key, value in flat.items() if key.endswith(".passed"))


def _rates(flat: dict) -> list[str]:
    lines = [
        f"{'case':14} {'who':15} {'contacts':>10} {'seconds':>9} {'per second':>11} "
        f"{'requests':>9} {'CPU µs: client':>14} {'database':>9} {'sandbox':>8}"
    ]
    for case in CASES:
        for who, title in WHO.items():
            start = f"{case}.{who}"
            if f"{start}.rate" not in flat:
                continue
            spent = [
                flat.get(f"{start}.{part}_cpu_us_per_contact")
                for part in ("client", "database", "sandbox")
            ]
            lines.append(
                f"{case:14} {title:15} {flat[f'{start}.contacts']:>10,} "
                f"{flat[f'{start}.seconds']:>9.1f} {flat[f'{start}.rate']:>11,.0f} "
                f"{flat.get(f'{start}.requests', ''):>9} {_number(spent[0]):>14} "
                f"{_number(spent[1]):>9} {_number(spent[2]):>8}"
            )
    return lines


def _verdicts(flat: dict) -> list[str]:
    lines = [f"{'case':14} {'target':42} {'measured':>10}    {'wanted':>9}"]
    for target in TARGETS:
        start = f"{target.case}.target.{target.name}"
        if f"{start}.passed" not in flat:
            continue
        word = "passed" if flat[f"{start}.passed"] else "MISSED"
        lines.append(
            f"{target.case:14} {target.text:42} "
            f"{_number(flat[f'{start}.measured'], 2):>10} {target.relation} "
            f"{_number(flat[f'{start}.wanted'], 2):>9} {word}"
        )
    return lines


def _number(value, digits: int = 0) -> str:
    if value is None:
        return ""
    if float(value).is_integer():
        return f"{value:,.0f}"
    return f"{value:,.{digits}f}"

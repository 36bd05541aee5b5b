"""Try every mutant of a wing. See docs/mutants.md."""

import os
import signal
import sys
from collections import Counter
from pathlib import Path

from provision import paths
from provision.shell import Problem, exit_with, say

from . import attempt
from .candidates import Mutant, mutants
from .killers import Killers

WING = os.environ.get("WING", "")
TESTS = os.environ.get("TESTS", "")
# A range of lines, to try part of a file again: 120-180.
LINES = os.environ.get("LINES", "")
# Only leave out one statement at a time: tells what nothing needs.
STATEMENTS = bool(os.environ.get("STATEMENTS"))
# Leave out tests that take longer: a first look, whose survivors are tried by all then.
SECONDS = float(os.environ.get("SECONDS") or 0)
# Only what survived the last time, or was not tried then.
AGAIN = bool(os.environ.get("AGAIN"))
ALL_TESTS = "dev/tests/tools"


def main() -> int:
    """Try every mutant of a wing; return 0 when tests notice each."""
    if not WING or not (paths.ROOT / WING).exists():
        raise Problem("Say which wing: make mutants WING=tools/rate_limit/headers.py")
    os.chdir(paths.ROOT)
    folder = paths.state() / "mutants"
    folder.mkdir(parents=True, exist_ok=True)
    # Examples that hypothesis found wrong belong to the mutant, and bytecode as well.
    os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = str(folder / "hypothesis")
    tests = [f"{ALL_TESTS}/{name}" for name in TESTS.split()] or [ALL_TESTS]
    wing = paths.ROOT / WING
    files = [wing] if wing.is_file() else sorted(wing.rglob("*.py"))
    attempt.load_libraries(tests)
    known = attempt.baseline(tests, files, SECONDS)
    if known is None:
        raise Problem("The tests fail on unchanged code.")
    say(f"{len(known.seconds)} tests, {sum(known.seconds.values()):.0f} seconds")
    code = files[0].read_text()
    if attempt.killer(files[0], code, list(known.seconds), 600) is not None:
        raise Problem("The tests fail when the unchanged code is put in its own place.")
    killers = Killers(folder / "killers.json")
    # Who ends it early keeps what is known so far.
    signal.signal(signal.SIGTERM, lambda *_signal: sys.exit(1))
    try:
        return _try_all(files, known, killers)
    finally:
        killers.save()


def _try_all(files: list[Path], known: attempt.Baseline, killers: Killers) -> int:
    tried, survived = Counter(), Counter()
    for path in files:
        name = str(path.relative_to(paths.ROOT))
        for mutant in filter(_is_wanted, mutants(path)):
            if AGAIN and not killers.may_survive(name, mutant):
                continue
            chosen = killers.first(name, mutant, _tests_of(mutant, known))
            seconds = sum(known.seconds[test] for test in chosen)
            tried[name] += 1
            found = None
            if chosen:
                found = attempt.killer(path, mutant.code, chosen, seconds)
            killers.note(name, mutant, found)
            if found is None:
                survived[name] += 1
                print(mutant.diff(name), flush=True)
    for name, count in tried.items():
        print(f"{name}: {count} tried, {survived[name]} survived")
    return 1 if survived or not tried else 0


def _is_wanted(mutant: Mutant) -> bool:
    if STATEMENTS and not mutant.lacks_statement:
        return False
    first, _, last = LINES.partition("-")
    return not LINES or int(first) <= mutant.line <= int(last or first)


def _tests_of(mutant: Mutant, known: attempt.Baseline) -> list[str]:
    """Return the tests that run the function, the quickest first.

    All tests read what runs when the module is imported.
    """
    chosen = set(known.seconds)
    if mutant.function is not None:
        ran = known.tests.get((str(mutant.path), mutant.function), set())
        if attempt.IMPORT not in ran:
            chosen &= ran
    return sorted(chosen, key=lambda test: (known.seconds[test], test))


if __name__ == "__main__":
    exit_with(main)

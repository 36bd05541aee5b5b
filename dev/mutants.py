"""``make mutants``: change the code in small ways, and see whether a test fails.

A mutant that no test notices shows what is not tested, or what does not matter. See
docs/mutants.md. Works on a copy: the checkout stays as it is.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from subprocess import PIPE

from provision import paths
from provision.shell import Problem, exit_with, say

WING = os.environ.get("WING", "")
TESTS = os.environ.get("TESTS", "")
# Of one run of the tests, as a multiple of what they take on unchanged code.
PATIENCE = 5
ALL_TESTS = "dev/tests/tools"
LEFT_OUT = (".git", ".dev", "__pycache__", "node_modules")
CONFIGURATION = """\
[cosmic-ray]
module-path = {modules}
timeout = {timeout}
excluded-modules = []
test-command = {command}

[cosmic-ray.distributor]
name = "local"

# Mostly the "or" of annotations, which nothing reads at run time.
[cosmic-ray.filters.operators-filter]
exclude-operators = ["core/ReplaceBinaryOperator_BitOr_.*"]
"""


def main() -> int:
    """Try every mutant of a wing; return 0 when tests notice each."""
    if not WING or not (paths.ROOT / WING).exists():
        raise Problem("Say which wing: make mutants WING=tools/rate_limit/headers.py")
    folder = paths.state() / "mutants"
    shutil.rmtree(folder, ignore_errors=True)
    copy = folder / "checkout"
    _copy(copy)
    command = [sys.executable, "-m", "pytest", "-c", "dev/pytest.ini", "-x", "-q"]
    command += ["-p", "no:cacheprovider"]
    # A few files are much faster than all of them, and one mutant is one run.
    command += [f"dev/tests/tools/{name}" for name in TESTS.split()] or [ALL_TESTS]
    seconds = _baseline(copy, command)
    configuration = folder / "cosmic-ray.toml"
    configuration.write_text(
        CONFIGURATION.format(
            modules=json.dumps(WING),
            timeout=round(max(10.0, PATIENCE * seconds), 1),
            command=json.dumps(" ".join(f"'{part}'" for part in command)),
        )
    )
    session = folder / "session.sqlite"
    _run(copy, "cosmic-ray", "init", configuration, session)
    _run(copy, "cr-filter-operators", session, configuration)
    say("Trying mutants …")
    _run(copy, "cosmic-ray", "exec", configuration, session)
    return _report(copy, session)


def _copy(target: Path) -> None:
    shutil.copytree(paths.ROOT, target, ignore=shutil.ignore_patterns(*LEFT_OUT))


def _baseline(copy: Path, command: list[str]) -> float:
    """Return how long the tests take; they have to pass on unchanged code."""
    began = time.monotonic()
    done = subprocess.run(command, cwd=copy, check=False, stdout=PIPE, text=True)
    if done.returncode:
        raise Problem(f"The tests fail on unchanged code:\n{done.stdout[-2000:]}")
    say(done.stdout.strip().splitlines()[-1])
    return time.monotonic() - began


def _run(copy: Path, program: str, *arguments) -> None:
    command = [Path(sys.executable).with_name(program), *arguments]
    subprocess.run(command, cwd=copy, check=True)


def _report(copy: Path, session: Path) -> int:
    program = Path(sys.executable).with_name("cosmic-ray")
    dump = subprocess.run(
        [program, "dump", session], cwd=copy, check=True, capture_output=True, text=True
    ).stdout
    survivors = tried = 0
    for line in dump.splitlines():
        item, result = json.loads(line)
        if not result or result["worker_outcome"] != "normal":
            continue
        tried += 1
        if result["test_outcome"] == "survived":
            survivors += 1
            print(result["diff"], flush=True)
    print(f"mutants: {tried} tried, {survivors} survived", flush=True)
    return 1 if survivors or not tried else 0


if __name__ == "__main__":
    exit_with(main)

"""Provision what a command needs, then become that command.

``python3 dev/provision <command> [arguments]`` is what the Makefile and ``dev/odoo``
call. It runs on any Python 3.11+ without a package; the command itself runs in a
virtual environment that this makes when it is missing.
"""

import os
import sys
from pathlib import Path

# First of all: an older Python does not even understand the modules below.
if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit("Error: Python 3.11 or newer is needed: please install it.")
if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from provision import browser, lock, node, odoo, paths, postgres, python
from provision.shell import Problem, exit_with

ODOO = ("odoo", "odoo.txt", "sandbox.txt")
TESTS = (
    "tests",
    "odoo.txt",
    "sandbox.txt",
    "tests.txt",
)
LINT = ("lint", "lint.txt")
MUTANTS = ("mutants", *TESTS[1:], "mutants.txt")
INSTALLERS = {
    "odoo": odoo.install,
    "postgres": postgres.install,
    "node": node.install,
    "browser": browser.install,
}
# command: (module and first arguments, its environment, what else must be installed)
COMMANDS = {
    "odoo": ("stack.commands.odoo", ODOO, ("odoo", "postgres")),
    "psql": ("stack.commands.psql", ODOO, ("postgres",)),
    "sandbox": ("stack.commands.sandbox", ODOO, ()),
    "demo": ("demo", ODOO, ("odoo", "postgres")),
    "demo-reset": ("demo reset", ODOO, ("odoo", "postgres")),
    "stop": ("stack.commands.stop", ODOO, ()),
    "test": ("run_tests", TESTS, ("odoo", "postgres", "node", "browser")),
    "pytest": ("pytest -c dev/pytest.ini", TESTS, ("odoo", "postgres", "node")),
    "lint": ("lint", LINT, ("node",)),
    "contract": ("contract", LINT, ("node",)),
    "format": ("lint format", LINT, ()),
    "mutants": ("mutants", MUTANTS, ()),
    "bench": ("bench", TESTS, ("odoo", "postgres")),
    "bench-doc": ("bench doc", TESTS, ()),
    "bench-scale": ("scale", TESTS, ("odoo", "postgres")),
    "faults": ("faults", TESTS, ("odoo", "postgres")),
    "install": ("", TESTS, ("odoo", "postgres", "node", "browser")),
}
# What one suite needs, so that `make test ONLY=tools` installs no browser.
SUITES = {
    "tools": (),
    "odoo": ("odoo", "postgres", "browser"),
    "frontend": ("node",),
    "e2e": ("odoo", "postgres", "node", "browser"),
}


def provision(command: str) -> Path:
    """Install what a command needs and return the interpreter that it runs on."""
    _module, requirements, parts = COMMANDS[command]
    if command == "test":
        parts = SUITES.get(os.environ.get("ONLY", ""), parts)
    with lock.only_one():
        interpreter = python.environment(*requirements)
        for part in parts:
            INSTALLERS[part]()
        if command == "install":
            python.environment(*ODOO)
            python.environment(*LINT)
    return interpreter


def environment(command: str) -> dict:
    """Return the environment variables of the command that follows."""
    needed = "node" in COMMANDS[command][2]
    variables = node.environment() if needed else dict(os.environ)
    variables["PYTHONUNBUFFERED"] = "1"
    folders = [str(paths.DEV)]
    if variables.get("PYTHONPATH"):
        folders.append(variables["PYTHONPATH"])
    variables["PYTHONPATH"] = os.pathsep.join(folders)
    return variables


def main(arguments: list[str]) -> int:
    """Provision, then run the command in place of this process."""
    if not arguments or arguments[0] not in COMMANDS:
        raise Problem(f"Usage: dev/provision {{{'|'.join(COMMANDS)}}} [arguments]")
    command, *rest = arguments
    interpreter = provision(command)
    module = COMMANDS[command][0].split()
    if module:
        line = [str(interpreter), "-m", *module, *rest]
        os.execve(interpreter, line, environment(command))
    return 0


if __name__ == "__main__":
    exit_with(main, sys.argv[1:])

"""``make lint``: every linter, whatever the others say. ``make format`` formats."""

import filecmp
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import contract
import frontend
import npm
from provision import paths
from provision.shell import exit_with, say

DIST = paths.ROOT / "static" / "dist"
DIAGRAMS = paths.DEV / "mermaid"
RUFF = (sys.executable, "-m", "ruff")
# Packages that are typed strictly. Models are not: Odoo comes without types.
TYPED = ("const", "tools", "engine")
# The author is not OCA; the README is Markdown, as the forges show it; and with a
# description Odoo does not take the README for reStructuredText.
NOT_OURS = "manifest-required-author,missing-readme,manifest-deprecated-key"


def checks():
    """Yield each check's name and what runs it; it returns whether all is well."""
    yield "ruff check", lambda: call([*RUFF, "check", "--no-fix", "."])
    yield "ruff format", lambda: call([*RUFF, "format", "--check", "."])
    yield "pylint-odoo", pylint
    yield "import-linter", import_linter
    yield "mypy", mypy
    yield "contract", contract.is_fresh
    yield "tsc", lambda: call(frontend.tool("tsc", "--noEmit"), frontend.FOLDER)
    yield "eslint", eslint
    yield "static/dist", dist_is_fresh
    yield "diagrams", diagrams


def call(command: list, folder: Path = paths.ROOT) -> bool:
    """Run a program; tell whether it was content."""
    return not subprocess.run(command, cwd=folder, check=False).returncode


def pylint() -> bool:
    """Check the addon under its technical name, whatever the checkout is called."""
    # Odoo's rules look at the name of the addon's folder.
    command = [sys.executable, "-m", "pylint", f"--rcfile={paths.ROOT / '.pylintrc'}"]
    command += [f"--disable={NOT_OURS}", paths.ADDON]
    return call(command, paths.addons_folder())


def import_linter() -> bool:
    """Check that imports run one way, by the contracts of ``.importlinter``."""
    program = Path(sys.executable).with_name("lint-imports")
    return _as_package([program, "--no-cache", paths.ROOT / ".importlinter"])


def mypy() -> bool:
    """Check the types of what is plain Python, strictly."""
    command = [sys.executable, "-m", "mypy", f"--config-file={paths.ROOT / 'mypy.ini'}"]
    command += [f"--cache-dir={paths.state() / 'mypy'}"]
    return _as_package([*command, *(f"-p={paths.ADDON}.{name}" for name in TYPED)])


def _as_package(command: list) -> bool:
    """Run a program that finds the addon by its technical name."""
    folder = paths.addons_folder()
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    return not subprocess.run(
        command, cwd=folder, env=environment, check=False
    ).returncode


def eslint() -> bool:
    """Check the front end's source."""
    return call(frontend.tool("eslint", ".", "--max-warnings", "0"), frontend.FOLDER)


def diagrams() -> bool:
    """Check that the diagrams of the documentation can be drawn."""
    npm.install(DIAGRAMS, "the diagrams of the documentation")
    files = sorted((paths.ROOT / "docs").rglob("*.md"))
    return call(["node", "check.mjs", *files], DIAGRAMS)


def dist_is_fresh() -> bool:
    """Tell whether the committed bundle is what a build of this source gives."""
    with tempfile.TemporaryDirectory(dir=paths.state()) as folder:
        arguments = ("build", "--outDir", folder, "--emptyOutDir", "--logLevel", "warn")
        if not call(frontend.tool("vite", *arguments), frontend.FOLDER):
            return False
        built, kept = _files(Path(folder)), _files(DIST)
        _same, differ, missing = filecmp.cmpfiles(
            folder, DIST, sorted(built | kept), shallow=False
        )
        for name in differ + missing:
            say(f"static/dist/{name} differs from a fresh build: npm run build.")
        return bool(built) and not differ and not missing


def _files(folder: Path) -> set[str]:
    return {
        str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()
    }


def main(arguments: list[str]) -> int:
    """Run the checks; return 0 only if all are content."""
    if arguments == ["format"]:
        done = [call([*RUFF, "check", "--fix", "."]), call([*RUFF, "format", "."])]
        return 0 if all(done) else 1
    frontend.install()
    bad = []
    for name, check in checks():
        say(f"{name} …")
        if not check():
            bad.append(name)
    if bad:
        print(f"lint: {', '.join(bad)} not content", flush=True)
        return 1
    print("lint: all content", flush=True)
    return 0


if __name__ == "__main__":
    os.chdir(paths.ROOT)
    exit_with(main, sys.argv[1:])

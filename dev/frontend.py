"""The front end's npm project, as tests and linters use it."""

import npm
from provision import paths

FOLDER = paths.ROOT / "frontend"


def install() -> None:
    """Install the locked npm packages unless exactly they are there."""
    npm.install(FOLDER, "the front end")


def tool(name: str, *arguments: str) -> list[str]:
    """Return the command line of a program of the npm project."""
    return [str(FOLDER / "node_modules" / ".bin" / name), *arguments]

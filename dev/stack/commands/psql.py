"""A psql shell on the checkout's PostgreSQL: ``python3 dev/provision psql demo``."""

import os
import shutil
import sys

from provision import postgres as installed
from provision.shell import Problem, exit_with

from ..postgres import Postgres


def main(arguments: list[str]) -> None:
    """Start PostgreSQL if need be, then become psql."""
    server = Postgres().start(stay=True)
    folder = installed.programs()
    program = str(folder / "psql") if folder else shutil.which("psql")
    if not program:
        raise Problem("psql is missing: please install postgresql-client.")
    variables = {**os.environ, "PGDATABASE": "postgres", **server.environment()}
    os.execve(program, [program, *arguments], variables)


if __name__ == "__main__":
    exit_with(main, sys.argv[1:])

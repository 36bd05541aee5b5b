"""``dev/odoo``: Odoo on this checkout, every argument handed on."""

import os
import sys

from provision.shell import exit_with

from .. import configuration
from ..postgres import Postgres


def main(arguments: list[str]) -> None:
    """Start PostgreSQL if need be, then become Odoo."""
    postgres = Postgres().start(stay=True)
    variables = configuration.environment(postgres, configuration.write())
    command = configuration.command(*arguments)
    os.execve(command[0], command, variables)


if __name__ == "__main__":
    exit_with(main, sys.argv[1:])

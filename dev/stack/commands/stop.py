"""``make stop``: end everything of this checkout that runs in the background."""

from provision.shell import exit_with, say

from .. import process
from ..postgres import Postgres


def main() -> None:
    """End commands first, then what they left, then PostgreSQL."""
    running = process.registered()
    for facts in sorted(running, key=lambda facts: "owner" in facts):
        say(f"Stopping {facts['name']} ({facts['pid']}) …")
        process.end(facts)
    postgres = Postgres()
    if not postgres.external and postgres.running():
        say("Stopping PostgreSQL …")
        postgres.stop()


if __name__ == "__main__":
    exit_with(main)

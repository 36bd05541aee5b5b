"""Judging the data of a location: ``python -m bench.programs.quality``.

How long the first look takes, one after a delta of 500, and one when nothing changed;
and how long a figure and its first page of contacts take against a trivial query.
"""

import argparse
import json
from pathlib import Path

from provision import paths
from stack.live import LiveStack
from stack.sandbox_server import WITHOUT_LIMITS

from ..product import Product

SCRIPT = Path(__file__).with_name("quality_in_shell.py")


def measure(contacts: int) -> dict:
    """Return the figures of one run, in seconds."""
    with LiveStack(
        "bench_quality",
        [("People", contacts)],
        sandbox_arguments=("--clean", *WITHOUT_LIMITS),
        odoo_arguments=("--log-level=warn",),
    ) as stack:
        result = paths.state() / "bench_quality.json"
        result.unlink(missing_ok=True)
        location = stack.locations[0]
        Product(stack).sync("full", location)
        stack.shell(
            SCRIPT.read_text(),
            {"BENCH_LOCATION": str(location.id), "BENCH_RESULT": str(result)},
        )
        return json.loads(result.read_text())


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, default=100_000)
    print(json.dumps(measure(parser.parse_args().contacts), indent=2))


if __name__ == "__main__":
    main()

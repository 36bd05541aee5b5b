"""Contacts against Odoo's own: ``python -m bench.partners``.

Half of Odoo's contacts are people of the mirror. What is measured: matching all,
creating the others against a bare batched ORM ``create`` of the same values in the same
run, a second run over everything, and a delta of 500.
"""

import argparse
import json
from pathlib import Path

from provision import paths
from stack.live import LiveStack
from stack.sandbox_server import WITHOUT_LIMITS

from .product import Product

SCRIPT = Path(__file__).with_name("partners_in_shell.py")


def measure(contacts: int, partners: int) -> dict:
    """Return the figures of one run, and whether each bound was kept."""
    with LiveStack(
        "bench_partners",
        [("People", contacts)],
        sandbox_arguments=("--clean", *WITHOUT_LIMITS),
        odoo_arguments=("--log-level=warn",),
    ) as stack:
        Product(stack).sync("full", stack.locations[0])
        result = paths.state() / "bench_partners.json"
        result.unlink(missing_ok=True)
        stack.shell(
            SCRIPT.read_text(),
            {
                "BENCH_LOCATION": str(stack.locations[0].id),
                "BENCH_PARTNERS": str(partners),
                "BENCH_RESULT": str(result),
            },
        )
        return json.loads(result.read_text())


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, default=100_000)
    parser.add_argument("--partners", type=int, default=50_000)
    arguments = parser.parse_args()
    print(json.dumps(measure(arguments.contacts, arguments.partners), indent=2))


if __name__ == "__main__":
    main()

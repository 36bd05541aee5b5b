"""Contacts against Odoo's own: the case ``partners``.

Half of Odoo's contacts are people of the mirror. What is measured: matching all,
creating the others against a bare batched ORM ``create`` of the same values in the same
run, a second run over everything, and a delta of 500.
"""

import json
from pathlib import Path

from provision import paths
from provision.shell import say

from ..order import Order
from ..product import Product
from ..results import Results

SCRIPT = Path(__file__).with_name("case_partners_in_shell.py")
CONTACTS, PARTNERS = 100_000, 50_000


def partners(order: Order, product: Product, results: Results) -> None:
    """Fill the mirror, and measure in Odoo's shell."""
    stack = product.stack
    product.sync("full", stack.locations[0])
    result = paths.state() / "bench_partners.json"
    result.unlink(missing_ok=True)
    stack.shell(
        SCRIPT.read_text(),
        {
            "BENCH_LOCATION": str(stack.locations[0].id),
            "BENCH_PARTNERS": str(order.size(PARTNERS)),
            "BENCH_RESULT": str(result),
        },
    )
    figures = json.loads(result.read_text())
    for name, value in figures.items():
        results.facts[f"partners.ours.{name}"] = value
        say(f"  partners       {name:28} {value:10,.2f}")

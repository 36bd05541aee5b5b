"""Fifty locations in one process: none waits for long, and all together are fast."""

from ..order import Order
from ..product import Product
from ..results import Results
from .case_fill import told

LOCATIONS, SIZE = 50, 2_000


def fifty(order: Order, product: Product, results: Results) -> None:
    """Order a first fill of every location at once and wait for the last."""
    places = product.stack.locations
    for _run in range(order.runs):
        product.clear()
        sample = product.sync("full", *places)
        sample.figures["exact"] = product.is_exact(*places)
        results.add("fifty", "ours", told("fifty", "ours", sample))

"""Many locations with limits of their own, and more or fewer workers for them."""

from provision.shell import say
from stack.sandbox_server import WIDE_LIMITS

from ..order import Order
from ..product import Product
from ..results import Results
from .case_fill import GHL_LIMITS, told
from .fills import JITTER, FirstFill

LOCATIONS, SIZE, LATENCY = 500, 2_000, 0.2


def locations(order: Order) -> list[tuple]:
    """Return so many locations as the scale asks for, all of the same size."""
    count = max(2, round(LOCATIONS * order.scale))
    return [(f"Location {number + 1}", SIZE) for number in range(count)]


def many(case: str, order: Order, product: Product, results: Results) -> None:
    """Order a first fill of every location at once; tell it over the sum of ideals."""
    places = product.stack.locations
    fill = FirstFill(case, SIZE, LATENCY, 0)
    for _run in range(order.runs):
        product.clear()
        low, spread = (1 - JITTER) * LATENCY, 2 * JITTER * LATENCY
        settings = {"latency": low, "jitter": spread, "limits": GHL_LIMITS}
        product.stack.control("PATCH", "/settings", settings)
        try:
            sample = product.sync("full", *places)
        finally:
            settings = {"latency": 0, "jitter": 0, "limits": WIDE_LIMITS}
            product.stack.control("PATCH", "/settings", settings)
        sample.figures["exact"] = product.is_exact(*places)
        ideal = len(places) * fill.ideal(SIZE)
        sample.figures["ideal"] = ideal
        sample.figures["over_ideal"] = sample.seconds / ideal
        results.add(case, "ours", told(case, "ours", sample))
        say(f"  {case:14} {sample.seconds / ideal:.2f} × the sum of the ideals")

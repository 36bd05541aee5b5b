"""First fills: measured from the order to the proof, with what was asked for when."""

import math
import time
from pathlib import Path

from provision.shell import say
from stack.sandbox_server import WIDE_LIMITS

from .. import report
from ..order import PAGE, Order
from ..product import Product, last_refusals
from ..results import Results
from .fills import DAILY, INTERVAL, JITTER, FirstFill, wanted
from .timeline import timeline

# A timeline of more requests than that is told by the second.
TOLD_SINGLY = 80

_NEW = """
    UPDATE ghl_connection SET capabilities = NULL, calibrated_at = NULL,
           calibration_due = FALSE, page_limit_accepted = 0;
    UPDATE ghl_location SET rate_snapshot = NULL;
"""


def places(order: Order) -> list[tuple]:
    """Return the locations that the wanted fills read, each once."""
    found = {}
    for fill in wanted(order):
        size = fill.scaled(order)
        spec = (size, fill.imports)
        found[spec] = (f"Fill {size} {fill.imports or 'alone'}", size, fill.imports)
    return list(found.values())


def first_fills(order: Order, product: Product, results: Results) -> None:
    """Measure every wanted fill, and show what was asked for when."""
    by_name = {place.name: place for place in product.stack.locations}
    for fill in wanted(order):
        size = fill.scaled(order)
        place = by_name[f"Fill {size} {fill.imports or 'alone'}"]
        for _run in range(order.runs):
            results.add(fill.name, "ours", _measure(fill, product, place))


def _measure(fill: FirstFill, product: Product, place):
    if fill.known:
        _calibrate(product, place)
    product.clear()
    if not fill.known:
        product.stack.sql(_NEW)
    # Both sides have forgotten by then what was sent before.
    time.sleep(1.1 * INTERVAL)
    limits = {"burst": fill.burst, "interval": INTERVAL, "daily": DAILY}
    low, spread = (1 - JITTER) * fill.latency, 2 * JITTER * fill.latency
    dialects = ["shared-pit", *fill.dialects]
    settings = {"latency": low, "jitter": spread, "limits": limits}
    product.stack.control("PATCH", "/settings", {**settings, "dialects": dialects})
    product.stack.control("DELETE", "/limits")
    try:
        sample = product.sync("full", place)
        log = product.stack.control("GET", "/requests?last=5000")
        sample.figures["refused"] = last_refusals(product.stack, 0)
    finally:
        settings = {"latency": 0, "jitter": 0, "limits": WIDE_LIMITS}
        plain = {**settings, "dialects": ["shared-pit"]}
        product.stack.control("PATCH", "/settings", plain)
    ideal = fill.ideal(place.size)
    figures = sample.figures
    figures["ideal"] = ideal
    figures["over_ideal"] = sample.seconds / ideal
    floor = fill.floor(place.size)
    figures["floor"] = floor
    figures["over_floor"] = sample.seconds / floor
    figures["first_answers"] = (figures["first_seconds"] or 0) / fill.latency
    pages = math.ceil(place.size / PAGE)
    figures["requests_over"] = figures["requests"] - 1.03 * pages - 60
    figures["exact"] = product.is_exact(place)
    say(
        f"  {fill.name:20} {place.size:>9,} contacts in {sample.seconds:6.1f} s = "
        f"{figures['over_ideal']:.2f} × the ideal {ideal:.1f} s, "
        f"{figures['requests']} requests, first shown after "
        f"{figures['first_answers']:.1f} answers, all there after "
        f"{figures['there_seconds'] or 0:.1f} s; {figures['over_floor']:.2f} × the "
        f"floor {floor:.1f} s of at most {fill.burst} in any {INTERVAL:.0f} s"
    )
    for line in timeline(log, TOLD_SINGLY):
        say(f"    {line}")
    say(f"    each request: {_keep(fill.name, log)}")
    return sample


def _calibrate(product: Product, place) -> None:
    """Have the account known, as by an earlier sync of another location."""
    known = "SELECT count(*) FROM ghl_connection WHERE calibrated_at IS NOT NULL"
    due = f"{known} AND NOT calibration_due"
    if not product.stack.sql(due)[0][0]:
        product.sync("full", place)


def _keep(name: str, log: list[dict]) -> Path:
    """Write every request of a fill to a file, a line for each; return where."""
    target = report.file().with_name(f"requests-{name}.txt")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("\n".join(timeline(log, len(log))) + "\n")
    return target

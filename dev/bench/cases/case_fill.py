"""First fill, the same again with nothing changed, and fills under GHL's own limits."""

from provision.shell import say
from stack.sandbox_server import WIDE_LIMITS

from ..order import Order
from ..product import Product, last_refusals
from ..results import Results, Sample
from ..rivals.rivals import Rivals

FILL, LATENT = 100_000, 200_000
# The slow ones read less; their rate does not depend on it.
ONE_BY_ONE, BATCHED = 5_000, 20_000
LATENT_DLT = {"latency_1s": 10_000, "latency_200ms": 20_000}
SECONDS = {"latency_1s": 1.0, "latency_200ms": 0.2}
# GHL's limit: 100 requests in 10 seconds. Within the first interval a burst is fair.
INTERVAL = 10.0
GHL_LIMITS = {"burst": 100, "interval": INTERVAL, "daily": 200_000}


def told(case: str, who: str, sample: Sample) -> Sample:
    """Tell the person at the terminal what was just measured."""
    more = "".join(
        f", {name} {sample.figures[name]:g}"
        for name in ("requests", "rows_rewritten", "rate_limited")
        if sample.figures.get(name) is not None
    )
    say(
        f"  {case:14} {who:11} {sample.contacts:>9,} contacts in "
        f"{sample.seconds:7.1f} s = {sample.rate:>8,.0f}/s{more}"
    )
    return sample


def fill(order: Order, product: Product, results: Results, rivals: Rivals | None):
    """Measure first fill and, if wanted, the same again, each rival in turn.

    :param rivals: None measures ours alone, as the reference of other cases
    """
    place = product.stack.locations[0]
    for _run in range(order.runs):
        if rivals and order.wants("first_fill"):
            _fill_rivals(order, rivals, results, place)
        product.clear()
        sample = product.sync("full", place)
        sample.figures["exact"] = product.is_exact(place)
        results.add("first_fill", "ours", told("first_fill", "ours", sample))
        if rivals and order.wants("unchanged"):
            _unchanged(product, results, rivals, place)


def _fill_rivals(order: Order, rivals: Rivals, results: Results, place) -> None:
    contestants = {
        "floor": lambda: rivals.floor(place),
        "dlt": lambda: rivals.dlt(place),
        "one_by_one": lambda: rivals.one_by_one(
            rivals.location(order.size(ONE_BY_ONE))
        ),
        "batched": lambda: rivals.batched(rivals.location(order.size(BATCHED))),
    }
    for who, run in contestants.items():
        results.add("first_fill", who, told("first_fill", who, run()))


def _unchanged(product: Product, results: Results, rivals: Rivals, place) -> None:
    before = product.table_figures()
    sample = product.sync("full", place)
    after = product.table_figures()
    names = ("n_tup_ins", "n_tup_upd", "n_tup_del")
    sample.figures["rows_rewritten"] = sum(after[n] - before[n] for n in names)
    results.add("unchanged", "ours", told("unchanged", "ours", sample))
    rivals.floor(place)
    sample = rivals.floor(place, keep=True)
    results.add("unchanged", "floor", told("unchanged", "floor", sample))


def latency(
    case: str, order: Order, product: Product, results: Results, rivals: Rivals
) -> None:
    """Measure fills from a vendor that takes its time and enforces its limits."""
    place = product.stack.locations[1]
    sample_place = rivals.location(order.size(LATENT_DLT[case]))
    settings = {"latency": SECONDS[case], "limits": GHL_LIMITS}
    for _run in range(order.runs):
        product.clear()
        product.stack.control("PATCH", "/settings", settings)
        try:
            sample = rivals.dlt(sample_place)
            results.add(case, "dlt", told(case, "dlt", sample))
            sample = product.sync("full", place)
            refused = last_refusals(product.stack, INTERVAL)
        finally:
            product.stack.control(
                "PATCH", "/settings", {"latency": 0, "limits": WIDE_LIMITS}
            )
        sample.figures["refused_in_steady_state"] = refused
        sample.figures["exact"] = product.is_exact(place)
        results.add(case, "ours", told(case, "ours", sample))

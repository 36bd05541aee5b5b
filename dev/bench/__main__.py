"""``make bench`` (``ONLY=``, ``SCALE=``, ``RUNS=``) and ``make bench-doc``."""

import contextlib
import signal
import sys

from provision.shell import exit_with, say
from stack import process, sandbox_server
from stack.live import LiveStack

from . import render, report
from .cases import (
    case_fifty,
    case_fill,
    case_first,
    case_many,
    case_million,
    case_partners,
    case_tables,
)
from .cases.fills import WORKERS
from .order import CASES, Order, from_environment
from .product import Product, server_version
from .results import Results
from .rivals.rivals import Rivals

SANDBOX = ("--clean", *sandbox_server.WITHOUT_LIMITS)
# A million contacts are made when the sandbox starts.
sandbox_server.START_SECONDS = 900


@contextlib.contextmanager
def _stack(name: str, locations: list[tuple], cron_threads: int = 2):
    """Give a fresh live stack and what orders its syncs."""
    contacts = sum(size for _name, size, *_imports in locations)
    say(f"Starting a stack with {contacts:,} contacts …")
    with LiveStack(
        f"bench_{name}",
        locations,
        sandbox_arguments=SANDBOX,
        odoo_arguments=("--log-level=warn",),
        cron_threads=cron_threads,
    ) as stack:
        yield Product(stack)


def _fills(order: Order, results: Results) -> None:
    """First fill, unchanged and latency; also the reference of million and fifty."""
    if not order.wants(*CASES[:5], "fifty"):
        return
    locations = [("Hundred thousand", order.size(case_fill.FILL))]
    if order.wants("latency_1s", "latency_200ms"):
        locations.append(("Two hundred thousand", order.size(case_fill.LATENT)))
    with _stack("fills", locations) as product, Rivals(product.stack) as rivals:
        _tell_versions(results, product, rivals)
        if order.wants("first_fill", "unchanged", "million", "fifty"):
            with_rivals = order.wants("first_fill", "unchanged")
            case_fill.fill(order, product, results, rivals if with_rivals else None)
        for case in ("latency_1s", "latency_200ms"):
            if order.wants(case):
                case_fill.latency(case, order, product, results, rivals)


def _millions(order: Order, results: Results) -> None:
    """Cases that need a million in the mirror; the first of them puts it there."""
    if not order.wants("million", "delta", "verify_clean", "verify_diff"):
        return
    locations = [("Million", order.size(case_million.MILLION))]
    with _stack("million", locations) as product:
        _tell_versions(results, product)
        if order.wants("million"):
            case_million.million(order, product, results)
        else:
            say("Filling the mirror …")
            product.sync("full", product.stack.locations[0])
        for case in ("delta", "verify_clean", "verify_diff"):
            if order.wants(case):
                getattr(case_million, case)(order, product, results)


def _fifties(order: Order, results: Results) -> None:
    if not order.wants("fifty"):
        return
    count = max(2, round(case_fifty.LOCATIONS * min(1.0, order.scale * 10)))
    size = case_fifty.SIZE
    locations = [(f"Location {number + 1}", size) for number in range(count)]
    with _stack("fifty", locations) as product:
        _tell_versions(results, product)
        case_fifty.fifty(order, product, results)


def _first_fills(order: Order, results: Results) -> None:
    locations = case_first.places(order)
    if not locations:
        return
    with _stack("first", locations) as product:
        _tell_versions(results, product)
        case_first.first_fills(order, product, results)


def _many(order: Order, results: Results) -> None:
    for case, workers in WORKERS.items():
        if order.wants(case):
            with _stack("many", case_many.locations(order), workers) as product:
                _tell_versions(results, product)
                case_many.many(case, order, product, results)


def _tables(order: Order, results: Results) -> None:
    cases = [case for case in case_tables.SIZES if order.wants(case)]
    if not cases:
        return
    with _stack("tables", [("Large", 11)]) as product:
        _tell_versions(results, product)
        size = 0
        for case in cases:
            size = case_tables.tables(case, order, product, results, size)


def _partners(order: Order, results: Results) -> None:
    if not order.wants("partners"):
        return
    with _stack(
        "partners", [("People", order.size(case_partners.CONTACTS))]
    ) as product:
        _tell_versions(results, product)
        case_partners.partners(order, product, results)


def _tell_versions(results: Results, product: Product, rivals=None) -> None:
    versions = product.versions()
    versions["postgresql"] = server_version(product.stack)
    if rivals:
        versions["dlt"] = rivals.dlt_version()
    results.facts.update({f"version.{k}": v for k, v in versions.items()})


def bench() -> int:
    """Measure what is wanted; return 0 when every target was reached."""
    order = from_environment()
    results = Results(report.machine())
    results.facts |= {
        "scale": order.scale,
    }
    for group in (
        *(_fills, _millions, _fifties, _first_fills, _many, _tables, _partners),
    ):
        group(order, results)
    flat = report.save(results.flat())
    report.show(flat)
    return 1 if report.failed(flat) else 0


def _end(_number, _frame) -> None:
    raise KeyboardInterrupt


def main(arguments: list[str]) -> int:
    """Measure, or with ``doc`` write what was measured into the documentation."""
    if arguments == ["doc"]:
        say(f"Written: {render.write()}")
        return 0
    signal.signal(signal.SIGTERM, _end)
    process.end_orphans()
    return bench()


if __name__ == "__main__":
    exit_with(main, sys.argv[1:])

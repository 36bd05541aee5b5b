"""Pages, searches, sorts and filters of a large mirror, which people wait for."""

import time

from provision.shell import Problem, say

from ..order import Order
from ..product import Product
from ..results import Results
from .calls import ratios
from .large_table import grow

SIZES = {"tables_1m": 1_000_000, "tables_3m": 3_000_000}
# Seconds for what a cron makes once there are many contacts.
PATIENCE = 3_600
# The slowest of its calls is what a target is about.
GROUPS = {
    "first page": ("first page",),
    "page 40,000": ("page 40,000", "middle page"),
    "last page": ("last page",),
    "search": ("search",),
    "sort": ("by ",),
    "tag": ("tag",),
    "owner": ("owner",),
}
_READY = """
    SELECT (SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
             WHERE c.relname = 'ghl_contact__country_idx' AND i.indisvalid) = 1
       AND (SELECT count(*) FROM ghl_contact_ranking
             WHERE counted IS NOT NULL AND filled + empty = %s) = 12
"""


def tables(case: str, order: Order, product: Product, results: Results, since: int):
    """Measure the API upon a mirror that grows from `since` to the size of the case.

    :return: the size that it has now
    """
    place, size = product.stack.locations[0], order.size(SIZES[case])
    say(f"Making {size:,} contacts by SQL …")
    grow(product.stack, place, since, size)
    product.stack.sql("DELETE FROM ghl_contact_ranking")
    began = time.monotonic()
    _make_lists_fast(product, size)
    results.facts[f"{case}.ours.made_ready_seconds"] = round(
        time.monotonic() - began, 1
    )
    found = ratios(
        product.stack.url, product.stack.api_key, place.ghl_id, size, 4 * order.runs + 1
    )
    for name, ratio in found.items():
        results.facts[f"{case}.ours.{name}"] = round(ratio, 2)
        say(f"  {case:14} {name:28} {ratio:8.2f}")
    for group, beginnings in GROUPS.items():
        results.facts[f"{case}.worst.{group}"] = round(
            max(r for name, r in found.items() if name.startswith(beginnings)), 2
        )
    return size


def _make_lists_fast(product: Product, size: int) -> None:
    """Have the cron do at once what it would do within ten minutes, and wait for it.

    :raise Problem: when it is not done in time
    """
    product.make_lists_fast()
    deadline = time.monotonic() + PATIENCE
    while not product.stack.sql(_READY, [size])[0][0]:
        if time.monotonic() > deadline:
            raise Problem(f"Lists are not made fast: see {product.stack.odoo.log}")
        time.sleep(1)

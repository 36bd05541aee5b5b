"""The cost of the change feed: ``python -m bench.programs.feed``.

A first fill, a full sync with nothing changed and one with a tenth changed, each with
the feed on and off; questions to a feed of a million rows; and the clean-up of these
while a full sync runs.
"""

import argparse
import json
import statistics
import threading
import time

import requests

from stack.live import LiveStack
from stack.sandbox_server import WITHOUT_LIMITS

from ..product import Product

ROWS = 1_000_000
CALLS = 21
_FILL = """
    INSERT INTO ghl_contact_change (
           location_id, ghl_id, action, changes, origin, run_id, changed_at)
    SELECT l.id, 'many' || n % 200000, 'changed',
           jsonb_build_object('city', jsonb_build_array('Town ' || n, 'Graz')),
           'run', r.id, now() AT TIME ZONE 'UTC' - n * INTERVAL '1 second'
      FROM generate_series(1, {rows}) AS n, ghl_location l,
           (SELECT max(id) AS id FROM ghl_sync_run) r
"""
_PURGE = """
import time
from odoo.addons.ghl_contact_sync.engine.retention.purge import purge
began, gone = time.monotonic(), 0
while True:
    count, more = purge(env)
    env.cr.commit()
    gone += count
    if not more:
        break
print("PURGED", gone, time.monotonic() - began)
"""


def syncs(stack: LiveStack, product: Product, contacts: int, name: str) -> dict:
    """Return the seconds of each kind of sync, as the feed is set now."""
    place = stack.locations[0]
    product.clear()
    stack.sql("TRUNCATE ghl_contact_change")
    seconds = {"first_fill": product.sync("full", place).seconds}
    seconds["unchanged"] = product.sync("full", place).seconds
    edits = {"seed": name, "update": contacts // 10, "webhooks": False}
    stack.control("POST", f"/locations/{place.ghl_id}/edits", edits)
    seconds["tenth_changed"] = product.sync("full", place).seconds
    [(seconds["rows"], seconds["bytes"])] = stack.sql(
        "SELECT count(*), pg_total_relation_size('ghl_contact_change')"
        " FROM ghl_contact_change"
    )
    return seconds


def questions(stack: LiveStack) -> dict:
    """Return the seconds that the API takes for each question (median, worst)."""
    stack.sql(_FILL.format(rows=ROWS))
    stack.sql("ANALYZE ghl_contact_change")
    place = stack.locations[0]
    [(run,)] = stack.sql("SELECT max(id) FROM ghl_sync_run")
    found = {}
    for name, asked in (
        ("contact", {"contact_id": "many7"}),
        ("run", {"run_id": run}),
        ("location", {}),
    ):
        times = []
        for _call in range(CALLS):
            began = time.monotonic()
            answer = requests.get(
                f"{stack.url}/api/contact-changes",
                params={"location_id": place.ghl_id, **asked},
                headers={"Authorization": f"Bearer {stack.api_key}"},
                timeout=60,
            )
            answer.raise_for_status()
            times.append(time.monotonic() - began)
        found[name] = (statistics.median(times), max(times))
    return found


def clean_up(stack: LiveStack, product: Product) -> dict:
    """Return how long the clean-up of a million rows takes, beside full syncs."""
    place = stack.locations[0]
    alone = product.sync("full", place).seconds
    stack.sql("UPDATE ghl_contact_change SET changed_at = '2020-01-01'")
    told: list[str] = []
    cleaner = threading.Thread(target=lambda: told.append(stack.shell(_PURGE)))
    cleaner.start()
    beside = []
    while cleaner.is_alive():
        beside.append(product.sync("full", place).seconds)
    cleaner.join()
    gone, seconds = told[0].partition("PURGED")[2].split()[:2]
    return {
        "gone": int(gone),
        "seconds": float(seconds),
        "sync_alone": alone,
        "sync_beside": beside,
    }


def measure(contacts: int, runs: int, with_rows: bool) -> dict:
    """Return all figures."""
    figures: dict = {"contacts": contacts, "on": [], "off": []}
    with LiveStack(
        "bench_feed",
        [("Feed", contacts)],
        sandbox_arguments=("--clean", *WITHOUT_LIMITS),
        odoo_arguments=("--log-level=warn",),
    ) as stack:
        product = Product(stack)
        for run in range(runs):
            for name in ("on", "off"):
                product.set_parameter("change_feed", str(name == "on"))
                figures[name].append(syncs(stack, product, contacts, f"{name}{run}"))
        if with_rows:
            product.set_parameter("change_feed", "True")
            figures["questions"] = questions(stack)
            figures["clean_up"] = clean_up(stack, product)
    return figures


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--rows", action="store_true", help="with a million rows")
    arguments = parser.parse_args()
    figures = measure(arguments.contacts, arguments.runs, arguments.rows)
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()

"""How long the call for all locations takes, against a trivial route of Odoo's."""

import statistics
import time

import requests

from bench.programs.webhooks import TRIVIAL
from provision.shell import Problem, say
from stack.live import LiveStack

from .probe import age, make_due

# The fleet's call takes at most so many times what the trivial route takes.
MOST = 5.0
TIMES = 15
LOOK_SECONDS = 60
_ALARMS = "SELECT res_id FROM ir_model_data WHERE name = 'ir_cron_alarms'"
_FLEET = "/api/ghl/fleet"


def tell_calls(stack: LiveStack) -> bool:
    """Print how long the calls take; tell whether the fleet's is quick enough.

    At rest, and while changes of all locations are read.
    """
    stack.odoo.start()
    _look(stack)
    at_rest = _tell(stack, "at rest")
    age(stack)
    make_due(stack, [row[0] for row in stack.sql("SELECT cron_id FROM ghl_location")])
    _await(stack, "SELECT 1 FROM ghl_sync_run WHERE state = 'running' LIMIT 1", "reads")
    at_work = _tell(stack, "while changes are read")
    return max(at_rest, at_work) <= MOST


def _tell(stack: LiveStack, when: str) -> float:
    """Print and return the fleet's time as a multiple of the trivial route's."""
    place = stack.locations[0].ghl_id
    paths = {
        "trivial": TRIVIAL,
        "status": f"/api/sync-status?location_id={place}",
        "fleet": _FLEET,
        "filtered": f"{_FLEET}?page=3&trouble=any",
    }
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {stack.api_key}"
    times: dict[str, list[float]] = {name: [] for name in paths}
    # The first of each fills caches; calls take turns, since other work goes on.
    for number in range(TIMES + 1):
        for name, path in paths.items():
            since = time.monotonic()
            session.get(stack.url + path, timeout=60).raise_for_status()
            if number:
                times[name].append(time.monotonic() - since)
    medians = {name: statistics.median(taken) for name, taken in times.items()}
    ratio = medians["fleet"] / medians["trivial"]
    each = ", ".join(f"{name} {1_000 * took:.1f} ms" for name, took in medians.items())
    word = "" if ratio <= MOST else f", MORE THAN {MOST:.0f}"
    say(f"    calls {when}: {each}; the fleet {ratio:.1f} × the trivial route{word}")
    return ratio


def _look(stack: LiveStack) -> None:
    """Have the alarm cron look at all locations, as it does each minute."""
    ((cron,),) = stack.sql(_ALARMS)
    stack.sql("UPDATE ir_cron SET lastcall = NULL WHERE id = %s", [cron])
    since = time.monotonic()
    make_due(stack, [cron])
    looked = f"SELECT 1 FROM ir_cron WHERE id = {cron:d} AND lastcall IS NOT NULL"
    _await(stack, looked, "looks for trouble")
    say(f"    the alarm cron looked at all in {time.monotonic() - since:.1f} s")


def _await(stack: LiveStack, statement: str, what: str) -> None:
    """Wait for a statement that finds a row.

    :raise Problem: it finds none
    """
    since = time.monotonic()
    while not stack.sql(statement):
        if time.monotonic() - since > LOOK_SECONDS:
            raise Problem(f"Nobody {what}: see {stack.odoo.log}")
        time.sleep(0.1)

"""How long the call for all locations takes, against one for a single location."""

import statistics
import time

import requests

from provision.shell import Problem, say
from stack.live import LiveStack

from .probe import make_due

TIMES = 15
LOOK_SECONDS = 60
_ALARMS = "SELECT res_id FROM ir_model_data WHERE name = 'ir_cron_alarms'"


def tell_calls(stack: LiveStack) -> float:
    """Print and return the fleet's time as a multiple of `/api/sync-status`."""
    stack.odoo.start()
    _look(stack)
    place = stack.locations[0].ghl_id
    calls = {
        "status": f"/api/sync-status?location_id={place}",
        "fleet": "/api/ghl/fleet",
        "page": "/api/ghl/fleet?page=3&trouble=any",
    }
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {stack.api_key}"
    times: dict[str, list[float]] = {name: [] for name in calls}
    # The first of each fills caches; calls take turns, since other work goes on.
    for number in range(TIMES + 1):
        for name, path in calls.items():
            since = time.monotonic()
            session.get(stack.url + path, timeout=60).raise_for_status()
            if number:
                times[name].append(time.monotonic() - since)
    medians = {name: statistics.median(taken) for name, taken in times.items()}
    ratio = medians["fleet"] / medians["status"]
    say(
        f"    the fleet's first page took {1_000 * medians['fleet']:.0f} ms, "
        f"{ratio:.1f} × sync-status ({1_000 * medians['status']:.0f} ms); filtered "
        f"{medians['page'] / medians['status']:.1f} ×"
    )
    return ratio


def _look(stack: LiveStack) -> None:
    """Have the alarm cron look at all locations, as it does each minute."""
    ((cron,),) = stack.sql(_ALARMS)
    since = time.monotonic()
    make_due(stack, [cron])
    while not stack.sql("SELECT lastcall FROM ir_cron WHERE id = %s", [cron])[0][0]:
        if time.monotonic() - since > LOOK_SECONDS:
            raise Problem(f"Nobody looks for trouble: see {stack.odoo.log}")
        time.sleep(0.1)
    say(f"    the alarm cron looked at all in {time.monotonic() - since:.1f} s")

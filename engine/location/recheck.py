"""Rechecks of contacts that GoHighLevel neither showed nor denied.

An outage leaves such contacts, and passes without telling anybody. A verify looks at
them again: soon at first, since most outages are short, then with growing pauses, and
in the end with the verify of each day.
"""

from datetime import datetime, timedelta
from typing import Any

from ..clock import known

# Seconds until the first recheck. Each that changes nothing doubles the pause.
FIRST_PAUSE = 600
MAX_RECHECKS = 5


def recheck_at(location: Any) -> datetime | None:
    """Return when a verify is due because of contacts that are unconfirmed."""
    env = location.env
    [(count, asked_at)] = (
        env["ghl.deletion.candidate"]
        .sudo()
        ._read_group(
            [("location_id", "=", location.id), ("state", "=", "unconfirmed")],
            [],
            ["__count", "checked_at:max"],
        )
    )
    if not count:
        return None
    runs = env["ghl.sync.run"].search(
        [
            ("location_id", "=", location.id),
            ("state", "=", "done"),
            ("kind", "in", ("full", "verify")),
        ],
        limit=MAX_RECHECKS + 1,
    )
    failed = 0
    for run in runs:
        if run.proof_state != "not_proven":
            break
        failed += 1
    if failed > MAX_RECHECKS:
        return None
    timestamps = (known(asked_at), known(runs[:1].finished_at))
    looked_at = max(filter(None, timestamps), default=datetime.min)
    pause = timedelta(seconds=FIRST_PAUSE * 2 ** max(0, failed - 1))
    return looked_at + pause

"""The pause after verifies that failed: it doubles, and changes are read meanwhile."""

from datetime import datetime, timedelta
from typing import Any

from odoo import fields
from odoo.fields import Domain

from ..clock import known

# After a verify that failed the next one is due in an hour, after another in two …
MAX_VERIFY_PAUSES = 5


def verify_pause(location: Any, now: datetime | None = None) -> datetime | None:
    """Return until when no verify is tried, as some have failed since the last success.

    What stopped them (the delete brake, for one) may need a person, and would stop the
    next one again.
    """
    Run = location.env["ghl.sync.run"]
    mine = Domain("location_id", "=", location.id)
    proved = Run.search(
        mine & Domain("state", "=", "done") & Domain("kind", "in", ["verify", "full"]),
        limit=1,
    )
    failed = Run.search(
        mine
        & Domain("id", ">", proved.id or 0)
        & Domain("kind", "=", "verify")
        & Domain("state", "in", ["failed", "cancelled"]),
        limit=MAX_VERIFY_PAUSES,
    )
    ended = known(failed[:1].finished_at, now)
    return ended + timedelta(hours=2 ** (len(failed) - 1)) if ended else None


def is_verify_backing_off(location: Any) -> bool:
    """Tell whether no verify is tried now, as some have failed."""
    now = fields.Datetime.now()
    pause = verify_pause(location, now)
    return pause is not None and pause > now

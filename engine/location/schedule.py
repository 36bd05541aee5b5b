"""The run that a location's schedule wants: none, a delta, a verify, a full one."""

from datetime import datetime
from typing import Any

from odoo.fields import Domain

from ..access.refusals import is_refused
from ..access.state import is_revoked
from ..clock import is_fresh, known
from ..content.pace import is_audit_due
from .recheck import is_recheck_due
from .webhook_gaps import order_after_silence

# After a verify that failed the next one is due in an hour, after another in two …
MAX_VERIFY_PAUSES = 5


def order_what_is_due(location: Any) -> Any:
    """Order what webhooks or the schedule ask for; return the active run."""
    order_after_silence(location)
    kind = due_kind(location) or _asked_kind(location)
    if kind:
        location._order_sync(kind, "cron")
    return location.env["ghl.sync.run"]._get_active(location)


def due_kind(location: Any) -> str | None:
    """Return the kind of sync that the schedule asks for now, None for nothing."""
    location.ensure_one()
    if not (location.active and location.auto_sync) or _may_only_be_probed(location):
        return None
    if not location.last_full_at:
        # A first fill that failed is tried again, not at every call of the cron.
        last = location.last_run_id
        tried = last.kind == "full" and is_fresh(last.finished_at, 3_600)
        return None if tried else "full"
    # A time from a clock that was ahead is not known; a verify is due then.
    verified = known(location.last_verify_at) or known(location.last_full_at)
    late = not is_fresh(verified, 3_600 * location.verify_interval)
    if (late or is_recheck_due(location)) and not is_verify_backing_off(location):
        return "verify"
    if is_audit_due(location):
        # It begins by reading what has changed, as a delta does.
        return "audit"
    timestamps = filter(None, (known(location.last_delta_at), verified))
    read: datetime | None = max(timestamps, default=None)
    return None if is_fresh(read, 60 * location.delta_interval) else "delta"


def _asked_kind(location: Any) -> str | None:
    """Return what a person has asked for and other runs went before, if anything."""
    if not location.audit_requested_at or _may_only_be_probed(location):
        return None
    return "audit" if location.last_full_at and is_audit_due(location) else None


def _may_only_be_probed(location: Any) -> bool:
    """Tell whether a sync can only fail: single requests try it, no schedule does."""
    connection = location.connection_id.sudo()
    if connection.is_moved or is_refused(location.sudo()):
        return True
    return connection.auth_kind == "oauth" and (
        not location.is_installed or is_revoked(connection)
    )


def is_verify_backing_off(location: Any) -> bool:
    """Tell whether a verify has failed lately, since the last that succeeded.

    What stopped it (the delete brake, for one) may need a person, and would stop it
    again. The pauses double; changes are read meanwhile.
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
    if not failed:
        return False
    return is_fresh(failed[0].finished_at, 3_600 * 2 ** (len(failed) - 1))

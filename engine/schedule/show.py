"""Show what comes next for a location: what is planned, or what is on now."""

from typing import Any

from ...tools.schedule.facts import Due
from ..location.stopping import why_stopped


def shown_next(location: Any, run: Any) -> Due | None:
    """Return what comes next, None while that is not known.

    What was planned stands with the location. What has become of it since, and can be
    told without another query, is told as it is.

    :param run: the active run of the location, or its last, or none
    """
    # sudo: connections are shown to administrators; what is stopped, to every reader.
    location = location.sudo()
    if why_stopped(location):
        return Due(None, None, "archived")
    if location.connection_id.is_moved:
        return Due(None, None, "moved")
    if run and run._is_active():
        if run.state == "waiting":
            return Due(run.resume_at or None, run.kind, "waiting")
        return Due(None, run.kind, "running")
    reason = location.next_sync_reason
    if not reason or reason in ("archived", "moved", "running", "waiting"):
        return None
    return Due(location.next_sync_at or None, location.next_sync_kind or None, reason)

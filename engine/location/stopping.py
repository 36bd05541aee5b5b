"""Archived means stopped: no schedule, no order, no call; what runs ends in words."""

from typing import Any

from ... import const
from ..connection.database_identity import archived_connection


def why_stopped(location: Any) -> tuple[str, str] | None:
    """Return (words, slug) of why a location is not read, None when it is."""
    if not location.active:
        return (
            location.env._(
                "“%s” is archived: nothing is read. Unarchive it to go on.",
                location.name,
            ),
            "location_archived",
        )
    connection = location.connection_id.sudo()
    if not connection.active:
        return archived_connection(connection), "connection_archived"
    return None


def end_stopped_runs(locations: Any) -> None:
    """End the active runs of locations that are not read any more.

    One that a worker has in hand stops after the page in hand.
    """
    runs = (
        locations.env["ghl.sync.run"]
        .sudo()
        .search(
            [
                ("location_id", "in", locations.ids),
                ("state", "in", list(const.ACTIVE_STATES)),
            ]
        )
    )
    runs._request_cancel()


def follow_archived(connections: Any) -> None:
    """End or wake what belongs to connections that were archived or brought back."""
    for connection in connections:
        locations = connection.sudo().location_ids
        if not connection.active:
            end_stopped_runs(locations)
        else:
            for location in locations.filtered("last_full_at"):
                location._trigger_cron()

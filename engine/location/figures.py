"""The figures of a location: what is mirrored, and what GoHighLevel said it holds."""

from typing import Any

from odoo import fields

from ...tools.state.facts import Facts
from ...tools.state.figures import coverage_percent, is_total_current, moved_total
from ..connection.stored_calibration import doubt_counts
from ..privacy.left_out import count_listed


def known_total(location: Any) -> int | None:
    """Return how many contacts GoHighLevel holds, None while it never said."""
    return location.ghl_total if location.ghl_total_at else None


def deliverable_total(location: Any) -> int | None:
    """Return how many contacts the mirror can hold, None while that is unknown.

    Less those that GoHighLevel counts and the last comparison could not get: neither a
    reader nor another sync waits for them.
    """
    total = known_total(location)
    if total is None or location.proof_state == "unknown":
        return total
    gap: int = location.known_gap
    return max(0, total - max(0, gap))


def coverage_of(location: Any) -> float | None:
    """Return the mirrored share in per cent; rounding never makes it look complete.

    :return: None while the total is unknown, and when the mirror holds more
    """
    return coverage_percent(location.contact_count, known_total(location))


def is_total_fresh(location: Any) -> bool:
    """Tell whether asking GoHighLevel for its total would tell nothing new yet.

    It was told within the setting `total_ttl`, and after the mirror last changed.
    """
    location.ensure_one()
    return is_total_current(
        Facts(
            now=fields.Datetime.now(),
            total=known_total(location),
            total_at=location.ghl_total_at or None,
            mirror_changed_at=location.mirror_changed_at or None,
            total_ttl=location.env["ghl.settings"]._int("total_ttl"),
        )
    )


def store_total(location: Any, total: int) -> None:
    """Keep the total that GoHighLevel has just told, without persons erased here."""
    total = max(0, total - count_listed(location.sudo()))
    doubt_counts(location.connection_id.sudo(), known_total(location), total)
    location.sudo().write({"ghl_total": total, "ghl_total_at": fields.Datetime.now()})


def follow_count(location: Any, count: int) -> dict[str, Any]:
    """Return what changes along with the number of mirrored contacts.

    What is added or taken away is confirmed by GoHighLevel: the total that it told
    before moves along, and has to be asked for again.
    """
    if count == location.contact_count:
        return {}
    values: dict[str, Any] = {"mirror_changed_at": fields.Datetime.now()}
    if location.ghl_total_at:
        values["ghl_total"] = moved_total(
            location.contact_count, count, location.ghl_total
        )
    return values

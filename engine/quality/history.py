"""Remembers how good the data of a location was, one row for each day."""

from __future__ import annotations

from typing import Any

from odoo import fields

from ...tools.quality.figures import STALE
from ...tools.quality.score import score_of
from .figures import count


def remember(location: Any) -> None:
    """Count a location's figures, as today's; does not commit."""
    total, counts = count(location)
    location.write({"quality_at": fields.Datetime.now(), "quality_wanted": False})
    days = location.env["ghl.quality.day"]
    today = fields.Date.today()
    values = {
        "counted_at": location.quality_at,
        "contacts": total,
        "counts": counts,
        "score": score_of(total, counts) or 0.0,
        "reachable": counts["reachable"],
        "email_reachable": counts["email_reachable"],
        "sms_reachable": counts["sms_reachable"],
        "call_reachable": counts["call_reachable"],
        "shared_emails": counts["duplicate_email"],
        "shared_phones": counts["duplicate_phone"],
        "nameless": counts["no_name"],
        "stale": counts[STALE],
        "owner_gone": counts["owner_gone"],
    }
    row = days.search([("location_id", "=", location.id), ("day", "=", today)])
    if row:
        row.write(values)
    else:
        days.create({**values, "location_id": location.id, "day": today})

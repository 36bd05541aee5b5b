"""Every location that a user may see: worst first, with totals, for the JSON API.

Figures and states come by a number of statements that does not depend on how many
locations there are.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytz

from odoo import fields
from odoo.tools import SQL

from ...tools.dates import iso_seconds
from ...tools.fleet.standing import needs_person, severity
from ...tools.state.evaluate import evaluate
from ...tools.state.words import Voice
from ..state import show
from ..state.facts import collect_facts
from .rows import DEPENDS, fleet_rows

# The alarm cron looks every minute. After a longer pause of the cron, each location is
# looked at here: an old list is worse than one that takes a second.
FRESH = timedelta(minutes=3)
# A row that was written so shortly before a look may have been committed after it.
SLACK = timedelta(seconds=60)

Row = dict[str, Any]


@dataclass(frozen=True)
class Wanted:
    """The part of the fleet that a caller asks for.

    :param str | None trouble: a key of `TROUBLES`
    """

    page: int = 1
    limit: int = 50
    trouble: str | None = None
    search: str | None = None
    connection_id: int | None = None


# An idle location is read once an hour: four reads are missing then.
LATE_MINUTES = 240
# Troubles by which locations can be filtered. None is a state of its own: a location
# may have several.
TROUBLES: dict[str, Callable[[Row], bool]] = {
    "any": lambda row: row["tone"] in ("warning", "danger"),
    "needs_you": lambda row: row["needs_person"],
    "refused": lambda row: row["state"] in ("connection", "refused", "moved"),
    "failing": lambda row: row["state"] in ("failed", "check_failed"),
    "deletions": lambda row: row["state"] == "review",
    "not_proven": lambda row: row["proof_state"] != "proven",
    "incomplete": lambda row: row["coverage"] is None or row["coverage"] < 100,
    "lagging": lambda row: row["lag_minutes"] is None
    or row["lag_minutes"] > LATE_MINUTES,
    "contents_old": lambda row: row["contents_late"],
    "quota_low": lambda row: (
        row["quota_left"] is not None
        and row["quota_left"] < 0.1 * (row["quota_limit"] or 0)
    ),
    "alarmed": lambda row: bool(row["alarm_count"]),
}


def fleet(env: Any, wanted: Wanted) -> dict[str, Any]:
    """Return the body of the call."""
    rows = _rows(env)
    _bring_up_to_date(env, rows)
    found = [row for row in rows if _fits(row, wanted)]
    found.sort(key=_order)
    first = (wanted.page - 1) * wanted.limit
    shown = found[first : first + wanted.limit]
    return {
        "success": True,
        "totals": totals(env, rows),
        "count": len(found),
        "page": wanted.page,
        "has_more": first + wanted.limit < len(found),
        "locations": _entries(env, shown),
    }


def fleet_totals(env: Any) -> dict[str, Any]:
    """Return the totals alone, for the line above the backend's list."""
    rows = _rows(env)
    _bring_up_to_date(env, rows)
    return totals(env, rows)


def totals(env: Any, rows: list[Row]) -> dict[str, Any]:
    """Return how many locations are well, and the same as a sentence."""
    today = _midnight(env)
    verified = sum(
        row["proof_state"] == "proven"
        and row["proven_complete_at"] is not None
        and row["proven_complete_at"] >= today
        for row in rows
    )
    need_you = sum(row["needs_person"] for row in rows)
    text = env._(
        "%(verified)s of %(locations)s verified today; %(need_you)s need you",
        verified=verified,
        locations=len(rows),
        need_you=need_you,
    )
    return {
        "locations": len(rows),
        "well": sum(row["tone"] == "success" for row in rows),
        "verified_today": verified,
        "need_you": need_you,
        "in_trouble": sum(TROUBLES["any"](row) for row in rows),
        "syncing": sum(row["state"] == "syncing" for row in rows),
        "contacts": sum(row["contact_count"] or 0 for row in rows),
        "text": text,
    }


def _midnight(env: Any) -> datetime:
    """Return when today began where the user is, in UTC."""
    zone = pytz.timezone(env.context.get("tz") or env.user.tz or "UTC")
    here = pytz.utc.localize(fields.Datetime.now()).astimezone(zone)
    midnight: datetime = zone.localize(datetime(here.year, here.month, here.day))
    return midnight.astimezone(pytz.utc).replace(tzinfo=None)


def _rows(env: Any) -> list[Row]:
    """Return the figures of every location that the user may see."""
    locations = env["ghl.location"].search([], order="id")
    for model, names in DEPENDS.items():
        env[model].flush_model(names)
    statement = fleet_rows(SQL("l.id = ANY(%s)", list(locations.ids)))
    env.cr.execute(statement)
    return list(env.cr.dictfetchall())


def _bring_up_to_date(env: Any, rows: list[Row]) -> None:
    """Look again at locations of which something has changed since the last look."""
    # sudo: crons are the administrators'; what is used of it is when it was called.
    cron = env.ref("ghl_contact_sync.ir_cron_alarms", raise_if_not_found=False)
    looked_at: datetime = (cron and cron.sudo().lastcall) or datetime.min + SLACK
    known = looked_at >= fields.Datetime.now() - FRESH
    stale = [row for row in rows if not known or _has_changed(row, looked_at - SLACK)]
    facts = collect_facts(env["ghl.location"].browse([row["id"] for row in stale]))
    voice = Voice()
    for row in stale:
        state = evaluate(facts[row["id"]], voice)
        row["state"], row["tone"] = state.code, state.tone
        row["severity"], row["needs_person"] = severity(state), needs_person(state)


def _has_changed(row: Row, at: datetime) -> bool:
    return (
        row["state"] is None
        or row["active_run_id"] is not None
        # A run that was at work at the last look has ended since.
        or row["state"] in ("syncing", "waiting")
        or (row["changed_at"] is not None and row["changed_at"] > at)
    )


def _fits(row: Row, wanted: Wanted) -> bool:
    if wanted.trouble and not TROUBLES[wanted.trouble](row):
        return False
    if wanted.connection_id and row["connection_id"] != wanted.connection_id:
        return False
    text = (wanted.search or "").strip().casefold()
    names = (row["name"].casefold(), row["ghl_id"].casefold())
    return not text or any(text in name for name in names)


def _order(row: Row) -> tuple[float, float, str]:
    """Return what rows are sorted by: the worst first, then what lags most."""
    lag = row["lag_minutes"]
    return -row["severity"], -math.inf if lag is None else -lag, row["name"]


def _entries(env: Any, rows: list[Row]) -> list[dict[str, Any]]:
    locations = env["ghl.location"].browse([row["id"] for row in rows])
    states = show.to_api(locations)
    entries = []
    for row, location in zip(rows, locations, strict=True):
        # Names of the company and the connection belong to whoever sees the location.
        connection = location.connection_id.sudo()
        entries.append(
            {
                "location_id": row["ghl_id"],
                "name": row["name"],
                "connection_id": connection.id,
                "connection": connection.name,
                "company": connection.company_id.name,
                "responsible": location.sudo().responsible_id.name or None,
                "severity": row["severity"],
                "status": states[row["id"]],
                **_figures(row),
            }
        )
    return entries


def _figures(row: Row) -> dict[str, Any]:
    lag = row["lag_minutes"]
    return {
        "contact_count": row["contact_count"] or 0,
        "ghl_total": row["ghl_total"],
        "coverage": _float(row["coverage"]),
        "proof": row["proof_state"] or "unknown",
        "proven_complete_at": iso_seconds(row["proven_complete_at"]),
        "content_as_of": iso_seconds(row["content_as_of"]),
        "next_sync_at": iso_seconds(row["next_sync_at"]),
        "lag_seconds": None if lag is None else max(0, 60 * lag),
        "quota_left": _float(row["quota_left"]),
        "quota_limit": _float(row["quota_limit"]),
        "last_error": row["last_error"],
        "last_error_at": iso_seconds(row["last_error_at"]),
        "open_alarms": row["alarm_count"],
    }


def _float(value: Any) -> float | None:
    return None if value is None else float(value)

"""Tell how old a location's contents may be, and when they are read again.

Pure figures are in `tools/audit/choose_parts.py`. What is shown of them is on the
location: `contents_at` (the oldest read of any contact), `audit_due_at`, `audit_drift`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

from odoo import fields
from odoo.tools import SQL

from ...tools.audit.choose_parts import (
    PACE,
    RUN_REQUESTS,
    Pace,
    Part,
    choose,
    days_needed,
    due_at,
)
from ..clock import known
from ..connection.page_limit import page_limit
from ..location.quota_figures import quota_of

#: fields of `ghl.location` that people set
AUDIT_RULES = frozenset(("audit_enabled", "audit_days", "audit_share"))
# Contacts of a part: ten full pages.
PART_SIZE = 5_000
# A day's quota that GoHighLevel has not told yet is taken for that small.
UNTOLD_QUOTA = 10_000
# Requests that must be left for a run to be worth beginning: it reads a page.
LEAST_REQUESTS = RUN_REQUESTS + 1
# After an audit that failed the next one is due in an hour, after another in two …
MAX_PAUSES = 5
# When the share of the quota is used up, it is looked at again after that.
SHARE_PAUSE = timedelta(hours=1)
_EPOCH = datetime(1970, 1, 1)


# === THE SHARE OF THE QUOTA === #


def requests_a_day(location: Any) -> int:
    """Return how many requests audits of a location may send in a day."""
    limit = quota_of(location).limit or UNTOLD_QUOTA
    share: int = location.audit_share
    return limit * share // 100


def is_share_too_small(location: Any) -> bool:
    """Tell whether a whole day's share allows no audit to read a page."""
    return requests_a_day(location) < LEAST_REQUESTS


def requests_left(location: Any, run: Any = None) -> int:
    """Return how many requests audits may still send, in any 24 hours.

    :param run: a `ghl.sync.run` at work, whose own requests are left out
    """
    location.env["ghl.sync.run"].flush_model()
    since = fields.Datetime.now() - timedelta(days=1)
    [(sent,)] = location.env.execute_query(
        SQL(
            """
            SELECT COALESCE(SUM(requests_sent), 0)
              FROM (SELECT requests_sent, kind, id, create_date FROM ghl_sync_run
                     WHERE location_id = %s AND create_date > %s
                     ORDER BY id DESC) recent
             WHERE kind = 'audit' AND id <> %s
            """,
            location.id,
            since,
            run.id if run else 0,
        )
    )
    left = requests_a_day(location) - int(sent)
    # The needs of others go first.
    room = quota_of(location).for_background
    return max(0, left if room is None else min(left, room))


# === THE PROMISE === #


def promised_days(location: Any) -> int | None:
    """Return within how many days every contact is read again; None: no promise."""
    # sudo: a figure for whoever sees the location.
    return location.sudo().content_promise_days or None


def days_to_promise(location: Any) -> int | None:
    """Return the days that can honestly be promised, which the location keeps."""
    if not location.audit_enabled or not location.auto_sync:
        return None
    if is_share_too_small(location):
        return None
    return days_needed(location.contact_count, _wanted_pace(location))


def pace_of(location: Any) -> Pace:
    """Return how fast a location is read by schedule."""
    wanted = _wanted_pace(location)
    return wanted._replace(days=days_needed(location.contact_count, wanted))


def _wanted_pace(location: Any) -> Pace:
    return Pace(
        days=max(1, location.audit_days),
        requests=requests_a_day(location),
        page_limit=page_limit(location),
    )


# === WHEN === #


def audit_wanted_at(location: Any) -> datetime | None:
    """Return when the next audit is due, None for never (UTC).

    A person's order comes first, and does not depend on the schedule. After a failure,
    and when the share of the quota is used up, it has to wait.
    """
    location = location.sudo()
    now = exact_now()
    asked_at: datetime | None = location.audit_requested_at or None
    # An order is in the past, whatever the clock showed by which it was noted.
    at = min(asked_at, now) if asked_at else next_audit_at(location)
    if at is None or at > now:
        return at
    pause = _paused_until(location)
    if pause and pause > now:
        return pause
    if not asked_at and requests_left(location) < LEAST_REQUESTS:
        return now + SHARE_PAUSE
    return at


def next_audit_at(location: Any) -> datetime | None:
    """Return when contents are read next by schedule, None for never (UTC)."""
    location = location.sudo()
    if not location.audit_enabled or not location.last_full_at:
        return None
    if not location.contact_count or is_share_too_small(location):
        return None
    at: datetime | None = location.audit_due_at or None
    longest = timedelta(days=PACE * pace_of(location).days)
    if at and at > exact_now() + longest:
        # Nothing can wait for so long: a clock was ahead, or less was promised before.
        at = None
    return at or _due_datetime(location, plan_parts(location))


def _paused_until(location: Any) -> datetime | None:
    """Return until when an audit is left alone, with growing pauses.

    One that failed would fail again; one that a person cancelled is not wanted now.
    """
    Run = location.env["ghl.sync.run"].sudo()
    mine = [("location_id", "=", location.id), ("kind", "=", "audit")]
    last = Run.search([*mine, ("state", "=", "done")], limit=1)
    failed = Run.search(
        [
            *mine,
            ("id", ">", last.id or 0),
            ("state", "in", ("failed", "cancelled")),
        ],
        limit=MAX_PAUSES,
    )
    ended = known(failed[0].finished_at) if failed else None
    return ended and ended + timedelta(hours=2 ** (len(failed) - 1))


# === PARTS === #


def parts_of(location: Any) -> Any:
    """Return the `ghl.audit.part` records of a location."""
    return (
        location.env["ghl.audit.part"]
        .sudo()
        .search([("location_id", "=", location.id)])
    )


def plan_parts(location: Any) -> list[Part]:
    """Return the parts of a location as the plan takes them.

    As many as there will be, before the first audit has made them.
    """
    rows = parts_of(location)
    if rows:
        return [
            Part(row.id, row.contacts, _epoch(known(row.read_at)), row.level)
            for row in rows
        ]
    read_at = _epoch(known(location.contents_at))
    whole, rest = divmod(location.contact_count, PART_SIZE)
    sizes = [PART_SIZE] * whole + ([rest] if rest else [])
    return [Part(key, size, read_at) for key, size in enumerate(sizes)]


def wanted_parts(
    location: Any, requests: int, without: Collection[int] = ()
) -> list[Part]:
    """Return what an audit that begins now reads, the most urgent first.

    All that was not read since a person asked for it; else what is due.

    :param requests: that an audit by schedule may send
    :param without: keys of parts that it has read in vain
    """
    parts = [part for part in plan_parts(location) if part.key not in without]
    asked_at = _epoch(location.audit_requested_at or None)
    if asked_at is None:
        return choose(parts, pace_of(location), epoch_now(), requests)
    left = [part for part in parts if part.read_at is None or part.read_at < asked_at]
    return sorted(left, key=lambda part: (part.read_at or 0.0, part.key))


def refresh(location: Any) -> None:
    """Bring what the location shows of its contents up to date with its parts."""
    location = location.sudo()
    rows = parts_of(location)
    values: dict[str, Any] = {}
    if rows:
        reads = [row.read_at for row in rows]
        values["contents_at"] = min(reads) if all(reads) else False
        found: Counter[str] = Counter()
        for row in rows:
            found.update(row.drift or {})
        values["audit_drift"] = dict(found) or False
        values["audit_drifted"] = sum(rows.mapped("drifted"))
    location.write(values)
    location.audit_due_at = _due_datetime(location, plan_parts(location)) or False


def note_all_read(location: Any, at: Any, unread: Any, is_complete: bool) -> None:
    """Note since when contacts are known to be read, by a full sync or a verify.

    :param unread: `ghl.audit.part` records of which not all contacts were shown
    :param is_complete: whether every contact was
    """
    location = location.sudo()
    rows = parts_of(location)
    rows.begun_at = False
    for row in rows - unread:
        read_at = known(row.read_at)
        if read_at and read_at > at:
            continue
        # The edits that an audit had found are repaired by now.
        level = max(0, row.level - 1)
        row.write({"read_at": at, "drift": False, "drifted": 0, "level": level})
    if not rows and is_complete:
        location.contents_at = at
    asked_at = location.audit_requested_at
    if asked_at and at >= asked_at and is_complete:
        location.audit_requested_at = False
    drop_half_read(location)
    refresh(location)


def drop_half_read(location: Any) -> None:
    """Forget how far parts were read that nobody goes on with."""
    for table in ("ghl.sync.window", "ghl.sync.page"):
        model = location.env[table].sudo()
        model.flush_model()
        location.env.cr.execute(
            SQL(
                """
                DELETE FROM %s w USING ghl_sync_run r
                 WHERE r.id = w.run_id AND r.location_id = %s AND r.kind = 'audit'
                """,
                SQL.identifier(model._table),
                location.id,
            )
        )
        model.invalidate_model()


def _due_datetime(location: Any, parts: list[Part]) -> datetime | None:
    due = due_at(parts, pace_of(location))
    if due is None:
        return None
    # Contents that were never read are due since always.
    return _EPOCH + timedelta(seconds=max(0.0, due))


def has_half_read(location: Any) -> bool:
    """Tell whether some part was begun, and is not read to its end."""
    return bool(parts_of(location).filtered("begun_at"))


def exact_now() -> datetime:
    """Return this moment in UTC, not rounded: what is read is read after an order."""
    return datetime.now(UTC).replace(tzinfo=None)


def epoch_now() -> float:
    """Return this moment in epoch seconds, as parts count them."""
    return (exact_now() - _EPOCH).total_seconds()


def _epoch(at: datetime | None) -> float | None:
    return None if at is None else (at - _EPOCH).total_seconds()

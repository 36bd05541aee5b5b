"""The job that links: batch after batch of the queue, each committed by itself.

It runs as a scheduled action of its own, after the commits of syncs. Killed anywhere
it loses nothing: what a batch did and the queue's rows that it took go together. One
lock per company keeps two of them from making the same contact twice.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import psycopg2

from odoo import fields
from odoo.tools import SQL

from ...tools.log_line import log_line
from ..transaction import (
    DATABASE_GONE,
    commit_or_retry,
    roll_back,
    seconds_left,
)
from .apply import words_of
from .batch import Batch, Outcome

_logger = logging.getLogger(__name__)

BATCH = 1_000
# First half of the advisory lock that keeps two jobs out of one company.
LOCK_SPACE = 0x47485050  # "GHPP"


def locations_due(env: Any) -> Any:
    """Return the locations whose queue holds something, and that want links."""
    rows = env.execute_query(
        SQL(
            """
            SELECT l.id FROM ghl_location l
             WHERE l.partner_link_enabled AND l.active
               AND EXISTS (SELECT FROM ghl_partner_todo t WHERE t.location_id = l.id)
             ORDER BY l.id
            """
        )
    )
    return env["ghl.location"].browse(row[0] for row in rows)


def requeue_refused(env: Any) -> None:
    """Queue what Odoo refused some time ago: the other module may have changed."""
    env.cr.execute(
        SQL(
            """
            WITH due AS (
                UPDATE ghl_partner_link SET retry_at = NULL
                 WHERE retry_at <= %s AND state = 'refused'
                RETURNING location_id, contact_id)
            INSERT INTO ghl_partner_todo (location_id, contact_id)
            SELECT location_id, contact_id FROM due
            """,
            fields.Datetime.now(),
        )
    )


def requeue_by_schedule(env: Any) -> None:
    """Queue all contacts of locations that are to be looked at again."""
    now = fields.Datetime.now()
    locations = env["ghl.location"].search([("partner_link_enabled", "=", True)])
    for location in locations.filtered("partner_look_hours"):
        last, hours = location.partner_looked_at, location.partner_look_hours
        # A moment to come was written by a clock that was wrong.
        if last and now - timedelta(hours=hours) < last <= now:
            continue
        # The first look is what switching on has queued.
        if last:
            env["ghl.partner.todo"]._add_all(location)
        location.partner_looked_at = now


@contextmanager
def company_lock(env: Any, company_id: int) -> Iterator[bool]:
    """Hold the company's lock over several commits; yield False when another does.

    It is taken before the transaction that works under it begins: a snapshot from
    before would lack the Odoo contacts that the last holder made.
    """
    key = (LOCK_SPACE, company_id)
    env.cr.execute("SELECT pg_try_advisory_lock(%s, %s)", key)
    held = bool(env.cr.fetchone()[0])
    # Pending writes belong to the caller.
    env["ir.cron"]._commit_progress(0)
    env.invalidate_all()
    try:
        yield held
    finally:
        if held:
            try:
                roll_back(env)
                env.cr.execute("SELECT pg_advisory_unlock(%s, %s)", key)
            except psycopg2.Error:
                _logger.info(log_line("lock_session_lost", lock=key))


def work_off(env: Any) -> None:
    """Work off the queue of every location, a batch and a commit at a time."""
    commit_or_retry(env, partial(requeue_refused, env))
    commit_or_retry(env, partial(requeue_by_schedule, env))
    due = locations_due(env)
    env["ir.cron"]._commit_progress(0, remaining=len(due))
    for location in due:
        with company_lock(env, location.company_id.id) as held:
            if held and not _work_off_location(location):
                return


def _work_off_location(location: Any) -> bool:
    """Work off one location's queue; tell whether time is left."""
    env, size = location.env, BATCH
    while seconds_left(env):
        try:
            outcome, _left = commit_or_retry(
                env, partial(process_batch, location, size)
            )
        except DATABASE_GONE:
            raise
        # Whatever another module's code raises must not keep the others waiting.
        except Exception as err:  # noqa: BLE001
            roll_back(env)
            _logger.warning(
                log_line(
                    "partner_batch_failed",
                    traceback.format_exc() if size == 1 else None,
                    location=location.id,
                    contacts=size,
                    error=type(err).__name__,
                )
            )
            if size == 1:
                commit_or_retry(env, partial(_set_aside, location, words_of(err)))
            size = max(size // 4, 1)
            continue
        env.invalidate_all()
        env["ir.cron"]._commit_progress(
            outcome.taken, remaining=len(locations_due(env))
        )
        size = min(size * 2, BATCH)
        if not outcome.taken:
            break
    return bool(seconds_left(env))


def _set_aside(location: Any, error: str) -> None:
    """Refuse the contact that the queue begins with, and go on behind it."""
    env = location.env
    rows = _first_rows(location, 1)
    if not rows or not take_lock(env, location.company_id.id):
        return
    [(_row_id, contact_id)] = rows
    Batch(location, [contact_id]).refuse(error)
    env.cr.execute(
        SQL("DELETE FROM ghl_partner_todo WHERE contact_id = %s", contact_id)
    )
    env["ghl.partner.todo"].invalidate_model()


def take_lock(env: Any, company_id: int) -> bool:
    """Hold the company's lock until this transaction ends, if nobody else does."""
    env.cr.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", (LOCK_SPACE, company_id))
    return bool(env.cr.fetchone()[0])


def process_batch(location: Any, size: int = BATCH) -> Outcome:
    """Work off the first contacts of a location's queue; does not commit.

    A contact may wait several times. Only the rows that were read are taken away: one
    that a sync adds meanwhile stands for contents that this transaction cannot see.

    :param location: a `ghl.location` with a privileged environment
    :return: `taken` is 0 when the queue is empty, or another process works for this
        company
    """
    env = location.env
    if not take_lock(env, location.company_id.id):
        return Outcome()
    rows = _first_rows(location, size)
    if not rows:
        return Outcome()
    batch = Batch(location, list(dict.fromkeys(row[1] for row in rows)))
    outcome = batch.process()
    kept = batch.unsettled
    done = [row[0] for row in rows if row[1] not in kept]
    env.cr.execute(SQL("DELETE FROM ghl_partner_todo WHERE id = ANY(%s)", done))
    env["ghl.partner.todo"].invalidate_model()
    outcome.taken = len(done)
    return outcome


def _first_rows(location: Any, size: int) -> list[tuple[int, int]]:
    rows: list[tuple[int, int]] = location.env.execute_query(
        SQL(
            "SELECT id, contact_id FROM ghl_partner_todo WHERE location_id = %s"
            " ORDER BY id LIMIT %s",
            location.id,
            size,
        )
    )
    return rows

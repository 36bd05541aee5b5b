"""One writer per location: the right to touch its mirror."""

import logging
from contextlib import contextmanager

import psycopg2

from odoo import api, models
from odoo.tools import SQL

from ...engine.location.writer_lock import LOCK_SPACE

_logger = logging.getLogger(__name__)


class GhlLocation(models.Model):
    _inherit = "ghl.location"

    @contextmanager
    def _only_writer(self):
        """Hold the location's advisory lock; yield False when another process has it.

        It belongs to the database session, so it outlives the commits of a slice and
        dies with a killed process.
        """
        self.ensure_one()
        key = (LOCK_SPACE, self.id)
        self.env.cr.execute("SELECT pg_try_advisory_lock(%s, %s)", key)
        (alone,) = self.env.cr.fetchone()
        try:
            yield alone
        finally:
            if alone:
                try:
                    self.env.cr.rollback()
                    self.env.cr.execute("SELECT pg_advisory_unlock(%s, %s)", key)
                except psycopg2.Error:
                    _logger.info(
                        "lock %s: database session lost, its lock with it", key
                    )

    def _hold_writer_lock(self) -> bool:
        """Hold the location's lock until this transaction ends, if nobody else does."""
        self.ensure_one()
        key = (LOCK_SPACE, self.id)
        self.env.cr.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", key)
        return self.env.cr.fetchone()[0]

    def _has_writer(self) -> bool:
        """Tell whether some process holds the location's lock just now."""
        self.ensure_one()
        self.env.cr.execute(
            """
            SELECT EXISTS (
                SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database
                 WHERE l.locktype = 'advisory' AND l.granted
                   AND l.classid = %s AND l.objid = %s AND l.objsubid = 2
                   AND d.datname = current_database())
            """,
            (LOCK_SPACE, self.id),
        )
        return self.env.cr.fetchone()[0]

    @api.model
    def _ids_with_writer(self) -> set[int]:
        """Return the ids of all locations whose lock some process holds just now."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT l.objid
                  FROM pg_locks l JOIN pg_database d ON d.oid = l.database
                 WHERE l.locktype = 'advisory' AND l.granted
                   AND l.classid = %s AND l.objsubid = 2
                   AND d.datname = current_database()
                """,
                LOCK_SPACE,
            )
        )
        return {location_id for (location_id,) in rows}

    def _wake_next_slice(self) -> None:
        """Have the workers look again as soon as this job is released.

        Odoo makes a job with work left ready again, but wakes nobody for it: the next
        slice would wait for the poll that comes once a minute.
        """
        cron = self.env["ir.cron"]
        self.env.cr.postcommit.add(cron._notifydb)
        cron._commit_progress(0, remaining=1)

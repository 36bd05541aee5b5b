"""The outermost boundary of the engine: a run never stays "running" for ever."""

from typing import Any

from odoo.tools import SQL

from .. import const
from .deletion.store import CandidateStore
from .slice.run_log import log_end
from .transaction import roll_back


def end_at_all_costs(run: Any) -> None:
    """End a run whose end could not be written in its own words.

    By plain SQL with a constant text: whatever made the record, its follow-up or its
    words fail must not make this fail as well.
    """
    env = run.env
    roll_back(env)
    message = env._(
        "An unexpected error stopped the sync, and its own words could not be stored. "
        "The server's log has the details of run %s.",
        run.id,
    )
    env.cr.execute(
        SQL(
            """
            UPDATE ghl_sync_run
               SET state = 'failed', error = %s, error_code = 'internal_error',
                   finished_at = now() AT TIME ZONE 'UTC', resume_at = NULL,
                   checkpoint = NULL
             WHERE id = %s AND state IN %s
            """,
            message,
            run.id,
            const.ACTIVE_STATES,
        )
    )
    was_active = env.cr.rowcount
    for table in ("ghl_sync_page", "ghl_sync_window"):
        env.cr.execute(
            SQL("DELETE FROM %s WHERE run_id = %s", SQL.identifier(table), run.id)
        )
    CandidateStore(env, run.location_id, run).drop_unfinished()
    env.invalidate_all(flush=False)
    if was_active:
        log_end(run)
    env["ir.cron"]._commit_progress(0, remaining=0)

"""Forgetting by bounded batches that nobody waits for.

A batch is one transaction. Rows that somebody else has locked are passed over, and a
batch that would have to wait for a lock all the same gives up until the next call: a
sync comes first.
"""

from __future__ import annotations

import logging
from typing import Any

from psycopg2.errors import LockNotAvailable, QueryCanceled

from odoo.tools import SQL

from ...tools.log_line import log_line
from .rules import ENDED, RULES, Rule

_logger = logging.getLogger(__name__)

# A batch waits no longer for a lock: foreign keys want some.
_LOCK_TIMEOUT = "200ms"


def purge(env: Any) -> tuple[int, bool]:
    """Forget one batch of the first rows that are too old.

    To be called again after a commit, for as long as there may be more.

    :return: how many rows are gone, and whether there may be more
    """
    env.flush_all()
    for rule in RULES:
        if count := _purge_batch(env, rule):
            return count, True
    return 0, False


def _purge_batch(env: Any, rule: Rule) -> int:
    limit = rule.limit(env)
    if limit is None:
        return 0
    try:
        with env.cr.savepoint(flush=False):
            _wait_for_locks(env, _LOCK_TIMEOUT)
            if rule.before:
                rule.before(env)
            count = _delete(env, rule, _ids(env, rule, limit))
    except (LockNotAvailable, QueryCanceled):
        _logger.info(log_line("retention_held_up", model=rule.model))
        return 0
    finally:
        _wait_for_locks(env, "0")
    return count


def _wait_for_locks(env: Any, at_most: str) -> None:
    env.cr.execute("SELECT set_config('lock_timeout', %s, true)", [at_most])


def _ids(env: Any, rule: Rule, limit: Any) -> list[int]:
    """Lock the oldest rows that nobody else has locked; return their ids."""
    query = SQL(  # pylint: disable=sql-injection
        f"SELECT t.id FROM {rule.rows} ORDER BY {rule.order} LIMIT %(batch)s"
        " FOR UPDATE OF t SKIP LOCKED",
        limit=limit,
        ended=list(ENDED),
        most=env["ghl.settings"]._int("change_limit"),
        batch=rule.batch,
    )
    env.cr.execute(query)
    return [row_id for (row_id,) in env.cr.fetchall()]


def _delete(env: Any, rule: Rule, ids: list[int]) -> int:
    records = env[rule.model].browse(ids)
    if rule.forget:
        rule.forget(records.with_context(active_test=False).sudo())
    elif ids:
        env.cr.execute(
            SQL(
                "DELETE FROM %s WHERE id = ANY(%s)",
                SQL.identifier(records._table),
                ids,
            )
        )
        records.invalidate_model()
    return len(ids)

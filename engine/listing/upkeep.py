"""Upkeep of large lists: indexes and rankings, made beside all other work."""

import logging
import threading
import time
from typing import Any

import psycopg2

from odoo.sql_db import db_connect
from odoo.tools import SQL

from ...tools.log_line import log_line
from ..crons import own_crons
from ..mirror import late_indexes
from . import ranking

_logger = logging.getLogger(__name__)

# Seconds for which transactions are waited for that began before a counting.
_PATIENCE = 60
_LOCK = SQL("hashtext('ghl_contact_sync.listing')")


def is_wanted(cr: Any) -> bool:
    """Tell whether an index is to be made, or an order to be counted."""
    return (
        late_indexes.is_wanted(cr)
        or ranking.is_restored(cr)
        or bool(ranking.wanted(cr))
    )


def wake(env: Any) -> None:
    """Have what is wanted made soon (at the end of a full sync)."""
    env["ghl.sync.run"].flush_model(["state"])
    env["ghl.location"].flush_model(["contact_count"])
    if is_wanted(env.cr):
        own_crons.trigger(env, "ir_cron_search_index")


def start(dbname: str) -> None:
    """Have a thread make what is wanted.

    It waits for whatever transaction is open, and a cron's own is as long as its job.
    """
    threading.Thread(
        target=work, args=(dbname,), name="ghl_listing", daemon=True
    ).start()


def work(dbname: str) -> None:
    """Make what is wanted, unless another process does so."""
    threading.current_thread().dbname = dbname  # type: ignore[attr-defined]
    try:
        with db_connect(dbname).cursor() as cr:
            cr.execute(SQL("SELECT pg_try_advisory_lock(%s)", _LOCK))
            (alone,) = cr.fetchone()
            cr.commit()  # pylint: disable=invalid-commit
            if not alone:
                return
            try:
                if late_indexes.is_wanted(cr):
                    cr.commit()  # pylint: disable=invalid-commit
                    late_indexes.make_concurrently(cr)
                ranking.forget_restored(cr)
                cr.commit()  # pylint: disable=invalid-commit
                for location_id in ranking.wanted(cr):
                    _count_orders(cr, location_id)
            finally:
                cr.rollback()
                cr.execute(SQL("SELECT pg_advisory_unlock(%s)", _LOCK))
                cr.commit()  # pylint: disable=invalid-commit
    except psycopg2.Error as err:
        # The cron comes back to it.
        _logger.warning(log_line("lists_not_indexed", error=err))


def _count_orders(cr: Any, location_id: int) -> None:
    """Count the orders of a location, each in a transaction of its own."""
    ranking.order_counting(cr, location_id)
    cr.commit()  # pylint: disable=invalid-commit
    deadline = time.monotonic() + _PATIENCE
    while not ranking.is_countable(cr, location_id):
        cr.rollback()
        if time.monotonic() > deadline:
            return
        time.sleep(0.2)
    cr.rollback()
    for sort in ranking.SORTS:
        if late_indexes.is_filling(cr):
            # Its end has the others counted.
            return
        ranking.count(cr, location_id, sort)
        cr.commit()  # pylint: disable=invalid-commit
    ranking.drop_counted_shifts(cr)
    cr.commit()  # pylint: disable=invalid-commit
    _logger.info(log_line("lists_ranked", location=location_id))

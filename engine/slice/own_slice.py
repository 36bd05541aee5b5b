"""Work on a location that belongs to no run: webhooks, and deletions that were left."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from typing import Any

from odoo.exceptions import UserError

from ...tools.errors import GhlError
from ...tools.log_line import log_line
from ..crons.location_cron import wake_next_slice
from ..location.writer_lock import try_lock
from ..transaction import DATABASE_GONE, roll_back
from ..vendor_access.refusals import is_refused
from .slice import SliceOver, SyncSlice

_logger = logging.getLogger(__name__)


def work_without_run(
    location: Any,
    work: Callable[[SyncSlice], None],
    on_error: Callable[[Exception, bool], None],
    **options: Any,
) -> bool:
    """Do some work as the location's one writer, in a slice that belongs to no run.

    Nothing is done while the access is refused, the connection is another database's,
    or somebody else writes. When the time is up, another slice is ordered.

    :param work: is given the slice, and commits by it; may raise `SliceOver`
    :param on_error: is given what ended the work, after what was not committed is
        undone, and whether the vendor accepted anything; it is committed
    :param options: for the slice's client
    :return: whether the time was up before all was done
    """
    if is_refused(location) or location.connection_id.is_moved:
        # Nobody calls with a dead token, or a copied one.
        return False
    if not location.env["ir.cron"]._commit_progress(0, remaining=1):
        wake_next_slice(location.env)
        return True
    with try_lock(location) as acquired:
        return acquired and _work_locked(location, work, on_error, options)


def _work_locked(
    location: Any,
    work: Callable[[SyncSlice], None],
    on_error: Callable[[Exception, bool], None],
    options: dict[str, Any],
) -> bool:
    env = location.env
    own_slice = None
    try:
        own_slice = SyncSlice(env["ghl.sync.run"], location, **options)
        work(own_slice)
        env["ir.cron"]._commit_progress(0, remaining=0)
    except SliceOver:
        wake_next_slice(env)
        return True
    except DATABASE_GONE:
        raise
    # The boundary of the worker: an error that nobody foresaw must not have Odoo switch
    # the location's cron off.
    except Exception as err:  # noqa: BLE001
        _log(location, err)
        roll_back(env)
        on_error(err, bool(own_slice and own_slice.any_success))
        env["ir.cron"]._commit_progress(0, remaining=0)
    finally:
        if own_slice:
            own_slice.close()
    return False


def _log(location: Any, err: Exception) -> None:
    if isinstance(err, (GhlError, UserError)):
        _logger.info(log_line("work_waits", location=location.id, error=err))
        return
    # Masked: a database error quotes values, and those are personal data.
    trace = traceback.format_exc()
    _logger.error(log_line("work_failed", trace, location=location.id))

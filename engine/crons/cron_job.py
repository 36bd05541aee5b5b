"""The bodies of crons, which are begun again when they lose to another transaction.

Odoo repeats a request that lost. Of a cron it logs a traceback and counts a failure,
until it switches the cron off. All bodies commit as they go, and go on from what is
committed, so that beginning again is what a restart of Odoo would do as well.
"""

from __future__ import annotations

import functools
import itertools
import logging
from collections.abc import Callable
from typing import Any, TypeVar

from psycopg2.errors import LockNotAvailable

from ...tools.log_line import log_line
from ..transaction import LOST_RACE, retry_transaction, roll_back, seconds_left
from .location_cron import wake_next_slice

_logger = logging.getLogger(__name__)
Result = TypeVar("Result")


def cron_job(body: Callable[[Any], Result]) -> Callable[[Any], Result | None]:
    """Decorate a method that Odoo calls in the background, with no arguments.

    One that loses again and again gives way, and is called again soon.
    """

    @functools.wraps(body)
    def begun_again(records: Any) -> Result | None:
        env = records.env
        tries = itertools.count()

        def work() -> Result | None:
            if next(tries) and not seconds_left(env):
                # Odoo ends a process whose job lasts too long.
                wake_next_slice(env)
                return None
            result = body(records)
            # Else Odoo does it, behind this: what is pending may lose as well.
            env.cr.flush()
            return result

        try:
            return retry_transaction(work, undo=lambda: roll_back(env))
        # A lock was waited for already, for as long as whoever wanted it can.
        except (*LOST_RACE, LockNotAvailable) as err:
            _logger.info(
                log_line(
                    "job_gave_way", job=body.__qualname__, error=type(err).__name__
                )
            )
            wake_next_slice(env)
            return None

    return begun_again

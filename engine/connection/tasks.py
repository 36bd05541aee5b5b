"""Working off what connections are to ask GoHighLevel: one thing at a time, isolated.

Every step is committed before the next begins, so that nothing depends on rows that
others cannot see yet, and trouble with one connection is not that of another.
"""

import logging
import traceback
from collections.abc import Callable
from functools import partial
from typing import Any

from odoo.exceptions import UserError

from ...tools.correlation import correlated
from ...tools.errors import GhlError
from ...tools.foreign_text import as_html
from ...tools.log_line import log_line
from ..transaction import (
    DATABASE_GONE,
    LOST_RACE,
    commit_or_retry,
    end_transaction,
    retry_transaction,
    roll_back,
)
from . import agency, move
from .check import check_location, check_locations
from .stored_calibration import calibrate_connection, try_to_calibrate
from .tokens import get_install_token

_logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 3
# A task that lost to another transaction is done again so often at once. It only asks
# GoHighLevel; a token that was renewed meanwhile is stored, and used.
TRIES = 3


def work_off(env: Any) -> None:
    """Do the tasks that are ordered, until none is left or the cron's time is up."""
    Task = env["ghl.connection.task"]
    while task := commit_or_retry(env, Task._claim, remaining=0)[0]:
        env["ir.cron"]._commit_progress(0, remaining=1)
        with correlated(None):
            _perform(task)
        left = Task.search_count([("state", "=", "queued")])
        if not env["ir.cron"]._commit_progress(1, remaining=left):
            return


def _perform(task: Any) -> None:
    try:
        went_well, message = retry_transaction(
            partial(_do, task), undo=partial(roll_back, task.env), tries=TRIES
        )
    except (GhlError, UserError) as err:
        roll_back(task.env)
        _logger.info(log_line("task_failed", task=task.id, error=err))
        task._finish("failed", str(err))
    except LOST_RACE:
        _logger.info(log_line("task_put_off", task=task.id))
        _put_off(task)
    except DATABASE_GONE as err:
        # Raises once more where the database itself is away.
        roll_back(task.env)
        _logger.info(log_line("task_put_back", task=task.id, error=type(err).__name__))
        _put_back(task)
    # The boundary of a task: an error in one that nobody foresaw must not stop the
    # others.
    except Exception:  # noqa: BLE001
        roll_back(task.env)
        # Masked: a database error quotes values.
        _logger.error(log_line("task_crashed", traceback.format_exc(), task=task.id))
        task._finish(
            "failed", task.env._("An unexpected error; the server's log has details.")
        )
    else:
        task._finish("done" if went_well else "failed", message)


def _do(task: Any) -> tuple[bool, str]:
    outcome = HANDLERS[task.kind](task)
    task.env.flush_all()
    return outcome


def _put_off(task: Any) -> None:
    # Its connection may be deleted.
    if task.exists():
        # Nothing was wrong, so that it does not count.
        _queue_again(task, task.attempts - 1)


def _queue_again(task: Any, attempts: int) -> None:
    twin = [
        *(("id", "!=", task.id), ("state", "=", "queued"), ("kind", "=", task.kind)),
        ("connection_id", "=", task.connection_id.id),
        ("location_id", "=", task.location_id.id),
    ]
    if task.search_count(twin, limit=1):
        # It was ordered once more since, and waits once.
        task.unlink()
    else:
        task.write({"state": "queued", "attempts": attempts})


def _put_back(task: Any) -> None:
    if not task.exists():
        return
    if task.attempts < MAX_ATTEMPTS:
        _queue_again(task, task.attempts)
        return
    task._finish(
        "failed", task.env._("Odoo's database was too busy for this. Try again.")
    )


# === WHAT IS DONE: each returns (whether it went well, what came of it in words) === #


def _set_up(task: Any) -> tuple[bool, str]:
    """Name the account and its locations; what fails here can be done again."""
    connection = task.connection_id
    went_well = True
    try:
        if connection._is_agency():
            message = agency.reconcile_locations(connection)
        else:
            message = agency.register_location(connection)
            end_transaction(task.env)
            try_to_calibrate(connection)
    except GhlError as err:
        roll_back(task.env)
        went_well = False
        message = task.env._(
            "Connected, but the locations could not be read yet: %s", str(err)
        )
    lacking = agency.scope_words(connection)
    if lacking:
        went_well, message = False, f"{message} {lacking}"
    connection.message_post(body=as_html(message))
    return went_well, message


def _test(task: Any) -> tuple[bool, str]:
    connection = task.connection_id
    if connection.auth_kind == "oauth" and connection._is_agency():
        agency.reconcile_locations(connection)
        # Tokens of new locations are stored by transactions that must see them.
        end_transaction(task.env)
    troubles, _refused = check_locations(connection)
    if troubles:
        return False, " ".join(troubles)
    return True, task.env._("GoHighLevel answers for every location.")


def _test_location(task: Any) -> tuple[bool, str]:
    check_location(task.location_id)
    words = task.env._("GoHighLevel answers for “%s”.", task.location_id.name)
    return True, words


def _reconcile(task: Any) -> tuple[bool, str]:
    return True, agency.reconcile_locations(task.connection_id)


def _calibrate(task: Any) -> tuple[bool, str]:
    calibrate_connection(task.connection_id)
    return True, task.env._("Calibrated: the engine adapts to what was found.")


def _move(task: Any) -> tuple[bool, str]:
    # The task has the rights that the person who ordered it has now.
    location = task.location_id.with_user(task.user_id)
    target = task.target_id.with_user(task.user_id)
    move.check_move(location, target)
    try:
        return True, move.move_location(location, target)
    except GhlError as err:
        roll_back(task.env)
        return False, move.refusal(err, target)


def _renew(task: Any) -> tuple[bool, str]:
    get_install_token(task.connection_id)
    return True, task.env._("The token is fresh.")


HANDLERS: dict[str, Callable[[Any], tuple[bool, str]]] = {
    "setup": _set_up,
    "test": _test,
    "test_location": _test_location,
    "reconcile": _reconcile,
    "calibrate": _calibrate,
    "renew": _renew,
    "move": _move,
}

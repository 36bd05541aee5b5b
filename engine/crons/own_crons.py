"""The module's own crons: called by name, made again when somebody deleted one.

Locations have crons of their own (`engine/crons/location_cron.py`). Each sort looks
after the other (`engine/crons/mend.py`): one that works is enough to bring all back.
"""

import functools
import logging
import re
from datetime import datetime
from typing import Any

from psycopg2.errors import UniqueViolation

from odoo.exceptions import ConcurrencyError
from odoo.tools import SQL, convert_file, file_open
from odoo.tools.convert import ParseError

from ...tools.log_line import log_line
from ..transaction import LOST_RACE

_logger = logging.getLogger(__name__)

MODULE = "ghl_contact_sync"
# Without these crons nobody notices troubles, and nothing is cleaned up.
ESSENTIAL = (
    *("ir_cron_watchdog", "ir_cron_webhooks", "ir_cron_connection_tasks"),
    "ir_cron_alarms",
)
_FILE = "data/ir_cron_data.xml"


@functools.cache
def names() -> tuple[str, ...]:
    """Return the names of the module's crons, as its data file has them."""
    with file_open(f"{MODULE}/{_FILE}") as file:
        return tuple(re.findall(r'<record id="(\w+)" model="ir\.cron"', file.read()))


def is_neutralized(env: Any) -> bool:
    """Tell whether Odoo has switched everything off in a copy, and it stays so."""
    return bool(env["ir.config_parameter"].sudo().get_param("database.is_neutralized"))


def find(env: Any, name: str) -> Any:
    """Return one of the module's crons (sudo), an empty record when it is missing."""
    cron = env.ref(f"{MODULE}.{name}", raise_if_not_found=False)
    return (cron or env["ir.cron"]).sudo()


def trigger(env: Any, name: str, at: datetime | None = None) -> None:
    """Have one of the module's crons called; one that is missing is made again.

    :param at: when (UTC); None: now
    """
    if not find(env, name):
        restore(env)
    cron = find(env, name)
    if cron:
        cron._trigger(at)


def restore(env: Any) -> list[str]:
    """Make again what is missing; return the names."""
    if is_neutralized(env):
        return []
    there = _by_name(env)
    missing = [name for name in names() if name not in there]
    if missing:
        # Those that are there stay as they are: the file is for the first install.
        _load(env(su=True))
        _logger.warning(log_line("crons_made_again", names=", ".join(missing)))
    return missing


def _load(env: Any) -> None:
    """Load the data file.

    :raise ConcurrencyError: another transaction does so as well
    """
    try:
        convert_file(env, MODULE, _FILE, {}, mode="update", noupdate=True)
    except ParseError as err:
        # Odoo wraps whatever goes wrong in it.
        if isinstance(err.__cause__, (*LOST_RACE, UniqueViolation)):
            raise ConcurrencyError(str(err.__cause__)) from err
        raise


def find_all(env: Any) -> Any:
    """Return those of the module's crons that there are."""
    return env["ir.cron"].sudo().browse(_by_name(env).values())


def _by_name(env: Any) -> dict[str, int]:
    """Return {name: id} of the module's crons that there are."""
    env["ir.cron"].flush_model(["active"])
    return dict(
        env.execute_query(
            SQL(
                """
                SELECT d.name, c.id
                  FROM ir_model_data d JOIN ir_cron c ON c.id = d.res_id
                 WHERE d.module = %s AND d.model = 'ir.cron' AND d.name = ANY(%s)
                """,
                MODULE,
                list(names()),
            )
        )
    )


def essential_off(env: Any) -> list[str]:
    """Return the names of the crons that notice trouble, and were switched off.

    One that is missing is made again before anybody could switch it on.
    """
    env["ir.cron"].flush_model(["active", "cron_name"])
    rows = env.execute_query(
        SQL(
            """
            SELECT c.cron_name FROM ir_model_data d JOIN ir_cron c ON c.id = d.res_id
             WHERE d.module = %s AND d.model = 'ir.cron' AND d.name = ANY(%s)
               AND c.active IS NOT TRUE ORDER BY c.cron_name
            """,
            MODULE,
            list(ESSENTIAL),
        )
    )
    return [name for (name,) in rows]

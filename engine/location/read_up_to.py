"""Up to when a location's changes are read, in SQL, for figures of many locations."""

from odoo import fields
from odoo.tools import SQL

from ...tools.state.facts import CLOCK_SLACK


def read_up_to(location: SQL, good_run: SQL) -> SQL:
    """Return since when changes are read, as states and alarms take it.

    A run keeps its beginning however long it waits, and reads changes after that. So
    it counts only where nothing else is known, or a clock was ahead.

    :param location: alias of the location's row
    :param good_run: when the last good run began
    """
    return SQL(
        "CASE WHEN %(read)s <= %(now)s::timestamp + %(slack)s THEN %(read)s "
        "ELSE %(good_run)s END",
        read=SQL("%s.last_delta_at", location),
        now=fields.Datetime.now(),
        slack=CLOCK_SLACK,
        good_run=good_run,
    )

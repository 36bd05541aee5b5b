"""The indexes by which people find and sort contacts, made once there are many.

To keep them costs a fill more than all the rest, and some ten thousand contacts are
searched and sorted in a moment without. So they are made when there are more, beside
all other work, and not while a first fill is on. Trigrams are an extension that Odoo
makes with each new database; where it is missing, that index is left out.
"""

import logging
from dataclasses import dataclass
from typing import Any

from odoo.modules.db import has_trigram
from odoo.tools import SQL

from ... import const
from ...tools.mapping.grams import grams_sql
from .tag_dates import RELATION

_logger = logging.getLogger(__name__)

# Contacts from which on the indexes are worth their upkeep.
LARGE = 20_000
# Hours for which a full sync may put them off: some location may always have one.
PATIENCE_HOURS = 1
# Texts are ordered by so many of their first characters: PostgreSQL bounds the entries
# of an index to 2,700 bytes, and would refuse a contact with a longer text.
SORTED_LENGTH = 200


@dataclass(frozen=True)
class LateIndex:
    """An index: its name, and what stands after the table's."""

    name: str
    definition: str
    needs_trigrams: bool = False
    table: str = "ghl_contact"

    def add(self, cr: Any, how: str = "") -> None:
        """Add it, unless it is there; `how` may be CONCURRENTLY."""
        cr.execute(
            SQL(  # pylint: disable=sql-injection
                f"CREATE INDEX {how} IF NOT EXISTS {self.name}"
                f" ON {self.table} {self.definition}"
            )
        )

    def drop(self, cr: Any, how: str = "") -> None:
        """Drop it; `how` may be CONCURRENTLY."""
        cr.execute(
            SQL(f"DROP INDEX {how} IF EXISTS {self.name}")  # pylint: disable=sql-injection
        )


def sorted_sql(column: str) -> str:
    """Return what a column of text is ordered by."""
    return f"left({column}, {SORTED_LENGTH})"


_ACTIVE = "WHERE active IS TRUE"
INDEXES = (
    LateIndex(
        "ghl_contact__search_text_trgm_idx",
        f"USING gin (search_text gin_trgm_ops) {_ACTIVE}",
        needs_trigrams=True,
    ),
    # Texts without three letters or digits in a row have no trigrams.
    LateIndex(
        "ghl_contact__grams_idx", f"USING gin (({grams_sql('search_text')})) {_ACTIVE}"
    ),
    LateIndex(
        "ghl_contact__owner_idx",
        f"(location_id, {sorted_sql('assigned_to')}, "
        f"date_added_ms DESC NULLS LAST, id DESC) {_ACTIVE}",
    ),
    # The default order of Odoo's own list, which shows all locations.
    LateIndex(
        "ghl_contact__any_location_idx",
        f"(date_added_ms DESC NULLS LAST, id DESC) INCLUDE (location_id) {_ACTIVE}",
    ),
    LateIndex(
        "ghl_contact__updated_idx",
        f"(location_id, date_updated_ms DESC NULLS LAST, id DESC) {_ACTIVE}",
    ),
    # The contacts of a tag, in the default order.
    LateIndex(
        "ghl_contact__tag_idx",
        "(ghl_tag_id, added_ms DESC NULLS LAST, ghl_contact_id DESC)",
        table=RELATION,
    ),
    # The few that the charts leave out.
    LateIndex("ghl_contact__tombstone_idx", "(location_id) WHERE active IS NOT TRUE"),
    *(
        LateIndex(
            f"ghl_contact__{column}_idx",
            f"(location_id, {sorted_sql(column)}, id) {_ACTIVE}",
        )
        for column in const.SORTED_TEXTS
    ),
)


def is_wanted(cr: Any) -> bool:
    """Tell whether an index is worth its upkeep, is not there, and may be made now."""
    if not _missing(cr):
        return False
    cr.execute("SELECT COALESCE(sum(contact_count), 0) FROM ghl_location")
    return bool(cr.fetchone()[0] >= LARGE) and not is_filling(cr)


def _missing(cr: Any) -> list[LateIndex]:
    """Return the indexes that are not there, or were left behind half made."""
    cr.execute(
        "SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
        " WHERE i.indrelid = ANY(%s::regclass[]) AND i.indisvalid",
        [list({index.table for index in INDEXES})],
    )
    there = {name for (name,) in cr.fetchall()}
    trigrams = bool(has_trigram(cr))
    return [
        index
        for index in INDEXES
        if index.name not in there and (trigrams or not index.needs_trigrams)
    ]


def is_filling(cr: Any) -> bool:
    """Tell whether a full sync is on, which would have to keep them from now on."""
    cr.execute(
        """
        SELECT EXISTS (
            SELECT FROM ghl_sync_run
             WHERE kind = 'full' AND state = ANY(%s)
               AND create_date > now() AT TIME ZONE 'UTC' - %s * INTERVAL '1 hour')
        """,
        [list(const.ACTIVE_STATES), PATIENCE_HOURS],
    )
    return bool(cr.fetchone()[0])


def make(cr: Any) -> None:
    """Make all in a transaction; nobody else can write meanwhile."""
    for index in _missing(cr):
        index.drop(cr)
        index.add(cr)


def make_concurrently(cr: Any) -> None:
    """Make the indexes while others read and write, outside of a transaction."""
    # PostgreSQL makes no index CONCURRENTLY inside a transaction.
    cr._cnx.autocommit = True
    try:
        cr.execute("SET maintenance_work_mem = '256MB'")
        for index in _missing(cr):
            if is_filling(cr):
                # Its end has the others made.
                return
            # An attempt that was cut short leaves an index of no use.
            index.drop(cr, "CONCURRENTLY")
            index.add(cr, "CONCURRENTLY")
        # PostgreSQL then knows what the new indexes hold, and which pages of the table
        # they can do without.
        cr.execute(SQL("VACUUM (ANALYZE) ghl_contact, %s", SQL.identifier(RELATION)))
        _logger.info("contacts are found and sorted by indexes from now on")
    finally:
        cr.execute("RESET maintenance_work_mem")
        cr._cnx.autocommit = False


def drop(cr: Any) -> None:
    """Drop all: to fill them row by row takes longer than to make them anew."""
    for index in INDEXES:
        index.drop(cr)

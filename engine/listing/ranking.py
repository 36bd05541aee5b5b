"""Counted orders of large locations, by which a page deep in one is found at once.

To pass over a million contacts takes PostgreSQL most of a second. So every thousandth
contact of an order is marked with its rank, once there are many. Whatever is written
afterwards leaves a *shift*: a contact came (+1) or went (-1), with what it was ordered
by. The rank of a mark is what was counted, and the shifts before it: exact, in every
transaction that looks. When the shifts become many, the order is counted anew.

Shifts are left by triggers, so by whoever writes, and only for locations with marks: a
first fill leaves none.
"""

import logging
from typing import Any

from odoo.tools import SQL

from ... import const
from ..mirror.late_indexes import sorted_sql
from .order import TIMESTAMPS, Order

_logger = logging.getLogger(__name__)

# Contacts from which on an order is counted; fewer are passed over in a moment.
LARGE = 50_000
STEP = 1_000
# Shifts of a location. Each is looked at by each page that is deep in it.
FEW, MOST = 2_000, 10_000
# An order is not counted anew more often, in minutes.
PAUSE = 30

# No transaction that one can see has this number, or a higher one.
NEXT_TRANSACTION = "pg_snapshot_xmax(pg_current_snapshot())"

FUNCTION = "ghl_contact_sync_shifted"
_KEYS = {**TIMESTAMPS, **{column: sorted_sql(column) for column in const.SORTED_TEXTS}}
SORTS = tuple(_KEYS)
_TABLES = f"""
    CREATE TABLE IF NOT EXISTS ghl_contact_ranking (
        id serial PRIMARY KEY,
        location_id int NOT NULL REFERENCES ghl_location ON DELETE CASCADE,
        sort varchar NOT NULL,
        ordered_by xid8 NOT NULL DEFAULT pg_current_xact_id(),
        ordered_at timestamptz NOT NULL DEFAULT now(),
        -- NULL while it is being counted: what it has counted.
        counted pg_snapshot,
        filled int,
        empty int,
        UNIQUE (location_id, sort));
    CREATE TABLE IF NOT EXISTS ghl_contact_mark (
        ranking_id int NOT NULL REFERENCES ghl_contact_ranking ON DELETE CASCADE,
        filled boolean NOT NULL,
        rank int NOT NULL,
        contact_id int NOT NULL,
        moment float8,
        words text,
        PRIMARY KEY (ranking_id, filled, rank));
    CREATE TABLE IF NOT EXISTS ghl_contact_shift (
        location_id int NOT NULL,
        written_by xid8 NOT NULL DEFAULT pg_current_xact_id(),
        delta int NOT NULL,
        contact_id int NOT NULL,
        {", ".join(f"{sort} float8" for sort in TIMESTAMPS)},
        {", ".join(f"{sort} text" for sort in const.SORTED_TEXTS)});
    CREATE INDEX IF NOT EXISTS ghl_contact_shift_location_idx
        ON ghl_contact_shift (location_id);
"""
_SHOWN = f"""
    SELECT location_id, id, {", ".join(_KEYS.values())} FROM {{rows}}
     WHERE active AND location_id IN (SELECT location_id FROM ghl_contact_ranking)
"""
_LEAVE = f"""
    INSERT INTO ghl_contact_shift (delta, location_id, contact_id, {", ".join(_KEYS)})
    SELECT {{delta}}, shown.* FROM ({{rows}}) AS shown;
"""


def _leave(delta: int, rows: str, but: str = "") -> str:
    """Return the statement that leaves shifts of rows that others do not equal."""
    shown = _SHOWN.format(rows=rows)
    if but:
        shown += f"EXCEPT {_SHOWN.format(rows=but)}"
    return _LEAVE.format(delta=delta, rows=shown)


def _when_few(rows: str, statements: str) -> str:
    """Return statements for when few rows were written; many void what was counted."""
    return f"""
        IF (SELECT count(*) FROM (SELECT FROM {rows} LIMIT {MOST} + 1) AS few) > {MOST}
        THEN
            DELETE FROM ghl_contact_ranking
             WHERE location_id = ANY(ARRAY(SELECT DISTINCT location_id FROM {rows}));
            RETURN NULL;
        END IF;
        {statements}
    """


_FUNCTION_SQL = f"""
    CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NOT EXISTS (SELECT FROM ghl_contact_ranking) THEN
            RETURN NULL;
        END IF;
        IF TG_OP = 'TRUNCATE' THEN
            DELETE FROM ghl_contact_ranking;
        ELSIF TG_OP = 'INSERT' THEN
            {_when_few("came", _leave(1, "came"))}
        ELSIF TG_OP = 'DELETE' THEN
            {_when_few("went", _leave(-1, "went"))}
        ELSE
            {_when_few("went", _leave(-1, "went", "came") + _leave(1, "came", "went"))}
        END IF;
        -- So many by now that to count anew is cheaper than to look at them.
        DELETE FROM ghl_contact_ranking
         WHERE location_id IN (
                   SELECT location_id FROM (
                       SELECT DISTINCT location_id FROM ghl_contact_ranking) AS ranked,
                       LATERAL (SELECT count(*) FROM (
                           SELECT FROM ghl_contact_shift s
                            WHERE s.location_id = ranked.location_id
                            LIMIT {MOST} + 1) AS few) AS shifts
                    WHERE shifts.count > {MOST});
        RETURN NULL;
    END $$
"""
_TRIGGERS = {
    "INSERT": "REFERENCING NEW TABLE AS came",
    "UPDATE": "REFERENCING OLD TABLE AS went NEW TABLE AS came",
    "DELETE": "REFERENCING OLD TABLE AS went",
    "TRUNCATE": "",
}


def set_up(cr: Any) -> None:
    """Make the tables and the triggers that leave shifts (at install and upgrade).

    No trigger that is there is made again: that would lock the table of contacts.
    """
    cr.execute(SQL(_TABLES))  # pylint: disable=sql-injection
    cr.execute(SQL(_FUNCTION_SQL))  # pylint: disable=sql-injection
    for event, rows in _TRIGGERS.items():
        name = f"ghl_contact_shifted_{event.lower()}"
        cr.execute(
            "SELECT FROM pg_trigger"
            " WHERE tgname = %s AND tgrelid = 'ghl_contact'::regclass",
            [name],
        )
        if not cr.rowcount:
            cr.execute(
                SQL(  # pylint: disable=sql-injection
                    f"CREATE TRIGGER {name} AFTER {event} ON ghl_contact"
                    f" {rows}"
                    f" FOR EACH STATEMENT EXECUTE FUNCTION {FUNCTION}()"
                )
            )


def tear_down(cr: Any) -> None:
    """Remove what `set_up` has made (at uninstall)."""
    cr.execute(
        SQL(  # pylint: disable=sql-injection
            f"""
            DROP FUNCTION IF EXISTS {FUNCTION}() CASCADE;
            DROP TABLE IF EXISTS ghl_contact_mark, ghl_contact_ranking,
                ghl_contact_shift
            """
        )
    )


def wanted(cr: Any) -> list[int]:
    """Return the ids of the large locations with an order that is to be counted."""
    cr.execute(
        """
        SELECT l.id FROM ghl_location l
         WHERE l.active AND l.contact_count >= %(large)s
           AND ((SELECT count(*) FROM ghl_contact_ranking r
                  WHERE r.location_id = l.id AND r.counted IS NOT NULL) < %(sorts)s
                OR (SELECT count(*) FROM ghl_contact_shift s
                     WHERE s.location_id = l.id) > %(few)s
                AND (SELECT min(ordered_at) + %(pause)s * INTERVAL '1 minute'
                       FROM ghl_contact_ranking r
                      WHERE r.location_id = l.id) < now())
         ORDER BY l.id
        """,
        {"large": LARGE, "sorts": len(SORTS), "few": FEW, "pause": PAUSE},
    )
    return [location_id for (location_id,) in cr.fetchall()]


def order_counting(cr: Any, location_id: int) -> None:
    """Have shifts of a location left from the next transactions on."""
    cr.execute(
        """
        INSERT INTO ghl_contact_ranking (location_id, sort)
        SELECT %s, unnest(%s::text[]) ON CONFLICT DO NOTHING
        """,
        [location_id, list(SORTS)],
    )


def is_countable(cr: Any, location_id: int) -> bool:
    """Tell whether everybody who writes leaves shifts of a location by now.

    A transaction that began before the counting was ordered does not.
    """
    cr.execute(
        """
        SELECT NOT EXISTS (
            SELECT FROM pg_stat_activity, ghl_contact_ranking r
             WHERE datname = current_database() AND pid <> pg_backend_pid()
               AND backend_type = 'client backend'
               AND r.location_id = %s AND r.counted IS NULL
               AND GREATEST(age(backend_xmin), age(backend_xid))
                   >= age(r.ordered_by::xid))
        """,
        [location_id],
    )
    return bool(cr.fetchone()[0])


def count(cr: Any, location_id: int, sort: str) -> None:
    """Count one order of a location, in a transaction that sees one state of all."""
    order = Order(sort, descending=False)
    cr.execute(
        "SELECT id FROM ghl_contact_ranking WHERE location_id = %s AND sort = %s",
        [location_id, sort],
    )
    found = cr.fetchone()
    if not found:
        return
    (ranking_id,) = found
    cr.execute("DELETE FROM ghl_contact_mark WHERE ranking_id = %s", [ranking_id])
    totals = {True: 0, False: 0}
    for filled in totals:
        where = SQL(
            "location_id = %s AND active IS TRUE AND %s",
            location_id,
            order.in_zone(filled),
        )
        cr.execute(SQL("SELECT count(*) FROM ghl_contact WHERE %s", where))
        totals[filled] = cr.fetchone()[0]
        cr.execute(_mark_sql(ranking_id, order, filled, where))
    cr.execute(
        """
        UPDATE ghl_contact_ranking
           SET counted = pg_current_snapshot(), ordered_at = now(),
               filled = %s, empty = %s
         WHERE id = %s
        """,
        [totals[True], totals[False], ranking_id],
    )


def _mark_sql(ranking_id: int, order: Order, filled: bool, where: SQL) -> SQL:
    """Return the statement that marks every thousandth contact of a zone."""
    return SQL(
        """
        INSERT INTO ghl_contact_mark (ranking_id, filled, rank, contact_id, %(column)s)
        SELECT %(ranking)s, %(filled)s, rank, id, key
          FROM (SELECT id, %(key)s AS key,
                       row_number() OVER (ORDER BY %(key)s, id) - 1 AS rank
                  FROM ghl_contact WHERE %(where)s) AS ranked
         WHERE rank %% %(step)s = 0
        """,
        key=order.key,
        where=where,
        column=SQL("moment" if order.is_by_date else "words"),
        ranking=ranking_id,
        filled=filled,
        step=STEP,
    )


# Whether an order was counted by another server, of which this database is a restored
# dump: transactions are numbered anew there, and what its numbers tell is wrong here.
_RESTORED = f"""
    (ordered_by >= {NEXT_TRANSACTION} OR pg_snapshot_xmax(counted) > {NEXT_TRANSACTION})
"""


def is_restored(cr: Any) -> bool:
    """Tell whether orders are there that another server has counted."""
    cr.execute(
        SQL(  # pylint: disable=sql-injection
            f"SELECT EXISTS (SELECT FROM ghl_contact_ranking WHERE {_RESTORED})"
        )
    )
    return bool(cr.fetchone()[0])


def forget_restored(cr: Any) -> None:
    """Forget orders that another server has counted, and shifts that it left."""
    cr.execute(
        SQL(  # pylint: disable=sql-injection
            f"""
            DELETE FROM ghl_contact_ranking WHERE {_RESTORED};
            DELETE FROM ghl_contact_shift WHERE written_by >= {NEXT_TRANSACTION}
            """
        )
    )


def drop_counted_shifts(cr: Any) -> None:
    """Forget the shifts that every order of their location has counted."""
    cr.execute(
        """
        DELETE FROM ghl_contact_shift s
         WHERE NOT EXISTS (
               SELECT FROM ghl_contact_ranking r
                WHERE r.location_id = s.location_id
                  AND (r.counted IS NULL
                       OR NOT pg_visible_in_snapshot(s.written_by, r.counted)))
        """
    )

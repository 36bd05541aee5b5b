"""The beginning of a page deep in an order, found by the marks of its ranking."""

from typing import Any, NamedTuple

from odoo.tools import SQL

from .order import Order, Place
from .ranking import NEXT_TRANSACTION
from .use_indexes import sees_all

# So many contacts are passed over in some milliseconds, without marks.
NEAR = 5_000


class _Ranking(NamedTuple):
    id: int
    counted: str
    filled: int
    empty: int
    shifts: int


def locate(location: Any, order: Order, skip: int) -> tuple[Place | None, int]:
    """Return a place that is not far before a contact, and how far.

    :param skip: how many contacts come before the one that is meant
    :return: (None, skip) when nothing is known
    """
    if skip <= NEAR or not sees_all(location.env):
        return None, skip
    ranking = _find(location, order)
    if ranking is None:
        return None, skip
    first, second = order.zones
    total = _total(location, order, ranking, first)
    if skip < total:
        return _in_zone(location, order, ranking, first, total, skip) or (None, skip)
    skip -= total
    total = _total(location, order, ranking, second)
    begin = order.start_of(second), skip
    return _in_zone(location, order, ranking, second, total, skip) or begin


def _find(location: Any, order: Order) -> _Ranking | None:
    rows = location.env.execute_query(
        SQL(
            """
            SELECT id, counted::text, filled, empty,
                   (SELECT count(*) FROM ghl_contact_shift WHERE location_id = %(id)s)
              FROM ghl_contact_ranking
             WHERE location_id = %(id)s AND sort = %(sort)s
               AND pg_snapshot_xmax(counted) <= %(next)s
            """,
            id=location.id,
            sort=order.sort,
            # Counts of another server tell nothing here.
            next=SQL(NEXT_TRANSACTION),  # pylint: disable=sql-injection
        )
    )
    return _Ranking(*rows[0]) if rows else None


def _total(location: Any, order: Order, ranking: _Ranking, filled: bool) -> int:
    counted = ranking.filled if filled else ranking.empty
    return counted + _shifted(location, order, ranking, filled, SQL("TRUE"))


def _shifted(
    location: Any, order: Order, ranking: _Ranking, filled: bool, where: SQL
) -> int:
    """Return by how much the shifts of a zone have changed what was counted."""
    key = SQL.identifier("ghl_contact_shift", order.sort)
    [(total,)] = location.env.execute_query(
        SQL(
            """
            SELECT COALESCE(sum(delta), 0)::int FROM ghl_contact_shift
             WHERE location_id = %s AND %s
               AND NOT pg_visible_in_snapshot(written_by, %s::pg_snapshot) AND %s
            """,
            location.id,
            SQL("%s IS NOT NULL" if filled else "%s IS NULL", key),
            ranking.counted,
            where,
        )
    )
    return int(total)


def _in_zone(
    location: Any,
    order: Order,
    ranking: _Ranking,
    filled: bool,
    total: int,
    skip: int,
) -> tuple[Place, int] | None:
    """Return a place in a zone that is not far before its contact number `skip`.

    Ranks are counted in ascending order, whatever the direction of reading.
    """
    # However the shifts lie, a mark so far away is still before the contact.
    if order.descending:
        where = SQL("rank >= %s ORDER BY rank", total - skip + ranking.shifts)
    else:
        where = SQL("rank < %s ORDER BY rank DESC", skip - ranking.shifts)
    rows = location.env.execute_query(
        SQL(
            """
            SELECT rank, COALESCE(to_jsonb(moment), to_jsonb(words)), contact_id
              FROM ghl_contact_mark
             WHERE ranking_id = %s AND filled = %s AND %s LIMIT 1
            """,
            ranking.id,
            filled,
            where,
        )
    )
    if not rows:
        return None
    rank, value, contact_id = rows[0]
    place = Place(value, contact_id)
    beyond = order.after(
        place,
        SQL.identifier("ghl_contact_shift", order.sort),
        SQL.identifier("ghl_contact_shift", "contact_id"),
    )
    if order.descending:
        lower = rank + _shifted(location, order, ranking, filled, beyond)
        return place, skip - (total - lower)
    up_to = _shifted(location, order, ranking, filled, SQL("NOT (%s)", beyond))
    return place, skip - (rank + 1 + up_to)

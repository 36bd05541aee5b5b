"""Finding a page of contacts: which they are, and how many there are besides."""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from odoo.tools import SQL

from .filters import Filters
from .order import Order, Place
from .read_in_order import is_common, read, try_each


@dataclass(frozen=True)
class Found:
    """Contacts of a page, and how many match (None: not counted).

    `exact` tells whether that is all.
    """

    places: list[Place]
    count: int | None
    exact: bool


def find(
    location: Any,
    filters: Filters,
    order: Order,
    after: Place | None,
    skip: int,
    limit: int,
    bound: int,
) -> Found:
    """Find a page of a location's contacts.

    Few that match are all found by their index, and put in order. Of many, the first
    of the order are soon met by walking along it.

    :param after: the page begins after this place; None: at the beginning
    :param skip: how many contacts are passed over before
    :param bound: count no further than this what a filter finds; 0 counts all
    """
    if not filters:
        places = read(lambda: filters.query(location), order, after, skip, limit)
        return Found(places, None, True)

    def everybody() -> Any:
        return Filters().query(location)

    wanted = filters.condition(location)
    query = filters.query(
        location, indexed=not (filters.is_short and is_common(everybody, wanted, order))
    )
    places, count = _match(query, order, after, skip, limit, bound)
    if not bound or count <= bound:
        return Found(places, count, True)
    if order.sort == "date_added" and filters.tagged_query(location) is not None:
        along = replace(order, tagged=True)
        tagged = partial(filters.tagged_query, location)
        return Found(read(tagged, along, after, skip, limit), bound, False)
    tried = try_each(everybody, wanted, order, after, skip, limit)
    if tried is None:
        # They are many, and far from where the page begins.
        tried, _count = _match(query, order, after, skip, limit, 0)
    return Found(tried, bound, False)


def _match(
    query: Any,
    order: Order,
    after: Place | None,
    skip: int,
    limit: int,
    bound: int,
) -> tuple[list[Place], int]:
    """Find contacts by their filter and order them then.

    :param query: Odoo's query for them
    :param bound: find no more than one beyond it; 0: find all
    """
    query.limit = bound + 1 if bound else None
    key, contact_id = SQL("key"), SQL("id")
    rows = query._env.execute_query(
        SQL(
            """
            WITH matching(id, key) AS MATERIALIZED (%(matching)s),
                 shown AS (SELECT id, key FROM matching WHERE %(after)s
                            ORDER BY %(by)s LIMIT %(limit)s OFFSET %(skip)s)
            SELECT (SELECT count(*) FROM matching), shown.id, shown.key
              FROM (SELECT) AS always LEFT JOIN shown ON TRUE
             ORDER BY %(by)s
            """,
            matching=query.select(SQL.identifier("ghl_contact", "id"), order.key),
            after=_after_sql(order, after, key, contact_id),
            by=order.of_columns(key, contact_id),
            limit=limit,
            skip=skip,
        )
    )
    places = [Place(value, number) for _count, number, value in rows if number]
    return places, rows[0][0]


def _after_sql(order: Order, after: Place | None, key: SQL, contact_id: SQL) -> SQL:
    """Return the condition for what comes after a place, in its zone or the next."""
    if after is None:
        return SQL("TRUE")
    filled = after.value is not None
    own = SQL(
        "(%s AND %s)",
        SQL("%s IS NOT NULL" if filled else "%s IS NULL", key),
        order.after(after, key, contact_id),
    )
    first, second = order.zones
    if filled == second:
        return own
    return SQL(
        "(%s OR %s)", own, SQL("%s IS NOT NULL" if second else "%s IS NULL", key)
    )

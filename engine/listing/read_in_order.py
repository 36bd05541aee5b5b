"""Reading contacts in an order, by its index, from its beginning or from a place on."""

from collections.abc import Callable, Iterator
from typing import Any

from odoo.tools import SQL

from .order import Order, Place

# Contacts that a filter is tried on, one by one, before all that match are looked for.
# A contact takes one or two microseconds.
MOST_TRIED = 20_000
# A page deep in what matches is a longer way: so many contacts for each that is passed.
TRIED_FOR_EACH = 4
# Contacts by which it is judged how common something is.
SAMPLE = 500


def read(
    make_query: Callable[[], Any],
    order: Order,
    after: Place | None,
    skip: int,
    limit: int,
) -> list[Place]:
    """Return the places of contacts in order.

    :param make_query: returns a new query of Odoo for them
    :param after: what comes before the first; None: nothing does
    :param skip: how many are to be passed over
    """
    found: list[Place] = []
    for filled in _zones(order, after):
        query = _zone(make_query(), order, filled, after)
        query.limit, query.offset = limit - len(found), skip
        rows = query._env.execute_query(_select(query, order))
        found += [Place(value, contact_id) for contact_id, value in rows]
        if len(found) == limit:
            break
        if found:
            skip = 0
        elif skip:
            # This zone was passed over as a whole.
            query = _zone(make_query(), order, filled, after)
            query.limit = skip
            skip -= len(query)
    return found


def try_each(
    make_query: Callable[[], Any],
    wanted: SQL,
    order: Order,
    after: Place | None,
    skip: int,
    limit: int,
) -> list[Place] | None:
    """Return the places of contacts in order that a filter lets pass, one by one.

    :param make_query: returns a new query of Odoo for contacts without the filter
    :param wanted: the condition of the filter
    :return: None when too many would have to be looked at
    """
    most = MOST_TRIED + TRIED_FOR_EACH * skip
    found: list[Place] = []
    for filled in _zones(order, after):
        query = _zone(make_query(), order, filled, after)
        query.limit = most
        rows = query._env.execute_query(
            SQL(
                """
                SELECT ghl_contact.id, sort_key FROM (%(tried)s) AS ghl_contact
                 WHERE %(wanted)s ORDER BY %(by)s LIMIT %(limit)s
                """,
                tried=_select(query, order, *_FILTERED),
                wanted=wanted,
                by=order.of_columns(SQL("sort_key"), _ID),
                limit=skip + limit - len(found),
            )
        )
        found += [Place(value, contact_id) for contact_id, value in rows]
        if len(found) == skip + limit:
            break
        query.limit, query.offset = 1, most
        if query._env.execute_query(query.select(SQL("1"))):
            return None
    return found[skip:]


def is_common(make_query: Callable[[], Any], wanted: SQL, order: Order) -> bool:
    """Tell whether a filter lets pass a fifth of the first contacts of an order.

    To look at those that match one by one is then faster than any index of them.
    """
    query = _zone(make_query(), order, order.zones[0], None)
    query.limit = SAMPLE
    [(common,)] = query._env.execute_query(
        SQL(
            "SELECT count(*) FILTER (WHERE %s) * 5 > count(*) FROM (%s) AS ghl_contact",
            wanted,
            _select(query, order, *_FILTERED),
        )
    )
    return bool(common)


# Columns that filters look at.
_FILTERED = tuple(
    SQL.identifier("ghl_contact", column)
    for column in ("assigned_to", "search_text", "date_updated_ms")
)
_ID = SQL.identifier("ghl_contact", "id")


def _zones(order: Order, after: Place | None) -> Iterator[bool]:
    """Yield the zones from the one of a place on."""
    for filled in order.zones:
        if not after or filled == order.zones[1] or filled == (after.value is not None):
            yield filled


def _zone(query: Any, order: Order, filled: bool, after: Place | None) -> Any:
    query.add_where(order.in_zone(filled))
    if after and (after.value is not None) == filled:
        query.add_where(order.after(after, order.key, order.number))
    query.order = order.within_zone()
    return query


def _select(query: Any, order: Order, *more: SQL) -> Any:
    return query.select(order.number, SQL("%s AS sort_key", order.key), *more)

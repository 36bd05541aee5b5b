"""Pages of a location's mirror: what the JSON API finds, in which order, and counts."""

from typing import Any

from odoo.fields import Domain
from odoo.tools import SQL

from ...tools.mapping.search import fold, search_patterns
from ...tools.openapi.calls import SORT_KEYS
from ..location.figures import coverage_of, known_total
from .contact_entries import CONTACT_COLUMNS, contact_entries

# Name in the API → column. By milliseconds, as they order years that no Datetime holds.
_SORT_COLUMNS = {key: key for key in SORT_KEYS} | {
    "date_added": "date_added_ms",
    "date_updated": "date_updated_ms",
}
# Column, direction, and place of nulls.
Order = tuple[str, str, str]


def list_contacts(
    location: Any,
    page: int,
    limit: int,
    sort: str,
    order: str,
    count_limit: int = 0,
    **filters: str | None,
) -> dict[str, Any]:
    """Return one page of the mirror, with the figures that belong to it.

    :param sort: one of `SORT_KEYS`
    :param order: asc or desc; contacts without a value come last, those without
        a date are the oldest; equal ones are ordered by id, so that each contact
        is on one page
    :param count_limit: count no further than this what a filter finds; 0: all
    :param filters: search, tag (name) and selected_user (GHL id), each may be None
    """
    location.ensure_one()
    contacts, count, exact = _find(
        location.env,
        _domain(location, **filters),
        any(filters.values()),
        count_limit,
        (page - 1) * limit,
        limit,
        _order(sort, order),
    )
    # The larger of the two, so that paging reaches whatever either side holds.
    total = max(known_total(location) or 0, location.contact_count)
    if count is not None:
        total = count
    return {
        "contacts": contact_entries(location, contacts),
        "page": page,
        "limit": limit,
        # Beyond what was counted, a full page is likely not the last one.
        "has_more": page * limit < total or (not exact and len(contacts) == limit),
        "total_contacts": total,
        "contact_count": location.contact_count,
        "ghl_total": known_total(location),
        "coverage": coverage_of(location),
        "filtered_count": count,
        "filtered_count_exact": exact,
    }


def _find(
    env: Any,
    domain: Any,
    counted: bool,
    bound: int,
    offset: int,
    limit: int,
    order: Order,
) -> tuple[Any, int | None, bool]:
    """Return contacts, how many match (None: not counted), and whether that is all.

    :param bound: count no further than this; 0 counts all
    """
    if not counted:
        return _walk(env, domain, offset, limit, order), None, True
    if bound:
        query = env["ghl.contact"]._search(domain, limit=bound + 1)
        [(count,)] = env.execute_query(
            SQL("SELECT count(*) FROM (%s) AS few", query.select(SQL("1")))
        )
        if count > bound:
            return _walk(env, domain, offset, limit, order), bound, False
    contacts, count = _sort(env, domain, offset, limit, order)
    return contacts, count, True


def _walk(env: Any, domain: Any, offset: int, limit: int, order: Order) -> Any:
    """Return contacts in order, by the index of that order where there is one."""
    Contact = env["ghl.contact"]
    column, direction, nulls = order
    by = f"{column} {direction} {nulls}, id {direction}"
    # The ids first: they stand in the index, so that what is passed over is not
    # fetched.
    query = Contact._search(domain, offset=offset, limit=limit, order=by)
    contacts = Contact.browse(query)
    contacts.fetch(CONTACT_COLUMNS)
    return contacts


def _sort(
    env: Any, domain: Any, offset: int, limit: int, order: Order
) -> tuple[Any, int]:
    """Return contacts in order, and how many there are, by one scan."""
    Contact = env["ghl.contact"]
    column, direction, nulls = order
    # Found first and ordered then: PostgreSQL would walk the whole index by date
    # to find the few in the order that is asked for.
    matching = Contact._search(domain).select(
        SQL("ghl_contact.id"), SQL.identifier("ghl_contact", column)
    )
    rows = env.execute_query(
        SQL(
            """
            WITH matching(id, key) AS MATERIALIZED (%(matching)s)
            SELECT id, (SELECT count(*) FROM matching) FROM matching
             ORDER BY key %(direction)s %(nulls)s, id %(direction)s
             LIMIT %(limit)s OFFSET %(offset)s
            """,
            matching=matching,
            direction=SQL(direction),
            nulls=SQL(nulls),
            limit=limit,
            offset=offset,
        )
    )
    contacts = Contact.browse(row[0] for row in rows)
    contacts.fetch(CONTACT_COLUMNS)
    if rows or not offset:
        return contacts, rows[0][1] if rows else 0
    return contacts, Contact.search_count(domain)


def _order(sort: str, order: str) -> Order:
    """Return how to order; direction and nulls from constants, as they go into SQL."""
    direction = {"asc": "ASC", "desc": "DESC"}[order]
    column = _SORT_COLUMNS[sort]
    # The index on (location_id, date_added_ms DESC NULLS LAST, id DESC) read
    # backwards gives the nulls first, so ascending dates ask for them there.
    first = direction == "ASC" and column.endswith("_ms")
    return column, direction, "NULLS FIRST" if first else "NULLS LAST"


def _domain(
    location: Any,
    search: str | None = None,
    tag: str | None = None,
    selected_user: str | None = None,
) -> Any:
    domain = Domain("location_id", "=", location.id)
    if search:
        patterns = search_patterns(search, location.country)
        domain &= Domain.OR(Domain("search_text", "=like", text) for text in patterns)
    if tag:
        domain &= Domain("tag_ids", "in", _find_tags(location, tag))
    if selected_user:
        domain &= Domain("assigned_to", "=", selected_user)
    return domain


def _find_tags(location: Any, name: str) -> list[int]:
    """Return the ids of the tags of that name, whatever their case and blanks."""
    tags = location.env["ghl.tag"].with_context(active_test=False)
    own = tags.search_fetch([("location_id", "=", location.id)], ["name"])
    wanted = fold(name).strip()
    return [tag.id for tag in own if fold(tag.name).strip() == wanted]

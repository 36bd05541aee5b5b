"""Pages of a location's mirror, as the JSON API lists them."""

from typing import Any

from ...tools.openapi.contact import COLUMNS, contact_entry
from ..listing.cursor import Cursor, read_cursor, write_cursor
from ..listing.filters import Filters
from ..listing.find_page import Found, find
from ..listing.order import Order, Place
from ..listing.positions import locate
from ..listing.use_indexes import by_indexes
from ..location.figures import coverage_of, known_total


def list_contacts(
    location: Any,
    page: int,
    limit: int,
    sort: str,
    order: str,
    count_limit: int = 0,
    cursor: str | None = None,
    **filters: str | None,
) -> dict[str, Any]:
    """Return one page of the mirror, with the figures that belong to it.

    :param sort: one of `SORT_KEYS`
    :param order: asc or desc; contacts without a value come last, those without
        a date are the oldest; equal ones are ordered by id, so that each contact
        is on one page
    :param count_limit: count no further than this what a filter finds; 0: all
    :param cursor: where the page before ended; it tells page and order
    :param filters: search, tag (name), selected_user (GHL id) and quality (a figure),
        each may be None
    :raise BadCursor: when the cursor is not one of this location's
    """
    location.ensure_one()
    by, after, skip = Order(sort, order == "desc"), None, (page - 1) * limit
    wanted = Filters(
        search=filters.get("search"),
        tag=filters.get("tag"),
        owner=filters.get("selected_user"),
        quality=filters.get("quality"),
    )
    if cursor:
        by, after, page = read_cursor(location, cursor)
        skip = 0
    elif not wanted:
        after, skip = locate(location, by, skip)
    with by_indexes(location.env.cr):
        # One more than is shown tells whether another page follows.
        found = find(
            location,
            wanted,
            by,
            after,
            skip,
            limit + 1,
            count_limit,
        )
    # A tag that was archived is shown for as long as a contact bears it.
    Contact = location.env["ghl.contact"].with_context(active_test=False)
    contacts = Contact.browse(place.id for place in found.places[:limit])
    contacts.fetch(COLUMNS)
    names = location._get_custom_field_names()[location.id]
    more = len(found.places) > limit
    return {
        "contacts": [contact_entry(contact, names) for contact in contacts],
        "page": page,
        "limit": limit,
        "next_cursor": _next_cursor(location, by, found.places, page, limit),
        **_figures(location, found, page * limit, more, bool(cursor)),
    }


def _figures(
    location: Any, found: Found, reached: int, more: bool, by_cursor: bool
) -> dict[str, Any]:
    # The larger of the two, so that paging reaches whatever either side holds.
    total = max(known_total(location) or 0, location.contact_count)
    if found.count is not None:
        total = found.count
    return {
        "has_more": more or (not by_cursor and found.exact and reached < total),
        "total_contacts": total,
        "contact_count": location.contact_count,
        "ghl_total": known_total(location),
        "coverage": coverage_of(location),
        "filtered_count": found.count,
        "filtered_count_exact": found.exact,
    }


def _next_cursor(
    location: Any, order: Order, places: list[Place], page: int, limit: int
) -> str | None:
    """Return where the next page begins, None when none follows in the mirror."""
    if len(places) <= limit:
        return None
    return write_cursor(location, Cursor(order, places[limit - 1], page + 1))

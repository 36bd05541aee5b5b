"""Dialects of the cursor: not with filters, bound to one search, not made up."""

import hashlib

from ..dialects import Dialect
from ..search.engine import Page
from ..search.request import SearchRequest
from ..web import jsonio
from ..web.errors import bad_request
from ..world.store import ContactStore

# Before, and after, every id.
FIRST, LAST = "", "\U0010ffff"


def _mark(request: SearchRequest) -> str:
    raw = jsonio.dumps(
        [request.filters, request.sort, request.query, request.page_limit]
    )
    return hashlib.sha256(raw).hexdigest()[:12]


def check(request: SearchRequest, dialect: Dialect, store: ContactStore) -> None:
    """Refuse a cursor this dialect does not take; strip the mark of a bound one."""
    if request.search_after is None:
        return
    if dialect.cursor_no_filters and request.filters:
        raise bad_request("searchAfter cannot be used with filters")
    if dialect.cursor_bound:
        if request.search_after[-1] != _mark(request):
            raise bad_request("Invalid searchAfter")
        request.search_after = request.search_after[:-1]
    key = request.search_after[-1] if request.search_after else None
    if not isinstance(key, str) or not store.knows(key):
        _check_made_up(request, dialect)


def _check_made_up(request: SearchRequest, dialect: Dialect) -> None:
    if dialect.cursor_made_up_refused:
        raise bad_request("Invalid searchAfter")
    if dialect.cursor_made_up_ignored:
        request.search_after = None
    elif dialect.cursor_made_up_by_date and request.search_after:
        descending = not request.sort or request.sort[0][1]
        edge = FIRST if descending else LAST
        request.search_after = [*request.search_after[:-1], edge]


def bind(request: SearchRequest, page: Page, dialect: Dialect) -> None:
    """Mark the cursors of a page as belonging to this search."""
    if dialect.cursor_bound:
        mark = _mark(request)
        page.cursors = [[*cursor, mark] for cursor in page.cursors]

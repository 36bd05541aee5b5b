"""Dialects of the cursor: not with filters, or bound to the very same search."""

import hashlib

from .. import jsonio
from ..dialects import Dialect
from ..errors import bad_request
from ..search.engine import Page
from ..search.request import SearchRequest


def _mark(request: SearchRequest) -> str:
    raw = jsonio.dumps(
        [request.filters, request.sort, request.query, request.page_limit]
    )
    return hashlib.sha256(raw).hexdigest()[:12]


def check(request: SearchRequest, dialect: Dialect) -> None:
    """Refuse a cursor this dialect does not take; strip the mark of a bound one."""
    if request.search_after is None:
        return
    if dialect.cursor_no_filters and request.filters:
        raise bad_request("searchAfter cannot be used with filters")
    if dialect.cursor_bound:
        if request.search_after[-1] != _mark(request):
            raise bad_request("Invalid searchAfter")
        request.search_after = request.search_after[:-1]


def bind(request: SearchRequest, page: Page, dialect: Dialect) -> None:
    """Mark the cursors of a page as belonging to this search."""
    if dialect.cursor_bound:
        mark = _mark(request)
        page.cursors = [[*cursor, mark] for cursor in page.cursors]

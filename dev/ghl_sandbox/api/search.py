"""``POST /contacts/search``."""

from typing import Any

from ..pipeline import Call
from ..search import parse_request
from ..search.engine import Page
from ..search.request import SearchRequest
from ..web import jsonio
from ..web.wire import Answer
from . import cursors
from .shapes import hits_json


async def search(call: Call) -> Answer:
    """One page of hits, each with its own cursor, and the total."""
    dialect = call.sandbox.settings.dialect
    body = call.json()
    request = parse_request(body, dialect)
    location = call.location(request.location_id)
    mixed_up = call.rule("other_location")
    if mixed_up is not None:
        location = call.sandbox.world.locations[mixed_up.extra["location"]]
    has_cursor = request.search_after is not None
    cursors.check(request, dialect, location.store)
    page = location.search.page(request, dialect, _step_back(call, request))
    _spoil(call, request, page)
    if dialect.short_pages:
        _shorten(page)
    cursors.bind(request, page, dialect)
    call.summary = {
        "cursor": has_cursor,
        "limit": request.page_limit,
        "page": request.page,
        "filters": len(request.filters),
        "sort": [f"{name} {'desc' if down else 'asc'}" for name, down in request.sort],
        "sent": len(page.records),
        "total": page.total,
    }
    return Answer(_rendered(call, page))


def _rendered(call: Call, page: Page) -> bytes:
    dialect = call.sandbox.settings.dialect
    parts = [b'{"contacts":', hits_json(page.records, page.cursors, dialect)]
    if not dialect.total_missing:
        parts.append(b',"total":%d' % _shown_total(page.total, call))
    if dialect.cursor_top_level and page.cursors:
        parts.append(b',"searchAfter":' + jsonio.dumps(page.cursors[-1]))
    parts.append(b',"traceId":"%s"}' % call.trace_id.encode())
    return b"".join(parts)


def _shown_total(total: int, call: Call) -> int:
    dialect = call.sandbox.settings.dialect
    if dialect.total_capped:
        return min(total, 10_000)
    if dialect.total_inexact and total > 10_000:
        return total + total % 199 * total // 20_000 - total // 200
    return total


def _step_back(call: Call, request: SearchRequest) -> int:
    """The fault "the page before again": start one page too early."""
    return request.page_limit if call.rule("repeat_page") else 0


def _spoil(call: Call, request: SearchRequest, page: Page) -> None:
    """Faults in the content of a page."""
    rule = call.rule("total_lies", "short_page", "empty_page")
    if rule is None:
        return
    extra: dict[str, Any] = rule.extra
    if rule.fault == "empty_page":
        _cut(page, 0)
    elif rule.fault == "short_page":
        _cut(page, int(len(page.records) * float(extra.get("fraction", 0.5))))
    elif "value" in extra:
        page.total = int(extra["value"])
    else:
        factor = float(extra.get("factor", 1))
        page.total = max(0, int(page.total * factor) + int(extra.get("add", 0)))


def _shorten(page: Page) -> None:
    """Every third page or so ends early; never an empty one before the end."""
    if len(page.records) > 1 and (page.offset // max(1, len(page.records))) % 3 == 1:
        _cut(page, max(1, len(page.records) * 2 // 3))


def _cut(page: Page, count: int) -> None:
    del page.records[count:], page.cursors[count:]

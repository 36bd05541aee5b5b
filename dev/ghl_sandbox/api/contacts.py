"""Reading contacts other than by search."""

from typing import Any
from urllib.parse import urlencode

from ..pipeline import Call, reply
from ..search import SearchRequest
from ..web import jsonio
from ..web.errors import Refusal, invalid
from ..web.wire import Answer
from ..world.store import Record
from ..world.world import Location
from .shapes import by_id, listed

MAX_LIST = 100


def gone(call: Call, contact_id: str) -> Refusal:
    """Nobody knows a contact of that id (any more)."""
    status = 400 if call.sandbox.settings.dialect.deleted_400 else 404
    return Refusal(status, f"Contact with id {contact_id} not found")


def own_contact(call: Call) -> tuple[Location, Record]:
    """The contact of the path, if the token's location has it."""
    token = call.token
    contact_id = call.request.match_info["contact"]
    assert token is not None
    location = call.location(token.location_id)
    record = location.store.records.get(contact_id)
    if record is None or record.plain:
        others = call.sandbox.world.locations.values()
        if any(contact_id in other.store.records for other in others):
            raise Refusal(403, "The token does not have access to this location.")
        raise gone(call, contact_id)
    return location, record


async def get_contact(call: Call) -> Answer:
    """``GET /contacts/{id}``: the live state, ahead of search when the index lags."""
    _location, record = own_contact(call)
    lower = call.v3 or call.sandbox.settings.dialect.dnd_lowercase
    contact = by_id(record.contact(), lower)
    return reply({"contact": contact, "traceId": call.trace_id})


async def list_contacts(call: Call) -> Answer:
    """``GET /contacts/``: newest first, 100 at most, cursor in ``meta``."""
    query = call.request.query
    location = call.location(query.get("locationId"))
    limit = _number(query.get("limit"), "limit", 20)
    if limit > MAX_LIST:
        raise invalid(f"limit must not be greater than {MAX_LIST}")
    request = SearchRequest(location.id, limit, query=query.get("query", ""))
    request.sort = [("dateAdded", True)]
    if query.get("startAfterId") and query.get("startAfter"):
        timestamp = _number(query["startAfter"], "startAfter", 0)
        request.search_after = [timestamp, query["startAfterId"]]
    dialect = call.sandbox.settings.dialect
    page = location.search.page(request, dialect)
    contacts = [listed(r.contact()) for r in page.records if not r.plain]
    call.summary = {"cursor": bool(request.search_after), "sent": len(contacts)}
    more = page.offset + len(page.records) < page.total
    meta = _meta(call, page.cursors, page.total, page.offset // limit + 1, more)
    return reply({"contacts": contacts, "count": page.total, "meta": meta})


def _meta(
    call: Call, cursors: list[list[Any]], total: int, current: int, more: bool
) -> dict[str, Any]:
    meta: dict[str, Any] = {
        "total": total,
        "currentPage": current,
        "nextPage": current + 1 if more else "",
        "prevPage": current - 1 if current > 1 else None,
    }
    if not cursors:
        return meta
    meta["startAfter"], meta["startAfterId"] = cursors[-1]
    if more:
        query = dict(call.request.query)
        query |= {"startAfter": cursors[-1][0], "startAfterId": cursors[-1][1]}
        meta["nextPageUrl"] = f"{call.sandbox.url}/contacts/?{urlencode(query)}"
    return meta


def _number(text: str | None, name: str, default: int) -> int:
    if text in (None, ""):
        return default
    try:
        number = int(str(text))
    except ValueError as error:
        raise invalid(f"{name} must be a number") from error
    if name == "limit" and number < 1:
        raise invalid("limit must not be less than 1")
    return number


async def duplicates(call: Call) -> Answer:
    """``GET /contacts/search/duplicate``: one contact by e-mail or number."""
    query = call.request.query
    location = call.location(query.get("locationId"))
    wanted = {"email": query.get("email"), "phone": query.get("number")}
    found = find_by(location, {k: v for k, v in wanted.items() if v})
    contact = by_id(found.contact(), call.v3) if found else None
    return reply({"contact": contact, "traceId": call.trace_id})


def find_by(location: Location, wanted: dict[str, str]) -> Record | None:
    """First contact with one of the values; looks at bytes before it parses."""
    for name, value in wanted.items():
        needle = jsonio.dumps(value).lower()
        for record in location.store.records.values():
            if needle not in record.head.lower():
                continue
            contact = record.contact()
            held = contact.get(name) if isinstance(contact, dict) else None
            if isinstance(held, str) and held.lower() == value.lower():
                return record
    return None


async def by_business(call: Call) -> Answer:
    """``GET /contacts/business/{businessId}``."""
    query = call.request.query
    location = call.location(query.get("locationId"))
    limit = _number(query.get("limit"), "limit", 25)
    skip = _number(query.get("skip"), "skip", 0)
    business = call.request.match_info["business"]
    needle = jsonio.dumps({"businessId": business})[1:-1]
    found = [r for r in location.store.records.values() if needle in r.head]
    shown = [by_id(r.contact(), call.v3) for r in found[skip : skip + limit]]
    return reply({"contacts": shown, "count": len(found)})

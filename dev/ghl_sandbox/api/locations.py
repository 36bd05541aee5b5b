"""Locations, their custom fields, tags and users."""

from typing import Any

from ..pipeline import Call, reply
from ..web.errors import Refusal, wrong_location
from ..web.wire import Answer
from ..world.world import Location

MAX_USERS = 100


def _brief(location: Location) -> dict[str, Any]:
    return {
        "id": location.id,
        "name": location.name,
        "phone": "+15550100000",
        "email": "office@example.com",
        "address": "1 Main St",
        "city": "Austin",
        "state": "TX",
        "country": "US",
        "postalCode": "73301",
        "website": "https://www.example.com",
        "timezone": "America/Chicago",
        "settings": {
            "allowDuplicateContact": True,
            "allowDuplicateOpportunity": False,
            "allowFacebookNameMerge": False,
            "disableContactTimezone": False,
            "contactUniqueIdentifiers": ["email", "phone"],
            "crmSettings": {
                "deSyncOwners": True,
                "syncFollowers": {"contact": True, "opportunity": True},
            },
            "saasSettings": {},
        },
        "social": {},
    }


def _full(location: Location) -> dict[str, Any]:
    return _brief(location) | {
        "companyId": location.company_id,
        "domain": "",
        "logoUrl": "",
        "firstName": "Olivia",
        "lastName": "Owner",
        "business": {"name": location.name, "timezone": "America/Chicago"},
        "reseller": {},
        "brandId": "brandBRANDbrandBRA01",
        "automaticMobileAppInvite": False,
        "dateAdded": "2024-01-01T00:00:00.000Z",
        "currency": "",
        "isAgencySubAccount": False,
        "defaultEmailService": "",
        "permissions": {},
        "snapshotId": "",
    }


def _allowed(call: Call, location_id: str) -> Location:
    """A location of the token's own, or any of the agency's."""
    token = call.token
    if token is not None and token.user_type == "Location":
        return call.location(location_id)
    found = call.sandbox.world.locations.get(location_id)
    if found is None:
        raise Refusal(400, f"Location with id {location_id} not found")
    if token is not None and found.company_id != token.company_id:
        raise wrong_location()
    return found


async def get_location(call: Call) -> Answer:
    """``GET /locations/{id}``."""
    location = _allowed(call, call.request.match_info["location"])
    return reply({"location": _full(location), "traceId": call.trace_id})


async def search_locations(call: Call) -> Answer:
    """``GET /locations/search``: an agency's all, a location token's own."""
    query = call.request.query
    token = call.token
    found = list(call.sandbox.world.locations.values())
    if token is not None and token.user_type == "Location":
        found = [item for item in found if item.id == token.location_id]
    if query.get("order", "asc") == "desc":
        found.reverse()
    skip, limit = _count(query.get("skip"), 0), _count(query.get("limit"), 10)
    shown = [_brief(item) for item in found[skip : skip + limit]]
    return reply({"locations": shown, "traceId": call.trace_id})


def _count(text: str | None, default: int) -> int:
    if not text:
        return default
    if not text.isdigit():
        raise Refusal(422, ["skip and limit must be number strings"])
    return int(text)


async def custom_fields(call: Call) -> Answer:
    """``GET /locations/{id}/customFields``: all at once."""
    location = _allowed(call, call.request.match_info["location"])
    model = call.request.query.get("model", "contact")
    if model not in ("contact", "opportunity", "all"):
        raise Refusal(422, ["model must be one of: contact, opportunity, all"])
    shown = [f for f in location.fields if model in ("all", f["model"])]
    return reply({"customFields": shown, "traceId": call.trace_id})


async def custom_field(call: Call) -> Answer:
    """``GET /locations/{id}/customFields/{fieldId}``."""
    location = _allowed(call, call.request.match_info["location"])
    wanted = call.request.match_info["field"]
    for field in location.fields:
        if field["id"] == wanted:
            return reply({"customField": field, "traceId": call.trace_id})
    raise Refusal(400, "Custom field not found")


async def tags(call: Call) -> Answer:
    """``GET /locations/{id}/tags``."""
    location = _allowed(call, call.request.match_info["location"])
    return reply({"tags": location.tags, "traceId": call.trace_id})


async def users(call: Call) -> Answer:
    """``GET /users/?locationId=``: all at once, and gone in v3."""
    if call.v3:
        raise Refusal(400, f"Cannot GET {call.request.path}")
    location = _allowed(call, call.request.query.get("locationId", ""))
    return reply({"users": location.users, "traceId": call.trace_id})


async def search_users(call: Call) -> Answer:
    """``GET /users/search?companyId=&locationId=&skip=&limit=``."""
    query = call.request.query
    company = query.get("companyId", "")
    if not company:
        raise Refusal(
            422, ["companyId must be a string", "companyId should not be empty"]
        )
    skip, limit = _count(query.get("skip"), 0), _count(query.get("limit"), 25)
    if not 1 <= limit <= MAX_USERS:
        raise Refusal(422, [f"limit must not be greater than {MAX_USERS}"])
    location = _allowed(call, query.get("locationId", ""))
    if location.company_id != company:
        raise Refusal(403, "The token does not have access to this company.")
    shown = location.users[skip : skip + limit]
    body = {"users": shown, "count": len(location.users), "traceId": call.trace_id}
    return reply(body)


async def user(call: Call) -> Answer:
    """``GET /users/{id}``."""
    wanted = call.request.match_info["user"]
    token = call.token
    for location in call.sandbox.world.locations.values():
        if token is not None and token.location_id not in (None, location.id):
            continue
        for item in location.users:
            if item["id"] == wanted:
                return reply(item)
    raise Refusal(400, "User not found")

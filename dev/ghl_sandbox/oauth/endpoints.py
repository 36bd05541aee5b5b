"""``/oauth/…``: tokens, location tokens, installed locations; v2 and v3 names."""

import hmac
from typing import Any
from urllib.parse import parse_qsl

from ..pipeline import VERSIONS, Access, Call, reply
from ..web.errors import Refusal, invalid, wrong_scope
from ..web.wire import Answer
from ..world.world import Location
from . import chooser

CAMEL = {
    "access_token": "accessToken",
    "token_type": "tokenType",
    "expires_in": "expiresIn",
    "refresh_token": "refreshToken",
}
FIELDS = {
    "client_id": "clientId",
    "client_secret": "clientSecret",
    "grant_type": "grantType",
    "code": "code",
    "refresh_token": "refreshToken",
    "user_type": "userType",
    "redirect_uri": "redirectUri",
    "companyId": "companyId",
    "locationId": "locationId",
}
GRANT_TYPES = ("authorization_code", "refresh_token", "client_credentials")
MAX_INSTALLED = 100


def _fields(call: Call) -> dict[str, str]:
    """Form or JSON, snake or camel case -> snake case."""
    if "json" in call.request.content_type:
        body = call.json()
        given = body if isinstance(body, dict) else {}
    else:
        text = call.raw.decode("utf-8", "replace")
        given = dict(parse_qsl(text, keep_blank_values=True))
    result = {}
    for snake, camel in FIELDS.items():
        value = given.get(snake, given.get(camel))
        if value not in (None, ""):
            result[snake] = str(value)
    return result


def _shown(call: Call, answer: dict[str, Any]) -> dict[str, Any]:
    """Camel case under v3."""
    if not call.v3:
        return answer
    return {CAMEL.get(name, name): value for name, value in answer.items()}


def _refused(call: Call, refusal: Refusal) -> Refusal:
    """v3 wraps OAuth errors in an envelope of its own."""
    if not call.v3:
        return refusal
    body = {
        "error": {
            "code": "INVALID_ARGUMENT" if refusal.status == 400 else "UNAUTHENTICATED",
            "message": str(refusal.message),
            "details": {},
            "resolution": "Check the request and try again.",
        }
    }
    return Refusal(refusal.status, refusal.message, body=body)


async def token(call: Call) -> Answer:
    """``POST /oauth/token``."""
    try:
        answer = _token(call, _fields(call))
    except Refusal as refusal:
        raise _refused(call, refusal) from None
    return reply(_shown(call, answer))


def _token(call: Call, fields: dict[str, str]) -> dict[str, Any]:
    oauth = call.sandbox.oauth
    for name in ("client_id", "client_secret", "grant_type"):
        if name not in fields:
            raise Refusal(400, f"Missing parameter: {FIELDS[name]}")
    if fields["grant_type"] not in GRANT_TYPES:
        raise Refusal(400, "Invalid parameter: grantType")
    known = hmac.compare_digest(fields["client_id"], oauth.app.client_id)
    secret = hmac.compare_digest(fields["client_secret"], oauth.app.client_secret)
    if not (known and secret):
        oauth.counters["refused"] += 1
        raise Refusal(401, "Invalid client: client credentials are invalid")
    if fields["grant_type"] == "client_credentials":
        raise Refusal(400, "Invalid grant: client_credentials is not allowed")
    if fields["grant_type"] == "authorization_code":
        if "code" not in fields:
            raise Refusal(400, "Missing parameter: code")
        return oauth.exchange(fields["code"], fields.get("redirect_uri"))
    if "refresh_token" not in fields:
        raise Refusal(400, "Missing parameter: refreshToken")
    return oauth.refresh(fields["refresh_token"])


async def location_token(call: Call) -> Answer:
    """``POST /oauth/locationToken`` and v3's ``/oauth/location-token``."""
    _check_name(call)
    if call.token is not None and call.token.kind == "pit":
        raise wrong_scope()
    fields = _fields(call)
    for name in ("companyId", "locationId"):
        if name not in fields:
            raise invalid(f"{name} should not be empty")
    oauth = call.sandbox.oauth
    answer = oauth.location_token(fields["companyId"], fields["locationId"])
    status = 201 if call.sandbox.settings.dialect.location_token_201 else 200
    camel = call.request.path.endswith("location-token")
    return reply(_shown(call, answer) if camel else answer, status)


def _check_name(call: Call) -> None:
    """Under the dialect that has v3 names only, the old ones are unknown."""
    old = call.request.path in ("/oauth/locationToken", "/oauth/installedLocations")
    if old and call.sandbox.settings.dialect.v3_only:
        raise Refusal(404, f"Cannot {call.request.method} {call.request.path}")


def _row(call: Call, location: Location) -> dict[str, Any]:
    row: dict[str, Any] = {
        "_id": location.id,
        "name": location.name,
        "address": "1 Main St, Austin, TX 73301, US",
        "isInstalled": location.installed,
    }
    if location.installed:
        row["versionId"] = call.sandbox.oauth.app.version_id
        row["installedAt"] = location.installed_at
    return row


def _wanted(call: Call) -> list[Location]:
    """The locations that the query selects."""
    query = call.request.query
    world, oauth = call.sandbox.world, call.sandbox.oauth
    for name in ("companyId", "appId"):
        if not query.get(name):
            raise invalid(f"{name} should not be empty", f"{name} must be a string")
    if query["companyId"] != world.company_id:
        raise Refusal(401, "The token does not have access to this company.")
    if query["appId"] != oauth.app.app_id:
        raise Refusal(400, "App not found")
    found = list(world.locations.values())
    installed = query.get("isInstalled")
    if installed is not None:
        found = [item for item in found if item.installed == (installed == "true")]
    elif not call.sandbox.settings.dialect.installed_all:
        found = [item for item in found if item.installed]
    if query.get("locationId"):
        found = [item for item in found if item.id == query["locationId"]]
    if needle := query.get("query", "").lower():
        found = [item for item in found if needle in item.name.lower()]
    return found


def _number(call: Call, name: str, default: int) -> int:
    text = call.request.query.get(name, str(default))
    if not text.isdigit():
        raise invalid(f"{name} must be a number string")
    return int(text)


async def installed_locations(call: Call) -> Answer:
    """``GET /oauth/installedLocations``: skip and limit."""
    _check_name(call)
    found = _wanted(call)
    skip, limit = _number(call, "skip", 0), _number(call, "limit", 20)
    if call.sandbox.settings.dialect.installed_limit_100 and limit > MAX_INSTALLED:
        raise invalid(f"limit must not be greater than {MAX_INSTALLED}")
    rows = [_row(call, item) for item in found[skip : skip + limit]]
    return reply(
        {"locations": rows, "count": len(found), "installToFutureLocations": False}
    )


async def installed_locations_v3(call: Call) -> Answer:
    """``GET /oauth/installed-locations``: page tokens."""
    found = _wanted(call)
    size = _number(call, "pageSize", 20)
    if not 1 <= size <= MAX_INSTALLED:
        raise invalid(f"pageSize must be between 1 and {MAX_INSTALLED}")
    text = call.request.query.get("pageToken", "")
    prefix, _, offset = text.partition("offset.")
    if text and (prefix or not offset.isdigit()):
        raise invalid("pageToken is invalid")
    start = int(offset or 0)
    rows = [_row(call, item) for item in found[start : start + size]]
    pagination: dict[str, Any] = {
        "totalRecords": len(found),
        "hasNextPage": start + size < len(found),
        "hasPrevPage": start > 0,
        "currentPageSize": len(rows),
        "estimatedTotalRecords": len(found),
    }
    if pagination["hasNextPage"]:
        pagination["nextPageToken"] = f"offset.{start + size}"
    if start:
        pagination["prevPageToken"] = f"offset.{max(0, start - size)}"
    return reply(
        {
            "items": rows,
            "pagination": pagination,
            "metadata": {"filterApplied": {}, "sortApplied": {}},
            "installToFutureLocations": False,
        }
    )


OPEN = Access(token=False, version=False)
V3 = ("v3",)
OLD = tuple(version for version in VERSIONS if version != "v3")
MINT = Access("oauth.write", company=True, location=False)
MINT_V3 = Access("oauth.write", company=True, location=False, versions=V3)
LIST = Access("oauth.readonly", company=True, location=False, versions=OLD)
LIST_V3 = Access("oauth.readonly", company=True, location=False, versions=V3)
ROUTES = [
    ("POST", "/oauth/token", OPEN, token),
    ("POST", "/oauth/locationToken", MINT, location_token),
    ("POST", "/oauth/location-token", MINT_V3, location_token),
    ("GET", "/oauth/installedLocations", LIST, installed_locations),
    ("GET", "/oauth/installed-locations", LIST_V3, installed_locations_v3),
    ("GET", "/oauth/chooselocation", OPEN, chooser.page),
    ("GET", "/v2/oauth/chooselocation", OPEN, chooser.page),
    ("POST", "/oauth/approve", OPEN, chooser.approve),
]

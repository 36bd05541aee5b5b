"""Settings, faults, counters, tokens."""

from typing import Any

from aiohttp import web

from ..dialects import DESCRIPTIONS
from ..ready import ready_info
from ..stages.limits import RateLimiter
from ..web import jsonio
from .common import ControlError, body_of, respond, sandbox_of


async def info(request: web.Request) -> web.Response:
    """``GET /_sandbox``."""
    return respond(ready_info(sandbox_of(request)))


async def get_settings(request: web.Request) -> web.Response:
    """``GET /_sandbox/settings``."""
    return respond(sandbox_of(request).settings.to_json())


async def patch_settings(request: web.Request) -> web.Response:
    """``PATCH /_sandbox/settings``: any subset; all or nothing."""
    sandbox = sandbox_of(request)
    sandbox.settings.patch(await body_of(request))
    sandbox.world.apply_settings()
    return respond(sandbox.settings.to_json())


async def dialects(_request: web.Request) -> web.Response:
    """``GET /_sandbox/dialects``."""
    return respond(DESCRIPTIONS)


async def reset(request: web.Request) -> web.Response:
    """``POST /_sandbox/reset``: behaviour as at the start; contacts only when asked."""
    sandbox = sandbox_of(request)
    body = await body_of(request)
    sandbox.reset()
    if body.get("contacts"):
        for location in sandbox.world.locations.values():
            location.repopulate()
    return respond(ready_info(sandbox))


async def stats(request: web.Request) -> web.Response:
    """``GET /_sandbox/stats``."""
    return respond(sandbox_of(request).stats.to_json())


async def reset_stats(request: web.Request) -> web.Response:
    """``DELETE /_sandbox/stats``."""
    sandbox_of(request).stats.reset()
    return respond({})


async def requests(request: web.Request) -> web.Response:
    """``GET /_sandbox/requests?last=50``."""
    count = int(request.query.get("last", "50"))
    return respond(sandbox_of(request).stats.last_requests(count))


async def spend(request: web.Request) -> web.Response:
    """``POST …/limits/spend`` ``{location, count, app?}``: play a used-up day."""
    body = await body_of(request)
    limiter: RateLimiter = sandbox_of(request).limiter
    limiter.spend(str(body["location"]), int(body["count"]), str(body.get("app", "")))
    return respond({})


async def reset_limits(request: web.Request) -> web.Response:
    """``DELETE /_sandbox/limits``: all budgets are full again."""
    sandbox_of(request).limiter.reset()
    return respond({})


async def list_faults(request: web.Request) -> web.Response:
    """``GET /_sandbox/faults``."""
    return respond([rule.to_json() for rule in sandbox_of(request).faults.rules])


async def add_faults(request: web.Request) -> web.Response:
    """``POST /_sandbox/faults``: one rule or a list."""
    value: Any = jsonio.loads(await request.read() or b"{}")
    specs = value if isinstance(value, list) else [value]
    faults = sandbox_of(request).faults
    return respond({"ids": [faults.add(spec) for spec in specs]}, 201)


async def clear_faults(request: web.Request) -> web.Response:
    """``DELETE /_sandbox/faults``."""
    sandbox_of(request).faults.clear()
    return respond({})


async def remove_fault(request: web.Request) -> web.Response:
    """``DELETE /_sandbox/faults/{number}``."""
    sandbox_of(request).faults.remove(int(request.match_info["number"]))
    return respond({})


async def mint_token(request: web.Request) -> web.Response:
    """``POST /_sandbox/tokens``: a token of any kind."""
    sandbox = sandbox_of(request)
    world = sandbox.world
    body = await body_of(request)
    kind = body.get("kind", "pit")
    location_id = body.get("location")
    if location_id is not None and location_id not in world.locations:
        raise KeyError(f"location {location_id}")
    if kind in ("pit", "location") and location_id is None:
        raise ControlError("A location's token needs a location.")
    if kind in ("pit", "agency_pit"):
        owner = location_id if kind == "pit" else None
        token = world.tokens.add_pit(world.company_id, owner)
    elif kind in ("location", "company"):
        about: dict[str, Any] = {
            "company_id": world.company_id,
            "location_id": location_id if kind == "location" else None,
            "user_type": kind.capitalize(),
            "app_id": sandbox.oauth.app.app_id,
        }
        ttl = float(body.get("ttl", sandbox.settings.token_ttl))
        token = world.tokens.add_access(ttl, **about)
    else:
        raise ControlError(f"There is no kind of token {kind!r}.")
    if "scopes" in body:
        token.scopes = list(body["scopes"])
    return respond({"token": token.value, "kind": kind, "scopes": token.scopes}, 201)


async def expire_tokens(request: web.Request) -> web.Response:
    """``POST /_sandbox/tokens/expire``: OAuth access tokens are old from now on."""
    sandbox = sandbox_of(request)
    count = 0
    for token in sandbox.world.tokens.chosen(await body_of(request)):
        if token.kind == "oauth":
            token.expires_at = 0.0
            count += 1
    sandbox.oauth.changed()
    return respond({"expired": count})


async def revoke_tokens(request: web.Request) -> web.Response:
    """``POST /_sandbox/tokens/revoke``: for good; ``refresh`` ends the grants too."""
    sandbox = sandbox_of(request)
    body = await body_of(request)
    chosen = sandbox.world.tokens.chosen(body)
    for token in chosen:
        token.revoked = True
    ended = sandbox.oauth.end_grants(body, chosen) if body.get("refresh") else 0
    sandbox.oauth.changed()
    return respond({"revoked": len(chosen), "grants_ended": ended})

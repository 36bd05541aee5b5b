"""OAuth without a browser, installs, and webhooks."""

import asyncio
import time
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from ..world.world import Location
from .common import ControlError, body_of, flag, respond, sandbox_of


async def oauth(request: web.Request) -> web.Response:
    """``GET /_sandbox/oauth``: what was asked of the token endpoint."""
    sandbox = sandbox_of(request)
    service = sandbox.oauth
    names = ("refreshes", "exchanges", "location_tokens", "refused")
    return respond(
        {name: service.counters[name] for name in names}
        | {
            "refreshes_by_token": dict(service.refreshes),
            "grants": [
                {
                    "userType": grant.user_type,
                    "locationId": grant.location_id,
                    "ended": grant.ended,
                }
                for grant in service.grants
            ],
            "installed": {
                key: item.installed for key, item in sandbox.world.locations.items()
            },
        }
    )


async def reset_oauth(request: web.Request) -> web.Response:
    """``DELETE /_sandbox/oauth``: counters to zero; grants stay."""
    service = sandbox_of(request).oauth
    service.counters.clear()
    service.refreshes.clear()
    return respond({})


def _chosen(request: web.Request, body: dict[str, Any]) -> list[Location]:
    world = sandbox_of(request).world
    if body.get("company") and not body.get("locations"):
        return list(world.locations.values())
    return [world.locations[key] for key in body.get("locations") or []]


async def authorize(request: web.Request) -> web.Response:
    """``POST /_sandbox/authorize``: what the chooser does, without a browser."""
    body = await body_of(request)
    chosen = [location.id for location in _chosen(request, body)]
    if not chosen:
        raise ControlError("Nothing was chosen: give `locations` or `company`.")
    uri = str(body.get("redirect_uri", ""))
    sandbox = sandbox_of(request)
    code = sandbox.approve(chosen, bool(body.get("company")), uri)
    answer = {"code": code}
    if body.get("state") and not sandbox.settings.dialect.state_dropped:
        answer["state"] = str(body["state"])
    return respond({"code": code, "redirect": f"{uri}?{urlencode(answer)}"}, 201)


async def install(request: web.Request) -> web.Response:
    """``POST /_sandbox/install``."""
    body = await body_of(request)
    for location in _chosen(request, body):
        sandbox_of(request).install(location, bool(body.get("webhooks", True)))
    return respond({})


async def uninstall(request: web.Request) -> web.Response:
    """``POST /_sandbox/uninstall``: tokens of the location are dead."""
    body = await body_of(request)
    for location in _chosen(request, body):
        sandbox_of(request).uninstall(location, bool(body.get("webhooks", True)))
    return respond({})


async def pause(request: web.Request) -> web.Response:
    """``POST /_sandbox/pause``: the token endpoint says ``Location is not active``."""
    body = await body_of(request)
    for location in _chosen(request, body):
        location.paused = bool(body.get("paused", True))
    return respond({})


async def get_webhooks(request: web.Request) -> web.Response:
    """``GET /_sandbox/webhooks``."""
    return respond(sandbox_of(request).webhooks.behaviour)


async def patch_webhooks(request: web.Request) -> web.Response:
    """``PATCH /_sandbox/webhooks``."""
    webhooks = sandbox_of(request).webhooks
    webhooks.behaviour = webhooks.behaviour.patched(await body_of(request))
    return respond(webhooks.behaviour)


async def webhook_log(request: web.Request) -> web.Response:
    """``GET /_sandbox/webhooks/log?last=100``."""
    count = int(request.query.get("last", "100"))
    return respond(list(sandbox_of(request).webhooks.log)[-count:])


async def webhook_stats(request: web.Request) -> web.Response:
    """``GET /_sandbox/webhooks/stats``."""
    return respond(sandbox_of(request).webhooks.stats())


async def clear_webhooks(request: web.Request) -> web.Response:
    """``DELETE /_sandbox/webhooks/log``: log and counters are empty."""
    webhooks = sandbox_of(request).webhooks
    webhooks.log.clear()
    webhooks.counters.clear()
    return respond({})


async def sign(request: web.Request) -> web.Response:
    """``POST /_sandbox/webhooks/sign``: signatures of the raw body."""
    wanted = request.query.get("signatures", "both")
    keys = sandbox_of(request).webhooks.keys
    return respond(keys.sign(await request.read(), wanted))


async def send(request: web.Request) -> web.Response:
    """``POST /_sandbox/webhooks/send``: one event of any content."""
    body = await body_of(request)
    payload = body.get("payload")
    if not isinstance(payload, dict):
        raise ControlError("`payload` must be an object.")
    webhooks = sandbox_of(request).webhooks
    webhook_id = webhooks.send(payload, envelope=not body.get("raw"))
    return respond({"webhookId": webhook_id}, 202)


async def wait(request: web.Request) -> web.Response:
    """``POST /_sandbox/webhooks/wait``: until nothing is under way any more."""
    body = await body_of(request)
    webhooks = sandbox_of(request).webhooks
    end = time.monotonic() + float(body.get("timeout", 30))
    while webhooks.pending and time.monotonic() < end:
        await asyncio.sleep(0.02)
    if webhooks.pending and flag(request.query.get("strict"), False):
        raise ControlError(f"{webhooks.pending} deliveries are still pending.", 504)
    return respond(webhooks.stats())

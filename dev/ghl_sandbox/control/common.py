"""Parts that the control handlers share."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from ..sandbox import Sandbox
from ..web import jsonio
from ..web.urls import is_loopback
from ..world.world import Location

SANDBOX: web.AppKey[Sandbox] = web.AppKey("sandbox", Sandbox)
ControlHandler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ControlError(Exception):
    """A wrong call of the control API: one sentence and a status."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


def respond(value: Any, status: int = 200) -> web.Response:
    """A JSON answer."""
    return web.Response(
        body=jsonio.dumps(value), status=status, content_type="application/json"
    )


def guarded(handler: ControlHandler) -> ControlHandler:
    """Turns wrong calls into JSON errors."""

    async def run(request: web.Request) -> web.StreamResponse:
        try:
            _refuse_strangers(request)
            return await handler(request)
        except ControlError as error:
            return respond({"error": str(error)}, error.status)
        except KeyError as error:
            return respond({"error": f"There is no {error.args[0]}."}, 404)
        except (ValueError, TypeError) as error:
            return respond({"error": str(error)}, 400)

    return run


def _refuse_strangers(request: web.Request) -> None:
    """A page of some other site, open in a browser here, must not steer the sandbox."""
    origin = request.headers.get("Origin")
    if origin is not None and not is_loopback(origin):
        raise ControlError("Only pages of this machine may call this.", 403)
    if not is_loopback(f"http://{request.host}"):
        raise ControlError("Only this machine may call this.", 403)


def sandbox_of(request: web.Request) -> Sandbox:
    """The running sandbox."""
    return request.app[SANDBOX]


def location_of(request: web.Request) -> Location:
    """The location of the path; ``KeyError`` (404) when there is none."""
    return sandbox_of(request).world.locations[request.match_info["location"]]


async def body_of(request: web.Request) -> dict[str, Any]:
    """The JSON object sent; an empty body counts as ``{}``."""
    raw = await request.read()
    value = jsonio.loads(raw) if raw else {}
    if not isinstance(value, dict):
        raise ControlError("The body must be a JSON object.")
    return value


def flag(text: str | None, default: bool = True) -> bool:
    """A query parameter that is a yes or a no."""
    if text is None:
        return default
    return text.lower() not in ("0", "false", "no", "")

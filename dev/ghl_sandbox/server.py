"""Builds the sandbox from its options and runs it."""

import asyncio
import signal
import sys
from pathlib import Path

from aiohttp import web

from .api import routes as api_routes
from .cli import Options
from .control import routes as control_routes
from .control.common import SANDBOX
from .oauth.endpoints import ROUTES as OAUTH_ROUTES
from .pipeline import Access, Pipeline
from .ready import ready_info
from .sandbox import Sandbox
from .statefile import read_state, write_private
from .web import jsonio

MAX_BODY = 64 * 1024 * 1024
PORT_IN_USE = 3


def build_sandbox(options: Options) -> Sandbox:
    """Make the world; takes a while for a million contacts."""
    state = read_state(options.state_file)
    anchor = options.anchor_ms(state.get("anchor_ms"))
    sandbox = Sandbox(options.seed, anchor, options.settings)
    if state:
        sandbox.oauth.restore(state)
        sandbox.world.tokens.restore(state["tokens"])
        sandbox.webhooks.keys.restore(state["keys"])
    sandbox.log_requests = options.log_requests
    sandbox.oauth.app.redirect_uris = list(options.redirect_uris)
    sandbox.world.add_agency_pit()
    for spec in options.locations:
        sandbox.world.add_location(spec)
    sandbox.start_with_faults(options.faults)
    sandbox.webhooks.first_urls = list(options.webhook_urls)
    sandbox.webhooks.behaviour = sandbox.webhooks.behaviour.patched(
        {"urls": list(options.webhook_urls)}
    )
    if options.state_file:
        path = options.state_file
        sandbox.oauth.on_change = lambda: _save(sandbox, path)
        sandbox.oauth.changed()
    return sandbox


def _save(sandbox: Sandbox, path: Path) -> None:
    state = sandbox.oauth.state()
    state["tokens"] = sandbox.world.tokens.state()
    state["keys"] = sandbox.webhooks.keys.state()
    state["anchor_ms"] = sandbox.world.anchor_ms
    write_private(path, state)


def build_app(sandbox: Sandbox) -> web.Application:
    """The HTTP application: the vendor's API and the control API."""
    app = web.Application(client_max_size=MAX_BODY)
    app[SANDBOX] = sandbox
    app.on_startup.append(lambda _app: sandbox.webhooks.start())
    app.on_cleanup.append(lambda _app: sandbox.webhooks.stop())
    pipeline = Pipeline(sandbox)
    control_routes.add_routes(app)
    api_routes.add_routes(app, pipeline, [*OAUTH_ROUTES, *api_routes.ROUTES])
    nowhere = pipeline.wrap(
        "unknown path", Access(token=False, version=False), api_routes.unknown_path
    )
    app.router.add_route("*", "/{path:.*}", nowhere)
    return app


async def serve(options: Options) -> int:
    """Run until a signal comes; the exit code."""
    sandbox = build_sandbox(options)
    runner = web.AppRunner(
        build_app(sandbox), access_log=None, handle_signals=False, shutdown_timeout=1
    )
    await runner.setup()
    site = web.TCPSite(runner, options.host, options.port, backlog=1024)
    try:
        await site.start()
    except OSError as error:
        sys.stderr.write(f"Port {options.port} cannot be used: {error.strerror}.\n")
        await runner.cleanup()
        return PORT_IN_USE
    port = runner.addresses[0][1]
    sandbox.url = f"http://{options.host}:{port}"
    _announce(sandbox, options)
    await _until_signal()
    await runner.cleanup()
    return 0


def _announce(sandbox: Sandbox, options: Options) -> None:
    info = ready_info(sandbox)
    if options.ready_file:
        write_private(options.ready_file, info)
    sys.stdout.write(f"SANDBOX {jsonio.dumps(info).decode()}\n")
    sys.stdout.flush()


async def _until_signal() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    await stop.wait()

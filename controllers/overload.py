"""The gate in front of Odoo for the addresses of the API.

Odoo takes a connection to the database before it knows which controller is meant, and
answers in HTML when it gets none. So our addresses pass here first, at the WSGI
application: a bounded number at once, JSON whatever happens, and no database for those
that are turned away. Requests for other addresses go straight through.
"""

import functools
import logging
import threading
from collections.abc import Callable, Hashable, Iterable
from typing import Any

from odoo import http
from odoo.service.server import CommonRequestHandler
from odoo.tools import config

from .. import const
from ..tools.correlation import ACCEPTED_HEADERS, HEADER, correlated, usable_id
from ..tools.web.gate import Gate, Refused
from ..tools.web.wire import (
    has_control_character,
    json_answer,
    raw_answer,
    target_path,
)

_logger = logging.getLogger(__name__)

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
# Bodies as WSGI has them.
Body = Iterable[bytes]

# A request of ours takes one connection, and for moments a second one. Half of the pool
# is left to everybody else.
CONNECTIONS_EACH = 2
MAX_PLACES = 16
# A request that waits costs a thread and no connection.
QUEUE = 200
QUEUE_PER_CALLER = 100
PATIENCE = 5.0

_PATHS = frozenset(
    value
    for name, value in vars(const).items()
    if name.startswith("ROUTE_") and value.startswith("/api/")
)
_BUSY = "The server is busy. Try again in a moment."
_TOO_MANY = "You have too many requests under way at once. Try again in a moment."
_NO_DATABASE = (
    "The database cannot be reached, or this address does not tell which one is meant. "
    "Try again in a moment."
)
_BAD_TEXT = "The address holds a control character or a blank. Encode it as %xx."
_BAD_REQUEST = "The request is no valid HTTP: check that its address is encoded."


@functools.cache
def get_gate(of_webhooks: bool) -> Gate:
    """Return a gate of this process; its size follows Odoo's pool (`db_maxconn`).

    Webhooks have one of their own, which is smaller: they are one caller, and quick.
    """
    pool = int(config["db_maxconn"]) - int(config["max_cron_threads"])
    places = max(2, min(MAX_PLACES, pool // (2 * CONNECTIONS_EACH)))
    at_once = places // 2 if of_webhooks else places
    return Gate(
        places=at_once,
        per_caller=at_once if of_webhooks else max(1, places // 4),
        queue=QUEUE,
        queue_per_caller=QUEUE if of_webhooks else QUEUE_PER_CALLER,
        patience=PATIENCE,
    )


def install() -> None:
    """Put ourselves in front of Odoo's WSGI application (once for each process).

    The servers hold the application itself, so that its class is what can be wrapped.
    """
    call = http.Application.__call__
    if getattr(call, "ghl_contact_sync", False):
        return
    _install_errors()

    @functools.wraps(call)
    def guarded(
        application: http.Application, environ: Environ, start_response: StartResponse
    ) -> Body:
        path = environ.get("PATH_INFO", "").rstrip("/")
        if path not in _PATHS:
            return call(application, environ, start_response)
        serve = functools.partial(call, application)
        with correlated(_sent_id(environ)) as own_id:
            echo = _echo(start_response, own_id)
            return _Admission(serve, path)(environ, echo)

    guarded.ghl_contact_sync = True
    http.Application.__call__ = guarded


def _install_errors() -> None:
    """Have requests that cannot even be parsed answered in JSON, too.

    A blank, or one of the characters that Python takes for one, ends the address. What
    Odoo's threaded server says then fails half-way, as there are no headers yet.
    """
    send_error = CommonRequestHandler.send_error

    @functools.wraps(send_error)
    def send_our_error(handler, code, message=None, explain=None) -> None:
        if target_path(handler.requestline) not in _PATHS:
            send_error(handler, code, message, explain)
            return
        handler.close_connection = True
        handler.log_request(code)
        text = _BAD_TEXT if code == 400 else _BAD_REQUEST
        handler.wfile.write(raw_answer(int(code), "bad_request", text))

    CommonRequestHandler.send_error = send_our_error


def _sent_id(environ: Environ) -> str | None:
    """Return the id by which a caller follows its request, if it sent one."""
    names = ("HTTP_" + name.upper().replace("-", "_") for name in ACCEPTED_HEADERS)
    return next(filter(None, (usable_id(environ.get(name)) for name in names)), None)


def _echo(start_response: StartResponse, own_id: str) -> StartResponse:
    """Return a `start_response` that tells the caller the id of its request."""

    def start(status, headers, exc_info=None) -> Callable[[bytes], None]:
        told = [*headers, (HEADER, own_id)]
        return start_response(status, told, *([exc_info] if exc_info else []))

    return start


class _Admission:
    """One request for an address of ours, on its way to Odoo and back."""

    def __init__(self, serve: Callable[..., Body], path: str) -> None:
        self._serve = serve
        self._is_webhook = path == const.ROUTE_WEBHOOK

    def __call__(self, environ: Environ, start_response: StartResponse) -> Body:
        if has_control_character(environ.get("QUERY_STRING", "")):
            return self._answer(start_response, 400, "bad_request", _BAD_TEXT)
        try:
            with get_gate(self._is_webhook).enter(self._caller_of(environ)):
                return self._pass_on(environ, start_response)
        except Refused as err:
            if err.by_caller:
                refusal = (429, "too_many_requests", _TOO_MANY)
            else:
                refusal = (503, "busy", _BUSY)
            return self._answer(start_response, *refusal, err.retry_after)

    def _caller_of(self, environ: Environ) -> Hashable:
        """Return who calls, by credentials that nobody has looked at yet."""
        if self._is_webhook:
            return "webhook"
        for header in ("HTTP_AUTHORIZATION", "HTTP_COOKIE"):
            if environ.get(header):
                return header, environ[header]
        return "address", environ.get("REMOTE_ADDR")

    def _pass_on(self, environ: Environ, start_response: StartResponse) -> Body:
        """Return Odoo's answer, or ours in place of a page of HTML."""
        told = {}

        def keep(status, headers, exc_info=None) -> Callable[[bytes], None]:
            told.update(status=status, headers=headers)
            return lambda _data: None

        body = self._serve(environ, keep)
        status = int(told["status"].split(" ", 1)[0])
        ours = self._replacement(status, told["headers"])
        if ours is None:
            start_response(told["status"], told["headers"])
            return body
        if hasattr(body, "close"):
            body.close()
        return self._answer(start_response, *ours)

    def _replacement(self, status: int, headers) -> tuple | None:
        """Return what to say instead of an error that Odoo told in HTML, else None.

        The dispatchers of ours have answered in their own form. An error in any other
        form arose before they were chosen.
        """
        kinds = [value for name, value in headers if name.lower() == "content-type"]
        if status < 400 or not (kinds and kinds[0].startswith("text/html")):
            return None
        if status >= 500:
            return 503, "busy", _BUSY, 2
        if status == 404:
            if getattr(threading.current_thread(), "dbname", None):
                # A database without this addon.
                return None
            return 503, "unavailable", _NO_DATABASE, 5
        return status, "http_error", "The request failed."

    def _answer(
        self,
        start_response: StartResponse,
        status: int,
        slug: str,
        message: str,
        retry_after: int | None = None,
    ) -> Body:
        if self._is_webhook:
            # GoHighLevel repeats for certain only what is answered so.
            status = 429 if status in (429, 503) else status
        # Tells a proxy that the addon is loaded, whatever it says.
        ours = ((const.WEBHOOK_HEADER, "1"),) if self._is_webhook else ()
        return json_answer(start_response, status, slug, message, retry_after, ours)

"""The way a request of the JSON API takes: what comes in, and what goes out.

Odoo's dispatchers for `type="http"` and `type="jsonrpc"` answer errors in HTML, or with
status 200 and a traceback. This one is for `type="ghl_api"`: JSON throughout, with real
statuses, strict parameters, CORS by the list in the settings, and no session cookie for
callers that have no session.
"""

import io
import json
import logging
from collections.abc import Callable, Iterable

import psycopg2
from psycopg2.pool import PoolError
from werkzeug.exceptions import HTTPException
from werkzeug.formparser import FormDataParser

from odoo import http
from odoo.api import Environment
from odoo.exceptions import (
    AccessDenied,
    AccessError,
    ConcurrencyError,
    LockError,
    MissingError,
    UserError,
)
from odoo.http import Dispatcher, Request, Response, SessionExpiredException
from odoo.models import BaseModel
from odoo.tools.json import json_default

from ..engine.alarm.attendance import look_after
from ..engine.api.visible_locations import find_location
from ..engine.web.api_error import ApiError
from ..engine.web.receive import MAX_BODY, Received
from ..models.web.ir_http import API_ROUTING
from ..tools.actions import ERROR_ACTIONS, READER, Target, Viewer, describe_all
from ..tools.openapi.parameters import FORM_TYPES, JSON_TYPE
from ..tools.web.bundle import VERSION_HEADER, bundle_version
from ..tools.web.cors import Origin, preflight, shared_with
from ..tools.web.read_params import Param, ParamError, clean_params, parse_json_object

_logger = logging.getLogger(__name__)

# Seconds in which a passing trouble is usually over.
BUSY_SECONDS = 2
# Our own page, which a browser proves by https, to localhost, and when it writes.
_OURS = (Origin.SAME, Origin.ABSENT)
_BUSY = (LockError, ConcurrencyError, psycopg2.OperationalError, PoolError)


def api_route(
    path: str,
    *,
    method: str,
    params: Iterable[Param] = (),
    auth: str = API_ROUTING,
    by_post: bool = False,
    post_changes: bool = False,
) -> Callable[[Callable], Callable]:
    """Route `path` of the JSON API to a method.

    The method is called with one argument per `Param`, and returns the body of the
    answer, (body, status), or a `Response` if it is not JSON.

    :param method: GET (which answers HEAD too) or POST
    :param by_post: a GET that may be sent as POST as well: what is searched for stands
        in no access log then
    :param post_changes: sent as POST it may change something, for which a session has
        to prove where the call comes from
    """
    methods = ("GET", "HEAD") if method == "GET" else (method,)
    return http.route(
        path,
        type=API_ROUTING,
        auth=auth,
        csrf=False,
        # A public route leaves no cookie behind.
        save_session=auth != "none",
        # Reads order syncs and end their transaction: no replica can serve them.
        readonly=False,
        # Odoo's own `methods` would answer the others in HTML.
        ghl_methods=(*methods, "POST") if by_post else methods,
        # A read needs no proof of its origin, by whatever method.
        ghl_reads=method == "GET" and not post_changes,
        ghl_params=tuple(params),
    )


def get_location(env: Environment, location_id: str) -> BaseModel:
    """Return the location of a call.

    :param location_id: GoHighLevel's id of it
    :raise ApiError: 404 when the caller may not see it, or there is none
    """
    location = find_location(env, location_id)
    if not location:
        raise ApiError(404, "unknown_location", env._("There is no such location."))
    return location


class GhlApiDispatcher(Dispatcher):
    """Reads and answers a request for a route of ours, errors included."""

    routing_type = API_ROUTING
    mimetypes = (JSON_TYPE, *FORM_TYPES)

    def __init__(self, request: Request) -> None:
        super().__init__(request)
        #: set before the caller is looked up, by `ir.http`
        self.received = Received()

    @classmethod
    def is_compatible_with(cls, request: Request) -> bool:
        """Tell whether a request is for the API, by its address alone."""
        # Bodies are judged later, so that a wrong type is told in JSON as well.
        return request.httprequest.path.startswith("/api/")

    # === INCOMING === #

    def dispatch(self, endpoint: Callable, args: dict) -> Response:
        """Check the parameters, and have the route answer.

        :raise ApiError: 400 or 415, what was sent does not fit
        """
        if self.request.httprequest.method == "OPTIONS":
            # Other modules (utm) look at the parameters of whatever was answered.
            self.request.params = {}
            return Response(
                status=204,
                headers=preflight(self.received.methods, self.received.listed_origin),
            )
        try:
            self.request.params = clean_params(
                endpoint.routing["ghl_params"], self._read_params()
            )
        except ParamError as err:
            raise ApiError(400, "bad_request", str(err)) from err
        result = self.request.registry["ir.http"]._dispatch(endpoint)
        look_after(self.request.env)
        if isinstance(result, Response):
            return result
        body, status = result if isinstance(result, tuple) else (result, 200)
        return self._make_json_response(body, status)

    def _read_params(self) -> Iterable[tuple[str, object]]:
        httprequest = self.request.httprequest
        if httprequest.method != "POST":
            return httprequest.args.items(multi=True)
        raw = httprequest.get_data()
        if not raw:
            return []
        if httprequest.mimetype == JSON_TYPE:
            return parse_json_object(raw)
        if httprequest.mimetype in FORM_TYPES:
            parser = FormDataParser(silent=False, max_form_memory_size=MAX_BODY)
            try:
                _stream, form, files = parser.parse(
                    io.BytesIO(raw),
                    httprequest.mimetype,
                    len(raw),
                    httprequest.mimetype_params,
                )
            except ValueError as err:
                raise ParamError("The body is not a valid form.") from err
            # A file in place of a text is refused as what it is: no text.
            return [*form.items(multi=True), *files.items(multi=True)]
        raise ApiError(
            415, "unsupported_media_type", f"Send {JSON_TYPE} or a form as body."
        )

    # === OUTGOING === #

    def post_dispatch(self, response: Response) -> None:
        """Add what every answer tells, once the route has made it."""
        result = super().post_dispatch(response)
        response.headers.update(self._common_headers())
        return result

    def handle_error(self, exc: Exception) -> Response:
        """Return the JSON answer for whatever ended the request.

        Reached only after `retrying()` has given up: database errors are never caught
        on the way here, so that Odoo repeats what lost a race.
        """
        status, slug, message = self._describe_error(exc)
        headers = {**self._common_headers(), "X-Content-Type-Options": "nosniff"}
        headers.update(getattr(exc, "headers", None) or {})
        if status == 503:
            headers.setdefault("Retry-After", str(BUSY_SECONDS))
        actions = getattr(exc, "actions", None)
        body = {
            "success": False,
            "error": message,
            "code": slug,
            "actions": self._ways_out(slug) if actions is None else actions,
        }
        response = self._make_json_response(body, status)
        response.headers.update(headers)
        return response

    def _ways_out(self, slug: str) -> list[dict]:
        """Return what helps against an error, as actions; reads nothing stored.

        What a caller may do is not looked up: the database may be what is in trouble.
        """
        codes = ERROR_ACTIONS.get(slug, ())
        return describe_all(codes, Target(), Viewer(roles=(READER,)))

    def _describe_error(self, exc: Exception) -> tuple[int, str, str]:
        if isinstance(exc, ApiError):
            return exc.code, exc.slug, exc.description
        if isinstance(exc, AccessDenied | SessionExpiredException):
            return 401, "unauthorized", "You are not logged in."
        if isinstance(exc, AccessError):
            return 403, "forbidden", str(exc)
        if isinstance(exc, MissingError):
            return 404, "not_found", str(exc)
        if isinstance(exc, _BUSY):
            return 503, "busy", "The database is busy. Try again in a moment."
        if isinstance(exc, UserError):
            return 422, "refused", str(exc)
        if isinstance(exc, HTTPException) and exc.code:
            return exc.code, "http_error", exc.description or "The request failed."
        # Odoo logs it with its traceback; the caller learns nothing of it.
        return 500, "internal_error", "Something went wrong here; the log tells more."

    def _make_json_response(self, body: dict, status: int) -> Response:
        text = json.dumps(
            body, ensure_ascii=False, separators=(",", ":"), default=json_default
        )
        return Response(
            text.encode(),
            status=status,
            headers={"Content-Type": "application/json; charset=utf-8"},
        )

    def _common_headers(self) -> dict[str, str]:
        headers = {"Cache-Control": "no-store", "Vary": "Origin"}
        headers |= shared_with(self.received.listed_origin)
        if self.received.origin in _OURS and self.request.session.uid:
            headers[VERSION_HEADER] = bundle_version()
        return headers

"""The address to which GoHighLevel delivers webhooks.

GoHighLevel repeats a delivery for certain only when it is answered with 429
(https://help.gohighlevel.com/support/solutions/articles/155000007071), so everything
that may pass by itself is answered so: a database that is away, a lost race, a bug.
200 means that the event is stored, was stored before, or is none of ours; 401 that it
is not proven to come from GoHighLevel now.
"""

import logging
import threading
import time
from collections.abc import Callable

import psycopg2
from werkzeug.exceptions import HTTPException, NotFound, RequestEntityTooLarge

from odoo import http
from odoo.http import Dispatcher, Request, Response, request

from .. import const
from ..tools.errors import GhlDatabaseMoved
from ..tools.log_line import log_line
from ..tools.webhook import refusals as reasons
from ..tools.webhook.envelope import MalformedEvent, WebhookEvent, parse_event
from ..tools.webhook.refusals import RefusalBook
from ..tools.webhook.signature import (
    ED25519_HEADER,
    RSA_HEADER,
    SignatureRefused,
    verify,
)

_logger = logging.getLogger(__name__)

WEBHOOK_ROUTING = "ghl_webhook"
# The vendor's clock may be ahead of ours.
MAX_AHEAD_MS = 600_000
WARN_EVERY = 60.0
RETRY_SECONDS = 30


class Refusal(Exception):
    """A refused delivery: the status, and a reason in words for the log.

    :param code: of `tools.webhook.refusals.REASONS`
    :param age_ms: how old a delivery is that is too old
    """

    def __init__(
        self, status: int, reason: str, code: str, age_ms: float | None = None
    ) -> None:
        super().__init__(reason)
        self.status = status
        self.code = code
        self.age_ms = age_ms


class RefusalLog:
    """Warns of refused deliveries once a minute, with how many there were.

    Anybody can send rubbish here; the log must not grow with it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next = 0.0
        self._count = 0

    def note(self, reason: str) -> None:
        """Count a refusal, and log it if the last warning is a while ago."""
        now = time.monotonic()
        with self._lock:
            self._count += 1
            if now < self._next:
                return
            count, self._count = self._count, 0
            self._next = now + WARN_EVERY
        _logger.warning(log_line("webhooks_refused", reason=reason, count=count))


refusals = RefusalLog()
book = RefusalBook()


class WebhookDispatcher(Dispatcher):
    """Raw bodies in, a bare status out; whatever goes wrong on the way is 429."""

    routing_type = WEBHOOK_ROUTING
    mimetypes = ("application/json",)

    @classmethod
    def is_compatible_with(cls, request: Request) -> bool:
        """Tell whether a request is a delivery."""
        # The path alone decides, so that Odoo turns no type of body away before we
        # look.
        return request.httprequest.path == const.ROUTE_WEBHOOK

    def dispatch(self, endpoint: Callable, args: dict) -> Response:
        """Have the route answer, where there is a database to answer from."""
        self.request.params = {}
        if not self.request.db:
            # The addon is loaded for the whole server, and no database could be.
            return _answer(429)
        return self.request.registry["ir.http"]._dispatch(endpoint)

    def handle_error(self, exc: Exception) -> Response:
        """Return the answer for whatever ended the request."""
        if isinstance(exc, HTTPException) and exc.code and exc.code < 500:
            return _answer(exc.code)
        return _answer(429)


class WebhookController(http.Controller):
    """One delivery after the other: refused, or stored before it is answered."""

    @http.route(
        const.ROUTE_WEBHOOK,
        type=WEBHOOK_ROUTING,
        auth="none",
        csrf=False,
        save_session=False,
        readonly=False,
        max_content_length=const.WEBHOOK_MAX_BODY,
    )
    def receive(self) -> Response:
        """Take in one event: proven, recent, ours, once."""
        if request.httprequest.method != "POST":
            return _answer(405, {"Allow": "POST"})
        try:
            event = self._read_event()
        except Refusal as err:
            refusals.note(str(err))
            self._count(err.code, err.age_ms)
            return _answer(err.status)
        try:
            # Only ids and times are stored; what changed is read upstream later.
            outcome = self.env["ghl.webhook.event"]._ingest(event)
        except GhlDatabaseMoved:
            # GoHighLevel comes back, and a person may have confirmed by then.
            refusals.note("the connection belongs to another database")
            self._count(reasons.OTHER_DATABASE)
            return _answer(429)
        if outcome == reasons.UNKNOWN_APP:
            self._count(outcome, about=event.app_id)
        elif outcome == reasons.UNKNOWN_LOCATION:
            self._count(outcome, about=event.location_id)
        return _answer(200)

    def _count(self, code: str, age_ms=None, about=None) -> None:
        """Count a refused delivery, for people to see."""
        dbname = self.env.cr.dbname
        refused = book.note(dbname, code, age_ms, about)
        try:
            with self.env.cr.savepoint():
                self.env["ghl.webhook.refusal"].sudo()._add(refused)
        except psycopg2.Error:
            # Another delivery counts at this moment, or nothing can be written now.
            book.put_back(dbname, refused)

    def _read_event(self) -> WebhookEvent:
        """Return the event of this request.

        :raise Refusal: it is too large, not signed as it should be, or too old
        """
        settings = self.env["ghl.settings"]
        if not settings._flag("webhook_enabled"):
            raise Refusal(401, "webhooks are switched off", reasons.SWITCHED_OFF)
        body = self._read_body()
        headers = request.httprequest.headers
        try:
            verify(
                body,
                headers.get(ED25519_HEADER),
                headers.get(RSA_HEADER),
                settings._webhook_keys(),
                accept_rsa=settings._flag("webhook_rsa_enabled"),
            )
        except SignatureRefused as err:
            raise Refusal(401, str(err), err.code) from err
        try:
            event = parse_event(body)
        except MalformedEvent as err:
            raise Refusal(400, str(err), reasons.MALFORMED) from err
        window_ms = settings._int("webhook_replay_window") * 60_000
        _check_age(event.timestamp_ms, window_ms)
        return event

    def _read_body(self) -> bytes:
        try:
            # This reads no more than the route's limit, with a length or in chunks.
            return request.httprequest.get_data(cache=False)
        except RequestEntityTooLarge as err:
            raise Refusal(413, "the body is too large", reasons.TOO_LARGE) from err


class WebhookWithoutDatabase(http.Controller):
    """Answers in place of the route above while Odoo cannot reach the database.

    Odoo would say 404, and GoHighLevel would not come back. As it must not depend on
    the database's modules, it is registered the way of controllers outside of addons;
    the placeholder in its path makes it yield to every exact route.
    """

    __module__ = "ghl_contact_sync.without_database"

    @http.route(
        const.ROUTE_WEBHOOK.rpartition("/")[0] + "/<string:name>",
        type="http",
        auth="none",
        csrf=False,
        save_session=False,
    )
    def not_ready(self, name: str, **_params) -> Response:
        """Ask for another delivery."""
        if request.db or name != const.ROUTE_WEBHOOK.rpartition("/")[2]:
            raise NotFound
        return _answer(429)


def _check_age(timestamp_ms: int | None, window_ms: int) -> None:
    if timestamp_ms is None:
        raise Refusal(401, "it has no timestamp", reasons.NO_TIMESTAMP)
    age_ms = time.time() * 1_000 - timestamp_ms
    if age_ms > window_ms:
        raise Refusal(
            401, "it is older than the replay window", reasons.TOO_OLD, age_ms
        )
    if age_ms < -MAX_AHEAD_MS:
        raise Refusal(401, "its timestamp is ahead", reasons.TOO_NEW, age_ms)


def _answer(status: int, headers: dict | None = None) -> Response:
    answer = Response(b"", status=status, headers=headers, mimetype="text/plain")
    answer.headers["Cache-Control"] = "no-store"
    # Tells a proxy, and people, that it was this addon that answered.
    answer.headers[const.WEBHOOK_HEADER] = "1"
    if status == 429:
        answer.headers["Retry-After"] = str(RETRY_SECONDS)
    return answer

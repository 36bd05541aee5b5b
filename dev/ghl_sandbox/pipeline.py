"""The stages that every request to the vendor's API passes, around its handler."""

import asyncio
import random
import sys
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from .sandbox import Sandbox
from .stages import shared_pit
from .stages.faults import Rule, Subject
from .stages.stats import Entry
from .stages.tokens import Token
from .web import errors, jsonio, wire
from .web.errors import Refusal
from .world.world import Location

VERSIONS = ("2021-04-15", "2021-07-28", "2023-02-21", "v3")
SEARCH = "/contacts/search"


@dataclass(frozen=True)
class Access:
    """The access that an endpoint asks of the caller."""

    scope: str = ""
    company: bool = False
    location: bool = True
    token: bool = True
    version: bool = True
    # The versions under which the path exists.
    versions: tuple[str, ...] = VERSIONS


@dataclass
class Call:
    """One request on its way through."""

    request: web.Request
    sandbox: Sandbox
    endpoint: str
    raw: bytes
    trace_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    token: Token | None = None
    rules: list[Rule] = field(default_factory=list)
    summary: dict[str, Any] | None = None
    _body: Any = field(default=None, repr=False)

    @property
    def version(self) -> str:
        """The API version asked for."""
        return self.request.headers.get("Version", "")

    @property
    def v3(self) -> bool:
        """Is it a v3 call?"""
        return self.version == "v3"

    def json(self) -> Any:
        """The parsed body; refuses what is no JSON."""
        if self._body is None:
            try:
                self._body = jsonio.loads(self.raw) if self.raw else {}
            except ValueError as error:
                raise errors.bad_request("Unexpected token in JSON") from error
        return self._body

    def location(self, location_id: Any) -> Location:
        """A location that the token may see; refuses any other."""
        token = self.token
        found = self.sandbox.world.locations.get(str(location_id))
        if token is not None and token.user_type == "Location":
            if token.location_id != location_id:
                raise errors.wrong_location()
        if found is None:
            raise errors.bad_request("Location not found")
        return found

    def rule(self, *names: str) -> Rule | None:
        """The struck rule of one of these faults."""
        return next((rule for rule in self.rules if rule.fault in names), None)


Handler = Callable[[Call], Awaitable[wire.Answer]]


def reply(value: Any, status: int = 200) -> wire.Answer:
    """A JSON answer."""
    return wire.Answer(jsonio.dumps(value), status)


class Pipeline:
    """Wraps handlers into aiohttp ones."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self._rng = random.Random(f"{sandbox.world.seed}/latency")

    def wrap(self, endpoint: str, access: Access, handler: Handler) -> Callable:
        """An aiohttp handler: counting, checks, faults, latency, answer."""

        async def run(request: web.Request) -> web.StreamResponse:
            started, clock = time.perf_counter(), time.time()
            stats = self.sandbox.stats
            stats.arrived(clock)
            call = Call(request, self.sandbox, endpoint, await request.read())
            status = sent = 0
            try:
                response, status, sent = await self._serve(call, access, handler)
            finally:
                ms = (time.perf_counter() - started) * 1000
                fault = ",".join(rule.fault for rule in call.rules) or None
                resource = call.token.resource if call.token else None
                path = request.path_qs
                entry = Entry(
                    clock, request.method, path, resource, status, ms, sent, fault
                )
                entry.search = call.summary
                stats.answered(endpoint, resource, entry)
                if self.sandbox.log_requests:
                    _log(entry)
            return response

        return run

    async def _serve(self, call: Call, access: Access, handler: Handler) -> tuple:
        headers: dict[str, str] = {}
        try:
            self._check(call, access)
            headers = self._limit(call)
            call.rules = self.sandbox.faults.pick(self._subject(call))
            if rule := call.rule("hang"):
                return await wire.hang(call.request, rule.extra.get("seconds", 60))
            await self._before(call)
            answer = await self._timed(call, handler)
        except Refusal as refusal:
            body = jsonio.dumps(refusal.body(call.trace_id))
            headers |= refusal.headers
            answer = wire.Answer(body, refusal.status)
        answer.headers = headers | answer.headers
        return await wire.send(call.request, answer, self._wire_rule(call))

    def _wire_rule(self, call: Call) -> Rule | None:
        return next((r for r in call.rules if r.fault in wire.BREAKERS), None)

    def _check(self, call: Call, access: Access) -> None:
        dialect = self.sandbox.settings.dialect
        if access.version or call.version:
            if not call.version:
                raise errors.no_version()
            refused = dialect.v2_only if call.v3 else dialect.v3_only
            if call.version not in VERSIONS or refused:
                raise errors.unknown_version(call.version)
            if call.version not in access.versions:
                path = call.request.path
                raise Refusal(404, f"Cannot {call.request.method} {path}")
        if access.token:
            call.token = self._caller(call.request)
            if dialect.shared_pit:
                call.token = shared_pit.narrowed(call.token, call)
            _authorise(call.token, access)

    def _caller(self, request: web.Request) -> Token:
        kind, _, value = request.headers.get("Authorization", "").partition(" ")
        if not value:
            raise Refusal(401, "Authorization header is missing")
        token = self.sandbox.world.tokens.find(value.strip())
        if token is None or kind.lower() != "bearer":
            raise errors.invalid_jwt()
        return token

    def _limit(self, call: Call) -> dict[str, str]:
        if call.token is None:
            return {}
        resource = call.token.resource
        token = call.token
        verdict = self.sandbox.limiter.take(token.integration, resource, token.app_id)
        if not verdict.allowed:
            raise Refusal(429, "Too Many Requests", headers=verdict.headers)
        interval = self.sandbox.settings.effective_limits().interval
        self.sandbox.stats.accepted(resource, time.time(), interval)
        return verdict.headers

    def _subject(self, call: Call) -> Subject:
        request = call.request
        owner = call.token.resource if call.token else None
        subject = Subject(request.method, request.path, owner, call.version)
        if not self.sandbox.faults.rules:
            return subject
        if request.path == SEARCH and request.method == "POST":
            body = call.json()
            if isinstance(body, dict):
                limit = body.get("pageLimit")
                subject.is_search = True
                subject.cursor = bool(body.get("searchAfter"))
                subject.page_limit = limit if isinstance(limit, int) else None
        return subject

    async def _before(self, call: Call) -> None:
        """Faults that answer instead of the handler, or do something first."""
        for rule in call.rules:
            if rule.fault == "delay":
                await asyncio.sleep(float(rule.extra.get("seconds", 1)))
            elif rule.fault == "edit" and call.token and call.token.location_id:
                edits = rule.extra.get("edits") or {}
                self.sandbox.editor.random_edits(call.token.location_id, edits)
            elif rule.fault == "expire_token" and call.token:
                call.token.expires_at = 0.0
                raise errors.invalid_jwt()
            elif rule.fault == "reset" and rule.extra.get("at") == "before":
                wire.abort(call.request)
        _refuse(call)

    async def _timed(self, call: Call, handler: Handler) -> wire.Answer:
        """Half of the latency before the answer is worked out, half after."""
        settings = self.sandbox.settings
        wait = settings.latency
        if settings.jitter:
            wait += self._rng.random() * settings.jitter
        if wait:
            await asyncio.sleep(wait / 2)
        if rule := call.rule("html"):
            answer = wire.html_answer(int(rule.extra.get("status", 200)))
        elif rule := call.rule("edge"):
            answer = wire.edge_answer(rule.extra)
        else:
            answer = await handler(call)
        if wait:
            await asyncio.sleep(wait / 2)
        return answer


def _log(entry: Entry) -> None:
    """One line on stderr; no token, no body."""
    mark = f" [{entry.fault}]" if entry.fault else ""
    sys.stderr.write(
        f"{entry.method} {entry.path} {entry.status} {entry.ms:.0f} ms{mark}\n"
    )


def _authorise(token: Token, access: Access) -> None:
    allowed = access.company if token.user_type == "Company" else access.location
    if not allowed:
        if token.kind == "pit":
            raise errors.wrong_scope()
        if token.user_type == "Company":
            raise errors.wrong_auth_class()
        raise Refusal(401, "Token's user type mismatch!")
    if access.scope and access.scope not in token.scopes:
        raise errors.wrong_scope()


def _refuse(call: Call) -> None:
    """Faults that are refusals."""
    for rule in call.rules:
        extra = rule.extra
        if rule.fault == "rate_limit":
            raise Refusal(429, "Too Many Requests", headers=_limit_headers(extra))
        if rule.fault == "status":
            status = int(extra.get("status", 503))
            message = errors.NAMES.get(status, "Error")
            headers = {k: str(v) for k, v in (extra.get("headers") or {}).items()}
            raise Refusal(status, message, body=extra.get("body"), headers=headers)
        if rule.fault == "expired_token":
            raise errors.invalid_jwt()
        if rule.fault == "cursor_refused":
            raise errors.bad_request("Invalid searchAfter")
        if rule.fault == "page_limit":
            most = extra.get("max", 100)
            raise errors.invalid(f"pageLimit must not be greater than {most}")


def _limit_headers(extra: dict[str, Any]) -> dict[str, str]:
    headers = {"X-RateLimit-Remaining": "0"}
    if extra.get("daily") or "remaining" in extra:
        left = extra.get("remaining", 0)
        headers["X-RateLimit-Daily-Remaining"] = str(left)
        # As the limiter tells it, unless the rule says otherwise.
        if extra.get("reset_ms") is not None:
            headers["X-RateLimit-Daily-Reset"] = str(extra["reset_ms"])
    if extra.get("retry_after") is not None:
        headers["Retry-After"] = str(extra["retry_after"])
    return headers

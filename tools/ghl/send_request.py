"""The course of any call to the vendor: governor, token, transport, retries, parsing.

`GhlCaller` knows no endpoint; `GhlClient` adds those.
"""

from __future__ import annotations

import json as json_module
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, TypeVar

import requests

from ..correlation import HEADER, current_id, new_id
from ..errors import (
    GhlAuthError,
    GhlError,
    GhlPayloadError,
    GhlRequestError,
    GhlStopped,
)
from ..gil_turn import CPU_LOCK
from ..http.json_body import BadEncoding, Parsed, parse
from ..http.retry import RetryPolicy
from ..http.session import Timeouts, new_session
from ..http.token import TokenHolder
from ..http.transport import TOO_LARGE, RawAnswer, exchange
from ..http.watch import CallWatch
from ..process.budget import ANSWERS, largest_answer
from ..rate_limit.governor import Priority, RateGovernor
from ..urls import base_url_problem
from .classify import describe_foreign, error_for

T = TypeVar("T")
C = TypeVar("C", bound="GhlCaller")

DEFAULT_TIMEOUTS = Timeouts()
DEFAULT_RETRY = RetryPolicy()


@dataclass(slots=True, repr=False)
class Call:
    """One logical call, which may take several attempts.

    `waited` are the seconds that it has waited for the governor.
    """

    kind: str
    method: str
    url: str
    headers: dict[str, str]
    params: Mapping[str, Any] | None = None
    body: bytes | Mapping[str, Any] | None = None
    idempotent: bool = True
    authorize: bool = True
    with_cursor: bool = False
    replace_bad_utf8: bool = False
    requested_at: float = 0.0
    waited: float = 0.0


class GhlCaller:
    """Everything that is common to all calls of one location or agency.

    Safe to share between threads; each has its own HTTP session. Raises only
    `GhlError` and what the callbacks raise.

    :param on_unauthorized: called with a refused token, by one thread at a time;
        returns the token to go on with (the same one to try it once more), ``None``
        when there is none
    :param stop: when set, nothing more is sent and every wait ends (`GhlStopped`)
    :param on_request: told of each request sent: kind, HTTP status (0 without an
        answer), seconds, bytes of the answer. Called in the sending thread.
    :param on_retry: told of each failure that is followed by another attempt
    :param watch: told of every try, wait and its reason
    :param priority: ``"interactive"`` for pages and webhooks, see `RateGovernor`
    :param acquire_timeout: seconds to wait for the governor at most
    :param max_response_bytes: of one answer, unpacked; None: as the process's limits
        allow
    :param retry_sleep: replaces the pauses between attempts, for tests
    :raise GhlRequestError: `base_url` is not one to which a token may be sent
    """

    def __init__(
        self,
        *,
        token: str,
        base_url: str,
        location_id: str = "",
        version: str = "2021-07-28",
        governor: RateGovernor,
        on_unauthorized: Callable[[str], str | None] | None = None,
        stop: threading.Event | None = None,
        session_factory: Callable[[], requests.Session] | None = None,
        timeouts: Timeouts = DEFAULT_TIMEOUTS,
        max_response_bytes: int | None = None,
        on_request: Callable[[str, int, float, int], None] | None = None,
        on_retry: Callable[[GhlError], None] | None = None,
        watch: CallWatch | None = None,
        priority: Priority = "sync",
        acquire_timeout: float | None = None,
        retry_policy: RetryPolicy = DEFAULT_RETRY,
        retry_sleep: Callable[[float], None] | None = None,
    ) -> None:
        problem = base_url_problem(base_url)
        if problem is not None:
            raise GhlRequestError(
                "The API address has to be an https address without credentials.",
                code="bad_address",
            )
        self.base_url = base_url.strip().rstrip("/")
        self.location_id = location_id
        self.governor = governor
        self._version = version
        # The client is made by the thread whose order it serves, and used by others.
        self._correlation_id = current_id() or new_id()
        self._token = TokenHolder(token, on_unauthorized)
        self._stop = stop
        self._new_session = session_factory or (lambda: new_session(self.base_url))
        self._timeouts = timeouts
        self._max_bytes = max_response_bytes or largest_answer()
        self._on_request = on_request
        self._on_retry = on_retry
        self._watch = watch or CallWatch()
        self._priority = priority
        self._acquire_timeout = acquire_timeout
        self._retry = retry_policy
        self._retry_sleep = retry_sleep
        self._mine = threading.local()
        self._sessions: weakref.WeakSet[requests.Session] = weakref.WeakSet()
        self._sessions_lock = threading.Lock()

    def __repr__(self) -> str:
        name = type(self).__name__
        return f"{name}({self.base_url!r}, location_id={self.location_id!r})"

    def __enter__(self: C) -> C:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def set_token(self, token: str) -> None:
        """Use `token` from the next request on.

        :raise GhlAuthError: it cannot be a token
        """
        self._token.set(token)

    def close(self) -> None:
        """Close the idle connections of every thread; the client stays usable."""
        with self._sessions_lock:
            sessions = list(self._sessions)
        for session in sessions:
            session.close()

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        idempotent: bool | None = None,
        kind: str = "other",
        authorize: bool = True,
    ) -> Any:
        """Send any other call and return its parsed JSON, ``None`` for an empty body.

        :param path: below the base address, starting with one slash
        :param json: body as JSON; or `data`: body as a form
        :param idempotent: whether it may be sent twice; by default only GET and HEAD
        :param authorize: send the bearer token
        """
        call = self._call(kind, method, path, params=params, json=json, data=data)
        call.headers.update(headers or {})
        call.authorize = authorize
        if idempotent is None:
            idempotent = call.method in ("GET", "HEAD")
        call.idempotent = idempotent
        return self._run(call, lambda answer: self._parse(call, answer).value)

    # === ONE CALL === #

    def _call(
        self,
        kind: str,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        data: Mapping[str, Any] | None = None,
    ) -> Call:
        if not path.startswith("/") or path.startswith("//") or "\\" in path:
            raise GhlRequestError("The path of a call starts with one slash.")
        headers = {
            "Accept": "application/json",
            "Version": self._version,
            HEADER: self._correlation_id,
        }
        body: bytes | Mapping[str, Any] | None = data
        if json is not None:
            headers["Content-Type"] = "application/json"
            body = json_module.dumps(json, separators=(",", ":")).encode()
        url = self.base_url + path
        return Call(kind, method.upper(), url, headers, params=params, body=body)

    def _run(self, call: Call, read: Callable[[RawAnswer], T]) -> T:
        def attempt() -> T:
            answer = self._attempt(call)
            try:
                return read(answer)
            finally:
                answer.release()

        try:
            return self._retry.call(
                attempt,
                idempotent=call.idempotent,
                stop=self._stop,
                on_retry=self._on_retry,
                on_wait=lambda error, attempt, pause: self._watch.retrying(
                    id(call), error, attempt, self._retry.attempts, pause
                ),
                sleep=self._retry_sleep,
                # Time spent waiting for the rate limiter does not count.
                clock=lambda: time.monotonic() - call.waited,
            )
        finally:
            self._watch.ended(id(call))

    def _attempt(self, call: Call) -> RawAnswer:
        """Send `call`, a second time if only the token was stale."""
        answer, token, error = self._send(call)
        if isinstance(error, GhlAuthError) and call.authorize:
            if self._token.renewed(token) is None:
                raise error
            if self._on_retry is not None:
                self._on_retry(error)
            answer, token, error = self._send(call)
        if error is not None:
            raise error
        return answer

    def _send(self, call: Call) -> tuple[RawAnswer, str, GhlError | None]:
        if self._stop is not None and self._stop.is_set():
            raise GhlStopped("The sync was stopped.")
        session = self._session()
        asked_at = time.monotonic()
        ticket = self.governor.acquire(
            self._priority,
            self._acquire_timeout,
            self._stop,
            on_wait=lambda seconds, pacing: self._watch.limited(
                id(call), seconds, pacing
            ),
        )
        call.waited += time.monotonic() - asked_at
        # The token is read after the wait, which may have been long enough for a new
        # one.
        token = self._token.get() if call.authorize else ""
        headers = dict(call.headers)
        if token:
            headers["Authorization"] = f"Bearer {token}"
        request = requests.Request(
            call.method, call.url, headers, params=call.params, data=call.body
        )
        call.requested_at = time.time()
        started = time.monotonic()
        self._watch.sending(id(call))
        status = received = 0
        try:
            answer = exchange(
                session,
                request,
                timeouts=self._timeouts,
                max_bytes=self._max_bytes,
                sent=lambda: self.governor.sent(ticket),
                budget=ANSWERS,
            )
            status, received = answer.status, len(answer.body)
        finally:
            if self._on_request is not None:
                seconds = time.monotonic() - started
                self._on_request(call.kind, status, seconds, received)
        refusal = self.governor.observe(answer.headers, status, ticket)
        if 200 <= status < 300:
            return answer, token, None
        error = error_for(
            answer,
            with_cursor=call.with_cursor,
            refusal=refusal,
            wall_now=call.requested_at,
            grants_tokens="/oauth/" in call.url,
        )
        return answer, token, error

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._mine, "session", None)
        if session is None:
            session = self._mine.session = self._new_session()
            with self._sessions_lock:
                self._sessions.add(session)
        return session

    def _parse(self, call: Call, answer: RawAnswer) -> Parsed:
        if not answer.body.strip():
            return Parsed(None)
        try:
            with CPU_LOCK:
                return parse(answer.body, replace=call.replace_bad_utf8)
        except MemoryError:
            # A smaller page can be had; the process goes on.
            raise GhlPayloadError(
                "GoHighLevel's answer is larger than this server's memory.",
                status=answer.status,
                code=TOO_LARGE,
                retryable=False,
            ) from None
        except BadEncoding:
            # Damage on the way passes; what is stored so comes again: take it then.
            call.replace_bad_utf8 = True
            code, words = "invalid_utf8", "GoHighLevel's answer is not JSON."
        except ValueError:
            code, words = "not_json", describe_foreign(answer)
        raise GhlPayloadError(words, status=answer.status, code=code)

"""One HTTP exchange, bounded in time and size, over a session per thread.

What plain `requests` leaves open is closed here: a time limit for the whole exchange
(its timeouts only limit the gap between two pieces, so that a server which drips byte
by byte holds a thread for ever), a limit on the size, and detection of a body that ends
before its ``Content-Length`` (silently accepted with urllib3 1.26).
"""

from __future__ import annotations

import http.client
import io
import os
import socket
import threading
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any, cast

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies

from .ghl_errors import GhlError, GhlPayloadError, GhlTransportError

CHUNK = 1 << 20
BUFFER = 1 << 16
USER_AGENT = "ghl_contact_sync"


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: to connect, between two pieces of an answer, and for the whole of it."""

    connect: float = 10.0
    read: float = 60.0
    total: float = 120.0


@dataclass(slots=True, repr=False)
class RawAnswer:
    """Status, headers and the decompressed body of one answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _Exchange(threading.local):
    """What the exchange that this thread is in has to know further down the stack."""

    deadline: float | None = None
    timeouts: Timeouts | None = None
    connected: Callable[[], None] | None = None


_exchange = _Exchange()


class _DeadlineReader(io.RawIOBase):
    """A socket's reading end that gives up at the exchange's deadline."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket) -> None:
        self._raw = raw
        self._sock = sock
        self._deadline = _exchange.deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._deadline is not None:
            left = self._deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("the whole answer took too long")
            limit = self._sock.gettimeout()
            if limit is None or left < limit:
                self._sock.settimeout(left)
        # typeshed knows no readinto on RawIOBase that takes any buffer.
        return cast("int | None", self._raw.readinto(buffer))

    def close(self) -> None:
        # Releases the socket, which "Connection: close" leaves to its last reader.
        self._raw.close()
        super().close()


class _DeadlineResponse(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kw: Any) -> None:
        super().__init__(sock, *args, **kw)
        raw = self.fp.detach()
        self.fp = io.BufferedReader(_DeadlineReader(raw, sock), BUFFER)


class _HTTPConnection(urllib3.connection.HTTPConnection):
    response_class = _DeadlineResponse

    def connect(self) -> None:
        super().connect()
        if _exchange.connected is not None:
            _exchange.connected()


class _HTTPSConnection(urllib3.connection.HTTPSConnection):
    response_class = _DeadlineResponse

    def connect(self) -> None:
        super().connect()
        if _exchange.connected is not None:
            _exchange.connected()


class _HTTPPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _HTTPConnection


class _HTTPSPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _HTTPSConnection


_POOLS = {"http": _HTTPPool, "https": _HTTPSPool}


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kw: Any) -> None:
        super().init_poolmanager(*args, **kw)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: Any, **kw: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kw)
        manager.pool_classes_by_scheme = _POOLS
        return manager

    def send(self, request: Any, *args: Any, **kw: Any) -> requests.Response:
        timeouts = _exchange.timeouts
        if timeouts is not None:
            kw["timeout"] = (timeouts.connect, timeouts.read)
        return super().send(request, *args, **kw)


def new_session(base_url: str) -> requests.Session:
    """Return a session for one thread that talks to `base_url` only.

    The environment is read here rather than per request: ``~/.netrc`` must not replace
    the bearer token, while proxies and an own CA bundle are to be respected.
    """
    session = requests.Session()
    session.trust_env = False
    session.proxies.update(get_environ_proxies(base_url))
    bundle = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
    session.verify = bundle or True
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
    session.headers.update({"User-Agent": USER_AGENT, "Accept-Encoding": "gzip"})
    # Repeating is the retry policy's business alone.
    adapter = _Adapter(pool_connections=1, pool_maxsize=1, max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def exchange(
    session: requests.Session,
    request: requests.Request,
    *,
    timeouts: Timeouts,
    max_bytes: int,
    connected: Callable[[], None] | None = None,
) -> RawAnswer:
    """Send `request` and read the whole answer; redirects are not followed.

    :param connected: called when a connection had to be made, before it is used
    :raise GhlTransportError: no complete answer
    :raise GhlPayloadError: larger than `max_bytes`, or compressed in an unknown way
    """
    prepared = session.prepare_request(request)
    _exchange.deadline = time.monotonic() + timeouts.total
    _exchange.timeouts = timeouts
    _exchange.connected = connected
    try:
        # One number, not a pair: Odoo's test runner compares it with another.
        response = session.send(
            prepared,
            timeout=timeouts.read,
            stream=True,
            allow_redirects=False,
            verify=session.verify,
            proxies=session.proxies,
        )
        try:
            body = _read(response, max_bytes)
        except BaseException:
            # Half-read: the connection cannot be used again.
            response.close()
            raise
        return RawAnswer(response.status_code, response.headers, body)
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as err:
        # The libraries' texts quote addresses and headers; ours say what happened.
        raise _transport_error(err) from None
    except http.client.HTTPException:
        raise GhlTransportError(
            "GoHighLevel's answer was not proper HTTP.", code="bad_http"
        ) from None
    finally:
        _exchange.deadline = _exchange.timeouts = _exchange.connected = None


def _read(response: requests.Response, max_bytes: int) -> bytes:
    raw = response.raw
    if raw is None:
        # Made up by a test's own transport, body included.
        return _bounded(response.content, max_bytes)
    expected = _content_length(response.headers)
    if expected is not None and expected > max_bytes:
        raise _too_large(max_bytes)
    pieces: list[bytes] = []
    size = 0
    while piece := raw.read(CHUNK, decode_content=False):
        size += len(piece)
        if size > max_bytes:
            raise _too_large(max_bytes)
        pieces.append(piece)
    if expected is not None and size < expected:
        raise GhlTransportError(
            f"GoHighLevel's answer broke off after {size} of {expected} bytes.",
            code="truncated",
        )
    body = pieces[0] if len(pieces) == 1 else b"".join(pieces)
    return _decompress(body, response.headers.get("Content-Encoding"), max_bytes)


def _content_length(headers: Mapping[str, str]) -> int | None:
    if headers.get("Transfer-Encoding"):
        return None
    text = headers.get("Content-Length") or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None


def _decompress(body: bytes, encoding: str | None, max_bytes: int) -> bytes:
    encoding = (encoding or "").strip().lower()
    if encoding in ("", "identity") or not body:
        return body
    if encoding not in ("gzip", "x-gzip"):
        raise GhlPayloadError(
            "GoHighLevel's answer is compressed in a way that was not asked for.",
            code="unknown_encoding",
        )
    # By hand, since a bound is needed: a few kB may unpack to gigabytes.
    unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        plain = unpacker.decompress(body, max_bytes + 1)
    except zlib.error:
        raise GhlTransportError(
            "GoHighLevel's answer was damaged on its way.", code="bad_gzip"
        ) from None
    if len(plain) <= max_bytes and not unpacker.eof:
        raise GhlTransportError(
            "GoHighLevel's compressed answer broke off.", code="truncated"
        )
    return _bounded(plain, max_bytes)


def _bounded(body: bytes, max_bytes: int) -> bytes:
    if len(body) > max_bytes:
        raise _too_large(max_bytes)
    return body


def _too_large(max_bytes: int) -> GhlPayloadError:
    return GhlPayloadError(
        f"GoHighLevel's answer is larger than {max_bytes // 1024} kB.",
        code="too_large",
        retryable=False,
    )


def _transport_error(err: Exception) -> GhlError:
    """Say in our own words what a library's exception means."""
    causes = _causes(err)
    if any(isinstance(one, requests.exceptions.SSLError) for one in causes):
        return GhlTransportError(
            "GoHighLevel's certificate could not be verified.",
            code="tls_failed",
            retryable=False,
        )
    if any(isinstance(one, requests.exceptions.ConnectTimeout) for one in causes):
        return GhlTransportError(
            "GoHighLevel could not be reached in time.", code="connect_timeout"
        )
    timeouts = (TimeoutError, requests.Timeout, urllib3.exceptions.TimeoutError)
    if any(isinstance(one, timeouts) for one in causes):
        return GhlTransportError(
            "GoHighLevel did not finish its answer in time.", code="timeout"
        )
    if any(isinstance(one, http.client.IncompleteRead) for one in causes):
        return GhlTransportError(
            "GoHighLevel's answer broke off before its end.", code="truncated"
        )
    if isinstance(err, (requests.exceptions.InvalidURL, ValueError)):
        return GhlTransportError(
            "The API address cannot be used.", code="bad_address", retryable=False
        )
    refused = any(isinstance(one, ConnectionRefusedError) for one in causes)
    what = "refused the connection" if refused else "dropped the connection"
    return GhlTransportError(
        f"GoHighLevel {what}.", code="refused" if refused else "connection_lost"
    )


def _causes(err: BaseException) -> list[BaseException]:
    """Return `err` and what led to it, by whatever way the libraries wrap it."""
    found: list[BaseException] = []
    todo: list[BaseException] = [err]
    while todo and len(found) < 20:
        one = todo.pop()
        if any(one is other for other in found):
            continue
        found.append(one)
        linked = [
            one.__cause__,
            one.__context__,
            getattr(one, "reason", None),
            *one.args,
        ]
        todo.extend(link for link in linked if isinstance(link, BaseException))
    return found

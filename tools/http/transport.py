"""One HTTP exchange, bounded in time and size.

What plain `requests` leaves open is closed here and in `http_session`: a limit on the
time of the whole exchange and on the size of the answer, and detection of a body that
ends before its ``Content-Length`` (silently accepted with urllib3 1.26).
"""

from __future__ import annotations

import http.client
import socket
import ssl
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import requests
import urllib3

from ..errors import GhlPayloadError, GhlTransportError
from .session import Timeouts, limits

CHUNK = 1 << 20


@dataclass(slots=True, repr=False)
class RawAnswer:
    """Status, headers and the decompressed body of one answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def exchange(
    session: requests.Session,
    request: requests.Request,
    *,
    timeouts: Timeouts,
    max_bytes: int,
    sent: Callable[[], None] | None = None,
) -> RawAnswer:
    """Send `request` and read the whole answer; redirects are not followed.

    :param sent: called when the request has left, before its answer is read
    :raise GhlTransportError: no complete answer
    :raise GhlPayloadError: larger than `max_bytes`, or compressed in an unknown way
    """
    prepared = session.prepare_request(request)
    try:
        with limits(timeouts, sent):
            return _exchange(session, prepared, timeouts, max_bytes)
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as err:
        # The libraries' texts quote addresses and headers; ours say what happened.
        raise _transport_error(err) from None
    except http.client.HTTPException:
        raise GhlTransportError(
            "GoHighLevel's answer was not proper HTTP.", code="bad_http"
        ) from None


def _exchange(
    session: requests.Session,
    prepared: requests.PreparedRequest,
    timeouts: Timeouts,
    max_bytes: int,
) -> RawAnswer:
    # One number, not a pair: Odoo's test runner compares the timeout with another.
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


def _read(response: requests.Response, max_bytes: int) -> bytes:
    raw = response.raw
    if raw is None or getattr(response, "_content_consumed", False):
        # Made up by a test's own transport, or read by another kind of session.
        return _bounded(response.content, max_bytes)
    expected = _content_length(response.headers)
    if expected is not None and expected > max_bytes:
        raise _too_large(max_bytes)
    pieces: list[bytes] = []
    size = 0
    while piece := raw.read(min(CHUNK, max_bytes + 1 - size), decode_content=False):
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


# Kinds of failure from the most telling down: the libraries wrap one in another, and
# some are subclasses of what they are not (urllib3 1.26: no connection "is" a timeout).
_FAILURES: tuple[tuple[tuple[type[BaseException], ...], str, str], ...] = (
    (
        (requests.exceptions.SSLError, ssl.SSLError),
        "tls_failed",
        "No secure connection to GoHighLevel could be made.",
    ),
    ((ConnectionRefusedError,), "refused", "GoHighLevel refused the connection."),
    ((socket.gaierror,), "unresolved", "GoHighLevel's address could not be resolved."),
    (
        (requests.exceptions.ConnectTimeout,),
        "connect_timeout",
        "GoHighLevel could not be reached in time.",
    ),
    (
        (urllib3.exceptions.NewConnectionError,),
        "unreachable",
        "GoHighLevel could not be reached.",
    ),
    (
        (TimeoutError, requests.Timeout, urllib3.exceptions.TimeoutError),
        "timeout",
        "GoHighLevel did not finish its answer in time.",
    ),
    (
        (http.client.IncompleteRead,),
        "truncated",
        "GoHighLevel's answer broke off before its end.",
    ),
    (
        (requests.exceptions.InvalidURL, requests.exceptions.InvalidHeader),
        "bad_address",
        "The API address cannot be used.",
    ),
)


def _transport_error(err: Exception) -> GhlTransportError:
    """Say in our own words what a library's exception means."""
    causes = _causes(err)
    for kinds, code, message in _FAILURES:
        if any(isinstance(one, kinds) for one in causes):
            final = code == "bad_address" or any(
                isinstance(one, ssl.SSLCertVerificationError) for one in causes
            )
            return GhlTransportError(message, code=code, retryable=not final)
    return GhlTransportError(
        "GoHighLevel dropped the connection.", code="connection_lost"
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

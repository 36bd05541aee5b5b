"""One HTTP exchange, bounded in time and size.

What plain `requests` leaves open is closed here and in `http_session`: a limit on the
time of the whole exchange and on the size of the answer, and detection of a body that
ends before its ``Content-Length`` (silently accepted with urllib3 1.26).
"""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import requests
import urllib3

from ..errors import GhlPayloadError, GhlTransportError
from ..process.budget import ANSWERS, BudgetSpent, ByteBudget, Lease
from .session import Timeouts, limits

CHUNK = 1 << 18
TOO_LARGE = "too_large"


@dataclass(slots=True, repr=False)
class RawAnswer:
    """Status, headers and the decompressed body of one answer.

    `lease` holds the body's share of the memory for answers, until whoever has it
    releases it or drops it.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    lease: Lease | None = None

    def expand(self) -> None:
        """Wait for the turn to be parsed, if the body is large."""
        if self.lease is not None:
            self.lease.expand()

    def release(self) -> None:
        """Give the memory's share back, unless somebody took the lease over."""
        lease, self.lease = self.lease, None
        if lease is not None:
            lease.release()


def exchange(
    session: requests.Session,
    request: requests.Request,
    *,
    timeouts: Timeouts,
    max_bytes: int,
    sent: Callable[[], None] | None = None,
    budget: ByteBudget = ANSWERS,
) -> RawAnswer:
    """Send `request` and read the whole answer; redirects are not followed.

    :param sent: called when the request has left, before its answer is read
    :param budget: where the memory for the answer comes from
    :raise GhlTransportError: no complete answer
    :raise GhlPayloadError: larger than `max_bytes` or than memory, or compressed in an
        unknown way
    """
    prepared = session.prepare_request(request)
    lease = budget.lease()
    try:
        with limits(timeouts, sent):
            return _exchange(session, prepared, timeouts, max_bytes, lease)
    except BudgetSpent:
        raise _memory_short() from None
    except MemoryError:
        raise _too_large(max_bytes) from None
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
    lease: Lease,
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
        body = _read(response, max_bytes, lease)
    except BaseException:
        # Half-read: the connection cannot be used again.
        response.close()
        lease.release()
        raise
    lease.complete()
    return RawAnswer(response.status_code, response.headers, body, lease)


def _read(response: requests.Response, max_bytes: int, lease: Lease) -> bytes:
    raw = response.raw
    if raw is None or getattr(response, "_content_consumed", False):
        # Made up by a test's own transport, or read by another kind of session.
        if len(response.content) > max_bytes:
            raise _too_large(max_bytes)
        return response.content
    expected = _content_length(response.headers)
    if expected is not None and expected > max_bytes:
        raise _too_large(max_bytes)
    body = _Body(response.headers.get("Content-Encoding"), max_bytes, lease)
    try:
        return _read_into(body, raw, expected, max_bytes)
    except BaseException:
        # An error holds on to the frames that it came through.
        body.drop()
        raise


def _read_into(body: _Body, raw: Any, expected: int | None, max_bytes: int) -> bytes:
    size = 0
    while piece := raw.read(min(CHUNK, max_bytes + 1 - size), decode_content=False):
        size += len(piece)
        if size > max_bytes:
            raise _too_large(max_bytes)
        body.add(piece)
    if expected is not None and size < expected:
        raise GhlTransportError(
            f"GoHighLevel's answer broke off after {size} of {expected} bytes.",
            code="truncated",
        )
    return body.whole()


class _Body:
    """The plain bytes of an answer; asks for their memory before it takes it."""

    def __init__(self, encoding: str | None, max_bytes: int, lease: Lease) -> None:
        self._max = max_bytes
        self._lease = lease
        self._plain = io.BytesIO()
        self._size = 0
        self._unpacker = None
        encoding = (encoding or "").strip().lower()
        if encoding in ("gzip", "x-gzip"):
            # Unpacking by hand has a bound: a few kB may unpack to gigabytes.
            self._unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
        elif encoding not in ("", "identity"):
            raise GhlPayloadError(
                "GoHighLevel's answer is compressed in a way that was not asked for.",
                code="unknown_encoding",
            )

    def add(self, piece: bytes) -> None:
        """Take the next bytes as they came."""
        if self._unpacker is None:
            self._write(piece)
            return
        try:
            while piece:
                self._write(self._unpacker.decompress(piece, CHUNK))
                piece = self._unpacker.unconsumed_tail
        except zlib.error:
            raise _damaged() from None

    def whole(self) -> bytes:
        """Return the body, which has come to its end."""
        if self._unpacker is not None:
            self._write_rest(self._unpacker)
        # No copy is made: it is this buffer itself.
        return self._plain.getvalue()

    def drop(self) -> None:
        """Let go of what was read."""
        self._plain = io.BytesIO()

    def _write_rest(self, unpacker: Any) -> None:
        # A call without input hands out what the unpacker holds back.
        try:
            while rest := unpacker.decompress(b"", CHUNK):
                self._write(rest)
        except zlib.error:
            raise _damaged() from None
        if self._size and not unpacker.eof:
            raise GhlTransportError(
                "GoHighLevel's compressed answer broke off.", code="truncated"
            )

    def _write(self, plain: bytes) -> None:
        self._size += len(plain)
        if self._size > self._max:
            raise _too_large(self._max)
        self._lease.grow(self._size)
        self._plain.write(plain)


def _content_length(headers: Mapping[str, str]) -> int | None:
    if headers.get("Transfer-Encoding"):
        return None
    text = headers.get("Content-Length") or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None


def _memory_short() -> GhlTransportError:
    return GhlTransportError(
        "There was no memory left for GoHighLevel's answer beside those that wait to "
        "be stored.",
        code="memory_short",
    )


def _damaged() -> GhlTransportError:
    return GhlTransportError(
        "GoHighLevel's answer was damaged on its way.", code="bad_gzip"
    )


def _too_large(max_bytes: int) -> GhlPayloadError:
    return GhlPayloadError(
        f"GoHighLevel's answer is larger than {max_bytes // 1024} kB.",
        code=TOO_LARGE,
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

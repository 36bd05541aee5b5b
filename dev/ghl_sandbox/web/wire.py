"""Answers on the wire, in one piece, and the ways in which they can be broken."""

import asyncio
import socket
import struct
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from ..stages.faults import Rule
from .errors import NAMES

JSON = "application/json; charset=utf-8"
HTML = (
    "<!DOCTYPE html><html><head><title>{status}</title></head><body>"
    "<h1>{status} {name}</h1><p>upstream request failed</p></body></html>"
)
DRIP_STEPS = 20
# Gateways in front of an API answer in forms of their own: kind → type and body.
EDGES = {
    "text": ("text/plain", "Access denied by security policy (HTTP {status})."),
    "html": ("text/html; charset=utf-8", HTML),
    "cloudflare": ("text/plain; charset=UTF-8", "error code: 1020"),
    "aws": (JSON, '{{"message": "{name}"}}'),
    "kong": (JSON, '{{"message": "no Route matched with those values"}}'),
    "google": (
        JSON,
        '{{"error": {{"code": {status}, "message": "{name}", "status": "DENIED"}}}}',
    ),
    "empty": ("text/plain", ""),
}


@dataclass
class Answer:
    """A complete answer."""

    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = JSON

    def response(self) -> web.Response:
        """For aiohttp, which sends headers and body with one write."""
        headers = {"Content-Type": self.content_type, **self.headers}
        return web.Response(body=self.body, status=self.status, headers=headers)


def html_answer(status: int) -> Answer:
    """Return the answer of a proxy in front of the vendor."""
    page = HTML.format(status=status, name=NAMES.get(status, "OK"))
    return Answer(page.encode(), status, content_type="text/html; charset=utf-8")


def edge_answer(extra: dict[str, Any]) -> Answer:
    """Return the answer of a firewall, a gateway or a portal in the vendor's place."""
    status = int(extra.get("status", 403))
    content_type, form = EDGES[extra.get("kind", "text")]
    body = form.format(status=status, name=NAMES.get(status, "Refused"))
    headers = {}
    if extra.get("retry_after") is not None:
        headers["Retry-After"] = str(extra["retry_after"])
    return Answer(body.encode(), status, headers, content_type)


async def send(request: web.Request, answer: Answer, rule: Rule | None) -> tuple:
    """Send the answer, broken as the rule says; returns (response, status, bytes)."""
    breaker = BREAKERS.get(rule.fault) if rule else None
    if breaker is None:
        return answer.response(), answer.status, len(answer.body)
    return await breaker(request, answer, rule.extra)


def _head(answer: Answer) -> bytes:
    lines = [
        f"HTTP/1.1 {answer.status} {NAMES.get(answer.status, 'OK')}",
        f"Content-Type: {answer.content_type}",
        f"Content-Length: {len(answer.body)}",
        *(f"{name}: {value}" for name, value in answer.headers.items()),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _gone() -> web.Response:
    """Handed to aiohttp for a connection that is closed already."""
    return web.Response(status=500)


def abort(request: web.Request) -> None:
    """End the connection with a TCP reset."""
    transport = request.transport
    if transport is None:
        return
    sock = transport.get_extra_info("socket")
    if sock is not None:
        linger = struct.pack("ii", 1, 0)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    transport.abort()


async def _flush(request: web.Request, data: bytes) -> None:
    """Write to the bare transport and let it leave."""
    transport = request.transport
    if transport is None:
        return
    transport.write(data)
    for _ in range(200):
        if transport.is_closing() or not transport.get_write_buffer_size():
            break
        await asyncio.sleep(0.005)
    # A reset may overtake bytes that are still under way.
    await asyncio.sleep(0.02)


def _part(answer: Answer, extra: dict[str, Any]) -> bytes:
    return answer.body[: int(len(answer.body) * float(extra.get("fraction", 0.5)))]


async def _reset(request: web.Request, answer: Answer, extra: dict[str, Any]) -> tuple:
    at = extra.get("at", "body")
    if at == "headers":
        await _flush(request, _head(answer))
    elif at == "body":
        await _flush(request, _head(answer) + _part(answer, extra))
    abort(request)
    return _gone(), 0, 0


async def _truncate(
    request: web.Request, answer: Answer, extra: dict[str, Any]
) -> tuple:
    part = _part(answer, extra)
    await _flush(request, _head(answer) + part)
    if request.transport is not None:
        request.transport.close()
    return _gone(), 0, len(part)


async def _cut_json(
    _request: web.Request, answer: Answer, extra: dict[str, Any]
) -> tuple:
    answer.body = _part(answer, extra)
    return answer.response(), answer.status, len(answer.body)


async def _empty_body(
    _request: web.Request, answer: Answer, extra: dict[str, Any]
) -> tuple:
    answer.body, answer.status = b"", int(extra.get("status", 200))
    return answer.response(), answer.status, 0


async def _content_type(
    _request: web.Request, answer: Answer, extra: dict[str, Any]
) -> tuple:
    answer.content_type = str(extra.get("value", "text/html"))
    return answer.response(), answer.status, len(answer.body)


async def _drip(request: web.Request, answer: Answer, extra: dict[str, Any]) -> tuple:
    headers = {"Content-Type": answer.content_type, **answer.headers}
    response = web.StreamResponse(status=answer.status, headers=headers)
    response.content_length = len(answer.body)
    await response.prepare(request)
    step = max(1, -(-len(answer.body) // DRIP_STEPS))
    pause = float(extra.get("seconds", 5)) / DRIP_STEPS
    for start in range(0, len(answer.body), step):
        await asyncio.sleep(pause)
        await response.write(answer.body[start : start + step])
    await response.write_eof()
    return response, answer.status, len(answer.body)


BREAKERS = {
    "reset": _reset,
    "truncate": _truncate,
    "cut_json": _cut_json,
    "empty_body": _empty_body,
    "content_type": _content_type,
    "drip": _drip,
}


async def hang(request: web.Request, seconds: float) -> tuple:
    """Say nothing for a while, then hang up."""
    await asyncio.sleep(seconds)
    if request.transport is not None:
        request.transport.close()
    return _gone(), 0, 0

"""Answers in JSON without a framework, and what a raw request may hold."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from http import HTTPStatus

# Neither belongs into an address as it is; all others may come percent-encoded.
_CONTROL = re.compile("[\x00-\x1f\x7f]")


def has_control_character(query: str) -> bool:
    """Tell whether a raw query string holds a control character that is not encoded."""
    return _CONTROL.search(query) is not None


def target_path(request_line: str) -> str:
    """Return the path of a raw request line, without query and trailing slash."""
    target = request_line.partition(" ")[2]
    return re.split("[?# ]", target, maxsplit=1)[0].rstrip("/")


def raw_answer(status: int, slug: str, message: str) -> bytes:
    """Return an error of the API as it goes over the wire, where there is no WSGI."""
    lines: list[str] = []

    def start_response(told: str, headers: list[tuple[str, str]]) -> None:
        lines.append(f"HTTP/1.1 {told}")
        lines.extend(f"{name}: {value}" for name, value in headers)
        lines.extend(("Connection: close", "", ""))

    [body] = json_answer(start_response, status, slug, message)
    return "\r\n".join(lines).encode() + body


def json_answer(
    start_response: Callable[[str, list[tuple[str, str]]], object],
    status: int,
    slug: str,
    message: str,
    retry_after: int | None = None,
    extra: tuple[tuple[str, str], ...] = (),
) -> list[bytes]:
    """Return the body of an error of the API, after its status and headers.

    :param slug: for programs
    :param message: a sentence for a person
    :param retry_after: seconds
    :param extra: more headers
    """
    body = json.dumps(
        {"success": False, "error": message, "code": slug, "actions": []},
        ensure_ascii=False,
    ).encode()
    headers = [
        ("Content-Type", "application/json; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
        ("Vary", "Origin"),
        *extra,
    ]
    if retry_after is not None:
        headers.append(("Retry-After", str(retry_after)))
    start_response(f"{status} {HTTPStatus(status).phrase}", headers)
    return [body]

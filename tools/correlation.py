"""The id by which one order is followed: from the call that made it to its requests.

It comes with a request (`X-Request-ID`, or `X-Correlation-ID`), or is made; a run keeps
it, each request to GoHighLevel carries it (`tools/ghl/send_request.py`), and every log
line tells it.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

HEADER = "X-Request-ID"
ACCEPTED_HEADERS = (HEADER, "X-Correlation-ID")
# Nothing else passes: the id stands in headers, logs and the database.
_VALID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")

_current: ContextVar[str | None] = ContextVar("ghl_correlation_id", default=None)


def current_id() -> str | None:
    """Return the id of what this thread is doing, None when it has none."""
    return _current.get()


def new_id() -> str:
    """Return an id that nobody else has."""
    return secrets.token_hex(8)


def usable_id(text: str | None) -> str | None:
    """Return an id that a caller sent, None when it cannot be one."""
    return text if text and _VALID.fullmatch(text) else None


@contextmanager
def correlated(correlation_id: str | None) -> Iterator[str]:
    """Give an id to what this thread does within the block.

    :param correlation_id: None makes one
    """
    own = correlation_id or new_id()
    token = _current.set(own)
    try:
        yield own
    finally:
        _current.reset(token)

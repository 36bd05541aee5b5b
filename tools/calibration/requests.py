"""Asking in calibration, where a refusal is an answer as good as any."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from ..dates import parse_ms
from ..errors import GhlError, GhlRequestError
from ..ghl.client import GhlClient
from ..ghl.dialect import DialectClient
from ..ghl.responses import SearchPage
from ..process.workers import Workers

ADDED = "dateAdded"
ASC = ({"field": ADDED, "direction": "asc"},)
DESC = ({"field": ADDED, "direction": "desc"},)
# Contacts that a question shows where more than one is needed.
FEW = 10
THREADS = 8

Call = Callable[[], Any]


def search(client: DialectClient, **kw: Any) -> SearchPage:
    """Search in the words that are given, untranslated."""
    page = GhlClient.search(client, **kw)
    if page.lease is not None:
        # Answers are compared with each other: none waits for another one's end.
        page.lease.settle()
    return page


def ask(calls: Mapping[str, Call]) -> dict[str, Any]:
    """Return {name: answer}; a refusal is an answer, any other trouble is raised."""
    pool = Workers(THREADS)
    try:
        futures = {name: pool.submit(attempt, call) for name, call in calls.items()}
        pool.wait(lambda: all(future.done() for future in futures.values()))
    finally:
        pool.close()
    return {name: future.result() for name, future in futures.items()}


def ask_all(calls: Mapping[str, Call]) -> dict[str, Any]:
    """Return {name: answer}, any trouble included."""
    return ask({name: partial(_outcome, call) for name, call in calls.items()})


def _outcome(call: Call) -> Any:
    try:
        return call()
    except GhlError as err:
        return err


def attempt(call: Call) -> Any:
    """Return what `call` returns, or its refusal."""
    try:
        return call()
    except GhlRequestError as err:
        return err


def accepted(answer: Any) -> bool:
    """Whether an answer is no refusal."""
    return not isinstance(answer, GhlError)


def timestamps(page: SearchPage) -> list[int | None]:
    """Return the date of each contact of the page, None for one without."""
    return [parse_ms(contact.get(ADDED)) for contact in page.contacts]

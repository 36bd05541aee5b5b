"""The GoHighLevel client: typed calls, one token, many threads. No Odoo in here."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import requests

from .ghl_errors import GhlError
from .rate_governor import Priority, RateGovernor


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: to connect, between two pieces of an answer, and for the whole of it."""

    connect: float = 10.0
    read: float = 60.0
    total: float = 120.0


@dataclass(slots=True, repr=False)
class SearchPage:
    """One page of ``POST /contacts/search``.

    `search_after` continues after this page: the last contact's own cursor, else the
    top-level one, ``None`` when there is neither. `rejected` holds the items of the
    page that are no JSON objects. `raw_has_escapes` is ``True`` when the text contains
    NUL or a lone surrogate, which PostgreSQL refuses: scrub before storing. `repairs`
    names what had to be bent to read the page at all (``"invalid_utf8"``,
    ``"too_deep"``, ``"number_too_long"``). `requested_at` is the wall time of sending.
    """

    contacts: list[dict[str, Any]]
    total: int | None
    search_after: list[Any] | None
    trace_id: str | None
    requested_at: float
    raw_has_escapes: bool = False
    rejected: list[Any] = field(default_factory=list)
    repairs: tuple[str, ...] = ()


class GhlClient:
    """Calls for one location (or, without `location_id`, for one agency).

    Safe to share between threads; each has its own HTTP session. Raises only
    `GhlError` and what the callbacks raise.
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
        timeouts: Timeouts = Timeouts(),
        max_response_bytes: int = 64 * 1024 * 1024,
        on_request: Callable[[str, int, float], None] | None = None,
        on_retry: Callable[[GhlError], None] | None = None,
        priority: Priority = "sync",
        acquire_timeout: float | None = None,
    ) -> None:
        raise NotImplementedError

    def set_token(self, token: str) -> None:
        """Use `token` from the next request on."""
        raise NotImplementedError

    def close(self) -> None:
        """Close the connections of every thread."""
        raise NotImplementedError

    def search(
        self,
        *,
        filters: Sequence[Mapping[str, Any]] = (),
        sort: Sequence[Mapping[str, str]],
        page_limit: int,
        search_after: list[Any] | None = None,
        page: int | None = None,
        query: str | None = None,
    ) -> SearchPage:
        """Fetch one page of contacts.

        :raise GhlCursorRefused: `search_after` was given and answered by 400
        :raise GhlPageLimitRefused: the vendor wants smaller pages
        """
        raise NotImplementedError

    def count(self, filters: Sequence[Mapping[str, Any]] = ()) -> int | None:
        """Return how many contacts match, ``None`` when the vendor does not say."""
        raise NotImplementedError

    def get_contact(self, contact_id: str) -> dict[str, Any] | None:
        """Return one contact, ``None`` when the vendor says that it does not exist."""
        raise NotImplementedError

    def find_contact_by_id(self, contact_id: str) -> dict[str, Any] | None:
        """Return one contact as a search hit, ``None`` when the index lacks it."""
        raise NotImplementedError

    def get_location(self) -> dict[str, Any]:
        """Return the location's own record."""
        raise NotImplementedError

    def get_custom_fields(self) -> list[dict[str, Any]]:
        """Return the definitions of the contacts' custom fields."""
        raise NotImplementedError

    def get_tags(self) -> list[dict[str, Any]]:
        """Return the location's tags."""
        raise NotImplementedError

    def get_users(self) -> list[dict[str, Any]]:
        """Return the location's users."""
        raise NotImplementedError

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
        """Send any other call and return its parsed JSON.

        :param idempotent: whether it may be sent twice; by default only GET and HEAD
        :param authorize: send the bearer token
        """
        raise NotImplementedError

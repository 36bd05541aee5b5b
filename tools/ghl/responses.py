"""The vendor's pages of contacts, read by their shape."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..dates import parse_ms
from ..errors import GhlPayloadError
from ..http.json_body import Parsed, has_bad_escapes
from ..mapping.prepare_contact import is_own
from ..process.budget import Lease
from .walk_keys import Stretch

# Nobody has so many contacts, and the database's integers end here.
MAX_TOTAL = 2**31 - 1


@dataclass(slots=True, repr=False)
class SearchPage:
    """One page of ``POST /contacts/search``.

    `search_after` continues after this page: the last contact's own cursor, else the
    top-level one, ``None`` when there is neither. `rejected` holds the items of the
    page that are no JSON objects; `foreign` counts those that name another location.
    `raw_has_escapes` is ``True`` when the text contains
    NUL or a lone surrogate, which PostgreSQL refuses: scrub before storing. `repairs`
    names what had to be bent to read the page at all (``"invalid_utf8"``,
    ``"too_deep"``, ``"number_too_long"``). `requested_at` is the wall time of sending.
    `limit` is how many contacts were asked for at most. `stretch` is what the page has
    covered of a sorted walk, where its cursors tell. `lease` is the page's share of
    the memory for answers; `release` gives it back early.
    """

    contacts: list[dict[str, Any]]
    total: int | None
    search_after: Any
    trace_id: str | None
    requested_at: float
    raw_has_escapes: bool = False
    rejected: list[Any] = field(default_factory=list)
    foreign: int = 0
    repairs: tuple[str, ...] = ()
    body: bytes | None = None
    limit: int | None = None
    lease: Lease | None = None
    stretch: Stretch | None = None
    _count: int = 0
    _timestamps: dict[str, list[int]] = field(default_factory=dict)

    def __repr__(self) -> str:
        # Never the contacts themselves: a repr ends up in logs.
        return f"SearchPage({self.count} contacts, total={self.total})"

    @property
    def count(self) -> int:
        """The number of contacts that the page brought."""
        return len(self.contacts) or self._count

    @property
    def is_complete(self) -> bool:
        """Whether the page holds every hit, so that what it lacks was not found."""
        if self.rejected or self.foreign:
            return False
        if self.total is not None:
            return self.total == self.count
        return self.limit is not None and self.count < self.limit

    def timestamps(self, name: str) -> list[int]:
        """Return the dates of the field `name` that the contacts have, as epoch ms."""
        if name in self._timestamps:
            return self._timestamps[name]
        found = (parse_ms(contact.get(name)) for contact in self.contacts)
        return [timestamp for timestamp in found if timestamp is not None]

    @property
    def is_foreign(self) -> bool:
        """Whether most of the page is another location's: then so is its total."""
        return self.foreign > self.count - self.foreign

    def drop_foreign(self, location_id: str) -> None:
        """Leave out the records of other locations."""
        if self.foreign:
            self.contacts = [c for c in self.contacts if is_own(c, location_id)]
            self.body = None

    def forget_contacts(self, **timestamps: Iterable[int | None]) -> None:
        """Forget the contacts and the text, since somebody else has what is needed.

        :param timestamps: field → its dates, for `timestamps` to go on answering
        """
        self._count = len(self.contacts)
        self._timestamps = {
            name: [timestamp for timestamp in dates if timestamp is not None]
            for name, dates in timestamps.items()
        }
        self.contacts = []
        self.body = None
        if self.lease is not None:
            self.lease.settle()

    def release(self) -> None:
        """Say that the page is worked off: the next answers may take its memory."""
        if self.lease is not None:
            self.lease.release()


def search_page(
    body: bytes,
    parsed: Parsed,
    requested_at: float,
    limit: int | None = None,
    location_id: str = "",
) -> SearchPage:
    """Read a search answer.

    :param limit: how many contacts were asked for at most
    :param location_id: whose contacts they should be; empty: anybody's
    :raise GhlPayloadError: it has no list of contacts
    """
    value = parsed.value
    items = value.get("contacts") if isinstance(value, dict) else None
    if not isinstance(items, list):
        raise wrong_shape("a list of contacts")
    contacts: list[dict[str, Any]] = [item for item in items if isinstance(item, dict)]
    rejected: list[Any] = []
    if len(contacts) != len(items):
        rejected = [item for item in items if not isinstance(item, dict)]
    trace_id = value.get("traceId")
    meta = value.get("meta")
    total = value.get("total", meta.get("total") if isinstance(meta, dict) else None)
    return SearchPage(
        contacts=contacts,
        total=_total(total),
        search_after=_cursor(items, contacts, value.get("searchAfter")),
        trace_id=trace_id if isinstance(trace_id, str) else None,
        requested_at=requested_at,
        raw_has_escapes=has_bad_escapes(body) or "invalid_utf8" in parsed.repairs,
        rejected=rejected,
        foreign=sum(not is_own(c, location_id) for c in contacts) if location_id else 0,
        repairs=parsed.repairs,
        body=None if parsed.repairs or rejected else body,
        limit=limit,
        stretch=Stretch.of(contacts) if not rejected else None,
    )


def wrong_shape(wanted: str) -> GhlPayloadError:
    """Return the error for an answer that lacks what it was asked for."""
    return GhlPayloadError(f"GoHighLevel's answer lacks {wanted}.", code="wrong_shape")


def _total(value: Any) -> int | None:
    if isinstance(value, Mapping):
        value = value.get("value")
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:18])
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= MAX_TOTAL else None


def _cursor(items: list[Any], contacts: list[dict[str, Any]], top: Any) -> Any:
    last = items[-1] if items else None
    own = last.get("searchAfter") if isinstance(last, dict) else None
    # The vendor calls it opaque: a list as far as anybody has seen, but whatever it is
    # goes back as it came.
    if own:
        return own
    if top:
        return top
    # A damaged last item: go on after the last sound one, and see the rest again.
    found = (contact.get("searchAfter") for contact in reversed(contacts))
    return next((cursor for cursor in found if cursor), None)

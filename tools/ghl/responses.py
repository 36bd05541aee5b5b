"""What the vendor's answers mean: errors by status and words, pages by shape.

Error bodies are ``{statusCode, message, error}`` with `message` a text or a list; the
OAuth part of v3 nests them in ``error``
(https://github.com/GoHighLevel/highlevel-api-docs/blob/main/common/common-schemas.json).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..dates import parse_ms
from ..errors import (
    GhlAuthError,
    GhlCursorRefused,
    GhlError,
    GhlNotFound,
    GhlPageLimitRefused,
    GhlPayloadError,
    GhlRateLimited,
    GhlRequestError,
    GhlScopeError,
    GhlServerError,
)
from ..http.json_body import Parsed, has_bad_escapes, parse
from ..http.transport import RawAnswer
from ..rate_limit.governor import Refusal
from ..rate_limit.headers import parse_retry_after

# 401 texts of a genuine token that may not do this; every other 401 is worth a refresh.
_SCOPE_WORDS = re.compile(
    r"not authorized for this scope|authclass|user ?type mismatch|version header"
    r"|does not have access|not allowed|permission",
    re.IGNORECASE,
)
_GONE_WORDS = re.compile(
    r"not (?:be )?found|not find|n[o']t exist|no longer exist|(?:is|was|been) deleted"
    r"|\bno (?:such )?(?:contact|record|document|entity)\b",
    re.IGNORECASE,
)
# What a text may be about; the first that it names counts.
_THING = re.compile(
    r"\b(contact|record|document|entity|(?:sub-?)?account|location|company|agency"
    r"|business|user|app|field|tag)\b",
    re.IGNORECASE,
)
# The way to a contact, which gateways and routers miss.
_WAY = re.compile(
    r"\b(?:routes?|paths?|urls?|uri|endpoints?|resources?|pages?|apis?|services?"
    r"|upstream|servers?|hosts?|tokens?|scopes?|versions?)\b",
    re.IGNORECASE,
)
# What a search is made of, apart from its address: these miss no contact.
_SEARCH = re.compile(
    r"(?<!/)search|cursor|scroll|\b(?:fields?|filters?|operators?|sort)\b",
    re.IGNORECASE,
)
_PAGE_LIMIT = re.compile(r"page_?\s?limit|\blimit must\b", re.IGNORECASE)
# Nobody has so many contacts, and the database's integers end here.
MAX_TOTAL = 2**31 - 1
_FIELD = re.compile(r"invalid (?:field|filter|sort|operator)", re.IGNORECASE)


@dataclass(slots=True, repr=False)
class SearchPage:
    """One page of ``POST /contacts/search``.

    `search_after` continues after this page: the last contact's own cursor, else the
    top-level one, ``None`` when there is neither. `rejected` holds the items of the
    page that are no JSON objects. `raw_has_escapes` is ``True`` when the text contains
    NUL or a lone surrogate, which PostgreSQL refuses: scrub before storing. `repairs`
    names what had to be bent to read the page at all (``"invalid_utf8"``,
    ``"too_deep"``, ``"number_too_long"``). `requested_at` is the wall time of sending.
    `limit` is how many contacts were asked for at most.
    """

    contacts: list[dict[str, Any]]
    total: int | None
    search_after: Any
    trace_id: str | None
    requested_at: float
    raw_has_escapes: bool = False
    rejected: list[Any] = field(default_factory=list)
    repairs: tuple[str, ...] = ()
    body: bytes | None = None
    limit: int | None = None
    _count: int = 0
    _moments: dict[str, list[int]] = field(default_factory=dict)

    def __repr__(self) -> str:
        # Never the contacts themselves: a repr ends up in logs.
        return f"SearchPage({self.count} contacts, total={self.total})"

    @property
    def count(self) -> int:
        """How many contacts the page brought."""
        return len(self.contacts) or self._count

    @property
    def is_whole(self) -> bool:
        """Whether the page holds every hit, so that what it lacks was not found."""
        if self.rejected:
            return False
        if self.total is not None:
            return self.total == self.count
        return self.limit is not None and self.count < self.limit

    def moments(self, name: str) -> list[int]:
        """Return the dates of the field `name` that the contacts have, as epoch ms."""
        if name in self._moments:
            return self._moments[name]
        found = (parse_ms(contact.get(name)) for contact in self.contacts)
        return [moment for moment in found if moment is not None]

    def let_go(self, **moments: Iterable[int | None]) -> None:
        """Forget the contacts and the text, since somebody else has what is needed.

        :param moments: field → its dates, for `moments` to go on answering
        """
        self._count = len(self.contacts)
        self._moments = {
            name: [moment for moment in dates if moment is not None]
            for name, dates in moments.items()
        }
        self.contacts = []
        self.body = None


def search_page(
    body: bytes, parsed: Parsed, requested_at: float, limit: int | None = None
) -> SearchPage:
    """Read a search answer.

    :param limit: how many contacts were asked for at most
    :raise GhlPayloadError: it has no list of contacts
    """
    value = parsed.value
    items = value.get("contacts") if isinstance(value, dict) else None
    if not isinstance(items, list):
        raise wrong_shape("a list of contacts")
    contacts = [item for item in items if isinstance(item, dict)]
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
        repairs=parsed.repairs,
        body=None if parsed.repairs or rejected else body,
        limit=limit,
    )


def wrong_shape(wanted: str) -> GhlPayloadError:
    """Return the error for an answer that lacks what it was asked for."""
    return GhlPayloadError(f"GoHighLevel's answer lacks {wanted}.", code="wrong_shape")


def error_for(
    answer: RawAnswer,
    *,
    with_cursor: bool = False,
    refusal: Refusal | None = None,
    wall_now: float = 0.0,
) -> GhlError:
    """Return the error that an answer other than 2xx stands for.

    :param bool with_cursor: the request carried ``searchAfter``
    :param refusal: the governor's verdict on a 429
    :param float wall_now: reference for a ``Retry-After`` that is a date
    """
    status = answer.status
    words, trace_id = _explanation(answer)
    told = f": {words}" if words else "."
    common: dict[str, Any] = {"status": status, "request_id": trace_id}
    if status == 429:
        daily = refusal is not None and refusal.daily
        span = "for today" if daily else "for the moment"
        return GhlRateLimited(
            f"GoHighLevel's request limit is used up {span}{told}",
            daily=daily,
            resume_at=refusal.resume_at if refusal else None,
            retry_after=refusal.retry_after if refusal else None,
            **common,
        )
    if status >= 500 or status in (408, 425):
        return GhlServerError(
            f"GoHighLevel failed with HTTP {status}{told}",
            retry_after=parse_retry_after(answer.headers, wall_now),
            **common,
        )
    if status == 401 and not _SCOPE_WORDS.search(words):
        # In brackets: what follows "token:" would be masked as one.
        told = f" ({words})." if words else "."
        return GhlAuthError(f"GoHighLevel does not accept the token{told}", **common)
    if status in (401, 403):
        return GhlScopeError(f"The token may not do this{told}", **common)
    if _is_missing(status, words, with_cursor):
        return GhlNotFound(
            f"GoHighLevel found nothing{told}",
            genuine=_denies_contact(words, trace_id),
            **common,
        )
    return _refused(status, words, told, with_cursor, common)


def _is_missing(status: int, words: str, with_cursor: bool) -> bool:
    """Tell whether something does not exist, rather than the request being at fault."""
    names_search = bool(_SEARCH.search(words))
    if status == 404:
        # A search that goes on may lack the place from where it goes on.
        return not (with_cursor and names_search)
    return status == 400 and not names_search and bool(_GONE_WORDS.search(words))


def _denies_contact(words: str, trace_id: str | None) -> bool:
    """Tell whether it is a contact that the words say is gone.

    How the vendor words that is not documented. A bare "Not Found" is what any gateway
    says; a text that calls the contact by a vaguer name has to be the API's own, which
    has a trace id.
    """
    if _WAY.search(words) or not _GONE_WORDS.search(words):
        return False
    thing = _THING.search(words)
    name = thing.group().lower() if thing else ""
    vague = name in ("record", "document", "entity")
    return name == "contact" or (vague and trace_id is not None)


def _refused(
    status: int, words: str, told: str, with_cursor: bool, common: dict[str, Any]
) -> GhlRequestError:
    if 300 <= status < 400:
        return GhlRequestError(
            "GoHighLevel answered with a redirect, which is not followed. "
            "Check the API address.",
            code="redirected",
            **common,
        )
    message = f"GoHighLevel refuses the request (HTTP {status}){told}"
    if status in (400, 404, 422):
        if _PAGE_LIMIT.search(words):
            return GhlPageLimitRefused(message, **common)
        if with_cursor:
            return GhlCursorRefused(message, **common)
        if _FIELD.search(words):
            return GhlRequestError(message, code="invalid_field", **common)
    return GhlRequestError(message, **common)


def _explanation(answer: RawAnswer) -> tuple[str, str | None]:
    """Return the vendor's words and trace id; an HTML page explains nothing."""
    try:
        value = parse(answer.body[:65_536], replace=True).value
    except ValueError:
        return "", None
    if not isinstance(value, dict):
        return "", None
    trace_id = value.get("traceId")
    words = next(
        (
            text
            for key in ("message", "error_description", "error", "msg")
            if (text := _words(value.get(key)))
        ),
        "",
    )
    return words, trace_id if isinstance(trace_id, str) else None


def _words(value: Any) -> str:
    if isinstance(value, str):
        return " ".join(value.split())
    if isinstance(value, list):
        return "; ".join(text for text in map(_words, value[:5]) if text)
    if isinstance(value, Mapping):
        return _words(value.get("message"))
    return ""


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

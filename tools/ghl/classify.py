"""Errors from answers: who answered, and what each answer other than 2xx means.

First: is it the vendor's API that speaks, or something in front of it? The vendor's
error bodies are ``{statusCode, message, error}`` with a `traceId` on most; the OAuth
part of v3 nests them in ``error``, and its token call also answers
``{error, error_description}``
(https://github.com/GoHighLevel/highlevel-api-docs/blob/main/common/common-schemas.json).
Whatever has another shape (a block page, plain text, a gateway's own JSON, nothing at
all) says nothing about our token, location or contacts, whatever its status: it passes,
or it does not, and is tried again like any outage.

========  ============================  ====================  =======
Speaker   Status                        Error                 Passes
========  ============================  ====================  =======
anybody   429                           GhlRateLimited        yes, but not for the day
edge      any other, with a body        GhlEdgeError          yes
nobody    5xx, 408, 425, empty          GhlServerError        yes
nobody    any other, empty              GhlEdgeError          yes
vendor    5xx, 408, 425                 GhlServerError        yes
vendor    401, no words of scope        GhlAuthError          see `engine/vendor_access`
vendor    401 with such words, 403      GhlScopeError         no
vendor    404; 400 with words to that   GhlNotFound           no
vendor    400, 404, 422: page size      GhlPageLimitRefused   no
vendor    400, 404, 422 to a cursor     GhlCursorRefused      no
vendor    any other                     GhlRequestError       no
========  ============================  ====================  =======
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import (
    GhlAuthError,
    GhlCursorRefused,
    GhlEdgeError,
    GhlError,
    GhlNotFound,
    GhlPageLimitRefused,
    GhlRateLimited,
    GhlRequestError,
    GhlScopeError,
    GhlServerError,
)
from ..http.json_body import parse
from ..http.transport import RawAnswer
from ..rate_limit.governor import Refusal
from ..rate_limit.headers import parse_retry_after

# An explanation is never longer; the rest of a block page is not even looked at.
MAX_EXPLANATION = 65_536

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
# Things that a text may be about; the first that it names counts.
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
# Words for parts of a search, its address aside: an answer about them denies no
# contact.
_SEARCH = re.compile(
    r"(?<!/)search|cursor|scroll|\b(?:fields?|filters?|operators?|sort)\b",
    re.IGNORECASE,
)
_PAGE_LIMIT = re.compile(r"page_?\s?limit|\blimit must\b", re.IGNORECASE)
_FIELD = re.compile(r"invalid (?:field|filter|sort|operator)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Explanation:
    """An answer's own words, when it is other than 2xx.

    :param bool own: it has the shape of the vendor's own errors
    :param str words: its message; a web page explains nothing
    :param str form: what came, for a person
    """

    own: bool
    words: str
    form: str
    trace_id: str | None = None

    @property
    def told(self) -> str:
        """The words as the end of a sentence."""
        return f": {self.words}" if self.words else "."


def error_for(
    answer: RawAnswer,
    *,
    with_cursor: bool = False,
    refusal: Refusal | None = None,
    wall_now: float = 0.0,
    grants_tokens: bool = False,
) -> GhlError:
    """Return the error that an answer other than 2xx stands for.

    :param bool with_cursor: the request carried ``searchAfter``
    :param refusal: the governor's verdict on a 429
    :param float wall_now: reference for a ``Retry-After`` that is a date
    :param bool grants_tokens: it answers a call of the OAuth part
    """
    said = explain(answer, grants_tokens)
    status = answer.status
    common: dict[str, Any] = {"status": status, "request_id": said.trace_id}
    if status == 429:
        return _rate_limited(said, refusal, common)
    passing = status >= 500 or status in (408, 425)
    if said.own or (passing and not answer.body.strip()):
        if passing:
            return GhlServerError(
                f"GoHighLevel failed with HTTP {status}{said.told}",
                retry_after=parse_retry_after(answer.headers, wall_now),
                **common,
            )
        return _vendors_refusal(said, with_cursor, common)
    return GhlEdgeError(
        edge_words(status, said),
        retry_after=parse_retry_after(answer.headers, wall_now),
        **common,
    )


def explain(answer: RawAnswer, grants_tokens: bool = False) -> Explanation:
    """Read an error answer: who speaks, and what is said."""
    text = answer.body[:MAX_EXPLANATION].strip()
    if not text:
        return Explanation(False, "", "an empty answer")
    try:
        value = parse(text, replace=True).value
    except ValueError:
        page = text[:1] == b"<" or "html" in _content_type(answer)
        return Explanation(False, "", "a web page" if page else "plain text")
    if not isinstance(value, dict):
        return Explanation(False, "", "JSON that is not GoHighLevel's")
    trace_id = value.get("traceId")
    return Explanation(
        own=_is_vendors(value, answer.status, grants_tokens),
        words=_message(value),
        form="JSON that is not GoHighLevel's",
        trace_id=trace_id if isinstance(trace_id, str) else None,
    )


def edge_words(status: int, said: Explanation) -> str:
    """Return the sentence for an answer that is not the vendor's."""
    quoted = f" (“{said.words[:120]}”)" if said.words else ""
    advice = ""
    if 300 <= status < 400:
        advice = " It redirects, which is not followed; check the API address."
    return (
        "Something between Odoo and GoHighLevel answered in its place, with HTTP "
        f"{status} and {said.form}{quoted}.{advice}"
    )


def describe_foreign(answer: RawAnswer) -> str:
    """Return the sentence for a 2xx answer that is no JSON."""
    said = explain(answer)
    if said.form in ("a web page", "plain text"):
        return edge_words(answer.status, said)
    return "GoHighLevel's answer is not JSON."


# === WHO SPEAKS === #


def _is_vendors(value: Mapping[str, Any], status: int, grants_tokens: bool) -> bool:
    """Tell whether a JSON object has the shape of the vendor's own errors."""
    message = value.get("message")
    if "message" in value and _is_text(message):
        code = value.get("statusCode")
        if str(code) == str(status) and not isinstance(code, bool):
            return True
        trace_id = value.get("traceId")
        return isinstance(trace_id, str) and bool(trace_id)
    nested = value.get("error")
    if isinstance(nested, Mapping):
        return _is_text(nested.get("message")) and "resolution" in nested
    if not grants_tokens:
        return False
    return isinstance(nested, str) and _is_text(value.get("error_description"))


def _is_text(value: Any) -> bool:
    if isinstance(value, list):
        return all(isinstance(one, (str, Mapping)) for one in value)
    if isinstance(value, Mapping):
        return isinstance(value.get("message"), (str, list))
    return isinstance(value, str)


def _content_type(answer: RawAnswer) -> str:
    found = (
        value
        for key, value in answer.headers.items()
        if isinstance(key, str) and key.lower() == "content-type"
    )
    return str(next(found, "")).lower()


def _message(value: Mapping[str, Any]) -> str:
    """Return the words of an error object."""
    return next(
        (
            text
            for key in ("message", "error_description", "error", "msg")
            if (text := _words(value.get(key)))
        ),
        "",
    )


def _words(value: Any) -> str:
    if isinstance(value, str):
        return " ".join(value.split())
    if isinstance(value, list):
        return "; ".join(text for text in map(_words, value[:5]) if text)
    if isinstance(value, Mapping):
        return _words(value.get("message"))
    return ""


# === WHAT THE VENDOR MEANS === #


def _rate_limited(
    said: Explanation, refusal: Refusal | None, common: dict[str, Any]
) -> GhlRateLimited:
    daily = refusal is not None and refusal.daily
    span = "for today" if daily else "for the moment"
    # One sentence, since callers add another on how it goes on.
    quoted = f" (“{said.words}”)" if said.words else ""
    return GhlRateLimited(
        f"GoHighLevel's request limit is used up {span}{quoted}.",
        daily=daily,
        resume_at=refusal.resume_at if refusal else None,
        retry_after=refusal.retry_after if refusal else None,
        **common,
    )


def _vendors_refusal(
    said: Explanation, with_cursor: bool, common: dict[str, Any]
) -> GhlError:
    status, words = common["status"], said.words
    if status == 401 and not _SCOPE_WORDS.search(words):
        # The brackets matter: words after "token:" would be masked as one.
        told = f" ({words})." if words else "."
        return GhlAuthError(f"GoHighLevel does not accept the token{told}", **common)
    if status in (401, 403):
        return GhlScopeError(f"The token may not do this{said.told}", **common)
    if _is_missing(status, words, with_cursor):
        return GhlNotFound(
            f"GoHighLevel found nothing{said.told}",
            genuine=_denies_contact(words, said.trace_id),
            **common,
        )
    message = f"GoHighLevel refuses the request (HTTP {status}){said.told}"
    if status in (400, 404, 422):
        if _PAGE_LIMIT.search(words):
            return GhlPageLimitRefused(message, **common)
        if with_cursor:
            return GhlCursorRefused(message, **common)
        if _FIELD.search(words):
            return GhlRequestError(message, code="invalid_field", **common)
    return GhlRequestError(message, **common)


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

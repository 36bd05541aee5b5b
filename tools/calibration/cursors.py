"""Whether an account honours a cursor that no answer has shown.

What a made-up cursor is answered must be what a walk past that point would be. Two are
tried around a contact that a walk has shown, which differ in the id alone: the lower
must bring that contact first, the higher the one behind it. A server that refuses or
ignores them answers otherwise, and so does one that looks at the date alone, or that
orders ids the other way.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

from ..dates import is_usual
from ..ghl.dialect import DialectClient
from ..ghl.responses import SearchPage
from ..ghl.walk_keys import Key, key_of
from .requests import ASC, Call, accepted, search

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class Trial(NamedTuple):
    """Two made-up cursors, and the ids that must come first behind them."""

    below: list[Any]
    above: list[Any]
    known: str
    following: str

    def questions(self, client: DialectClient) -> dict[str, Call]:
        """Return the searches to be made."""
        return {
            name: partial(
                search, client, sort=ASC, page_limit=1, search_after=list(cursor)
            )
            for name, cursor in (("below", self.below), ("above", self.above))
        }

    def is_honoured(self, below: Any, above: Any) -> bool:
        """Tell whether both were answered as a walk past that point would be."""
        return _first_id(below) == self.known and _first_id(above) == self.following


def plan_trial(pages: Sequence[Any]) -> Trial | None:
    """Return what to try, None when no page shows two contacts that will do.

    :param pages: beginnings of ascending walks along dateAdded, or refusals
    """
    for page in pages:
        if not accepted(page):
            continue
        keys = [key_of(contact.get("searchAfter")) for contact in page.contacts]
        before: Key | None = None
        for known, following in zip(keys, keys[1:], strict=False):
            trial = _trial(before, known, following)
            if trial is not None:
                return trial
            before = known
    return None


def _trial(
    before: Key | None, known: Key | None, following: Key | None
) -> Trial | None:
    if known is None or following is None or not known < following:
        return None
    if not (is_usual(known[0]) and is_usual(following[0])):
        return None
    timestamp = known[0]
    below, above = _neighbour(known[1], up=False), _neighbour(known[1], up=True)
    if below is None or above is None:
        return None
    if before is not None and not before < (timestamp, below):
        return None
    if not (timestamp, above) < following:
        return None
    return Trial([timestamp, below], [timestamp, above], known[1], following[1])


def _neighbour(contact_id: str, *, up: bool) -> str | None:
    """Return an id of the same length just above or just below one."""
    edge, other = (_DIGITS[-1], _DIGITS[0]) if up else (_DIGITS[0], _DIGITS[-1])
    for place in range(len(contact_id) - 1, -1, -1):
        digit = contact_id[place]
        if digit in _DIGITS and digit != edge:
            next_one = _DIGITS[_DIGITS.index(digit) + (1 if up else -1)]
            rest = len(contact_id) - place - 1
            return contact_id[:place] + next_one + other * rest
    return None


def _first_id(answer: Any) -> str | None:
    if not isinstance(answer, SearchPage) or not answer.contacts:
        return None
    found = answer.contacts[0].get("id")
    return found if isinstance(found, str) else None

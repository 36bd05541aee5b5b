"""The position of a sorted walk: the keys that its pages show.

A `searchAfter` is ``[sort value in ms, contact id]``, and contacts that share a date
follow each other by their ids.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

# (sort value in epoch ms, contact id), in the order of an ascending walk.
Key = tuple[int, str]


def key_of(cursor: Any) -> Key | None:
    """Return the key that a cursor holds, None when it has another form."""
    if not isinstance(cursor, list) or len(cursor) != 2:
        return None
    timestamp, contact_id = cursor
    if isinstance(timestamp, bool) or not isinstance(timestamp, int):
        return None
    if not isinstance(contact_id, str) or not contact_id:
        return None
    return timestamp, contact_id


@dataclass(frozen=True, slots=True)
class Stretch:
    """The stretch of an ascending walk that a page has covered: its first and last key.

    `crowd_ids` are those of the last contacts, which share the date of the last one.
    `in_order` is whether they rise, compared character by character; `digits` are their
    characters.
    """

    first: Key
    last: Key
    crowd_ids: tuple[str, ...]
    in_order: bool
    digits: str

    @property
    def crowd_first(self) -> str:
        """The id of the first contact that shares the date of the last one."""
        return self.crowd_ids[0]

    @property
    def crowd_count(self) -> int:
        """The number of contacts that share the date of the last one."""
        return len(self.crowd_ids)

    @classmethod
    def of(cls, contacts: Sequence[dict[str, Any]]) -> Stretch | None:
        """Return what the hits of a page cover, None when their cursors do not tell."""
        first = key_of(contacts[0].get("searchAfter")) if contacts else None
        last = key_of(contacts[-1].get("searchAfter")) if contacts else None
        if first is None or last is None:
            return None
        crowd: list[str] = []
        for contact in reversed(contacts):
            key = key_of(contact.get("searchAfter"))
            if key is None or key[0] != last[0]:
                break
            crowd.append(key[1])
        rises = all(a > b for a, b in zip(crowd, crowd[1:], strict=False))
        digits = "".join(sorted(set("".join(crowd))))
        return cls(first, last, tuple(reversed(crowd)), rises, digits)

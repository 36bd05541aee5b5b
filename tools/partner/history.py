"""History of a link: what was done, when and by whom; no values, which are personal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

# The latest entries that a link keeps.
MAX_ENTRIES: Final = 20


def noted(
    history: Any,
    timestamp: str,
    what: str,
    fields: Iterable[str] = (),
    user_id: int | None = None,
) -> list[dict[str, Any]]:
    """Return a history with one more entry, the latest first.

    :param history: what the link has, or anything
    :param timestamp: as Odoo writes a date and time, in UTC
    :param what: a slug: created, linked, updated, refused, or what a person chose
    """
    entry: dict[str, Any] = {"at": timestamp, "what": what}
    names = sorted(fields)
    if names:
        entry["fields"] = names
    if user_id:
        entry["by"] = user_id
    older = history if isinstance(history, list) else []
    return [entry, *older][:MAX_ENTRIES]

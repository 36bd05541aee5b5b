"""Make the contacts that GoHighLevel sends ready for the mirror.

The JSON of a contact goes to PostgreSQL as it came; SQL picks the columns out of it
(`json_to_columns.py`, by the tables of `columns.py`). The rest is worked out
here before: the id, a digest to tell changed from unchanged, the dates as numbers, and
whether every field has the type that its column needs. A value
that does not fit is moved to `extra`, so that SQL never meets it and nothing is lost.

The shapes are those of a hit of ``POST /contacts/search``; ``GET /contacts/{id}``
differs in some names (``address1`` for ``address``), which map to the same columns.
https://marketplace.gohighlevel.com/docs/ghl/contacts/search-contacts-advanced
"""

from __future__ import annotations

import marshal
from typing import Any, NamedTuple

from ..dates import MAX_STORED_MS, MIN_STORED_MS, format_ms, parse_date, parse_ms
from .columns import (
    BIRTH,
    BOOLEAN_KEYS,
    KEY_COLUMN,
    MAX_ID,
    MAX_TAG,
    MAX_TEXT,
    TEXTS,
    TIMESTAMPS,
)
from .digest import MARSHAL, shape_of

# Below that size (of the digest's input) no text can be longer than a column takes.
_SURELY_SHORT = MAX_TEXT


class BadRecord(ValueError):
    """A record that cannot be mirrored at all. Its text names no personal data."""

    def __init__(self, reason: str, ghl_id: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.ghl_id = ghl_id


class Prepared(NamedTuple):
    """One contact, ready for the merge.

    `payload` has only values that fit their columns; `extra` holds those that did not
    (None: nothing), by the vendor's key; `digest` tells every state from another;
    timestamps are epoch ms or None; `date_of_birth` is ``YYYY-MM-DD`` or None; `tags`
    are usable names, each once; `problems` says in words what was set aside; `keys` are
    the vendor's keys of this contact.
    """

    ghl_id: str
    payload: dict[str, Any]
    digest: str
    added_ms: int | None
    updated_ms: int | None
    date_of_birth: str | None
    tags: list[str]
    extra: dict[str, Any] | None
    problems: list[str]
    keys: frozenset[str]


def is_own(raw: Any, location_ghl_id: str) -> bool:
    """Tell whether a record is this location's: whether it names no other one."""
    told = raw.get("locationId") if isinstance(raw, dict) else None
    return not isinstance(told, str) or told.strip() in ("", location_ghl_id)


def prepare(raw: Any, location_ghl_id: str) -> Prepared:
    """Make one contact ready; `raw` must be free of what `scrub` removes.

    :raise BadRecord: when it has no usable id, or is another location's
    """
    ghl_id = contact_id(raw)
    shape = shape_of(raw)
    values = marshal.dumps(shape.values_of(raw), MARSHAL)
    digest = shape.digest_of(values)
    added = raw.get("dateAdded")
    updated = raw.get("dateUpdated")
    added_ms = None if added is None else _fast_ms(added)
    updated_ms = None if updated is None else _fast_ms(updated)
    tags = raw.get("tags") or []
    regular = (
        shape.is_regular
        and len(values) < _SURELY_SHORT
        and (added is None or added_ms is not None)
        and (updated is None or updated_ms is not None)
        and raw.get("locationId", location_ghl_id) == location_ghl_id
        and _are_regular_tags(tags)
    )
    if regular:
        return Prepared(
            *(ghl_id, raw, digest, added_ms, updated_ms, None, tags, None, []),
            shape.keys,
        )
    if not is_own(raw, location_ghl_id):
        raise BadRecord("it belongs to another location", ghl_id)
    return _prepare_odd(raw, ghl_id, digest, location_ghl_id)


def contact_id(raw: Any) -> str:
    """Return the id of a payload.

    :raise BadRecord: when it has none that could serve as a key
    """
    if not isinstance(raw, dict):
        raise BadRecord(f"the record is no object but {type(raw).__name__}")
    value = raw.get("id")
    if type(value) is int:
        value = str(value)
    if not isinstance(value, str) or not value.strip():
        raise BadRecord("the record has no id")
    if len(value) > MAX_ID:
        raise BadRecord("the record's id is too long to be a key", value)
    return value


def _fast_ms(value: Any) -> int | None:
    """Return epoch ms of a date in the vendor's own form, None for any other."""
    if type(value) is str and len(value) == 24 and value[0] != "0":
        return parse_ms(value)
    return None


# Tags that were found to fit.
_CACHE_SIZE = 20_000
_regular_tags: set[str] = set()


def _are_regular_tags(tags: list[Any]) -> bool:
    if not tags:
        return True
    try:
        unique = set(tags)
    except TypeError:
        return False
    if len(unique) != len(tags):
        return False
    new = unique - _regular_tags
    if new:
        if not all(type(tag) is str and 0 < len(tag) <= MAX_TAG for tag in new):
            return False
        if len(_regular_tags) >= _CACHE_SIZE:
            _regular_tags.clear()
        _regular_tags.update(new)
    return True


def _prepare_odd(
    raw: dict[str, Any], ghl_id: str, digest: str, location_ghl_id: str
) -> Prepared:
    """Prepare a contact of which some value does not fit its column."""
    payload: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    problems: list[str] = []
    date_of_birth = None
    tags: list[str] = []
    for key, value in raw.items():
        if value is None:
            continue
        column = KEY_COLUMN.get(key)
        if column is not None:
            first = next(k for k in TEXTS[column] if raw.get(k) is not None)
            if key == first and not _fit_text(payload, key, value):
                problems.append(f"{key}: {_describe(value)} where a text belongs")
            if payload.get(key) != value and (key == first or value != raw[first]):
                extra[key] = value
        elif key in BOOLEAN_KEYS and type(value) is not bool:
            extra[key] = value
            problems.append(f"{key}: {_describe(value)} where yes or no belongs")
        elif key == BIRTH:
            date_of_birth = _fit_birth(value, extra, problems)
        elif key == "tags":
            tags = _fit_tags(value, extra, problems)
        elif key == "locationId" and value != location_ghl_id:
            extra[key] = value
            problems.append("locationId: names no location")
        else:
            payload[key] = value
    added, updated = (
        _fit_timestamp(raw, key, extra, problems) for key in TIMESTAMPS.values()
    )
    return Prepared(
        ghl_id=ghl_id,
        payload=payload,
        digest=digest,
        added_ms=added,
        updated_ms=updated,
        date_of_birth=date_of_birth,
        tags=tags,
        extra=extra or None,
        problems=problems,
        keys=frozenset(payload),
    )


def _fit_text(payload: dict[str, Any], key: str, value: Any) -> bool:
    """Put what text `value` gives into the payload; tell whether that is all of it."""
    if type(value) is str and len(value) <= MAX_TEXT:
        payload[key] = value
        return True
    if type(value) in (int, float):
        payload[key] = str(value)[:MAX_TEXT]
    return False


def _fit_timestamp(
    raw: dict[str, Any], key: str, extra: dict[str, Any], problems: list[str]
) -> int | None:
    value = raw.get(key)
    if value is None:
        return None
    timestamp = parse_ms(value)
    if timestamp is None:
        extra[key] = value
        problems.append(f"{key}: no date")
    elif not MIN_STORED_MS <= timestamp <= MAX_STORED_MS:
        extra[key] = value
        problems.append(f"{key}: a year that no calendar here shows")
    elif format_ms(timestamp) != value:
        extra[key] = value
    return timestamp


def _fit_birth(value: Any, extra: dict[str, Any], problems: list[str]) -> str | None:
    if value == "":
        extra[BIRTH] = value
        return None
    date_of_birth = parse_date(value)
    if date_of_birth is None:
        problems.append(f"{BIRTH}: no date")
    if date_of_birth != value:
        extra[BIRTH] = value
    return date_of_birth


def _fit_tags(value: Any, extra: dict[str, Any], problems: list[str]) -> list[str]:
    items = value if type(value) is list else []
    usable = [tag for tag in items if type(tag) is str and 0 < len(tag) <= MAX_TAG]
    names = list(dict.fromkeys(usable))
    if names != value:
        extra["tags"] = value
        if len(usable) != len(items) or items is not value:
            problems.append("tags: an entry that is no usable name")
    return names


def _describe(value: Any) -> str:
    if isinstance(value, str) and len(value) > MAX_TEXT:
        return f"more than {MAX_TEXT} characters"
    names = {dict: "an object", list: "a list", bool: "yes or no", str: "a text"}
    return names.get(type(value), "a number")

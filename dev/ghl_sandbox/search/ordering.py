"""Order of a materialised result list: up to two keys, then the id."""

from typing import Any, NamedTuple

from ..dialects import Dialect
from ..web.errors import bad_request
from ..world.index import MISSING
from ..world.store import Record
from .bounds import DATE_FIELDS


class Row(NamedTuple):
    """A hit and its cursor: one value per sort key, then the id."""

    record: Record
    cursor: list[Any]


def sorted_hits(
    records: list[Record], sort: list[tuple[str, bool]], dialect: Dialect
) -> list[Row]:
    """Sort by each key from the last to the first; Python's sort is stable."""
    rows = [Row(record, _cursor(record, sort, dialect)) for record in records]
    rows.sort(key=lambda row: row.record.key, reverse=sort[0][1])
    for position in range(len(sort) - 1, -1, -1):
        _sort_by(rows, position, sort[position][1], dialect.undated_first)
    return rows


def _cursor(
    record: Record, sort: list[tuple[str, bool]], dialect: Dialect
) -> list[Any]:
    values = []
    contact: Any = None
    for name, descending in sort:
        if name in DATE_FIELDS:
            values.append(_date(record, name, descending, dialect))
            continue
        if contact is None:
            contact = record.contact()
        value = contact.get(name) if isinstance(contact, dict) else None
        values.append(_scalar(name, value))
    return [*values, record.key]


def _date(record: Record, name: str, descending: bool, dialect: Dialect) -> Any:
    value = getattr(record, DATE_FIELDS[name])
    if value is not None or dialect.cursor_null_missing:
        return value
    return -MISSING - 1 if descending != dialect.undated_first else MISSING


def _scalar(name: str, value: Any) -> Any:
    if name == "dnd":
        return int(value is True)
    return value.lower() if isinstance(value, str) else None


def _missing(value: Any) -> bool:
    return value is None or (isinstance(value, int | float) and abs(value) >= MISSING)


def _sort_by(
    rows: list[Row], position: int, descending: bool, missing_first: bool
) -> None:
    present = [row for row in rows if not _missing(row.cursor[position])]
    absent = [row for row in rows if _missing(row.cursor[position])]
    present.sort(key=lambda row: row.cursor[position], reverse=descending)
    rows[:] = absent + present if missing_first else present + absent


def compare_rows(
    left: list[Any],
    right: list[Any],
    sort: list[tuple[str, bool]],
    missing_first: bool = False,
) -> int:
    """-1, 0 or 1: does the left cursor stand before the right one?"""
    flags = [descending for _name, descending in sort]
    flags.append(sort[0][1])
    for mine, theirs, descending in zip(left, right, flags, strict=True):
        order = _compare(mine, theirs)
        if order:
            if _missing(mine) or _missing(theirs):
                return -order if missing_first else order
            return -order if descending else order
    return 0


def _compare(mine: Any, theirs: Any) -> int:
    if _missing(mine) or _missing(theirs):
        return _missing(mine) - _missing(theirs)
    try:
        return (mine > theirs) - (mine < theirs)
    except TypeError as error:
        raise bad_request("Invalid searchAfter") from error

"""Values as PostgreSQL reads them: long texts and arrays as one constant each.

A constant costs PostgreSQL next to nothing, while ``ARRAY[…]`` is an expression with a
node for each element, which takes longer to plan than a page does to look up.
https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from typing import Any


class Verbatim:
    """A long text as a dollar-quoted constant: nothing in it needs to be escaped.

    Adapts itself for psycopg2.

    :param text: UTF-8 without NUL
    """

    __slots__ = ("_quoted",)

    def __init__(self, text: bytes) -> None:
        mark = b"$j$"
        while mark in text:
            mark = f"$j{secrets.token_hex(8)}$".encode()
        self._quoted = b"".join((mark, text, mark))

    def __conform__(self, _protocol: Any) -> Verbatim:
        return self

    def getquoted(self) -> bytes:
        """Return the constant, between marks that the text does not hold."""
        return self._quoted


def array_text(values: Iterable[Any]) -> str:
    """Return an array of numbers, texts and None.

    One with nothing but None is empty: where arrays are unnested side by side,
    PostgreSQL fills the shorter ones up with NULL.
    """
    items = list(values)
    if items.count(None) == len(items):
        return "{}"
    return f"{{{array_items(items)}}}"


def array_items(values: Sequence[Any]) -> str:
    """Return the items of an array, without its braces."""
    if set(map(type, values)) == {int}:
        return ",".join(map(str, values))
    return ",".join(map(_item, values))


def _item(value: Any) -> str:
    if type(value) is str:
        if '"' in value or "\\" in value:
            value = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{value}"'
    return "NULL" if value is None else str(value)

"""Digests of contacts, which tell changed from unchanged.

A digest covers all keys and values that the vendor sent, and the mapping's version.
"""

from __future__ import annotations

import marshal
from collections.abc import Callable
from hashlib import blake2b
from operator import itemgetter
from typing import Any

from .columns import is_regular

# Part of every digest: raise it when the mapping changes, and the next full sync
# rewrites every row by the new mapping.
MAPPING_VERSION = b"2"

# The last format of marshal that depends on values alone (later ones write references
# by identity); it is several times faster than JSON.
MARSHAL = 2
_CACHE_SIZE = 20_000


class Shape:
    """A shape: contacts with the same keys and types of values share it."""

    __slots__ = ("_hash", "is_regular", "keys", "values_of")

    def __init__(self, raw: dict[str, Any]) -> None:
        # Sorted: the order of a payload's keys says nothing. The cursor is none of the
        # contact's.
        keys = sorted(key for key in raw if key != "searchAfter")
        self.keys = frozenset(raw)
        #: whether each value has the type that its column needs
        self.is_regular = is_regular(raw)
        #: returns the values of a contact of this shape, in the order of its keys
        self.values_of: Callable[[dict[str, Any]], Any] = itemgetter(*keys)
        self._hash = blake2b(digest_size=12, key=MAPPING_VERSION)
        self._hash.update(marshal.dumps(keys, MARSHAL))

    def digest_of(self, values: bytes) -> str:
        """Return the digest of a contact of this shape, by its values."""
        digest = self._hash.copy()
        digest.update(values)
        return digest.hexdigest()


# A location has few shapes.
_shapes: dict[tuple[object, ...], Shape] = {}


def shape_of(raw: dict[str, Any]) -> Shape:
    """Return the shape of a contact, the same for all that share it."""
    key = (*raw, *map(type, raw.values()))
    shape = _shapes.get(key)
    if shape is None:
        if len(_shapes) >= _CACHE_SIZE:
            _shapes.clear()
        shape = _shapes[key] = Shape(raw)
    return shape

"""Cursors: where a page ended, as a text that only this database can read.

They travel in addresses, which stand in logs; a place in an order of names is a name.
"""

import base64
import hashlib
import json
from typing import Any, NamedTuple

from cryptography.fernet import Fernet, InvalidToken

from .order import Order, Place


class BadCursor(ValueError):
    """A text that is no cursor of this list."""


class Cursor(NamedTuple):
    """The end of a page of a list, and the number of the next one."""

    order: Order
    place: Place
    page: int


def write_cursor(location: Any, cursor: Cursor) -> str:
    """Return a cursor as a text."""
    values = [
        location.id,
        cursor.order.sort,
        cursor.order.descending,
        *cursor.place,
        cursor.page,
    ]
    return _sealer(location.env).encrypt(json.dumps(values).encode()).decode()


def read_cursor(location: Any, text: str) -> Cursor:
    """Return the cursor that a text of `write_cursor` stands for.

    :raise BadCursor: when it is not one of this location's
    """
    try:
        values = json.loads(_sealer(location.env).decrypt(text.encode()))
    except (InvalidToken, ValueError) as err:
        raise BadCursor from err
    location_id, sort, descending, value, contact_id, page = values
    if location_id != location.id:
        raise BadCursor
    return Cursor(Order(sort, descending), Place(value, contact_id), page)


def _sealer(env: Any) -> Fernet:
    # sudo: the secret is the database's own, and nothing of it is told.
    secret = env["ir.config_parameter"].sudo().get_param("database.secret")
    key = hashlib.sha256(f"ghl_contact_sync.cursor {secret}".encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))

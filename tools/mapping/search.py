"""The text by which a contact is found, and the patterns that look into it.

Both sides are folded here, by the same rules of Unicode: PostgreSQL's own (`lower`,
`ILIKE`) depend on the database's locale, and take the Turkish İ for an i.

A contact's text has its fields between separators, telephone numbers as digits last. So
a pattern never reaches from one field into the next, and can be bound to its start.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from .phone_search import number_forms, phone_digits

# Between the fields of a contact, and between contacts.
FIELD, _RECORD = "\x1f", "\x1e"
# A search looks no further into a contact's texts.
MAX_LENGTH = 4_000
# Texts that are found by any part, by the vendor's keys; names are seen to apart.
_KEYS = ("email", "companyName", "businessName")
_SEPARATORS = re.compile("[\x1e\x1f]")
_ODD_BLANKS = re.compile(
    "[\t\n\v\f\r\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"
)
_BLANKS = re.compile(" {2,}")
# Characters that nobody sees or types: soft hyphens, joiners, marks of direction,
# variants of emoji.
_UNSEEN = re.compile(
    "[\xad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]"
)


def fold(text: str) -> str:
    """Return a text without regard to case, to its form in Unicode and to blanks."""
    if text.isascii():
        text = text.lower()
    else:
        text = unicodedata.normalize("NFKC", _UNSEEN.sub("", text)).casefold()
        # Folding may have left what composes again.
        text = unicodedata.normalize("NFKC", text)
    if _ODD_BLANKS.search(text):
        text = _ODD_BLANKS.sub(" ", text)
    return _BLANKS.sub(" ", text)


def search_texts(contacts: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the folded text of each contact, given as the vendor sends them.

    All at once, since a page is folded in the time that a few contacts take one by one.
    """
    rows, numbers = [], []
    for contact in contacts:
        fields, phones = _fields_of(contact)
        rows.append(FIELD.join(fields))
        numbers.append(FIELD.join(phones))
    if not rows:
        return []
    folded = fold(_RECORD.join(rows)).split(_RECORD)
    digits = phone_digits(_RECORD.join(numbers)).split(_RECORD)
    if len(folded) != len(rows) or len(digits) != len(rows):
        # A text holds what separates them.
        folded = [fold(_SEPARATORS.sub(" ", row)) for row in rows]
        digits = [phone_digits(_SEPARATORS.sub(" ", row)) for row in numbers]
    return [
        f"{FIELD}{text[:MAX_LENGTH]}{FIELD}{number[:MAX_LENGTH]}{FIELD}"
        for text, number in zip(folded, digits, strict=True)
    ]


def _fields_of(contact: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    get = contact.get
    fields = [value for key in _KEYS if type(value := get(key)) is str and value]
    fields += _names_of(contact)
    phones = [value] if type(value := get("phone")) is str else []
    if emails := get("additionalEmails"):
        fields += additional(emails, "email")
    if more := get("additionalPhones"):
        phones += additional(more, "phone")
    return fields, phones


def _names_of(contact: Mapping[str, Any]) -> list[str]:
    """Return the names of a contact; of lower-case ones only if there are no others."""
    get = contact.get
    parts = [v for key in ("firstName", "lastName") if type(v := get(key)) is str and v]
    full = " ".join(parts)
    name = get("contactName") or get("name")
    if type(name) is str and name:
        return [name] if name.lower() == full.lower() or not full else [name, full]
    return [full] if full else [name] if (name := lower_name(contact)) else []


def lower_name(contact: Mapping[str, Any]) -> str | None:
    """Return the name of a contact whose names come in lower case only."""
    full = contact.get("fullNameLowerCase")
    if type(full) is str and full:
        return full
    keys = ("firstNameLowerCase", "lastNameLowerCase")
    parts = [v for key in keys if type(v := contact.get(key)) is str and v]
    return " ".join(parts) or None


def additional(values: Any, key: str) -> list[str]:
    """Return the texts of a list such as `additionalEmails`.

    Its entries are texts, or objects that hold one under `key`.
    """
    if not isinstance(values, list):
        return []
    texts = (value.get(key) if isinstance(value, dict) else value for value in values)
    return [text for text in texts if type(text) is str and text.strip()]


def search_needles(query: str, country: str | None) -> list[str]:
    """Return the texts of which one stands in the text of whoever is meant.

    :param country: of the location, as a code or in words: its telephone numbers may be
        typed without a country's code
    """
    text = fold(_SEPARATORS.sub(" ", query)).strip()
    needles = [text] if text else []
    for bound, digits in number_forms(query, country):
        needles.append(f"{FIELD if bound else ''}{digits}")
    return list(dict.fromkeys(needles))


def like_pattern(needle: str) -> str:
    """Return the LIKE pattern of texts that hold `needle`."""
    return f"%{_escaped(needle)}%"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")

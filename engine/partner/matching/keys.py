"""Keys that contacts and Odoo contacts are compared by, normalised as Odoo does."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from odoo.tools import email_normalize

from ....tools.partner.decide_match import Person
from .phones import Region, phone_key

# Additional addresses of a contact that are looked at.
MAX_ADDITIONAL = 10
# Addresses that Odoo only turns to lower case; it parses each as the header of a mail,
# which takes longer than all else that is done to compare one.
_PLAIN_EMAIL = re.compile(
    r"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@[a-z0-9-]+(?:\.[a-z0-9-]+)*",
    re.ASCII | re.IGNORECASE,
)


def email_key(text: Any) -> str | None:
    """Return the address as Odoo compares addresses, None for none."""
    if not isinstance(text, str) or not text:
        return None
    if _PLAIN_EMAIL.fullmatch(text):
        return text.lower()
    return email_normalize(text) or None


def person_of(contact: Any, region: Region) -> Person:
    """Return a contact of the mirror with its keys.

    :param contact: a `ContactRow`, or whatever has its columns
    """
    first, last = contact.first_name or None, contact.last_name or None
    if not first and not last:
        first = contact.name or None
    return Person(
        first_name=first,
        last_name=last,
        email=email_key(contact.email),
        phone=phone_key(contact.phone, region),
        additional_emails=tuple(_additional_emails(contact.extra)),
    )


def _additional_emails(extra: Any) -> Iterable[str]:
    """Yield the usable addresses of a contact beside its main one.

    The vendor sends ``[{"email": …}]``, or texts.
    """
    items = extra.get("additionalEmails") if isinstance(extra, dict) else None
    for item in (items if isinstance(items, list) else [])[:MAX_ADDITIONAL]:
        key = email_key(item.get("email") if isinstance(item, dict) else item)
        if key:
            yield key

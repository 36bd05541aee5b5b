"""Keys that contacts and Odoo contacts are compared by, normalised as Odoo does."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from odoo.exceptions import UserError
from odoo.tools import email_normalize

from odoo.addons.phone_validation.tools.phone_validation import phone_format

from ....tools.partner.matching import Person

# Additional addresses of a contact that are looked at.
MAX_ADDITIONAL = 10
# Code and dialling code of a country.
Region = tuple[str | None, int | None]
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


def phone_key(text: Any, region: Region) -> str | None:
    """Return the number in E.164, None for what is no number."""
    if not isinstance(text, str) or not text.strip():
        return None
    try:
        number = phone_format(text, *region, force_format="E164")
    except UserError:
        return None
    return number if number and number.startswith("+") else None


def country_of(env: Any, text: str | None) -> Any:
    """Return the `res.country` that a code or a name stands for, empty for none."""
    Country = env["res.country"].sudo()
    text = (text or "").strip()
    if len(text) == 2:
        return Country.search([("code", "=", text.upper())], limit=1)
    # A longer text is no code: Odoo would cut "Germany" to "GE", which is Georgia.
    return Country.search([("name", "=ilike", exactly(text))], limit=1)


def exactly(text: str) -> str:
    """Return a pattern of ``=ilike`` that means the text itself, whatever its case."""
    for char in ("\\", "%", "_"):
        text = text.replace(char, f"\\{char}")
    return text


def region_of(env: Any, country: str | None) -> Region:
    """Return the code and the dialling code of a country, as `phone_format` asks."""
    found = country_of(env, country)
    return found.code or None, found.phone_code or None


class Regions:
    """Countries that phone numbers of a location's contacts are read by.

    The contact's own, as Odoo takes the partner's own; else the location's; else the
    company's. Each is looked up once.
    """

    def __init__(self, location: Any) -> None:
        self._env = location.env
        default = region_of(self._env, location.country)
        if not default[0]:
            default = region_of(self._env, location.company_id.country_id.code)
        self._known: dict[str | None, Region] = {None: default}

    def of(self, contact: Any) -> Region:
        """Return the region of a contact."""
        code = contact.country or None
        if code not in self._known:
            region = region_of(self._env, code)
            self._known[code] = region if region[0] else self._known[None]
        return self._known[code]


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

"""Odoo's contacts as they would be while a location is linked; nothing is written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from ...tools.partner.decide_match import Found, Partner, Person
from ...tools.partner.names import same_name
from ...tools.partner.policy import LEADS, NEVER
from .claims import name_key
from .contact_rows import ContactRow
from .matching.candidates import Rules, companies_by_name
from .values import Row

# Sources that others are found by, and the field that each is written to.
_KEYS = {"email": "email", "phone": "phone", "company_name": "parent_id"}


class Foresight:
    """Contacts of Odoo that would be made or filled so far, found by their keys.

    :param location: the `ghl.location`, privileged
    :param rows: its mapping
    """

    def __init__(self, location: Any, rules: Rules, rows: Iterable[Row]) -> None:
        self._location = location
        self._rules = rules
        self._policies = {
            row.source: row.policy
            for row in rows
            if _KEYS.get(row.source) == row.field and row.policy != NEVER
        }
        self._partners: dict[int, Partner] = {}
        self._ids: dict[str, set[int]] = defaultdict(set)
        self._companies: dict[str, bool] = {}
        self._next = 0

    def prepare(self, contacts: Iterable[ContactRow]) -> None:
        """Look up which companies contacts would get."""
        names = {(contact.company_name or "").strip() for contact in contacts}
        names -= {"", *self._companies}
        found = companies_by_name(
            self._location.env, self._location.company_id.id, names
        )
        policy = self._location.partner_company_policy
        for name in names:
            count = len(found.get(name, ()))
            may_be_made = policy == "create" and not count
            self._companies[name] = policy != "none" and (count == 1 or may_be_made)

    def note_created(self, contact: ContactRow, person: Person, name: str) -> None:
        """Note that an Odoo contact would be made for a contact."""
        # Below zero: no row of the database has such an id.
        self._next -= 1
        self._keep(
            Partner(
                self._next,
                name,
                person.email if "email" in self._policies else None,
                phone=person.phone if "phone" in self._policies else None,
                company=self._company_of(contact),
            ),
        )

    def fill(self, contact: ContactRow, person: Person, partner: Partner) -> None:
        """Note what an Odoo contact would gain by a contact that it is linked to."""
        company = self._company_of(contact)
        self._keep(
            replace(
                partner,
                email=self._filled("email", person.email, partner.email),
                phone=self._filled("phone", person.phone, partner.phone),
                company=self._filled("company_name", company, partner.company),
            ),
        )

    def find(self, contact: ContactRow, person: Person, found: Found) -> Found:
        """Return whom keys find by then, from what they find in the database now."""
        others = person.additional_emails if self._rules.additional else ()
        emails = (person.email,) if self._rules.email else ()
        phones = (person.phone,) if self._rules.phone else ()
        return Found(
            by_email=self._now(found.by_email, emails, "email"),
            by_phone=self._now(found.by_phone, phones, "phone"),
            by_additional=self._now(found.by_additional, others, "email"),
            by_name=self._namesakes(contact, found.by_name),
        )

    def _now(
        self,
        found: Mapping[int, Partner],
        keys: Iterable[str | None],
        name: str,
    ) -> dict[int, Partner]:
        wanted = {key for key in keys if key}
        ids = set(found).union(*(self._ids.get(key, ()) for key in wanted))
        partners = (self._partners.get(one) or found[one] for one in sorted(ids))
        # A partner whose address follows GoHighLevel may have another one by then.
        return {
            partner.id: partner
            for partner in partners
            if (partner.email if name == "email" else partner.phone) in wanted
        }

    def _namesakes(
        self, contact: ContactRow, found: Mapping[int, Partner]
    ) -> dict[int, Partner]:
        key = name_key(contact.name, contact.company_name)
        more = self._ids.get(key, set()) if key else set()
        partners = {one: self._partners.get(one) or found[one] for one in found}
        partners |= {one: self._partners[one] for one in sorted(more)}
        return {
            number: partner
            for number, partner in partners.items()
            if same_name(contact.company_name, partner.company)
        }

    def _keep(self, partner: Partner) -> None:
        self._partners[partner.id] = partner
        key = name_key(partner.name, partner.company)
        for one in (partner.email, partner.phone, key):
            if one:
                self._ids[one].add(partner.id)

    def _company_of(self, contact: ContactRow) -> str | None:
        name = (contact.company_name or "").strip()
        if "company_name" not in self._policies or not self._companies.get(name):
            return None
        return name

    def _filled(self, source: str, new: str | None, current: str | None) -> str | None:
        policy = self._policies.get(source)
        if not policy or not new:
            return current
        return new if policy == LEADS else current or new

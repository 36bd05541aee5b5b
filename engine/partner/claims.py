"""What the contacts of one batch are about to change, and who is found by it.

Contacts are matched by sets, and what they find is what the database held before. One
that could be found by what an earlier one of its batch is about to write waits for the
next batch: so a batch comes to what one contact after the other would have come to.
"""

from __future__ import annotations

from typing import Any

from ...tools.partner.matching import Partner, Person
from ...tools.partner.names import same_name, words_of
from .match import Rules


def name_key(contact: Any) -> str | None:
    """Return the key by which a namesake in the same company would be suggested."""
    if not contact.name or not contact.company_name:
        return None
    company = " ".join(sorted(words_of(contact.company_name)))
    return f"{contact.name.casefold()}\n{company}"


class Claims:
    """Keys that Odoo contacts will have once a batch is written."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._keys: set[str] = set()

    def meets(self, contact: Any, person: Person) -> bool:
        """Tell whether a contact could be found by what is about to be written."""
        sought = self._rules.sought_by(person)
        key = name_key(contact)
        if key:
            sought.add(key)
        return not self._keys.isdisjoint(sought)

    def add(self, contact: Any, person: Person) -> None:
        """Note that a contact is about to have an Odoo contact of its own, or waits."""
        self._keys |= self._rules.keys_of(person)
        key = name_key(contact)
        if key:
            self._keys.add(key)

    def add_link(self, contact: Any, person: Person, partner: Partner) -> None:
        """Note what an Odoo contact may gain by the contact that it is linked to."""
        known = {partner.email, partner.phone}
        self._keys |= {key for key in self._rules.keys_of(person) if key not in known}
        key = name_key(contact)
        is_same = same_name(contact.name, partner.name)
        if key and not (is_same and same_name(contact.company_name, partner.company)):
            self._keys.add(key)

"""Tell what the contacts of one batch are about to change, and who is found by it.

Contacts are matched by sets, and what they find is what the database held before. One
that could be found by what an earlier one of its batch is about to write waits for the
next batch: so a batch comes to what one contact after the other would have come to.
"""

from __future__ import annotations

from ...tools.partner.matching import Partner, Person
from ...tools.partner.names import same_name, words_of
from .contact_rows import ContactRow
from .matching.match import Rules


def name_key(name: str | None, company: str | None) -> str | None:
    """Return the key by which a namesake in the same company would be suggested."""
    words = sorted(words_of(company))
    if not name or not words:
        return None
    return f"{name.casefold()}\n{' '.join(words)}"


class Claims:
    """Keys that Odoo contacts will gain or lose once a batch is written."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._keys: set[str] = set()

    def meets(self, contact: ContactRow, person: Person) -> bool:
        """Tell whether a contact could be found by what is about to be written."""
        sought = self._rules.sought_by(person)
        key = name_key(contact.name, contact.company_name)
        if key:
            sought.add(key)
        return not self._keys.isdisjoint(sought)

    def add(self, contact: ContactRow, person: Person) -> None:
        """Note that a contact is about to have an Odoo contact of its own, or waits."""
        self._keys |= self._rules.keys_of(person)
        self._add_name(contact.name, contact.company_name)

    def add_link(self, contact: ContactRow, person: Person, partner: Partner) -> None:
        """Note what an Odoo contact may gain or lose by the contact it is linked to."""
        new, old = (person.email, person.phone), (partner.email, partner.phone)
        if any(one and one != two for one, two in zip(new, old, strict=True)):
            # Whoever finds it by whichever key finds another one then.
            self._keys.update(key for key in (*new, *old) if key)
        is_same = same_name(contact.name, partner.name)
        if not (is_same and same_name(contact.company_name, partner.company)):
            self._add_name(contact.name, contact.company_name)
            self._add_name(partner.name, contact.company_name)

    def _add_name(self, name: str | None, company: str | None) -> None:
        key = name_key(name, company)
        if key:
            self._keys.add(key)

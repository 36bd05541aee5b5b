"""Tell what the contacts of one batch are about to change, and who is found by it.

Contacts are matched by sets, and what they find is what the database held before. One
that could be found by what an earlier one of its batch is about to write waits for the
next batch: so a batch comes to what one contact after the other would have come to.
"""

from __future__ import annotations

from ...tools.partner.decide_match import Found, Partner, Person
from ...tools.partner.names import same_name, words_of
from .contact_rows import ContactRow
from .matching.candidates import Rules


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
        # Keys that contacts which wait may look for, make or change.
        self._waiting: set[str] = set()

    def meets(self, contact: ContactRow, person: Person, found: Found) -> bool:
        """Tell whether a contact must wait for what others are about to do.

        It could be found by what is about to be written; or it comes after one that
        waits, and must not be there before.
        """
        if not self._keys.isdisjoint(self._sought(contact, person)):
            return True
        if not self._waiting:
            return False
        return not self._waiting.isdisjoint(self._touched(contact, person, found))

    def add_waiting(self, contact: ContactRow, person: Person, found: Found) -> None:
        """Note that a contact waits: those that have to do with it wait as well."""
        self._waiting |= self._touched(contact, person, found)

    def _sought(self, contact: ContactRow, person: Person) -> set[str]:
        sought = self._rules.sought_by(person)
        key = name_key(contact.name, contact.company_name)
        return sought | {key} if key else sought

    def _touched(self, contact: ContactRow, person: Person, found: Found) -> set[str]:
        keys: set[str | None] = {*self._sought(contact, person)}
        keys |= self._rules.keys_of(person)
        # An Odoo contact that is made meanwhile may be found for this one, and get its
        # company.
        company = " ".join(sorted(words_of(contact.company_name)))
        keys.add(company and f"\n{company}")
        for partner in found.partners().values():
            keys |= {partner.email, partner.phone}
            keys.add(name_key(partner.name, partner.company))
            keys.add(name_key(partner.name, contact.company_name))
        return {key for key in keys if key}

    def add(self, contact: ContactRow, person: Person) -> None:
        """Note that a contact is about to have an Odoo contact of its own."""
        self._keys |= self._rules.keys_of(person)
        self._add_name(contact.name, contact.company_name)

    def add_link(self, contact: ContactRow, person: Person, partner: Partner) -> None:
        """Note what an Odoo contact may gain or lose by the contact it is linked to."""
        new, old = (person.email, person.phone), (partner.email, partner.phone)
        if any(one and one != two for one, two in zip(new, old, strict=True)):
            # Each of these keys may lead to another Odoo contact once this one has
            # changed.
            self._keys.update(key for key in (*new, *old) if key)
        is_same = same_name(contact.name, partner.name)
        if not (is_same and same_name(contact.company_name, partner.company)):
            self._add_name(contact.name, contact.company_name)
            self._add_name(partner.name, contact.company_name)

    def _add_name(self, name: str | None, company: str | None) -> None:
        key = name_key(name, company)
        if key:
            self._keys.add(key)

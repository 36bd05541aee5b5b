"""The company of an Odoo contact, and what Odoo changes along with it.

A person who gets a company as parent gets its address and its commercial fields, the
VAT among them, and loses the company's name that was typed. What the company lacks goes
the other way: from the person to the company, and on to everybody there. Neither may
cost anybody a value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...tools.partner.policy import LEADS, MISSING
from .values import STORABLE, current_value

# Odoo also fills the salesperson and the language from the parent.
_ALSO = frozenset(("company_name", "user_id", "lang"))
# Between a field and the company whose value it is, in the memory of a link.
_AT = "@"


def fields_of_company(partner: Any) -> frozenset[str]:
    """Return the fields that an Odoo contact has from its parent now."""
    names: set[str] = set()
    if partner.parent_id and partner.type == "contact":
        names.update(partner._address_fields())
    if partner.commercial_partner_id != partner:
        names.update(partner._commercial_fields())
    return frozenset(names)


def fields_of_parent(partner: Any) -> frozenset[str]:
    """Return the fields that a person has from a parent, who may be none as yet.

    :param partner: a person, or none for a new one
    """
    names = set(partner._commercial_fields())
    if not partner or partner.type == "contact":
        names.update(partner._address_fields())
    return frozenset(names)


def values_before(partner: Any) -> dict[str, Any]:
    """Return what Odoo may change when the parent is written."""
    names = fields_of_parent(partner) | _ALSO
    keys = {name for name in names if name in partner._fields}
    # Odoo also fills what other companies have of their own.
    dependent = partner._company_dependent_commercial_fields()
    for company in _companies(partner) - partner.env.company if dependent else ():
        keys.update(f"{name}{_AT}{company.id}" for name in dependent)
    return {
        key: value_at(partner, key)
        for key in sorted(keys)
        if partner._fields[split_key(key)[0]].type in STORABLE
    }


def split_key(key: str) -> tuple[str, int | None]:
    """Return the field, and the company whose value it is; none for the job's own."""
    name, _at, company_id = key.partition(_AT)
    return name, int(company_id) if company_id else None


def value_at(partner: Any, key: str) -> Any:
    """Return the value that a key of a link's memory stands for."""
    name, company_id = split_key(key)
    return current_value(partner.with_company(company_id), name)


def _companies(partner: Any) -> Any:
    return partner.env["res.company"].sudo().search([])


def plan_parent(
    partner: Any, parent: Any, policy: str, written: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Return what to write along with a parent; None where it is not to be written.

    It is not where a person's own value would be lost, unless GoHighLevel leads, and
    never where one would go to the company.

    :param partner: a person
    :param written: what the link wrote last
    """
    # Odoo would take the parent's language, whatever the person speaks.
    along = {"lang": partner.lang} if partner.lang else {}
    upstream = _upstream(partner, parent)
    for name, old, new in _compared(partner, parent):
        value = partner[name]
        if not value or value == new[name]:
            continue
        if not _is_own(partner, name, old, written):
            if name in upstream:
                along[name] = False
        elif policy != LEADS or name in upstream:
            return None
    if policy != LEADS and _loses_more(partner, parent, written):
        return None
    return along


def _upstream(partner: Any, parent: Any) -> set[str]:
    """Return the fields whose values Odoo would give to the parent."""
    company = parent.commercial_partner_id
    names = {name for name in company._synced_commercial_fields() if not company[name]}
    address = parent._address_fields()
    if partner.type == "contact" and not any(parent[name] for name in address):
        names.update(address)
    return names


def _compared(partner: Any, parent: Any) -> Iterator[tuple[str, Any, Any]]:
    """Return fields with the record that each comes from now, and would come from."""
    old = partner.parent_id
    for name in partner._commercial_fields():
        yield name, old.commercial_partner_id, parent.commercial_partner_id
    if partner.type == "contact":
        for name in partner._address_fields():
            yield name, old, parent


def _is_own(partner: Any, name: str, old: Any, written: Mapping[str, Any]) -> bool:
    """Tell whether a value is neither the old parent's nor one that we wrote."""
    if old and old[name] == partner[name]:
        return False
    return bool(written.get(name, MISSING) != current_value(partner, name))


def _loses_more(partner: Any, parent: Any, written: Mapping[str, Any]) -> bool:
    """Tell whether a typed company name, or a value in another company, would go."""
    typed = (partner.company_name or "").strip().casefold()
    if typed and typed != (parent.name or "").strip().casefold():
        if written.get("company_name", MISSING) != partner.company_name:
            return True
    names = partner._company_dependent_commercial_fields()
    if not names:
        return False
    old, new = partner.parent_id.commercial_partner_id, parent.commercial_partner_id
    return any(
        mine[name] and mine[name] not in (new.with_company(one)[name], was[name])
        for one in _companies(partner)
        for mine, was in [(partner.with_company(one), old.with_company(one))]
        for name in names
    )

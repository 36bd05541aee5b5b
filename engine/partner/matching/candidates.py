"""Find the Odoo contacts that contacts of a location may be: by sets, by indexes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from odoo.tools import SQL

from ....tools.partner.decide_match import Found, Partner, Person
from ....tools.partner.names import same_name

# Partners that a person is shown to choose from.
MAX_CANDIDATES = 20


@dataclass(frozen=True, slots=True)
class Rules:
    """The keys that a location matches by."""

    email: bool = True
    phone: bool = True
    additional: bool = True

    def keys_of(self, person: Person) -> set[str]:
        """Return the keys by which others would find a partner made of a person."""
        email = person.email if self.email or self.additional else None
        phone = person.phone if self.phone else None
        return {key for key in (email, phone) if key}

    def sought_by(self, person: Person) -> set[str]:
        """Return the keys by which a person would find a partner made of another."""
        keys = {person.email if self.email else None}
        keys.add(person.phone if self.phone else None)
        keys.update(person.additional_emails if self.additional else ())
        return {key for key in keys if key}


def rules_of(location: Any) -> Rules:
    """Return the rules that are switched on for a `ghl.location`."""
    return Rules(
        email=location.partner_match_email,
        phone=location.partner_match_phone,
        additional=location.partner_match_additional,
    )


def find(
    env: Any, company_id: int, rules: Rules, people: Mapping[int, Person]
) -> dict[int, Found]:
    """Return the partners that the keys of people find, by contact id.

    One statement a key. Partners of other companies do not come into question.
    """
    emails = {key: [one.email] for key, one in people.items() if one.email}
    phones = {key: [one.phone] for key, one in people.items() if one.phone}
    others = {key: list(one.additional_emails) for key, one in people.items()}
    by_email = _by_column(
        env, company_id, "email_normalized", emails if rules.email else {}
    )
    by_phone = _by_column(
        env, company_id, "phone_sanitized", phones if rules.phone else {}
    )
    by_other = _by_column(
        env, company_id, "email_normalized", others if rules.additional else {}
    )
    return {
        key: Found(
            by_email=by_email.get(key, {}),
            by_phone=by_phone.get(key, {}),
            by_additional=by_other.get(key, {}),
        )
        for key in people
    }


def suggest_by_name(
    env: Any, company_id: int, names: Mapping[int, tuple[str, str]]
) -> dict[int, dict[int, Partner]]:
    """Return the partners of the same name in a company of the same name.

    :param names: {contact id: (name, company name)}
    """
    whole = {name for name, company in names.values() if name and company}
    partners: dict[str, list[Partner]] = defaultdict(list)
    for name, *values in _by_name(env, company_id, whole):
        partners[name].append(Partner(*values))
    return {
        contact_id: {
            partner.id: partner
            for partner in partners.get(name, ())
            if same_name(company, partner.company)
        }
        for contact_id, (name, company) in names.items()
    }


def companies_by_name(
    env: Any, company_id: int, names: Iterable[str]
) -> dict[str, list[int]]:
    """Return the ids of the companies of each name, whatever its case.

    Those that the user of `env` may see, of one company of Odoo or of none.
    """
    found: dict[str, list[int]] = defaultdict(list)
    rows = _by_name(env, company_id, names, SQL("p.is_company IS TRUE"))
    for name, partner_id, *_values in rows:
        found[name].append(partner_id)
    every = env["res.partner"].browse({one for some in found.values() for one in some})
    visible = set(every._filtered_access("read").ids)
    return {
        name: [one for one in some if one in visible] for name, some in found.items()
    }


def _by_name(
    env: Any, company_id: int, names: Iterable[str], condition: SQL | None = None
) -> list[tuple[Any, ...]]:
    """Return the name asked for and the values of `Partner` of active partners."""
    wanted = sorted(set(names))
    if not wanted:
        return []
    rows: list[tuple[Any, ...]] = env.execute_query(
        SQL(
            """
            SELECT k.name, p.id, p.name, p.email_normalized, p.active,
                   p.phone_sanitized, COALESCE(c.name, p.company_name)
              FROM unnest(%(names)s) AS k(name)
              -- A look into the index for each, and nothing else to choose from: the
              -- planner may know the table as small, or prefer to read all of it.
             CROSS JOIN LATERAL (
                   SELECT id, name, email_normalized, active, phone_sanitized,
                          parent_id, company_name, company_id, is_company
                     FROM res_partner
                    WHERE lower(name) = lower(k.name) AND active IS TRUE
                   OFFSET 0) p
              LEFT JOIN LATERAL (
                   SELECT name FROM res_partner WHERE id = p.parent_id OFFSET 0
                   ) c ON TRUE
             WHERE (p.company_id IS NULL OR p.company_id = %(company)s)
               AND %(condition)s
             ORDER BY p.id
            """,
            names=wanted,
            company=company_id,
            condition=condition or SQL("TRUE"),
        )
    )
    return rows


def _by_column(
    env: Any, company_id: int, column: str, wanted: Mapping[int, list[str]]
) -> dict[int, dict[int, Partner]]:
    """Return {contact id: {partner id: partner}} by an indexed column."""
    keys = sorted({key for some in wanted.values() for key in some})
    if not keys:
        return {}
    rows = env.execute_query(
        SQL(
            """
            SELECT p.%(column)s, p.id, p.name, p.email_normalized, p.active,
                   p.phone_sanitized, COALESCE(c.name, p.company_name)
              FROM unnest(%(keys)s) AS k(key)
             CROSS JOIN LATERAL (
                   -- A look into the index for each, and nothing else to choose from.
                   SELECT id, name, email_normalized, active, phone_sanitized,
                          parent_id, company_name, company_id, type
                     FROM res_partner
                    WHERE %(column)s = k.key
                   OFFSET 0) p
              LEFT JOIN LATERAL (
                   SELECT name FROM res_partner WHERE id = p.parent_id OFFSET 0
                   ) c ON TRUE
             WHERE (p.company_id IS NULL OR p.company_id = %(company)s)
               AND (p.type IS NULL OR p.type = 'contact')
            """,
            column=SQL.identifier(column),
            keys=keys,
            company=company_id,
        )
    )
    partners: dict[str, dict[int, Partner]] = defaultdict(dict)
    for key, *values in rows:
        partner = Partner(*values)
        partners[key][partner.id] = partner
    result: dict[int, dict[int, Partner]] = {}
    for contact_id, some in wanted.items():
        merged: dict[int, Partner] = {}
        for key in some:
            merged.update(partners.get(key, {}))
        if len(merged) > MAX_CANDIDATES:
            # More would not be read: nobody looks through a hundred of them.
            merged = {
                number: merged[number] for number in sorted(merged)[:MAX_CANDIDATES]
            }
        result[contact_id] = merged
    return result

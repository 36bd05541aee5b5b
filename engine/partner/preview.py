"""A preview of linking a location, counted and with examples; nothing is written."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from odoo.tools import SQL

from ...tools.partner.matching import (
    Found,
    Partner,
    Person,
    Verdict,
    is_somebody,
    match,
)
from .match import find, person_of, region_of, rules_of, suggest_by_name

BATCH = 1_000
# A person waits for the answer.
MAX_SECONDS = 45.0
SAMPLES = 5


@dataclass(slots=True)
class Preview:
    """Counts of contacts that would be linked, created, asked about or left alone.

    `samples` has (contact name, partner id or None, rule or doubt) of the first of
    each; `looked_at` is less than `total` when the time was up.
    """

    total: int = 0
    looked_at: int = 0
    link: int = 0
    create: int = 0
    ask: int = 0
    leave: int = 0
    settled: int = 0
    seconds: float = 0.0
    samples: dict[str, list[tuple[str, int | None, str]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def count(self, what: str, name: str, partner_id: int | None, why: str) -> None:
        """Count one contact as linked, created, asked about or left."""
        if what == "link":
            self.link += 1
        elif what == "create":
            self.create += 1
        elif what == "ask":
            self.ask += 1
        else:
            self.leave += 1
        if len(self.samples[what]) < SAMPLES:
            self.samples[what].append((name, partner_id, why))


class _Made:
    """Partners that would have been made for contacts before this one."""

    def __init__(self) -> None:
        self._by_email: dict[str, dict[int, Partner]] = defaultdict(dict)
        self._by_phone: dict[str, dict[int, Partner]] = defaultdict(dict)
        self._next = 0

    def add(self, person: Person) -> None:
        # Below zero: no row of the database has such an id.
        self._next -= 1
        parts = (person.first_name, person.last_name)
        name = " ".join(part for part in parts if part) or person.email
        partner = Partner(self._next, name, person.email)
        if person.email:
            self._by_email[person.email][partner.id] = partner
        if person.phone:
            self._by_phone[person.phone][partner.id] = partner

    def join(self, person: Person, found: Found, rules: Any) -> Found:
        """Return what the database found, and these."""
        email = self._by_email.get(person.email or "", {}) if rules.email else {}
        phone = self._by_phone.get(person.phone or "", {}) if rules.phone else {}
        others: dict[int, Partner] = {}
        if rules.additional:
            for key in person.additional_emails:
                others.update(self._by_email.get(key, {}))
        return Found(
            by_email={**found.by_email, **email},
            by_phone={**found.by_phone, **phone},
            by_additional={**found.by_additional, **others},
            by_name=found.by_name,
        )


def preview(location: Any, max_seconds: float = MAX_SECONDS) -> Preview:
    """Return what the job would do with every contact of a `ghl.location`.

    :param location: privileged; its settings need not be switched on
    """
    began = time.monotonic()
    env, result, made = location.env, Preview(), _Made()
    result.total = location.contact_count
    rules = rules_of(location)
    region = region_of(env, location.country)
    last = 0
    while time.monotonic() - began < max_seconds:
        contacts = _next_contacts(location, last)
        if not contacts:
            break
        last = contacts[-1].id
        _look_at(location, contacts, rules, region, made, result)
        env.invalidate_all(flush=False)
    result.seconds = time.monotonic() - began
    return result


def _next_contacts(location: Any, last: int) -> Any:
    rows = location.env.execute_query(
        SQL(
            "SELECT id FROM ghl_contact WHERE location_id = %s AND active IS TRUE"
            " AND id > %s ORDER BY id LIMIT %s",
            location.id,
            last,
            BATCH,
        )
    )
    return location.env["ghl.contact"].browse(row[0] for row in rows)


def _look_at(
    location: Any, contacts: Any, rules: Any, region: Any, made: _Made, result: Preview
) -> None:
    env, company_id = location.env, location.company_id.id
    links = env["ghl.partner.link"].search([("contact_id", "in", contacts.ids)])
    settled = {link.contact_id.id for link in links if link.state != "review"}
    people = {c.id: person_of(c, region) for c in contacts if c.id not in settled}
    result.looked_at += len(contacts)
    result.settled += len(contacts) - len(people)
    found = find(env, company_id, rules, people)
    names = {
        contact.id: (contact.name or "", contact.company_name or "")
        for contact in contacts
        if contact.id in people
    }
    for contact_id, partners in suggest_by_name(env, company_id, names).items():
        found[contact_id].by_name = partners
    for contact in contacts:
        if contact.id in people:
            person = people[contact.id]
            verdict = match(person, made.join(person, found[contact.id], rules))
            _count(location, contact, person, verdict, made, result)


def _count(
    location: Any,
    contact: Any,
    person: Person,
    verdict: Verdict,
    made: _Made,
    result: Preview,
) -> None:
    name = contact.display_name or ""
    if verdict.is_link:
        real = verdict.partner_id if (verdict.partner_id or 0) > 0 else None
        result.count("link", name, real, verdict.rule.value if verdict.rule else "")
    elif not verdict.is_nobody:
        result.count("ask", name, None, verdict.doubt.value if verdict.doubt else "")
    elif location.partner_no_match == "suggest":
        result.count("ask", name, None, "nobody")
    elif location.partner_no_match == "create" and is_somebody(person):
        made.add(person)
        result.count("create", name, None, "created")
    else:
        result.count("leave", name, None, "nobody")

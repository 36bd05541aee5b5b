"""A preview of linking a location, counted and with examples; nothing is written."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from odoo.tools import SQL

from ...tools.partner.decide_match import Found, Person, is_somebody, match
from .contact_rows import ContactRow, read_rows
from .foresight import Foresight
from .matching.candidates import Rules, find, rules_of, suggest_by_name
from .matching.countries import Regions
from .matching.keys import person_of
from .values import ValueReader, rows_of

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


def preview(location: Any, max_seconds: float = MAX_SECONDS) -> Preview:
    """Return what the job would do with every contact of a `ghl.location`.

    :param location: privileged; its settings need not be switched on
    """
    began = time.monotonic()
    env, result = location.env, Preview()
    result.total = location.contact_count
    rules, rows = rules_of(location), rows_of(location)
    ahead = Foresight(location, rules, rows)
    look = _Look(location, rules, ahead, ValueReader(env, location, rows))
    last = 0
    while time.monotonic() - began < max_seconds:
        contacts = _next_contacts(location, last)
        if not contacts:
            break
        last = contacts[-1].id
        look.at(contacts, result)
        env.invalidate_all(flush=False)
    result.seconds = time.monotonic() - began
    return result


def _next_contacts(location: Any, last: int) -> list[ContactRow]:
    rows = location.env.execute_query(
        SQL(
            "SELECT id FROM ghl_contact WHERE location_id = %s AND active IS TRUE"
            " AND id > %s ORDER BY id LIMIT %s",
            location.id,
            last,
            BATCH,
        )
    )
    return read_rows(location.env, [row[0] for row in rows])


class _Look:
    """A look at one batch of contacts."""

    def __init__(
        self,
        location: Any,
        rules: Rules,
        ahead: Foresight,
        reader: ValueReader,
    ) -> None:
        self._location = location
        self._rules = rules
        self._regions = Regions(location)
        self._ahead = ahead
        self._reader = reader

    def at(self, contacts: list[ContactRow], result: Preview) -> None:
        """Count what would be done with contacts that nothing is decided of."""
        env, company_id = self._location.env, self._location.company_id.id
        links = env["ghl.partner.link"].search(
            [("contact_id", "in", [contact.id for contact in contacts])]
        )
        settled = {link.contact_id.id for link in links if link.state != "review"}
        left = [contact for contact in contacts if contact.id not in settled]
        self._regions.prepare(left)
        people = {
            contact.id: person_of(contact, self._regions.of(contact))
            for contact in left
        }
        result.looked_at += len(contacts)
        result.settled += len(contacts) - len(left)
        found = find(env, company_id, self._rules, people)
        names = {
            contact.id: (contact.name or "", contact.company_name or "")
            for contact in left
        }
        for contact_id, partners in suggest_by_name(env, company_id, names).items():
            found[contact_id].by_name = partners
        self._ahead.prepare(left)
        for contact in left:
            person = people[contact.id]
            now = self._ahead.find(contact, person, found[contact.id])
            self._count(contact, person, now, result)

    def _count(
        self, contact: ContactRow, person: Person, found: Found, result: Preview
    ) -> None:
        called = str(self._reader.name_of(contact) or "")
        name = contact.name or called or contact.ghl_id
        choice = self._location.partner_no_match
        verdict = match(person, found)
        if verdict.partner_id is not None:
            real = verdict.partner_id if verdict.partner_id > 0 else None
            rule = verdict.rule.value if verdict.rule else ""
            result.count("link", name, real, rule)
            self._ahead.fill(contact, person, found.partner(verdict.partner_id))
        elif not verdict.is_nobody:
            doubt = verdict.doubt.value if verdict.doubt else ""
            result.count("ask", name, None, doubt)
        elif choice == "suggest":
            result.count("ask", name, None, "nobody")
        elif choice == "create" and is_somebody(person):
            self._ahead.note_created(contact, person, called)
            result.count("create", name, None, "created")
        else:
            result.count("leave", name, None, "nobody")

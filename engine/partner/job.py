"""The job that links: batch after batch of the queue, each committed by itself.

It runs as a scheduled action of its own, after the commits of syncs. Killed anywhere
it loses nothing: what a batch did and the queue's rows that it took go together. One
lock per company keeps two of them from making the same contact twice.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from odoo import fields
from odoo.tools import SQL

from ...tools.partner.matching import Person, Verdict, match
from .apply import (
    QUIET,
    Change,
    create_partners,
    plan_new,
    plan_update,
    write_partners,
)
from .consent import apply_consent
from .match import find, person_of, region_of, rules_of, suggest_by_name
from .values import ValueReader, rows_of

_logger = logging.getLogger(__name__)

BATCH = 500
# First half of the advisory lock that keeps two jobs out of one company.
LOCK_SPACE = 0x47485050  # "GHPP"
# A contact that Odoo refused is tried again after that long.
RETRY_AFTER = timedelta(hours=6)
_SETTLED = ("ignored", "dissolved")


@dataclass(slots=True)
class Outcome:
    """The outcome of a batch."""

    taken: int = 0
    linked: int = 0
    created: int = 0
    updated: int = 0
    asked: int = 0
    refused: int = 0


def locations_due(env: Any) -> Any:
    """Return the locations whose queue holds something, and that want links."""
    rows = env.execute_query(
        SQL(
            """
            SELECT l.id FROM ghl_location l
             WHERE l.partner_link_enabled AND l.active
               AND EXISTS (SELECT FROM ghl_partner_todo t WHERE t.location_id = l.id)
             ORDER BY l.id
            """
        )
    )
    return env["ghl.location"].browse(row[0] for row in rows)


def requeue_refused(env: Any) -> None:
    """Queue what Odoo refused some time ago: the other module may have changed."""
    env.cr.execute(
        SQL(
            """
            WITH due AS (
                UPDATE ghl_partner_link SET retry_at = NULL
                 WHERE retry_at <= %s AND state = 'refused'
                RETURNING location_id, contact_id)
            INSERT INTO ghl_partner_todo (location_id, contact_id)
            SELECT location_id, contact_id FROM due ON CONFLICT DO NOTHING
            """,
            fields.Datetime.now(),
        )
    )


def take_lock(env: Any, company_id: int) -> bool:
    """Hold the company's lock until this transaction ends, if nobody else does."""
    env.cr.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", (LOCK_SPACE, company_id))
    return bool(env.cr.fetchone()[0])


def process_batch(location: Any, size: int = BATCH) -> Outcome:
    """Work off the first contacts of a location's queue; does not commit.

    :param location: a `ghl.location` with a privileged environment
    :return: `taken` is 0 when the queue is empty, or another process works for this
        company
    """
    env = location.env
    if not take_lock(env, location.company_id.id):
        return Outcome()
    rows = env.execute_query(
        SQL(
            "SELECT id, contact_id FROM ghl_partner_todo WHERE location_id = %s"
            " ORDER BY id LIMIT %s",
            location.id,
            size,
        )
    )
    if not rows:
        return Outcome()
    batch = Batch(location, [row[1] for row in rows])
    outcome = batch.process()
    kept = batch.unsettled
    done = [row[0] for row in rows if row[1] not in kept]
    env.cr.execute(SQL("DELETE FROM ghl_partner_todo WHERE id = ANY(%s)", done))
    env["ghl.partner.todo"].invalidate_model()
    outcome.taken = len(done)
    return outcome


class Batch:
    """Some contacts of one location, and the environment that Odoo's side is done in.

    :param location: the `ghl.location`, privileged
    :param contact_ids: of `ghl.contact`
    """

    def __init__(self, location: Any, contact_ids: list[int]) -> None:
        self.location = location
        self.env = location.env
        company = location.company_id
        user = location.partner_user_id
        # The job has the rights of the user that the location names, in its company
        # alone.
        self.odoo = self.env(
            user=user.id,
            su=False,
            context={**QUIET, "allowed_company_ids": company.ids, "lang": user.lang},
        )
        self.company_id = company.id
        contacts = self.env["ghl.contact"].with_context(active_test=False)
        self.contacts = contacts.browse(contact_ids).exists()
        links = self.env["ghl.partner.link"].search(
            [("contact_id", "in", self.contacts.ids)]
        )
        self.links = {link.contact_id.id: link for link in links}
        self.rows = rows_of(location)
        self.reader = ValueReader(
            self.odoo, location.with_env(self.odoo).sudo(), self.rows
        )
        self.region = region_of(self.env, location.country)
        # Contacts that wait for another one of the same batch to get its partner.
        self.unsettled: set[int] = set()
        self.outcome = Outcome()

    def process(self) -> Outcome:
        """Link, create, fill or ask about every contact of the batch."""
        new, known, wanted = [], [], []
        for contact in self.contacts.filtered("active"):
            link = self.links.get(contact.id)
            if link and link.state in _SETTLED:
                continue
            if link and link.state == "linked" and not link.partner_id:
                # A person deleted it: nobody makes it again unasked.
                link.write({"state": "dissolved", "retry_at": False})
            elif link and link.partner_id:
                if link.applied_hash != contact.content_hash:
                    known.append((link, contact, not link.applied_hash))
            elif link and link.rule == "created":
                wanted.append(contact)
            else:
                new.append(contact)
        self._update(known)
        self._create(wanted + self._match(new))
        if self.location.partner_consent:
            self._apply_consent()
        return self.outcome

    def _apply_consent(self) -> None:
        pairs = [
            (self.links[contact.id], contact)
            for contact in self.contacts.filtered("active")
            if contact.id in self.links and self.links[contact.id].partner_id
        ]
        apply_consent(self.env(context=QUIET), pairs, self.region)

    # === MATCHING === #

    def _match(self, contacts: list[Any]) -> list[Any]:
        """Match contacts, link or ask; return those to make a partner for."""
        people = {contact.id: person_of(contact, self.region) for contact in contacts}
        rules = rules_of(self.location)
        found = find(self.odoo, self.company_id, rules, people)
        alone = {
            contact.id: (contact.name or "", contact.company_name or "")
            for contact in contacts
            if not any(
                (
                    found[contact.id].by_email,
                    found[contact.id].by_phone,
                    found[contact.id].by_additional,
                )
            )
        }
        for contact_id, partners in suggest_by_name(
            self.odoo, self.company_id, alone
        ).items():
            found[contact_id].by_name = partners
        linked, doubtful, nobody = [], [], []
        for contact in contacts:
            verdict = match(people[contact.id], found[contact.id])
            if verdict.is_link:
                linked.append((contact, verdict))
            elif verdict.is_nobody:
                nobody.append(contact)
            else:
                doubtful.append((contact, verdict))
        self._link(linked)
        self._ask(doubtful)
        return self._decide_nobody(nobody, people)

    def _decide_nobody(
        self, contacts: list[Any], people: Mapping[int, Person]
    ) -> list[Any]:
        """Return the contacts to create partners for; leave or ask about the others."""
        choice = self.location.partner_no_match
        if choice == "leave":
            return []
        if choice == "suggest":
            self._ask([(contact, Verdict()) for contact in contacts])
            return []
        seen: set[str] = set()
        chosen = []
        for contact in contacts:
            person = people[contact.id]
            keys = {key for key in (person.email, person.phone) if key}
            if not keys and not (person.first_name or person.last_name):
                continue
            if keys & seen:
                # The same person, or family: looked at again when the first exists.
                self.unsettled.add(contact.id)
                continue
            seen |= keys
            chosen.append(contact)
        return chosen

    def _link(self, linked: list[tuple[Any, Verdict]]) -> None:
        """Link contacts to the partners that were found, and fill those."""
        self.outcome.linked += len(linked)
        links = self._store_links(
            [
                (
                    contact,
                    {
                        "state": "linked",
                        "partner_id": verdict.partner_id,
                        "rule": verdict.rule and verdict.rule.value,
                        "score": verdict.score,
                        "doubt": False,
                    },
                )
                for contact, verdict in linked
            ]
        )
        pairs = zip(links, linked, strict=True)
        self._update([(link, contact, True) for link, (contact, _verdict) in pairs])

    def _ask(self, doubtful: list[tuple[Any, Verdict]]) -> None:
        """Put contacts on the review list, with whom they may be."""
        self.outcome.asked += len(doubtful)
        links = self._store_links(
            [
                (
                    contact,
                    {
                        "state": "review",
                        "doubt": verdict.doubt.value if verdict.doubt else "nobody",
                        "applied_hash": contact.content_hash,
                    },
                )
                for contact, verdict in doubtful
            ]
        )
        self.env["ghl.partner.candidate"].search(
            [("link_id", "in", [link.id for link in links])]
        ).unlink()
        self.env["ghl.partner.candidate"].create(
            [
                {
                    "link_id": link.id,
                    "partner_id": candidate.partner_id,
                    "rule": candidate.rule.value,
                    "score": candidate.score,
                }
                for link, (_contact, verdict) in zip(links, doubtful, strict=True)
                for candidate in verdict.candidates
            ]
        )

    # === WRITING === #

    def _update(self, linked: list[tuple[Any, Any, bool]]) -> None:
        """Bring the Odoo contacts of links up to date."""
        changes = [
            plan_update(
                self.reader, self.rows, link.with_env(self.odoo).sudo(), contact, now
            )
            for link, contact, now in linked
        ]
        write_partners(self.odoo, changes)
        for change in changes:
            self.outcome.updated += bool(change.values) and not change.error
            self._remember(change)

    def _create(self, contacts: list[Any]) -> None:
        """Make Odoo contacts, and their links."""
        changes = [
            plan_new(self.reader, self.rows, self.links.get(contact.id), contact)
            for contact in contacts
        ]
        partners = create_partners(self.odoo, self.company_id, changes)
        fresh = []
        for change, partner in zip(changes, partners, strict=True):
            if partner is None:
                change.link = change.link or self._store_link(
                    change.contact, {"state": "refused"}
                )
                self._remember(change)
                continue
            fresh.append(
                (
                    change,
                    {
                        "state": "linked",
                        "partner_id": partner.id,
                        "rule": "created",
                        "score": 1.0,
                        "doubt": False,
                        "created_partner": True,
                        **self._memory(change, partner),
                    },
                )
            )
        self.outcome.created += len(fresh)
        self._store_links([(change.contact, values) for change, values in fresh])

    def _remember(self, change: Change) -> None:
        link = change.link.with_env(self.env)
        if change.error:
            self.outcome.refused += 1
            link.write(
                {
                    "state": "refused",
                    "error": change.error,
                    "retry_at": fields.Datetime.now() + RETRY_AFTER,
                }
            )
            return
        link.write({"state": "linked", **self._memory(change, link.partner_id)})

    def _memory(self, change: Change, partner: Any) -> dict[str, Any]:
        """Return what a link keeps of a change that was written."""
        return {
            "written": change.written,
            "skipped": change.skipped or False,
            "applied_hash": change.contact.content_hash,
            "applied_at": fields.Datetime.now(),
            "partner_write_date": partner.write_date,
            "error": False,
            "retry_at": False,
        }

    def _store_link(self, contact: Any, values: dict[str, Any]) -> Any:
        [link] = self._store_links([(contact, values)])
        return link

    def _store_links(self, pairs: list[tuple[Any, dict[str, Any]]]) -> list[Any]:
        """Write or create the links of contacts; return them in order."""
        fresh = [pair for pair in pairs if pair[0].id not in self.links]
        made = self.env["ghl.partner.link"].create(
            [
                {"contact_id": contact.id, "location_id": self.location.id, **values}
                for contact, values in fresh
            ]
        )
        for (contact, _values), link in zip(fresh, made, strict=True):
            self.links[contact.id] = link
        news = {contact.id for contact, _values in fresh}
        for contact, values in pairs:
            if contact.id not in news:
                self.links[contact.id].write(values)
        return [self.links[contact.id] for contact, _values in pairs]

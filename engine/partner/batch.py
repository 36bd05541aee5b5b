"""One batch of contacts: matched, linked, created or asked about; does not commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from odoo import fields

from ...tools.partner.decide_match import Found, Person, Verdict, is_somebody, match
from ...tools.partner.history import noted
from ..transaction import lock_rows
from .apply import (
    Change,
    create_partners,
    plan_new,
    plan_update,
    stored_rows,
    write_partners,
)
from .claims import Claims
from .consent import apply_consent
from .contact_rows import ContactRow, read_rows
from .link_rows import insert_links, settled_among
from .matching.candidates import find, rules_of, suggest_by_name
from .matching.countries import Regions
from .matching.keys import person_of
from .matching.owners import salespeople_at
from .parents import value_at
from .values import QUIET, ValueReader, rows_of, settings_digest

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
        # The job has the rights of the location's user, in its company alone.
        self.odoo = self.env(
            user=user.id,
            su=False,
            context={**QUIET, "allowed_company_ids": company.ids, "lang": user.lang},
        )
        # The same environment with all rights, to look at what was written.
        self.seen = self.odoo(su=True)
        self.company_id = company.id
        self.rows = rows_of(location)
        salespeople = salespeople_at(location)
        self.settings = settings_digest(location, self.rows, salespeople)
        settled = settled_among(self.env, contact_ids, self.settings)
        wanted = [number for number in contact_ids if number not in settled]
        self.contacts = read_rows(self.env, wanted, self._unread())
        links = self.env["ghl.partner.link"].search(
            [("contact_id", "in", [contact.id for contact in self.contacts])]
        )
        self.links = {link.contact_id.id: link for link in links}
        self.rules = rules_of(location)
        self.regions = Regions(location)
        self.regions.prepare(self.contacts)
        self.reader = ValueReader(
            self.odoo,
            location.with_env(self.odoo).sudo(),
            self.rows,
            regions=self.regions,
            salespeople=salespeople,
        )
        # One moment for the whole batch, which is one transaction.
        self.now = fields.Datetime.now()
        self.timestamp = fields.Datetime.to_string(self.now)
        # Contacts that wait for another one of the same batch to get its partner.
        self.unsettled: set[int] = set()
        self.outcome = Outcome()

    def _unread(self) -> frozenset[str]:
        """Return columns of contacts that this location has no use for."""
        uses = {
            "dnd_settings": self.location.partner_consent,
            "custom_fields": any(row.source == "custom" for row in self.rows),
        }
        return frozenset(name for name, is_used in uses.items() if not is_used)

    def process(self) -> Outcome:
        """Link, create, fill or ask about every contact of the batch."""
        new, known, wanted = [], [], []
        # Read this field of all of them at once, and no other one.
        self._partners_of_links().fetch(["write_date"])
        for contact in self.contacts:
            if not contact.active:
                continue
            link = self.links.get(contact.id)
            if link and link.state in _SETTLED:
                continue
            if link and _has_lost_partner(link):
                # A person deleted it: nobody makes it again unasked.
                link._dissolve()
            elif link and link.partner_id:
                if self._is_stale(link, contact):
                    known.append((link, contact, not link.applied_hash))
            elif link and link.rule == "created":
                wanted.append(contact)
            else:
                new.append(contact)
        self._update(known)
        self._create(wanted + self._match(new, wanted))
        if self.location.partner_consent:
            self._apply_consent()
        return self.outcome

    def _partners_of_links(self) -> Any:
        links = self.env["ghl.partner.link"].union(*self.links.values())
        return links.with_context(active_test=False).partner_id

    def refuse(self, error: str) -> None:
        """List the contacts as refused; they are tried again later."""
        for contact in self.contacts:
            link = self._store_link(contact, {})
            self._remember(Change(link, contact, error=error), {})

    def _is_stale(self, link: Any, contact: ContactRow) -> bool:
        """Tell whether either side, or a setting, has changed since it was filled."""
        return bool(
            link.state == "refused"
            or link.applied_hash != self._stamp(contact)
            or link.partner_seen_date != link.partner_id.write_date
        )

    def _stamp(self, contact: ContactRow) -> str:
        """Return what a link was filled by: contents and settings."""
        return f"{contact.content_hash}/{self.settings}"

    def _apply_consent(self) -> None:
        pairs = [
            (self.links[contact.id], contact)
            for contact in self.contacts
            if contact.active
            and contact.id in self.links
            and self.links[contact.id].partner_id
        ]
        apply_consent(self.env(context=QUIET), pairs, self.regions)

    # === MATCHING === #

    def _match(
        self, contacts: list[ContactRow], before: list[ContactRow]
    ) -> list[ContactRow]:
        """Match contacts, link or ask; return those to make a partner for.

        :param before: contacts that a partner is made for in any case
        """
        people = {contact.id: self._person(contact) for contact in contacts}
        found = self._find(contacts, people)
        claims = Claims(self.rules)
        for contact in before:
            claims.add(contact, self._person(contact))
        linked, doubtful, nobody = [], [], []
        for contact in contacts:
            person = people[contact.id]
            if claims.meets(contact, person, found[contact.id]):
                self.unsettled.add(contact.id)
                claims.add_waiting(contact, person, found[contact.id])
                continue
            verdict = match(person, found[contact.id])
            if verdict.partner_id is not None:
                linked.append((contact, verdict))
                partner = found[contact.id].partner(verdict.partner_id)
                claims.add_link(contact, person, partner)
            elif not verdict.is_nobody or self.location.partner_no_match == "suggest":
                doubtful.append((contact, verdict))
            elif self.location.partner_no_match == "create" and is_somebody(person):
                nobody.append(contact)
                claims.add(contact, person)
        self._link(linked)
        self._ask(doubtful)
        return nobody

    def _person(self, contact: ContactRow) -> Person:
        return person_of(contact, self.regions.of(contact))

    def _find(
        self, contacts: list[ContactRow], people: Mapping[int, Person]
    ) -> dict[int, Found]:
        found = find(self.odoo, self.company_id, self.rules, people)
        alone = {
            contact.id: (contact.name or "", contact.company_name or "")
            for contact in contacts
            if not found[contact.id].by_keys
        }
        for contact_id, partners in suggest_by_name(
            self.odoo, self.company_id, alone
        ).items():
            found[contact_id].by_name = partners
        return found

    def _link(self, linked: list[tuple[ContactRow, Verdict]]) -> None:
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

    def _ask(self, doubtful: list[tuple[ContactRow, Verdict]]) -> None:
        """Put contacts on the review list, with whom they may be."""
        self.outcome.asked += len(doubtful)
        links = self._store_links(
            [
                (
                    contact,
                    {
                        "state": "review",
                        "doubt": verdict.doubt.value if verdict.doubt else "nobody",
                        "applied_hash": self._stamp(contact),
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

    def _update(self, linked: list[tuple[Any, ContactRow, bool]]) -> None:
        """Bring the Odoo contacts of links up to date."""
        self.reader.prepare([contact for _link, contact, _now in linked])
        while linked:
            # Several contacts of one Odoo contact are written one after the other: the
            # second finds what the first has filled.
            first: dict[int, tuple[Any, ContactRow, bool]] = {}
            for one in linked:
                first.setdefault(one[0].partner_id.id, one)
            changes = [
                plan_update(
                    self.reader, self.rows, link.with_env(self.seen), contact, now
                )
                for link, contact, now in first.values()
            ]
            write_partners(self.odoo, changes)
            self._carry_marks(changes)
            stored = stored_rows(self.seen, changes)
            for change in changes:
                self.outcome.updated += bool(change.values) and not change.error
                self._remember(change, stored)
            done = {link.id for link, *_rest in first.values()}
            linked = [one for one in linked if one[0].id not in done]

    def _carry_marks(self, changes: Sequence[Change]) -> None:
        """Have other links of these Odoo contacts know that it was us who wrote.

        Else **Undo** would leave what was made for one of two contacts.
        """
        dates = {
            change.link.partner_id.id: change.partner_date
            for change in changes
            if change.values and not change.error
        }
        own = [change.link.id for change in changes]
        others = self.env["ghl.partner.link"].search(
            [("partner_id", "in", list(dates)), ("id", "not in", own)]
        )
        for link in others:
            if link.partner_write_date == dates[link.partner_id.id]:
                link.partner_write_date = link.partner_id.write_date

    def _create(self, contacts: list[ContactRow]) -> None:
        """Make Odoo contacts, and their links."""
        self.reader.prepare(contacts)
        changes = [
            plan_new(self.reader, self.rows, self.links.get(contact.id), contact)
            for contact in contacts
        ]
        create_partners(self.odoo, self.company_id, changes)
        stored = stored_rows(self.seen, changes)
        fresh = []
        for change in changes:
            if change.error:
                change.link = change.link or self._store_link(
                    change.contact, {"state": "refused"}
                )
                self._remember(change, stored)
                continue
            fresh.append(
                (
                    change,
                    {
                        "state": "linked",
                        "partner_id": change.partner_id,
                        "rule": "created",
                        "score": 1.0,
                        "doubt": False,
                        "created_partner": True,
                        **self._memory(change, stored[change.partner_id]),
                    },
                )
            )
        self.outcome.created += len(fresh)
        self._store_links([(change.contact, values) for change, values in fresh])

    def _remember(self, change: Change, stored: Mapping[int, dict[str, Any]]) -> None:
        link = change.link.with_env(self.env)
        if change.error:
            self.outcome.refused += 1
            link.write(
                {
                    "state": "refused",
                    "error": change.error,
                    "history": self._history(change, "refused"),
                    "retry_at": self.now + RETRY_AFTER,
                }
            )
            return
        memory = self._memory(change, stored[change.partner_id])
        link.write({"state": "linked", **memory})

    def _memory(self, change: Change, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a link keeps of a change that was written.

        :param row: what Odoo has stored of it: it completes addresses of sites, and
            others do more
        """
        written = change.written | {name: row[name] for name in change.told}
        before = dict(change.before)
        for key, was in change.carried.items():
            partner = self.seen["res.partner"].browse(change.partner_id)
            value = value_at(partner, key)
            if value != was:
                before.setdefault(key, was)
                written[key] = value
        return {
            "written": written,
            "before": before or False,
            "skipped": change.skipped or False,
            "applied_hash": self._stamp(change.contact),
            "applied_at": self.now,
            "partner_write_date": not change.touched and row["write_date"],
            "partner_seen_date": row["write_date"],
            "error": False,
            "retry_at": False,
            "history": self._history(change, self._what(change)),
        }

    def _what(self, change: Change) -> str | None:
        """Return what was done, as the history calls it; None for nothing."""
        if not change.link or (
            change.link.rule == "created" and not change.link.written
        ):
            return "created"
        if not change.link.applied_at:
            return "linked"
        return "updated" if change.values else None

    def _history(self, change: Change, what: str | None) -> Any:
        before = change.link.history if change.link else None
        if what is None:
            return before
        names = () if what == "refused" else change.values
        return noted(before, self.timestamp, what, names)

    def _store_link(self, contact: ContactRow, values: dict[str, Any]) -> Any:
        [link] = self._store_links([(contact, values)])
        return link

    def _store_links(self, pairs: list[tuple[ContactRow, dict[str, Any]]]) -> list[Any]:
        """Write or create the links of contacts; return them in order."""
        fresh = [pair for pair in pairs if pair[0].id not in self.links]
        self.links.update(insert_links(self.location, fresh))
        news = {contact.id for contact, _values in fresh}
        known = [pair for pair in pairs if pair[0].id not in news]
        links = self.env["ghl.partner.link"]
        lock_rows(links.browse(self.links[contact.id].id for contact, _values in known))
        for contact, values in known:
            self.links[contact.id].write(values)
        return [self.links[contact.id] for contact, _values in pairs]


def _has_lost_partner(link: Any) -> bool:
    """Tell whether a link had an Odoo contact that is gone."""
    if link.partner_id or link.state not in ("linked", "refused"):
        return False
    return link.state == "linked" or bool(
        link.applied_at or link.rule not in (False, "created")
    )

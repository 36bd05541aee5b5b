"""Matching, measured on people of whom the truth is known."""

import logging
import secrets
from types import SimpleNamespace

from odoo.tests.common import tagged

from ....engine.partner.matching.candidates import Rules, find
from ....engine.partner.matching.keys import email_key, person_of
from ....engine.partner.matching.phones import phone_key
from ....tools.partner.decide_match import THRESHOLD, match
from ..partner_common import PartnerCommon
from .labelled_people import Maker

_logger = logging.getLogger(__name__)
COUNT = 10_000
REGIONS = {None: ("GB", 44), "DE": ("DE", 49)}
# Through the whole job: whether it links those whom matching has found.
FEW = 300


@tagged("post_install", "-at_install", "ghl_partner")
class TestPartnerLabelled(PartnerCommon):
    def draw(self, seed, count):
        _logger.info("seed of the labelled people: %s", seed)
        return Maker(seed, self.other_company.id).make(count)

    def store(self, people):
        """Store Odoo contacts with the keys that Odoo computes; return their ids."""
        rows = [
            (
                one["name"],
                one["email"] or None,
                email_key(one["email"]),
                phone_key(one["phone"] or "", REGIONS[one.get("country")]),
                one.get("company_id"),
                one.get("active", True),
            )
            for one in people.partners
        ]
        self.env.cr.execute(
            """
            INSERT INTO res_partner (name, complete_name, email, email_normalized,
                                     phone_sanitized, company_id, active, type)
            SELECT name, name, email, normalized, phone, company, active, 'contact'
              FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::int[],
                          %s::bool[])
                   WITH ORDINALITY
                   AS k(name, email, normalized, phone, company, active, number)
             ORDER BY number
            RETURNING id
            """,
            [list(column) for column in zip(*rows, strict=True)],
        )
        return [row[0] for row in self.env.cr.fetchall()]

    def persons(self, people):
        """Return {number of the contact: person}."""
        return {
            number: person_of(
                SimpleNamespace(
                    first_name=one["firstName"],
                    last_name=one["lastName"],
                    name=f"{one['firstName']} {one['lastName']}",
                    email=one["email"],
                    phone=one["phone"],
                    extra=one,
                ),
                REGIONS[one.get("country")],
            )
            for number, one in enumerate(people.contacts)
        }

    def check(self, people, linked, ids):
        """Hold links, {number of the contact: partner id}, against the truth."""
        wrong = {
            number
            for number, partner_id in linked.items()
            if number not in people.truth or ids[people.truth[number]] != partner_id
        }
        right = len(linked) - len(wrong)
        precision, recall = right / len(linked), right / len(people.truth)
        self.assertGreaterEqual(precision, 0.999, f"{len(wrong)} wrong links")
        self.assertGreaterEqual(recall, 0.98, f"{right} of {len(people.truth)}")

    def test_links_are_right_and_hardly_any_is_missed(self):
        for seed in (20261127, secrets.randbits(31)):
            with self.subTest(seed=seed), self.env.cr.savepoint() as point:
                people = self.draw(seed, COUNT)
                ids = self.store(people)
                persons = self.persons(people)
                found = find(self.env, self.company.id, Rules(), persons)
                verdicts = {key: match(persons[key], found[key]) for key in persons}
                linked = {key: one for key, one in verdicts.items() if one.is_link}
                below = [one for one in linked.values() if one.score < THRESHOLD]
                self.assertFalse(below)
                chosen = {key: one.partner_id for key, one in linked.items()}
                self.check(people, chosen, ids)
                point.rollback()

    def test_the_job_links_them(self):
        self.location.partner_no_match = "leave"
        people = self.draw(20261127, FEW)
        ids = self.store(people)
        links = self.read_in(
            *(
                self.make_payload(number, **values)
                for number, values in enumerate(people.contacts)
            )
        )
        linked = {
            int(ghl_id.removeprefix("contact")): link.partner_id.id
            for ghl_id, link in links.items()
            if link.state == "linked"
        }
        self.check(people, linked, ids)

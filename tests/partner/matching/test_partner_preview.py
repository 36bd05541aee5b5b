"""The preview is what the run then does, however contacts overlap; undo ends it."""

import logging
import random
import secrets
from collections import Counter

from odoo.tests.common import tagged

from ....engine.partner import job
from ....engine.partner.preview import preview
from ..partner_common import PartnerCommon

_logger = logging.getLogger(__name__)
# In the last four somebody waits for others, and others for them.
SEEDS = (1, 2, 3, 4, 108, 110, 165, 1072227259)
FIRST = ("Anna", "Bernard", "Carla", "Dominic")
LAST = ("Anderson", "Bennett")
COMPANIES = ("Acme", "ACME ltd", "Globex", "")


@tagged("post_install", "-at_install", "ghl_partner")
class TestPartnerPreview(PartnerCommon):
    def draw(self, dice, number):
        """Return a contact that shares much with others."""
        shared = dice.randrange(6)
        return self.make_payload(
            number,
            firstName=dice.choice((*FIRST, "")),
            lastName=dice.choice((*LAST, "")),
            email=dice.choice((f"p{shared}@example.com", f"own{number}@e.com", "")),
            phone=dice.choice(
                (f"+44207946095{shared}", f"+4420794610{number % 90 + 10}", "")
            ),
            additionalEmails=dice.choice(
                ([], [{"email": f"p{dice.randrange(6)}@example.com"}])
            ),
            companyName=dice.choice(COMPANIES),
        )

    def set_up(self, dice, count):
        """Draw settings, Odoo contacts and contacts."""
        self.location.write(
            {
                "partner_no_match": dice.choice(("create", "create", "suggest")),
                "partner_company_policy": dice.choice(("none", "link", "create")),
                "partner_match_email": dice.random() < 0.8,
                "partner_match_phone": dice.random() < 0.8,
                "partner_match_additional": dice.random() < 0.7,
            }
        )
        rows = self.location.partner_mapping_ids
        self.assertTrue(rows)
        for row in rows.filtered(lambda one: one.source in ("email", "phone")):
            row.policy = dice.choice(("fill", "fill", "leads", "first", "never"))
        self.partner(name="Acme", email=False, is_company=True)
        for number in range(4):
            self.partner(
                name=f"{dice.choice(FIRST)} {dice.choice(LAST)}",
                email=dice.choice((f"p{number}@example.com", False)),
                phone=dice.choice((f"+44207946095{dice.randrange(6)}", False)),
                active=dice.random() < 0.9,
            )
        self.mirror([self.draw(dice, number) for number in range(count)])

    def run_all(self, size):
        for _batch in range(500):
            if not job.process_batch(self.location.sudo(), size).taken:
                return
        self.fail("the queue does not end")

    def outcomes(self):
        """Return how many contacts were linked, created, asked about."""
        links = self.env["ghl.partner.link"].search(
            [("location_id", "=", self.location.id)]
        )
        return Counter(
            "create"
            if link.rule == "created"
            else {"linked": "link", "review": "ask"}.get(link.state, link.state)
            for link in links
        )

    def check(self, seed, size):
        dice = random.Random(seed)
        with self.env.cr.savepoint(flush=True) as point:
            self.set_up(dice, 40)
            self.env["ghl.partner.todo"].search([]).unlink()
            before = self.snapshot()
            self.env["ghl.partner.todo"]._add_all(self.location)
            shown = preview(self.location.sudo())
            self.assertFalse(self.env["ghl.partner.link"].search([]))
            self.run_all(size)
            self.env.flush_all()
            self.env.invalidate_all()
            self.assertEqual(
                {"link": shown.link, "create": shown.create, "ask": shown.ask},
                {key: self.outcomes()[key] for key in ("link", "create", "ask")},
                f"seed {seed}, batches of {size}",
            )
            self.assertEqual(shown.looked_at, 40)
            self.location.action_undo_partners()
            self.env.invalidate_all()
            self.assertEqual(self.snapshot(), before)
            point.rollback()
            self.env.invalidate_all(flush=False)

    def test_counts_are_equal_and_undo_leaves_all_as_it_was(self):
        seeds = [*SEEDS, secrets.randbits(31)]
        _logger.info("seeds of the preview: %s", seeds)
        for seed in seeds:
            for size in (3, 100):
                with self.subTest(seed=seed, size=size):
                    self.check(seed, size)

    def test_two_that_share_name_and_company(self):
        self.location.partner_company_policy = "create"
        same = {"firstName": "Ada", "lastName": "One", "companyName": "Acme"}
        self.mirror(
            [
                self.make_payload(number, contactName="ada one", **same)
                for number in (1, 2)
            ]
        )
        shown = preview(self.location.sudo())
        self.assertEqual((shown.create, shown.ask), (1, 1))
        self.work_off()
        self.assertEqual(self.outcomes(), {"create": 1, "ask": 1})

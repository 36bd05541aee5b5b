"""People and GoHighLevel edit in any order, between batches of the job.

Each round draws its steps by a seed that a failure names. What must be true is told by
a model: who wrote what last, and whom a person has deleted.
"""

import random
from contextlib import contextmanager

from odoo.exceptions import UserError
from odoo.tests.common import tagged
from odoo.tools import mute_logger

from ...engine.partner import job
from ...engine.partner.queue import enable_links
from ...tools.partner.policy import FILL, LEADS, NEVER, POLICIES
from .partner_common import PartnerCommon

MERGE = "base.partner.merge.automatic.wizard"
APPLY = "odoo.addons.ghl_contact_sync.engine.partner.apply"
ROUNDS = 32
STEPS = 14
PEOPLE = 4
REFUSED_CITY = "Refused"


class Model:
    """Edits of people and of GoHighLevel."""

    def __init__(self):
        self.payloads = {}
        # City that a person typed, by partner; deleted partners' contacts.
        self.typed = {}
        self.deleted = set()
        self.step = 0


@tagged("post_install", "-at_install", "ghl_partner")
class TestPartnerInterleavings(PartnerCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        enable_links(cls.location)
        Partner = type(cls.env["res.partner"])
        create, write = Partner.create, Partner.write

        def picky_create(model, vals_list):
            refuse([vals_list] if isinstance(vals_list, dict) else vals_list)
            return create(model, vals_list)

        def picky_write(model, vals):
            refuse([vals])
            return write(model, vals)

        def refuse(vals_list):
            if any(vals.get("city") == REFUSED_CITY for vals in vals_list):
                raise UserError(cls.env._("No such place."))

        cls.classPatch(Partner, "create", picky_create)
        cls.classPatch(Partner, "write", picky_write)

    @mute_logger(APPLY, "odoo.addons.base.models.res_partner")
    def test_random_interleavings_lose_nothing_and_make_nobody_twice(self):
        for seed in range(ROUNDS):
            policy = POLICIES[seed % len(POLICIES)]
            with self.subTest(seed=seed, policy=policy), self.undone():
                self.play(random.Random(seed), policy)

    @contextmanager
    def undone(self):
        """Undo at the end what a round has written."""
        self.env.flush_all()
        savepoint = self.env.cr.savepoint()
        try:
            yield
        finally:
            self.env.transaction.clear()
            savepoint.close(rollback=True)
            self.env.transaction.clear()

    def play(self, dice, policy):
        """Do random steps, and check after each batch and at the end."""
        model = Model()
        rows = self.location.partner_mapping_ids
        rows.filtered(lambda row: row.source == "city").policy = policy
        steps = (
            *(self.ghl_writes,) * 4,
            *(self.person_types,) * 3,
            self.person_creates,
            self.person_archives,
            self.person_deletes,
            self.person_merges,
            self.person_decides,
            self.ghl_archives,
            *(self.run_batch,) * 4,
        )
        for _step in range(STEPS):
            model.step += 1
            dice.choice(steps)(model, dice)
            self.env.flush_all()
        self.settle(model, dice)
        self.check(model, policy)
        self.check_rest(model)

    # === STEPS === #

    def ghl_writes(self, model, dice):
        number = dice.randrange(2 * PEOPLE)
        person = number % PEOPLE
        city = dice.choice(["London", "Paris", "Oslo", "", REFUSED_CITY])
        model.payloads[number] = self.make_payload(
            number,
            firstName=f"Ada{'bcdefgh'[person]}",
            lastName="Number",
            email=f"ada{person}@example.com",
            phone="",
            city=city,
            dateUpdated=f"2025-02-01T00:{model.step:02d}:00.000Z",
        )
        self.mirror([model.payloads[number]])

    def ghl_archives(self, model, dice):
        if not model.payloads:
            return
        number = dice.choice(sorted(model.payloads))
        del model.payloads[number]
        self.env.cr.execute(
            "UPDATE ghl_contact SET active = FALSE WHERE location_id = %s"
            " AND ghl_id = %s",
            [self.location.id, f"contact{number:06d}"],
        )
        self.env.invalidate_all()

    def partners(self):
        """Return the live Odoo contacts of this round."""
        return self.Partner.search([("email", "like", "@example.com"), *self.ours()])

    def ours(self):
        return [("name", "like", "Ada%"), ("user_ids", "=", False)]

    def person_creates(self, model, dice):
        person = dice.randrange(PEOPLE)
        city = dice.choice([False, "Rome"])
        partner = self.partner(
            name=f"Ada{'bcdefgh'[person]} Number",
            email=f"ada{person}@example.com",
            city=city,
        )
        model.typed[partner] = city

    def person_types(self, model, dice):
        partners = self.partners()
        if partners:
            partner = dice.choice(partners)
            partner.city = dice.choice(["Rome", "Bonn", "Kyiv"])
            model.typed[partner] = partner.city
            self.date(partner, model)

    def person_archives(self, model, dice):
        partners = self.partners()
        if partners:
            partner = dice.choice(partners)
            partner.active = False
            self.date(partner, model)

    def person_deletes(self, model, dice):
        partners = self.partners()
        if partners:
            partner = dice.choice(partners)
            links = partner.ghl_link_ids
            model.deleted |= set(links.contact_id.ids)
            model.typed.pop(partner, None)
            partner.unlink()
            self.assertLessEqual(set(links.mapped("state")), {"dissolved"})

    def person_merges(self, model, dice):
        partners = self.partners()
        if len(partners) > 1:
            one, two = dice.sample(list(partners), 2)
            before = one.ghl_link_ids | two.ghl_link_ids
            kept = one.city and model.typed.get(one)
            self.env[MERGE]._merge((one | two).ids, one)
            self.env.invalidate_all()
            # No link is lost by it.
            self.assertEqual(before.exists(), before)
            self.assertEqual(before.partner_id, one if before else one.browse())
            model.typed.pop(two, None)
            model.typed[one] = kept or False
            self.date(one, model)

    def date(self, partner, model):
        """Give an edit a moment of its own: here all is one transaction."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_partner SET write_date = write_date + %s * INTERVAL '1 s'"
            " WHERE id = %s",
            [model.step, partner.id],
        )
        self.env.invalidate_all()

    def person_decides(self, model, dice):
        links = self.env["ghl.partner.link"].search(
            [("location_id", "=", self.location.id), ("state", "=", "review")]
        )
        if links:
            link = dice.choice(links)
            if link.candidate_ids and dice.random() < 0.5:
                link.action_link_first()
            else:
                link.action_create_partner()

    def run_batch(self, model, dice):
        before = self.live_emails()
        known = self.env["ghl.partner.link"].search([])
        job.process_batch(self.location.sudo(), dice.choice([1, 2, 5]))
        self.env.flush_all()
        self.env.invalidate_all()
        fresh = self.env["ghl.partner.link"].search([]) - known
        made = fresh.filtered(lambda x: x.rule == "created" and x.partner_id)
        emails = made.partner_id.mapped("email_normalized")
        # Nobody is made who is there already, or twice.
        self.assertEqual(len(emails), len(set(emails)))
        self.assertFalse(set(emails) & before)
        for contact in made.contact_id:
            self.assertNotIn(contact.id, model.deleted)

    def live_emails(self):
        return set(self.partners().mapped("email_normalized"))

    # === WHAT MUST BE TRUE === #

    def settle(self, model, dice):
        """Let every module accept what it refused, and the job come to rest."""
        for number, payload in model.payloads.items():
            if payload["city"] == REFUSED_CITY:
                late = f"2025-03-01T00:00:{number:02d}.000Z"
                payload |= {"city": "Lima", "dateUpdated": late}
                self.mirror([payload])
        self.env.cr.execute("UPDATE ghl_partner_link SET retry_at = '2020-01-01'")
        self.env.invalidate_all()
        job.requeue_refused(self.env)
        self.env["ghl.partner.todo"]._add_all(self.location)
        for _batch in range(50):
            if not self.env["ghl.partner.todo"].search_count([]):
                break
            self.run_batch(model, dice)
        self.assertFalse(self.env["ghl.partner.todo"].search_count([]))

    def check(self, model, policy):
        links = self.env["ghl.partner.link"].search(
            [("location_id", "=", self.location.id)]
        )
        by_contact = links.grouped("contact_id")
        for contact in self.env["ghl.contact"].search(
            [("location_id", "=", self.location.id)]
        ):
            # Nobody is lost: linked, asked about, or deleted by a person.
            self.assertEqual(len(by_contact.get(contact, ())), 1)
            link = by_contact[contact]
            self.assertIn(link.state, ("linked", "review", "dissolved"))
            self.assertEqual(bool(link.partner_id), link.state == "linked")
            if contact.id in model.deleted and link.state == "dissolved":
                self.assertFalse(link.partner_id)
            if link.state == "linked":
                self.check_city(model, policy, link)

    def check_city(self, model, policy, link):
        partner, typed = link.partner_id, model.typed.get(link.partner_id)
        if typed and policy != LEADS:
            self.assertEqual(partner.city, typed)
        if policy == NEVER and not typed and link.created_partner:
            self.assertFalse(partner.city and partner not in model.typed)
        alone = len(partner.ghl_link_ids) == 1 and partner not in model.typed
        if alone and policy in (FILL, LEADS):
            self.assertEqual(partner.city or "", link.contact_id.city or "")
        if policy == LEADS and len(partner.ghl_link_ids) == 1 and link.contact_id.city:
            self.assertEqual(partner.city, link.contact_id.city)

    def check_rest(self, model):
        """Check that another run over everything finds nothing to do."""
        before = self.count_partners()
        self.env["ghl.partner.todo"]._add_all(self.location)
        for _batch in range(50):
            outcome = job.process_batch(self.location.sudo(), 100)
            self.assertEqual((outcome.created, outcome.updated), (0, 0))
            if not outcome.taken:
                break
        self.assertEqual(self.count_partners(), before)

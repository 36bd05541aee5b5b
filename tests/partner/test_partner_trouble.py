"""Odoo or another module refuses something, or something happens meanwhile."""

from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests.common import new_test_user, tagged
from odoo.tools import mute_logger

from ...engine.partner import job
from ...engine.partner.batch import Batch
from ...engine.partner.values import ValueReader
from .partner_common import PartnerCommon

REFUSAL = "No such people here."


@tagged("post_install", "-at_install", "ghl_partner")
class TestPartnerTrouble(PartnerCommon):
    @mute_logger("odoo.addons.ghl_contact_sync.engine.partner.apply")
    def test_one_that_odoo_refuses_stops_no_other(self):
        create = type(self.env["res.partner"]).create

        def picky(model, vals_list):
            if any(vals.get("email") == "ada2@example.com" for vals in vals_list):
                raise UserError(REFUSAL)
            return create(model, vals_list)

        self.patch(type(self.env["res.partner"]), "create", picky)
        links = self.read_in(*(self.make_payload(n) for n in (1, 2, 3)))
        self.assertEqual(links["contact000002"].state, "refused")
        self.assertIn("No such people", links["contact000002"].error)
        self.assertTrue(links["contact000001"].partner_id)
        self.assertTrue(links["contact000003"].partner_id)

    def test_a_user_without_the_right_makes_nobody_and_says_so(self):
        weak = new_test_user(self.env, "weak", "base.group_user")
        self.location.partner_user_id = weak
        link = self.read_in(self.make_payload(1))["contact000001"]
        self.assertEqual(link.state, "refused")
        self.assertTrue(link.error)

    def test_another_run_over_the_same_writes_nothing(self):
        self.read_in(*(self.make_payload(number) for number in range(1, 6)))
        partners = self.Partner.search([])
        before = {partner.id: partner.write_date for partner in partners}
        self.env["ghl.partner.todo"]._add_all(self.location)
        outcome = job.process_batch(self.location.sudo(), 100)
        self.assertEqual((outcome.taken, outcome.updated, outcome.created), (5, 0, 0))
        self.env.invalidate_all()
        self.assertEqual({p.id: p.write_date for p in partners}, before)

    def test_what_is_merged_while_a_batch_runs_is_looked_at_again(self):
        self.read_in(self.make_payload(1, city="London"))
        process = Batch.process

        def overtaken(batch):
            outcome = process(batch)
            # A sync that commits now: the batch has read what was before.
            self.mirror([self.edited(1, 2, city="Oslo")])
            return outcome

        self.mirror([self.edited(1, 1, city="Paris")])
        with patch.object(Batch, "process", overtaken):
            job.process_batch(self.location.sudo(), 100)
        link = self.work_off()["contact000001"]
        self.assertEqual(link.partner_id.city, "Oslo")

    @mute_logger("odoo.addons.ghl_contact_sync.engine.partner.values")
    def test_a_company_that_odoo_refuses_stops_nobody(self):
        self.location.partner_company_policy = "create"
        create = type(self.env["res.partner"]).create

        def picky(model, vals_list):
            if any(vals.get("is_company") for vals in vals_list):
                raise UserError(REFUSAL)
            return create(model, vals_list)

        self.patch(type(self.env["res.partner"]), "create", picky)
        link = self.read_in(self.make_payload(1, companyName="Acme"))["contact000001"]
        self.assertTrue(link.partner_id)
        self.assertEqual(link.skipped, {"parent_id": "refused"})
        self.assertIn("Odoo refused", link.skipped_summary)

    @mute_logger("odoo.addons.ghl_contact_sync.engine.partner.job")
    def test_a_contact_that_breaks_its_batch_is_set_aside(self):
        read = ValueReader.read_contact

        def broken(reader, contact):
            if contact.ghl_id == "contact000002":
                raise ValueError(REFUSAL)
            return read(reader, contact)

        self.mirror([self.make_payload(number) for number in range(1, 6)])
        with (
            patch.object(ValueReader, "read_contact", broken),
            self.enter_registry_test_mode(),
        ):
            self.env.ref("ghl_contact_sync.ir_cron_partners").method_direct_trigger()
        links = self.work_off()
        self.assertEqual(links.pop("contact000002").state, "refused")
        self.assertEqual(len(links), 4)
        self.assertEqual({link.state for link in links.values()}, {"linked"})

    @mute_logger("odoo.addons.ghl_contact_sync.engine.partner.apply")
    def test_a_refusal_ends_when_the_contact_is_as_it_was(self):
        link = self.read_in(self.make_payload(1, city="London"))["contact000001"]
        write = type(self.env["res.partner"]).write

        def picky(model, vals):
            if vals.get("city") == "Paris":
                raise UserError(REFUSAL)
            return write(model, vals)

        self.patch(type(self.env["res.partner"]), "write", picky)
        self.read_in(self.edited(1, 1, city="Paris"))
        self.assertEqual(link.state, "refused")
        self.read_in(self.edited(1, 2, city="London"))
        self.assertEqual((link.state, link.error), ("linked", False))

    def test_no_number_closes_nothing_and_stops_nobody(self):
        closed = {"SMS": {"status": "active"}}
        payload = self.make_payload(1, phone="+123", dndSettings=closed)
        self.assertTrue(self.read_in(payload)["contact000001"].partner_id)

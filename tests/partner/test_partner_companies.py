"""Record rules of two companies, and users of each."""

from odoo.exceptions import AccessError
from odoo.tests.common import new_test_user, tagged
from odoo.tools import mute_logger

from .partner_common import PartnerCommon

RULES = ("odoo.addons.base.models.ir_rule", "odoo.models")


@tagged("post_install", "-at_install", "ghl_partner")
class TestPartnerCompanies(PartnerCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connection_elsewhere = cls.env["ghl.connection"].create(
            {
                "name": "Elsewhere",
                "private_token": "pit-elsewhere",
                "company_id": cls.other_company.id,
            }
        )
        cls.worker_elsewhere = new_test_user(
            cls.env,
            "ghl_worker_elsewhere",
            "base.group_user,base.group_partner_manager",
            company_id=cls.other_company.id,
            company_ids=[(6, 0, cls.other_company.ids)],
        )
        cls.elsewhere = cls.env["ghl.location"].create(
            {
                "name": "Elsewhere",
                "ghl_id": "loc-elsewhere",
                "connection_id": cls.connection_elsewhere.id,
                "partner_user_id": cls.worker_elsewhere.id,
                "partner_link_enabled": True,
            }
        )

    def test_each_company_gets_contacts_of_its_own(self):
        here = self.read_in(self.make_payload(1))["contact000001"]
        payload = self.make_payload(1, locationId="loc-elsewhere")
        there = self.read_in(payload, location=self.elsewhere)["contact000001"]
        self.assertEqual((here.state, there.state), ("linked", "linked"))
        self.assertNotEqual(here.partner_id, there.partner_id)
        self.assertEqual(here.partner_id.company_id, self.company)
        self.assertEqual(there.partner_id.company_id, self.other_company)
        with mute_logger(*RULES), self.assertRaises(AccessError):
            here.with_user(self.stranger).read(["state"])
        with mute_logger(*RULES), self.assertRaises(AccessError):
            there.partner_id.with_user(self.user).read(["name"])

    @mute_logger(*RULES, "odoo.addons.ghl_contact_sync.engine.partner.apply")
    def test_a_partner_that_moves_to_another_company_is_written_by_nobody(self):
        link = self.read_in(self.make_payload(1, city="London"))["contact000001"]
        partner = link.partner_id
        self.location.partner_user_id = new_test_user(
            self.env,
            "ghl_worker_here",
            "base.group_user,base.group_partner_manager",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        partner.company_id = self.other_company
        self.env.flush_all()
        before = self.count_partners()
        self.read_in(self.edited(1, 1, city="Oslo"))
        self.assertEqual((link.state, link.partner_id), ("refused", partner))
        self.assertTrue(link.error)
        self.assertEqual(partner.city, "London")
        self.assertEqual(self.count_partners(), before)
        partner.company_id = self.company
        self.env.flush_all()
        self.read_in(self.edited(1, 2, city="Bergen"))
        self.assertEqual((link.state, partner.city), ("linked", "Bergen"))

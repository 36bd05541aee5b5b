"""Whose customers contacts become in Odoo."""

from odoo.exceptions import AccessError, ValidationError
from odoo.tests.common import new_test_user, tagged
from odoo.tools import mute_logger

from ...engine.partner.queue import link_all
from .partner_common import PartnerCommon

ACCESS = ("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")


@tagged("post_install", "-at_install", "ghl_partner")
class TestPartnerSalespeople(PartnerCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.owner = cls.env["ghl.user"].create(
            {
                "location_id": cls.location.id,
                "ghl_id": "owner1",
                "name": "Olga Owner",
                "email": "Olga@Example.com",
            }
        )
        cls.olga = new_test_user(cls.env, "olga", email="olga@example.com")
        cls.other = new_test_user(cls.env, "otto", email="otto@example.com")

    def linked(self, **values):
        payload = self.make_payload(1, assignedTo="owner1", **values)
        return self.read_in(payload)["contact000001"]

    def test_by_email_unless_somebody_was_chosen(self):
        self.assertEqual(self.owner.salesperson_id, self.olga)
        link = self.linked()
        self.assertEqual(link.partner_id.user_id, self.olga)
        self.owner.with_user(self.manager).odoo_user_id = self.other
        self.assertEqual(self.owner.salesperson_id, self.other)
        # Another look at all has everybody follow.
        link_all(self.location)
        self.work_off()
        self.assertEqual(link.partner_id.user_id, self.other)
        self.owner.with_user(self.manager).odoo_user_id = False
        link_all(self.location)
        self.work_off()
        self.assertEqual(link.partner_id.user_id, self.olga)

    def test_nobody_of_that_address_is_told_as_not_taken(self):
        self.owner.sudo().email = "nobody@example.com"
        link = self.linked()
        self.assertFalse(link.partner_id.user_id)
        self.assertEqual(link.skipped, {"user_id": "not_found"})

    def test_one_who_has_left_is_nobodys_salesperson(self):
        self.owner.odoo_user_id = self.other
        self.other.active = False
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(self.owner.salesperson_id, self.olga)

    def test_a_user_of_another_company_or_of_a_portal_is_refused(self):
        for user in (self.stranger, self.portal):
            with self.subTest(user.login), self.assertRaises(ValidationError):
                self.owner.odoo_user_id = user

    @mute_logger(*ACCESS)
    def test_a_manager_chooses_that_and_changes_nothing_else(self):
        with self.assertRaises(AccessError):
            self.owner.with_user(self.user).odoo_user_id = self.other
        for values in ({"name": "X"}, {"email": "x@e.com"}, {"active": False}):
            with self.assertRaises(AccessError):
                self.owner.with_user(self.manager).write(values)

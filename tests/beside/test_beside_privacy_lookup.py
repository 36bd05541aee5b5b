"""Beside Odoo's `privacy_lookup`: a person is found wherever the addon keeps them."""

from odoo.tests.common import tagged

from ..partner.partner_common import PartnerCommon


@tagged("post_install", "-at_install", "-standard", "ghl_beside")
class TestBesidePrivacyLookup(PartnerCommon):
    def look_up(self, name="Ada Number 1", email="ada1@example.com"):
        """Return {model: ids} of what the look-up finds."""
        wizard = self.env["privacy.lookup.wizard"].create(
            {"name": name, "email": email}
        )
        wizard.action_lookup()
        found = {}
        for line in wizard.line_ids:
            found.setdefault(line.res_model, set()).add(line.res_id)
        return found, wizard

    def test_contact_link_and_partner_are_found(self):
        closed = {"Email": {"status": "active"}}
        link = self.read_in(self.make_payload(1, dndSettings=closed))["contact000001"]
        self.read_in(self.make_payload(2))
        found, _wizard = self.look_up()
        self.assertEqual(found["res.partner"], set(link.partner_id.ids))
        self.assertEqual(found["ghl.contact"], set(link.contact_id.ids))
        self.assertEqual(found["ghl.partner.link"], set(link.ids))
        self.assertTrue(found["mail.blacklist"])

    def test_a_contact_without_an_odoo_contact_is_found(self):
        self.location.partner_no_match = "leave"
        self.read_in(self.make_payload(1))
        found, _wizard = self.look_up()
        self.assertEqual(len(found["ghl.contact"]), 1)
        self.assertNotIn("res.partner", found)

    def test_whoever_was_erased_is_not_found(self):
        link = self.read_in(self.make_payload(1))["contact000001"]
        partner = link.partner_id
        link.contact_id._erase()
        partner.unlink()
        found, _wizard = self.look_up()
        self.assertEqual(found, {})

    def test_an_odoo_contact_that_the_look_up_deletes_dissolves_the_link(self):
        link = self.read_in(self.make_payload(1))["contact000001"]
        _found, wizard = self.look_up()
        line = wizard.line_ids.filtered(lambda one: one.res_model == "res.partner")
        line.action_unlink()
        self.assertEqual((link.state, link.partner_id.id), ("dissolved", False))
        self.assertTrue(link.contact_id.active)

"""A company as parent costs nobody a value, and **Undo** gives everything back."""

from odoo.tests.common import tagged

from ...engine.partner.queue import enable_links
from .partner_common import PartnerCommon

HOME = {"street": "1 Home Road", "city": "Leeds"}
OFFICE = {"street": "9 Office Street", "city": "York", "zip": "YO1"}
FIELDS = [*OFFICE, "street2", "vat", "company_registry", "company_name", "lang"]


@tagged("post_install", "-at_install", "ghl_partner")
class TestPartnerParents(PartnerCommon):
    def acme(self, name="ACME", **values):
        return self.partner(name=name, email=False, is_company=True, **values)

    def state_of(self, partner):
        """Return what Odoo changes with a parent."""
        self.env.invalidate_all()
        return {name: partner[name] for name in ["parent_id", *FIELDS]}

    def lead(self):
        """Have GoHighLevel lead for the company."""
        enable_links(self.location)
        rows = self.location.partner_mapping_ids
        rows.filtered(lambda row: row.field_id.name == "parent_id").policy = "leads"

    def person(self, number, **values):
        name, email = f"Ada Number {number}", f"ada{number}@example.com"
        return self.partner(name=name, email=email, **values)

    def link_to(self, company="ACME", step=1, number=1, **values):
        payload = self.edited(number, step, companyName=company, **values)
        return self.read_in(payload)[payload["id"]]

    def undo(self):
        self.location.action_undo_partners()
        self.env.flush_all()

    def test_no_value_that_a_person_typed_is_lost_to_a_parent(self):
        acme = self.acme(vat="GB1", company_registry="R1", **OFFICE)
        for number, values in enumerate(
            (
                HOME,
                {"zip": "LS1"},
                {"vat": "GB2"},
                {"company_registry": "R2"},
                {"company_name": "Another Ltd"},
            ),
            1,
        ):
            with self.subTest(values=values):
                partner = self.person(number, **values)
                before, of_acme = self.state_of(partner), self.state_of(acme)
                link = self.link_to(number=number)
                self.assertEqual(link.partner_id, partner)
                self.assertEqual(self.state_of(partner), before)
                self.assertEqual(self.state_of(acme), of_acme)
                self.assertEqual(link.skipped["parent_id"], "has_value")

    def test_no_value_goes_to_the_parent_and_its_people(self):
        acme = self.acme()
        colleague = self.partner(name="Bob", email=False, parent_id=acme.id)
        others = self.state_of(acme), self.state_of(colleague)
        for number, values in enumerate((HOME, {"vat": "GB2"}) * 2, 1):
            if number == 3:
                self.lead()
            with self.subTest(number=number, values=values):
                partner = self.person(number, **values)
                before = self.state_of(partner)
                link = self.link_to(number=number)
                self.assertEqual(self.state_of(partner), before)
                now = self.state_of(acme), self.state_of(colleague)
                self.assertEqual(now, others)
                self.assertEqual(link.skipped["parent_id"], "has_value")

    def test_a_parent_is_given_where_nothing_is_in_the_way(self):
        acme = self.acme(vat="GB1", user_id=self.worker.id, **OFFICE)
        self.env["res.lang"]._activate_lang("fr_FR")
        acme.lang = "fr_FR"
        partner = self.partner(company_name="acme", lang="en_US", city="York")
        partner.write({**OFFICE, "vat": "GB1"})
        before = self.state_of(partner)
        self.link_to()
        self.assertEqual((partner.parent_id, partner.city), (acme, "York"))
        self.assertEqual(partner.user_id, self.worker)
        self.assertEqual(partner.lang, "en_US")
        self.undo()
        self.assertEqual(self.state_of(partner), before)
        self.assertFalse(partner.user_id)

    def test_an_empty_contact_gets_all_from_the_parent_and_gives_it_back(self):
        acme = self.acme(vat="GB1", company_registry="R1", **OFFICE)
        partner = self.partner()
        before, of_acme = self.state_of(partner), self.state_of(acme)
        self.link_to(city="Oslo")
        self.assertEqual((partner.parent_id, partner.city), (acme, "York"))
        self.assertEqual(partner.vat, "GB1")
        self.undo()
        self.assertEqual(self.state_of(partner), before)
        self.assertEqual(self.state_of(acme), of_acme)

    def test_undo_gives_back_what_a_leading_parent_replaced(self):
        acme = self.acme(vat="GB1", **OFFICE)
        partner = self.partner(vat="GB2", company_name="Another Ltd", **HOME)
        before, of_acme = self.state_of(partner), self.state_of(acme)
        self.lead()
        self.link_to()
        self.assertEqual((partner.parent_id, partner.city), (acme, "York"))
        self.undo()
        self.assertEqual(self.state_of(partner), before)
        self.assertEqual(self.state_of(acme), of_acme)

    def test_undo_gives_back_what_other_companies_have_of_their_own(self):
        """As the accounts of a partner, which each company has chosen for itself."""
        Partner = self.env["res.partner"]
        of_odoo = type(Partner)._commercial_fields
        self.patch(
            type(Partner),
            "_commercial_fields",
            lambda partner: [*of_odoo(partner), "barcode"],
        )
        # Barcodes stand for accounts here, which several may share.
        checks = [
            check
            for check in Partner._constraint_methods
            if check.__name__ != "_check_barcode_unicity"
        ]
        self.patch(type(Partner), "_constraint_methods", checks)
        acme, partner = self.acme(), self.partner()
        other = self.other_company
        acme.barcode, acme.with_company(other).barcode = "A1", "A2"
        for step, before in ((1, False), (2, "mine")):
            with self.subTest(before=before):
                # The first round's Undo has switched it off.
                self.location.partner_link_enabled = True
                partner.with_company(other).barcode = before
                self.env.flush_all()
                if before:
                    self.lead()
                self.link_to(step=step)
                self.assertEqual(partner.parent_id, acme)
                self.assertEqual(partner.barcode, "A1")
                self.assertEqual(partner.with_company(other).barcode, "A2")
                self.location.with_company(other).action_undo_partners()
                self.env.flush_all()
                self.env.invalidate_all()
                self.assertFalse(partner.parent_id or partner.barcode)
                self.assertEqual(partner.with_company(other).barcode, before)
                self.assertEqual(acme.with_company(other).barcode, "A2")

    def test_a_contact_moves_on_with_its_company_at_ghl(self):
        acme, beta = self.acme(vat="GB1", **OFFICE), self.acme("Beta")
        partner = self.partner()
        before = self.state_of(partner)
        of_acme, of_beta = self.state_of(acme), self.state_of(beta)
        self.link_to(city="Oslo")
        self.link_to("Beta", step=2, city="Oslo")
        self.assertEqual((partner.parent_id, partner.city), (beta, False))
        self.assertFalse(partner.vat)
        self.assertEqual(self.state_of(acme), of_acme)
        self.assertEqual(self.state_of(beta), of_beta)
        self.undo()
        self.assertEqual(self.state_of(partner), before)
        self.assertEqual(self.state_of(beta), of_beta)

    def test_a_company_that_comes_later_takes_the_place_of_our_address(self):
        acme = self.acme(**OFFICE)
        partner = self.partner()
        before = self.state_of(partner)
        self.link_to("", city="Oslo", address="1 Road")
        self.assertEqual(partner.city, "Oslo")
        self.link_to("ACME", step=2, city="Bergen", address="2 Road")
        self.assertEqual((partner.parent_id, partner.city), (acme, "York"))
        self.undo()
        self.assertEqual(self.state_of(partner), before)

    def test_undo_leaves_what_is_a_companys_by_now(self):
        partner = self.partner()
        self.link_to("", city="York")
        acme = self.acme(**OFFICE)
        partner.parent_id = acme
        self.env.flush_all()
        of_acme = self.state_of(acme)
        self.undo()
        self.assertEqual(self.state_of(acme), of_acme)
        self.assertEqual((partner.parent_id, partner.city), (acme, "York"))

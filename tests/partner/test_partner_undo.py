"""**Undo** leaves the database as it was before."""

from odoo.tests.common import tagged

from .partner_common import PartnerCommon

_SITE = "https://one.example.com"
_CLOSED = {"Email": {"status": "active"}, "SMS": {"status": "active"}}


@tagged("post_install", "-at_install", "ghl_partner")
class TestPartnerUndo(PartnerCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.location.partner_company_policy = "create"

    def people(self, **values):
        """Return contacts with everything that a run makes something of."""
        some = {"tags": ["vip", "new one"], "companyName": "Brand New Ltd", **values}
        return [
            self.make_payload(1, website=_SITE, dndSettings=_CLOSED, **some),
            self.make_payload(2, phone="+442079460958", dndSettings=_CLOSED, **some),
            self.make_payload(3, email="home@example.com", phone="", **some),
        ]

    def test_everything_is_as_it_was(self):
        vip = self.env["res.partner.category"].create({"name": "vip"})
        before_run = self.partner(city=False, phone=False, category_id=[(4, vip.id)])
        self.partner(name="Bob Number", email="home@example.com")
        self.env["res.partner.category"].create({"name": "unused"})
        before = self.snapshot()
        links = self.read_in(*self.people())
        states = {key: link.state for key, link in links.items()}
        self.assertEqual(states["contact000003"], "review")
        self.assertEqual(links["contact000001"].partner_id, before_run)
        self.assertEqual(before_run.website, _SITE)
        self.assertEqual(links["contact000002"].rule, "created")
        self.assertEqual(before_run.parent_id.name, "Brand New Ltd")
        during = self.snapshot()
        self.assertNotEqual(before, during)
        self.location.action_undo_partners()
        self.env.invalidate_all()
        after = self.snapshot()
        for table, rows in before.items():
            if table in ("mail_blacklist", "phone_blacklist"):
                # Whoever was there before, and does not want to be written to, is not.
                continue
            self.assertEqual(after[table], rows, table)
        self.assertTrue(before_run.is_blacklisted)
        blocked = self.env["mail.blacklist"].search([]).mapped("email")
        self.assertNotIn("ada2@example.com", blocked)

    def test_what_somebody_uses_or_has_changed_stays(self):
        link = self.read_in(*self.people()[:1])["contact000001"]
        partner = link.partner_id
        company = partner.parent_id
        tag = partner.category_id.filtered(lambda one: one.name == "new one")
        other = self.Partner.create(
            {
                "name": "Colleague",
                "parent_id": company.id,
                "category_id": [(4, tag.id)],
            }
        )
        self.env.flush_all()
        self.location.action_undo_partners()
        self.assertFalse(partner.exists())
        self.assertEqual(other.parent_id, company)
        self.assertEqual(other.category_id, tag)

    def test_a_value_that_a_person_changed_stays(self):
        partner = self.partner(city=False)
        self.read_in(self.make_payload(1, city="London", website="https://one.com"))
        partner.city = "Rome"
        self.env.flush_all()
        self.location.action_undo_partners()
        self.assertEqual(partner.city, "Rome")
        self.assertFalse(partner.website)

    def test_several_contacts_of_one_partner_are_taken_back_in_turn(self):
        rows = self.location.partner_mapping_ids
        rows.filtered(lambda row: row.source == "city").policy = "leads"
        partner = self.partner(city="Rome")
        same = {"firstName": "Ada", "lastName": "Number 1", "email": partner.email}
        self.read_in(
            self.make_payload(1, city="London", **same),
            self.make_payload(2, city="Oslo", **same),
        )
        self.assertIn(partner.city, ("London", "Oslo"))
        self.location.action_undo_partners()
        self.assertEqual(partner.city, "Rome")

    def test_a_link_that_a_person_chose_stays(self):
        partner = self.partner(name="Somebody", email=False)
        self.location.partner_no_match = "leave"
        self.read_in(self.make_payload(1))
        contact = self.env["ghl.contact"].search(
            [("location_id", "=", self.location.id)]
        )
        contact._decide_partner("link", partner.id)
        self.work_off()
        self.location.action_undo_partners()
        self.assertEqual(contact.partner_id, partner)

    def test_whoever_was_made_for_one_of_two_contacts_goes(self):
        """Each batch writes at a moment of its own, as it does in fact."""
        before = self.count_partners()
        same = {"firstName": "Ada", "lastName": "One", "email": "x@e.com"}
        links = self.read_in(self.make_payload(1, phone="", **same))
        partner = links["contact000001"].partner_id
        self.at(partner, "2025-01-01")
        links["contact000001"].partner_write_date = partner.write_date
        links = self.read_in(self.make_payload(2, city="London", **same))
        self.assertEqual(links["contact000002"].partner_id, partner)
        self.assertEqual(partner.city, "London")
        self.location.action_undo_partners()
        self.assertEqual(self.count_partners(), before)

    def test_an_edit_between_two_contacts_of_one_partner_stays(self):
        """The second fills what the first did not; a person's word is in between."""
        for number, is_known in ((1, False), (2, True)):
            with self.subTest(is_known=is_known):
                # The first round's Undo has switched it off.
                self.location.partner_link_enabled = True
                name, email = f"Number {number}", f"ada{number}@example.com"
                if is_known:
                    self.partner(name=f"Ada {name}", email=email)
                same = {"firstName": "Ada", "lastName": name, "email": email}
                same["phone"] = ""
                first = self.make_payload(number, city="London", **same)
                link = self.read_in(first)[first["id"]]
                partner = link.partner_id
                self.assertEqual(link.rule, "email" if is_known else "created")
                self.assertEqual(partner.city, "London")
                self.at(partner, "2025-01-01")
                link.partner_write_date = partner.write_date
                partner.city = "Rome"
                self.at(partner, "2025-01-02")
                second = self.make_payload(
                    number + 50, city="Oslo", website=_SITE, **same
                )
                links = self.read_in(second)
                self.assertEqual(links[second["id"]].partner_id, partner)
                self.assertEqual((partner.city, partner.website), ("Rome", _SITE))
                self.location.action_link_partners()
                self.work_off()
                self.assertEqual(partner.city, "Rome")
                self.undo()
                self.assertTrue(partner.exists())
                self.assertEqual((partner.city, partner.website), ("Rome", False))

    def at(self, partner, date):
        """Have an Odoo contact been changed at a date: a test is one moment."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_partner SET write_date = %s WHERE id = %s", [date, partner.id]
        )
        self.env.invalidate_all()

    def duplicates(self, number, **values):
        """Have one Odoo contact made for two GoHighLevel contacts; return the links."""
        same = {
            "firstName": "Ada",
            "lastName": f"Number {number}",
            "email": f"ada{number}@example.com",
            "dndSettings": _CLOSED,
        }
        first = self.make_payload(number, **same)
        second = self.make_payload(number + 50, **same, **values)
        self.read_in(first)
        links = self.read_in(second)
        one, two = links[first["id"]], links[second["id"]]
        self.assertEqual((one.rule, two.rule), ("created", "email"))
        self.assertEqual(one.partner_id, two.partner_id)
        return one, two

    def undo(self):
        self.location.action_undo_partners()
        self.env.flush_all()
        self.env.invalidate_all()

    def test_a_duplicate_at_ghl_is_nobody_who_uses_a_partner(self):
        before = self.snapshot()
        for number, values in enumerate(({}, {"city": "Oslo", "tags": ["vip"]}), 1):
            with self.subTest(values=values):
                one, two = self.duplicates(number, **values)
                partner = one.partner_id
                self.undo()
                self.assertFalse((one | two).exists())
                self.assertFalse(partner.exists())
                self.assertEqual(self.snapshot(), before)
                told = str(self.location.message_ids[:1].body)
                self.assertIn(" 0 stay", told)
                self.assertIn(" 0 that were there before", told)
                self.location.partner_link_enabled = True

    def test_a_partner_with_duplicates_stays_when_somebody_uses_it(self):
        def edit(one, two):
            # A test is one moment: what we wrote is older.
            (one | two).partner_write_date = "2020-01-01"
            one.partner_id.comment = "Mine"

        def choose(one, two):
            two._link_to(one.partner_id, "manual")

        for number, use in enumerate((edit, choose), 1):
            with self.subTest(use=use.__name__):
                one, two = self.duplicates(number, city="Oslo")
                partner = one.partner_id
                use(one, two)
                self.undo()
                self.assertTrue(partner.exists())
                self.location.partner_link_enabled = True

    def test_a_chosen_link_is_filled_anew_after_undo(self):
        partner = self.partner(name="Somebody", email=False, city=False)
        self.location.partner_no_match = "leave"
        self.read_in(self.make_payload(1, city="Oslo"))
        contact = self.env["ghl.contact"].search(
            [("location_id", "=", self.location.id)]
        )
        contact._decide_partner("link", partner.id)
        [link] = self.work_off().values()
        self.assertEqual(partner.city, "Oslo")
        self.location.action_undo_partners()
        self.assertFalse(partner.city)
        self.assertFalse(link.written or link.before or link.skipped)
        self.location.partner_link_enabled = True
        self.location.action_link_partners()
        self.work_off()
        self.assertEqual(partner.city, "Oslo")
        self.assertNotIn("city", link.skipped)

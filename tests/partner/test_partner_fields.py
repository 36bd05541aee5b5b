"""Fields that are written to Odoo contacts, and those that are left."""

from odoo.exceptions import ValidationError
from odoo.tests.common import tagged
from odoo.tools import convert_file

from ...engine.partner.apply import Change, stored_rows
from ...engine.partner.contact_rows import read_rows
from ...engine.partner.queue import enable_links
from ...engine.partner.values import STORABLE, Row, ValueReader, current_value
from .partner_common import PartnerCommon


@tagged("post_install", "-at_install", "ghl_partner")
class TestPartnerFields(PartnerCommon):
    def test_a_new_partner_has_what_the_mapping_says(self):
        link = self.read_in(
            self.make_payload(
                1,
                address="1 Road",
                city="London",
                postalCode="N1",
                country="GB",
                website="https://example.com",
                tags=["vip"],
            )
        )["contact000001"]
        partner = link.partner_id
        self.assertRecordValues(
            partner,
            [
                {
                    "name": "Ada Number 1",
                    "email": "ada1@example.com",
                    "street": "1 Road",
                    "city": "London",
                    "zip": "N1",
                    "country_id": self.env.ref("base.uk").id,
                }
            ],
        )
        self.assertEqual(partner.category_id.mapped("name"), ["vip"])
        self.assertTrue(link.created_partner)

    def test_an_edit_at_ghl_follows_until_a_person_edits(self):
        link = self.read_in(self.make_payload(1, city="London"))["contact000001"]
        partner = link.partner_id
        self.read_in(self.edited(1, 1, city="Paris"))
        self.assertEqual(partner.city, "Paris")
        partner.city = "Rome"
        self.env.flush_all()
        self.read_in(self.edited(1, 2, city="Oslo"))
        self.assertEqual(partner.city, "Rome")
        self.assertIn("city", link.skipped)
        self.assertIn("kept", link.skipped_summary)

    def test_ghl_leads_where_the_mapping_says_so(self):
        enable_links(self.location)
        row = self.location.partner_mapping_ids.filtered(lambda r: r.source == "city")
        row.policy = "leads"
        link = self.read_in(self.make_payload(1, city="London"))["contact000001"]
        link.partner_id.city = "Rome"
        self.env.flush_all()
        self.read_in(self.edited(1, 1, city="Oslo"))
        self.assertEqual(link.partner_id.city, "Oslo")

    def test_what_a_partner_had_stays(self):
        partner = self.partner(city="Rome", phone="+15550000001")
        self.read_in(self.make_payload(1, city="London"))
        self.assertEqual(partner.city, "Rome")

    def test_tags_that_people_added_stay(self):
        mine = self.env["res.partner.category"].create({"name": "Mine"})
        link = self.read_in(self.make_payload(1, tags=["a", "b"]))["contact000001"]
        partner = link.partner_id
        partner.category_id |= mine
        self.env.flush_all()
        self.read_in(self.edited(1, 1, tags=["b", "c"]))
        self.assertEqual(set(partner.category_id.mapped("name")), {"Mine", "b", "c"})

    def test_a_custom_field_that_does_not_fit_says_why(self):
        enable_links(self.location)
        field = self.env["ghl.custom.field"].create(
            {"location_id": self.location.id, "ghl_id": "cf1", "name": "Size"}
        )
        target = self.env.ref("base.field_res_partner__color")
        self.location.partner_mapping_ids = [
            (
                0,
                0,
                {
                    "source": "custom",
                    "custom_field_id": field.id,
                    "field_id": target.id,
                },
            )
        ]
        many = [{"id": "cf1", "value": "many"}]
        link = self.read_in(self.make_payload(1, customFields=many))["contact000001"]
        self.assertEqual(link.skipped, {"color": "no_number"})
        seven = [{"id": "cf1", "value": "7"}]
        self.read_in(self.edited(1, 1, customFields=seven))
        self.assertEqual(link.partner_id.color, 7)

    def test_a_value_that_odoo_completes_is_ours_all_the_same(self):
        link = self.read_in(self.make_payload(1, website="one.com"))["contact000001"]
        self.assertEqual(link.partner_id.website, "http://one.com")
        self.read_in(self.edited(1, 1, website="two.com"))
        self.assertEqual(link.partner_id.website, "http://two.com")

    def test_what_odoo_stored_is_read_by_sql_as_by_the_orm(self):
        values = {
            "parent_id": self.partner(name="Acme", is_company=True).id,
            "comment": "<p>One &amp; two</p>",
            "partner_latitude": 51.50735091234,
            "color": 3,
            "barcode": "1234",
            "country_id": self.env.ref("base.uk").id,
        }
        for partner in (self.partner(**values), self.partner(email=False)):
            names = [
                name
                for name, field in partner._fields.items()
                if field.type in STORABLE and name != "write_date"
            ]
            told = dict.fromkeys(names)
            change = Change(None, None, told, told, partner_id=partner.id)
            stored = stored_rows(partner.env, [change])[partner.id]
            self.assertEqual(stored.pop("write_date"), partner.write_date)
            self.assertEqual(stored, {one: current_value(partner, one) for one in told})

    def test_a_company_is_not_its_own_parent(self):
        partner = self.partner(name="Acme", is_company=True)
        payload = self.make_payload(
            1, firstName="Acme", lastName="", companyName="Acme"
        )
        link = self.read_in(payload)["contact000001"]
        self.assertEqual((link.partner_id, link.state), (partner, "linked"))

    def test_a_contact_without_a_name_leaves_the_partner_its_own(self):
        link = self.read_in(self.make_payload(1))["contact000001"]
        nobody = {"firstName": "", "lastName": "", "email": "", "phone": ""}
        self.read_in(self.edited(1, 1, **nobody))
        self.assertEqual(link.state, "linked")
        self.assertEqual(link.partner_id.name, "Ada Number 1")

    def test_a_name_that_is_never_written_is_still_given_to_new_ones(self):
        enable_links(self.location)
        rows = self.location.partner_mapping_ids
        rows.filtered(lambda row: row.source == "name").policy = "never"
        link = self.read_in(self.make_payload(1))["contact000001"]
        self.assertEqual(link.partner_id.name, "Ada Number 1")

    def test_contacts_of_one_partner_are_filled_one_after_the_other(self):
        partner = self.partner(name="Ada", email="x@e.com")
        same = {"firstName": "Ada", "lastName": "", "email": "x@e.com"}
        links = self.read_in(
            self.make_payload(1, city="London", **same),
            self.make_payload(2, city="Paris", **same),
        )
        self.assertEqual(partner.city, "London")
        self.assertEqual(links["contact000002"].skipped.get("city"), "has_value")

    def test_a_tag_stays_while_any_contact_has_it(self):
        partner = self.partner(name="Ada", email="x@e.com")
        same = {"firstName": "Ada", "lastName": "", "email": "x@e.com"}
        self.read_in(
            self.make_payload(1, tags=["vip"], **same),
            self.make_payload(2, tags=["vip"], **same),
        )
        self.read_in(self.edited(1, 1, tags=[], **same))
        self.assertEqual(partner.category_id.mapped("name"), ["vip"])

    def test_a_change_of_the_mapping_reaches_who_is_linked(self):
        enable_links(self.location)
        rows = self.location.partner_mapping_ids
        city = rows.filtered(lambda row: row.source == "city")
        city.policy = "never"
        link = self.read_in(self.make_payload(1, city="London"))["contact000001"]
        self.assertFalse(link.partner_id.city)
        city.policy = "fill"
        self.location.action_link_partners()
        self.work_off()
        self.assertEqual(link.partner_id.city, "London")

    def test_a_date_and_time_is_what_the_link_can_remember(self):
        value = [{"id": "cf1", "value": "2025-01-01T10:00:00Z"}]
        [contact] = self.mirror([self.make_payload(1, customFields=value)])
        # Any field of that type: Odoo's own contacts have but these.
        row = Row("custom", "write_date", "fill", "cf1")
        [values] = read_rows(self.env, contact.ids)
        wanted = ValueReader(self.env, self.location, [row]).read_contact(values)
        self.assertEqual(wanted.values, {"write_date": "2025-01-01 10:00:00"})

    def test_a_country_by_its_name_is_not_cut_to_a_code(self):
        links = self.read_in(
            self.make_payload(1, country="Austria"),
            self.make_payload(2, country="at"),
            self.make_payload(3, country="Nowhere"),
        )
        countries = [links[key].partner_id.country_id.code for key in sorted(links)]
        self.assertEqual(countries, ["AT", "AT", False])
        self.assertEqual(links["contact000003"].skipped, {"country_id": "not_found"})

    def test_protected_fields_are_no_target(self):
        target = self.env.ref("base.field_res_partner__company_id")
        with self.assertRaises(ValidationError):
            self.env["ghl.partner.mapping"].create(
                {"source": "city", "field_id": target.id}
            )

    def test_a_company_in_two_spellings_is_made_once(self):
        self.location.partner_company_policy = "create"
        links = self.read_in(
            self.make_payload(1, companyName="Brand New"),
            self.make_payload(2, companyName=" BRAND new "),
        )
        parents = {link.partner_id.parent_id for link in links.values()}
        self.assertEqual(len(parents), 1)
        self.assertTrue(parents.pop().is_company)

    def test_companies_that_are_not_to_be_touched_stay(self):
        self.location.partner_company_policy = "create"
        link = self.read_in(self.make_payload(1, companyName="Kept"))["contact000001"]
        company = link.partner_id.parent_id
        self.assertEqual(company.name, "Kept")
        self.location.partner_company_policy = "none"
        self.read_in(self.edited(1, 1, companyName="Other"))
        self.assertEqual(link.partner_id.parent_id, company)
        self.read_in(self.edited(1, 2, companyName=""))
        self.assertEqual(link.partner_id.parent_id, company)

    def test_an_upgrade_leaves_the_template_as_somebody_made_it(self):
        Mapping = self.env["ghl.partner.mapping"]
        template = [("location_id", "=", False)]
        phone = self.env.ref("ghl_contact_sync.ghl_partner_mapping_phone")
        field, count = phone.field_id, Mapping.search_count(template)
        phone.unlink()
        Mapping.create({"source": "phone", "field_id": field.id, "policy": "leads"})
        for mode in ("update", "init"):
            if mode == "init":
                # That version had no template.
                Mapping.search(template).unlink()
            with self.subTest(mode=mode):
                file = "data/ghl_partner_mapping_data.xml"
                convert_file(self.env, "ghl_contact_sync", file, {}, mode=mode)
                self.assertEqual(Mapping.search_count(template), count)
        same = [*template, ("field_id", "=", field.id)]
        self.assertEqual(Mapping.search(same).policy, "fill")

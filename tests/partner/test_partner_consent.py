"""Consent that was taken back stays so, whatever is merged."""

from odoo.tests.common import tagged

from ...engine.partner.consent import apply_consent
from ...engine.partner.contact_rows import read_rows
from ...engine.partner.link_rows import insert_links
from ...engine.partner.matching.countries import Regions
from ...engine.partner.values import QUIET
from .partner_common import PartnerCommon

COUNT = 10_000
GROUPS = 10
CLOSED = {"Email": {"status": "active"}, "SMS": {"status": "active"}}
OPENED = {"Email": {"status": "inactive"}, "SMS": {"status": "inactive"}}
ADDRESS = "ada1@example.com"
NUMBER = "+442079460958"


@tagged("post_install", "-at_install", "ghl_partner")
class TestPartnerConsent(PartnerCommon):
    def blocked(self, model, column, value):
        return self.env[model].search_count([(column, "=", value)])

    def test_a_number_is_blacklisted_and_opened_again(self):
        number = "+442079460958"
        payload = self.make_payload(1, phone=number, dndSettings=CLOSED)
        link = self.read_in(payload)["contact000001"]
        self.assertEqual(link.state, "linked")
        self.assertTrue(self.blocked("phone.blacklist", "number", number))
        self.assertTrue(link.partner_id.phone_blacklisted)
        row = self.env["phone.blacklist"].search([("number", "=", number)])
        self.assertIn("GoHighLevel", str(row.message_ids.mapped("body")))
        opened = {"Email": {"status": "active"}, "SMS": {"status": "inactive"}}
        self.read_in(self.edited(1, 1, phone=number, dndSettings=opened))
        self.assertFalse(self.blocked("phone.blacklist", "number", number))
        self.assertTrue(self.blocked("mail.blacklist", "email", "ada1@example.com"))

    def test_what_somebody_took_off_is_put_on_again_when_closed(self):
        self.env["mail.blacklist"]._remove("ada1@example.com")
        self.read_in(self.make_payload(1, dndSettings=CLOSED))
        self.assertTrue(self.blocked("mail.blacklist", "email", "ada1@example.com"))

    def test_another_address_opens_nothing(self):
        for step, email in enumerate(("new@example.com", ""), 1):
            with self.subTest(email=email):
                self.read_in(self.edited(1, 2 * step, dndSettings=CLOSED))
                values = {"email": email, "dndSettings": CLOSED}
                self.read_in(self.edited(1, 2 * step + 1, **values))
                self.assertTrue(self.blocked("mail.blacklist", "email", ADDRESS))
        self.read_in(self.edited(1, 9, email="new@example.com", dndSettings=OPENED))
        self.assertFalse(self.blocked("mail.blacklist", "email", ADDRESS))
        self.assertFalse(self.blocked("mail.blacklist", "email", "new@example.com"))

    def test_another_number_opens_nothing(self):
        self.read_in(self.make_payload(1, phone=NUMBER, dndSettings=CLOSED))
        for step, phone in enumerate(("+442079460959", "not a number", ""), 1):
            with self.subTest(phone=phone):
                self.read_in(self.edited(1, step, phone=phone, dndSettings=CLOSED))
                self.assertTrue(self.blocked("phone.blacklist", "number", NUMBER))
        self.read_in(self.edited(1, 9, phone="", dndSettings=OPENED))
        self.assertFalse(self.blocked("phone.blacklist", "number", NUMBER))

    def test_what_a_person_closed_after_us_stays_closed(self):
        emails, numbers = self.env["mail.blacklist"], self.env["phone.blacklist"]

        def reopen():
            emails._remove(ADDRESS)
            numbers.remove(NUMBER)

        def close():
            emails._add(ADDRESS)
            numbers.add(NUMBER)

        def delete():
            emails.search([("email", "=", ADDRESS)]).unlink()
            numbers.search([("number", "=", NUMBER)]).unlink()

        step = 0
        for steps in ([close], [reopen, close], [delete, close]):
            with self.subTest(steps=[one.__name__ for one in steps]):
                same = {"phone": NUMBER}
                step += 2
                self.read_in(self.edited(1, step, dndSettings=CLOSED, **same))
                for one in steps:
                    one()
                self.read_in(self.edited(1, step + 1, dndSettings=OPENED, **same))
                self.assertTrue(self.blocked("mail.blacklist", "email", ADDRESS))
                self.assertTrue(self.blocked("phone.blacklist", "number", NUMBER))
                delete()

    def test_a_closing_after_a_person_opened_is_ours_again(self):
        self.read_in(self.make_payload(1, dndSettings=CLOSED))
        self.env["mail.blacklist"]._remove(ADDRESS)
        self.read_in(self.edited(1, 1, dndSettings=OPENED))
        self.read_in(self.edited(1, 2, dndSettings=CLOSED))
        self.assertTrue(self.blocked("mail.blacklist", "email", ADDRESS))
        self.read_in(self.edited(1, 3, dndSettings=OPENED))
        self.assertFalse(self.blocked("mail.blacklist", "email", ADDRESS))

    def crowd(self):
        """Return links of many who have closed everything, and their Odoo contacts."""
        self.env.cr.execute(
            """
            WITH partners AS (
                INSERT INTO res_partner (name, complete_name, email, email_normalized,
                                         active, type, company_id)
                SELECT 'P ' || n, 'P ' || n, 'p' || n || '@crowd.example.com',
                       'p' || n || '@crowd.example.com', TRUE, 'contact', %(company)s
                  FROM generate_series(1, %(count)s) n RETURNING id, email)
            INSERT INTO ghl_contact (location_id, ghl_id, name, email, dnd,
                                     dnd_settings, active)
            SELECT %(location)s, 'c' || id, 'P', email, FALSE,
                   '{"Email": {"status": "active"}}'::jsonb, TRUE
              FROM partners ORDER BY id
            """,
            {
                "company": self.company.id,
                "location": self.location.id,
                "count": COUNT,
            },
        )
        self.env.invalidate_all()
        contacts = self.env["ghl.contact"].search(
            [("location_id", "=", self.location.id)], order="id"
        )
        contacts = read_rows(self.env, contacts.ids)
        partners = self.env["res.partner"].browse(
            int(contact.ghl_id[1:]) for contact in contacts
        )
        pairs = [
            (contact, {"state": "linked", "rule": "email", "partner_id": partner.id})
            for contact, partner in zip(contacts, partners, strict=True)
        ]
        links = insert_links(self.location, pairs)
        return [(links[contact.id], contact) for contact in contacts], partners

    def test_no_merge_opens_anything(self):
        pairs, partners = self.crowd()
        quiet = self.env(context=QUIET)
        apply_consent(quiet, pairs, Regions(self.location))
        values = {contact.email for _link, contact in pairs}
        self.assertEqual(len(values), COUNT)
        # Do as a merge does with what refers to those that go: `_merge` itself takes
        # three at a time.
        self.env.cr.execute(
            """
            UPDATE ghl_partner_link l SET partner_id = g.into
              FROM (SELECT partner_id, min(partner_id) OVER (PARTITION BY
                           ntile) AS into
                      FROM (SELECT partner_id, ntile(%s) OVER (ORDER BY partner_id)
                              FROM ghl_partner_link WHERE location_id = %s) t) g
             WHERE l.partner_id = g.partner_id
            """,
            [GROUPS, self.location.id],
        )
        self.env.flush_all()
        self.env.cr.execute(
            "DELETE FROM res_partner p WHERE id = ANY(%s) AND NOT EXISTS"
            " (SELECT FROM ghl_partner_link l WHERE l.partner_id = p.id)",
            [partners.ids],
        )
        self.assertEqual(self.env.cr.rowcount, COUNT - GROUPS)
        self.env.invalidate_all()
        apply_consent(quiet, pairs, Regions(self.location))
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT count(*) FROM mail_blacklist WHERE active AND email = ANY(%s)",
            [sorted(values)],
        )
        self.assertEqual(COUNT - self.env.cr.fetchone()[0], 0)

    def test_a_contact_that_ghl_merges_away_opens_nothing(self):
        links = self.read_in(
            *(self.make_payload(number, dndSettings=CLOSED) for number in (1, 2))
        )
        contact = links["contact000002"].contact_id
        self.env.cr.execute(
            "UPDATE ghl_contact SET active = FALSE WHERE id = %s", [contact.id]
        )
        self.env.invalidate_all()
        self.env["ghl.partner.todo"]._add(self.location, contact.ids)
        self.read_in(self.edited(1, 1, dndSettings=CLOSED))
        for number in (1, 2):
            email = f"ada{number}@example.com"
            self.assertTrue(self.blocked("mail.blacklist", "email", email))

"""Views that show links, and what a person does about them there."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests.common import new_test_user, tagged
from odoo.tools import SQL

from ...engine.partner import job
from ...engine.partner.queue import enable_links
from .partner_common import PartnerCommon

# Tables that grow with contacts.
_GROWING = ("res_partner", "ghl_contact", "ghl_partner_link")


@tagged("post_install", "-at_install", "ghl_partner")
class TestPartnerSeen(PartnerCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = new_test_user(
            cls.env,
            "ghl_seller",
            "ghl_contact_sync.group_user,base.group_partner_manager",
        )

    def test_the_history_tells_what_was_done(self):
        link = self.read_in(self.make_payload(1, city="London"))["contact000001"]
        self.read_in(self.edited(1, 1, city="Oslo"))
        link.with_user(self.seller).action_dissolve()
        self.assertEqual(
            [entry["what"] for entry in link.history],
            ["dissolved", "updated", "created"],
        )
        self.assertEqual(link.history[1]["fields"], ["city"])
        unlinked, written, created = link.history_text.splitlines()
        self.assertIn("ghl_seller", unlinked)
        self.assertIn("(City)", written)
        self.assertIn("created", created)
        self.assertNotIn("Oslo", link.history_text)

    def test_the_tab_shows_tags_and_what_is_closed(self):
        closed = {"Email": {"status": "active"}}
        payload = self.make_payload(1, tags=["vip"], dndSettings=closed)
        link = self.read_in(payload)["contact000001"].with_user(self.seller)
        self.assertEqual(link.contact_tag_ids.mapped("name"), ["vip"])
        self.assertEqual(link.consent_ids.mapped("value"), ["ada1@example.com"])

    # === FROM THE GOHIGHLEVEL CONTACT === #

    def left(self):
        """Return a contact that the rules have left alone."""
        self.location.partner_no_match = "leave"
        self.read_in(self.make_payload(1))
        contact = self.env["ghl.contact"].search(
            [("location_id", "=", self.location.id)]
        )
        self.assertFalse(contact.partner_link_id)
        return contact.with_user(self.seller)

    def test_a_contact_is_created_from_its_form(self):
        contact = self.left()
        contact.action_create_partner()
        self.work_off()
        self.assertEqual(contact.partner_id.name, "Ada Number 1")

    def test_a_contact_is_linked_and_unlinked_from_its_form(self):
        partner = self.partner(name="Somebody", email=False)
        contact = self.left()
        action = contact.action_choose_partner()
        Choice = self.env["ghl.partner.choice"].with_user(self.seller)
        choice = Choice.with_context(**action["context"]).create(
            {"partner_id": partner.id}
        )
        choice.action_link()
        self.work_off()
        self.assertEqual(contact.partner_id, partner)
        contact.action_unlink_partner()
        self.assertFalse(contact.partner_id)
        self.assertTrue(partner.exists())

    def test_a_reader_decides_nothing(self):
        contact = self.left().with_user(self.user)
        with self.assertRaises(AccessError):
            contact.action_create_partner()

    def test_a_location_that_links_nothing_says_so(self):
        contact = self.left()
        self.location.partner_link_enabled = False
        with self.assertRaises(UserError):
            contact.action_create_partner()

    # === THE SCHEDULE === #

    def test_all_are_looked_at_again_by_the_schedule(self):
        enable_links(self.location)
        rows = self.location.partner_mapping_ids
        rows.filtered(lambda row: row.source == "city").policy = "leads"
        link = self.read_in(self.make_payload(1, city="London"))["contact000001"]
        link.partner_id.city = "Rome"
        self.env.flush_all()
        # In a test all is written at one moment.
        self.env.cr.execute(
            "UPDATE res_partner SET write_date = '2030-01-01' WHERE id = %s",
            [link.partner_id.id],
        )
        self.env.invalidate_all()
        job.requeue_by_schedule(self.env)
        self.work_off()
        self.assertEqual(link.partner_id.city, "Rome", "it is not due")
        self.location.partner_looked_at = fields.Datetime.now() - timedelta(hours=25)
        job.requeue_by_schedule(self.env)
        self.work_off()
        self.assertEqual(link.partner_id.city, "London")
        self.location.write(
            {"partner_looked_at": "2020-01-01", "partner_look_hours": 0}
        )
        job.requeue_by_schedule(self.env)
        self.assertFalse(self.env["ghl.partner.todo"].search([]))

    # === COST === #

    def test_a_delta_touches_its_own_contacts_and_reads_no_table_as_a_whole(self):
        self.read_in(*(self.make_payload(number, city="A") for number in range(20)))
        self.mirror([self.edited(number, 1, city="B") for number in range(5)])
        outcome = job.process_batch(self.location.sudo(), 500)
        self.assertEqual((outcome.taken, outcome.updated), (5, 5))
        self.env.flush_all()
        self.env.invalidate_all()
        for link in self.env["ghl.partner.link"].search([]):
            # To the microsecond: else everything is looked at for ever.
            self.assertEqual(link.partner_seen_date, link.partner_id.write_date)

    def fill_tables(self, count=5_000):
        """Make the tables so large that to read one as a whole does not pay."""
        self.env.cr.execute(
            """
            WITH partners AS (
                INSERT INTO res_partner (name, complete_name, email, email_normalized,
                                         active, type, create_date, write_date)
                SELECT 'Name ' || n, 'Name ' || n, 'n' || n || '@many.example.com',
                       'n' || n || '@many.example.com', TRUE, 'contact', now(), now()
                  FROM generate_series(1, %(count)s) n RETURNING id),
            contacts AS (
                INSERT INTO ghl_contact (location_id, ghl_id, name, active)
                SELECT %(location)s, 'many' || id, 'Many', TRUE FROM partners
                RETURNING id, ghl_id)
            INSERT INTO ghl_partner_link (location_id, company_id, contact_id,
                                          partner_id, state)
            SELECT %(location)s, %(company)s, id, substr(ghl_id, 5)::int, 'linked'
              FROM contacts
            """,
            {
                "count": count,
                "location": self.location.id,
                "company": self.company.id,
            },
        )
        for table in _GROWING:
            self.env.cr.execute(SQL("ANALYZE %s", SQL.identifier(table)))
        self.env.invalidate_all()

    def scans(self):
        """Return how often each table was read as a whole in this transaction."""
        self.env.cr.execute(
            "SELECT relname, seq_scan FROM pg_stat_xact_user_tables"
            " WHERE relname = ANY(%s)",
            [list(_GROWING)],
        )
        return dict(self.env.cr.fetchall())

    def test_no_table_is_read_as_a_whole(self):
        self.location.partner_company_policy = "create"
        some = {"companyName": "Acme", "tags": ["vip"], "state": "London"}
        self.read_in(*(self.make_payload(number, **some) for number in range(20)))
        self.fill_tables()
        more = {"companyName": "Globex", "tags": ["new"], "city": "B"}
        self.mirror(
            [
                *(self.edited(number, 1, **more) for number in range(20)),
                *(self.make_payload(number, **more) for number in range(20, 40)),
            ]
        )
        before = self.scans()
        outcome = job.process_batch(self.location.sudo(), 500)
        self.env.flush_all()
        self.assertEqual((outcome.updated, outcome.created), (20, 20))
        self.assertEqual(self.scans(), before)

    # === PRIVACY === #

    def test_a_lookup_of_personal_data_meets_contacts_and_links(self):
        # By these it looks through every model: stored addresses, and references to
        # Odoo contacts that are not deleted with them.
        contact = self.env["ghl.contact"]
        self.assertTrue(contact._fields["email"].store and not contact._transient)
        partner = self.env["ghl.partner.link"]._fields["partner_id"]
        self.assertTrue(partner.store)
        self.assertNotEqual(partner.ondelete, "cascade")

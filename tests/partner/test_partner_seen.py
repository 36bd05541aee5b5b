"""Views that show links, and what a person does about them there."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests.common import new_test_user, tagged
from odoo.tools import SQL

from ...engine.partner import job
from ...engine.partner.match import Rules, find
from ...engine.partner.queue import enable_links
from ...tools.partner.matching import Person
from .partner_common import PartnerCommon


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
        people = {1: Person("Ada", "One", "ada1@example.com", "+442079460958")}
        queries = []
        execute = type(self.env).execute_query

        def listen(env, query):
            queries.append(query)
            return execute(env, query)

        self.patch(type(self.env), "execute_query", listen)
        find(self.env, self.company.id, Rules(), people)
        self.assertEqual(len(queries), 2)
        # Whether an index serves, not whether a table of tens is worth one.
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        for query in queries:
            self.env.cr.execute(SQL("EXPLAIN %s", query))
            plan = "\n".join(row[0] for row in self.env.cr.fetchall())
            self.assertNotIn("Seq Scan on res_partner", plan)

    # === PRIVACY === #

    def test_a_lookup_of_personal_data_meets_contacts_and_links(self):
        # By these it looks through every model: stored addresses, and references to
        # Odoo contacts that are not deleted with them.
        contact = self.env["ghl.contact"]
        self.assertTrue(contact._fields["email"].store and not contact._transient)
        partner = self.env["ghl.partner.link"]._fields["partner_id"]
        self.assertTrue(partner.store)
        self.assertNotEqual(partner.ondelete, "cascade")

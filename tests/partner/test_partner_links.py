"""GoHighLevel contacts find and make Odoo contacts."""

from odoo.exceptions import AccessError, UserError
from odoo.tests.common import tagged

from ...engine.partner.preview import preview
from .partner_common import PartnerCommon

REFUSAL = "No such people here."
MERGE = "base.partner.merge.automatic.wizard"


@tagged("post_install", "-at_install", "ghl_partner")
class TestPartnerLinks(PartnerCommon):
    # === MATCHING === #

    def test_an_email_finds_its_partner_whatever_its_case(self):
        partner = self.partner(email="ADA1@Example.com")
        before = self.count_partners()
        links = self.read_in(self.make_payload(1, email=" Ada1@EXAMPLE.com "))
        link = links["contact000001"]
        self.assertEqual(link.partner_id, partner)
        self.assertEqual((link.state, link.rule), ("linked", "email"))
        self.assertEqual(self.count_partners(), before)

    def test_a_phone_finds_its_partner_however_it_is_written(self):
        gb = self.env.ref("base.uk")
        partner = self.partner(email=False, phone="020 7946 0958", country_id=gb.id)
        payload = self.make_payload(1, email="", phone="+442079460958")
        link = self.read_in(payload)["contact000001"]
        self.assertEqual((link.partner_id, link.rule), (partner, "phone"))

    def test_a_family_that_shares_an_address_is_asked_about(self):
        bob = self.partner(name="Bob Number", email="home@example.com")
        payload = self.make_payload(1, email="home@example.com", phone="")
        link = self.read_in(payload)["contact000001"]
        self.assertEqual((link.state, link.doubt), ("review", "other_name"))
        self.assertEqual(link.candidate_ids.partner_id, bob)
        self.assertFalse(link.partner_id)

    def test_keys_that_contradict_each_other_are_asked_about(self):
        one = self.partner()
        two = self.partner(email="else@example.com", phone="+442079460958")
        payload = self.make_payload(1, phone="+442079460958")
        link = self.read_in(payload)["contact000001"]
        self.assertEqual((link.state, link.doubt), ("review", "contradicting"))
        self.assertEqual(link.candidate_ids.partner_id, one | two)

    def test_partners_of_another_company_do_not_come_into_question(self):
        self.partner(company_id=self.other_company.id)
        link = self.read_in(self.make_payload(1))["contact000001"]
        self.assertEqual(link.rule, "created")
        self.assertEqual(link.partner_id.company_id, self.company)

    def test_an_archived_partner_is_asked_about(self):
        partner = self.partner(active=False)
        link = self.read_in(self.make_payload(1))["contact000001"]
        self.assertEqual((link.state, link.doubt), ("review", "archived"))
        self.assertEqual(
            link.with_context(active_test=False).candidate_ids.partner_id, partner
        )

    def test_rules_can_be_switched_off(self):
        self.location.partner_match_email = False
        self.location.partner_no_match = "leave"
        self.partner()
        self.assertFalse(self.read_in(self.make_payload(1, phone="")))

    def test_two_contacts_of_one_key_make_one_partner(self):
        before = self.count_partners()
        links = self.read_in(
            self.make_payload(1, firstName="Ada", lastName="One", email="x@e.com"),
            self.make_payload(2, firstName="Ada", lastName="One", email="x@e.com"),
        )
        self.assertEqual(self.count_partners(), before + 1)
        self.assertEqual(len(links), 2)
        states = {link.state for link in links.values()}
        self.assertLessEqual(states, {"linked", "review"})

    def test_nobody_is_made_of_nothing(self):
        before = self.count_partners()
        empty = {"firstName": "", "lastName": "", "email": "", "phone": ""}
        self.read_in(self.make_payload(1, **empty))
        self.assertEqual(self.count_partners(), before)

    def test_nobody_is_made_unless_set_so(self):
        self.location.partner_no_match = "suggest"
        before = self.count_partners()
        link = self.read_in(self.make_payload(1))["contact000001"]
        self.assertEqual((link.state, link.doubt), ("review", "nobody"))
        self.assertEqual(self.count_partners(), before)
        link.with_user(self.worker).action_create_partner()
        self.assertEqual(self.work_off()["contact000001"].rule, "created")
        self.assertEqual(self.count_partners(), before + 1)

    # === WHAT HAPPENS TO PARTNERS === #

    def test_a_merge_of_partners_keeps_every_link(self):
        payloads = [self.make_payload(number) for number in (1, 2)]
        links = self.read_in(*payloads)
        one, two = (links[key].partner_id for key in sorted(links))
        self.env[MERGE]._merge((one | two).ids, one)
        self.env.invalidate_all()
        self.assertEqual({link.partner_id for link in links.values()}, {one})
        self.assertEqual({link.state for link in links.values()}, {"linked"})

    def test_a_deleted_partner_is_not_made_again(self):
        link = self.read_in(self.make_payload(1))["contact000001"]
        link.partner_id.unlink()
        self.assertEqual(link.state, "dissolved")
        before = self.count_partners()
        link = self.read_in(self.edited(1, 1, city="Oslo"))["contact000001"]
        self.assertEqual(link.state, "dissolved")
        self.assertEqual(self.count_partners(), before)

    def test_an_archived_partner_keeps_its_link(self):
        link = self.read_in(self.make_payload(1))["contact000001"]
        partner = link.partner_id
        partner.active = False
        self.env.flush_all()
        self.read_in(self.edited(1, 1, city="Oslo"))
        self.assertEqual((link.partner_id, link.state), (partner, "linked"))
        self.assertFalse(partner.active)

    def test_a_deleted_contact_leaves_the_partner(self):
        link = self.read_in(self.make_payload(1))["contact000001"]
        partner = link.partner_id
        self.env["ghl.contact"].browse(link.contact_id.id)
        self.env.cr.execute(
            "UPDATE ghl_contact SET active = FALSE WHERE id = %s", [link.contact_id.id]
        )
        self.work_off()
        self.assertTrue(partner.exists())

    # === ACCESS === #

    def test_a_reader_sees_links_and_decides_nothing(self):
        link = self.read_in(self.make_payload(1))["contact000001"]
        self.assertEqual(link.with_user(self.user).state, "linked")
        with self.assertRaises(AccessError):
            link.with_user(self.user).write({"state": "ignored"})
        with self.assertRaises(AccessError):
            link.with_user(self.user).action_ignore()

    def test_a_stranger_sees_nothing(self):
        link = self.read_in(self.make_payload(1))["contact000001"]
        with self.assertRaises(AccessError):
            link.with_user(self.stranger).read(["state"])

    def test_no_link_crosses_companies(self):
        link = self.read_in(self.make_payload(1))["contact000001"]
        foreign = self.partner(name="Else", company_id=self.other_company.id)
        with self.assertRaises(UserError):
            link._link_to(foreign, "manual")

    def test_search_finds_who_is_in_ghl(self):
        link = self.read_in(self.make_payload(1))["contact000001"]
        inside = self.Partner.search([("in_ghl", "=", True)])
        self.assertIn(link.partner_id, inside)
        outside = self.Partner.search([("in_ghl", "=", False)])
        self.assertNotIn(link.partner_id, outside)
        self.assertTrue(outside)

    # === READ AGAIN === #

    def test_a_contact_is_read_again_and_the_partner_follows(self):
        link = self.read_in(self.make_payload(1, city="London"))["contact000001"]
        self.vendor.contacts = [self.edited(1, 1, city="Oslo")]
        self.vendor.total = 1
        with self.enter_registry_test_mode():
            link.with_user(self.user).action_read_again()
        self.work_off()
        self.assertEqual(link.contact_id.city, "Oslo")
        self.assertEqual(link.partner_id.city, "Oslo")

    def test_a_contact_that_is_not_shown_is_not_deleted_by_one_answer(self):
        link = self.read_in(self.make_payload(1))["contact000001"]
        self.vendor.contacts, self.vendor.total = [], 0
        with self.assertRaises(UserError):
            # The answer denies an address, not the contact.
            link.action_read_again()
        self.assertTrue(link.contact_id.active)

    # === PREVIEW AND UNDO === #

    def test_the_preview_is_what_the_run_then_does(self):
        self.partner()
        self.partner(name="Bob Number", email="home@example.com")
        self.mirror(
            [
                self.make_payload(1),
                self.make_payload(2, email="home@example.com"),
                self.make_payload(3, email="x@example.com"),
                self.make_payload(4, email="x@example.com", lastName="Number 3"),
                self.make_payload(5, firstName="", lastName="", email="", phone=""),
            ]
        )
        before = self.count_partners()
        shown = preview(self.location.sudo())
        self.assertEqual(self.count_partners(), before)
        self.assertFalse(self.env["ghl.partner.link"].search([]))
        links = self.work_off().values()
        by = lambda *states: [x for x in links if x.state in states]  # noqa: E731
        created = [link for link in links if link.rule == "created"]
        self.assertEqual(shown.create, len(created))
        self.assertEqual(shown.ask, len(by("review")))
        self.assertEqual(shown.link, len(by("linked")) - len(created))
        self.assertEqual(shown.leave, 1)
        self.assertEqual(shown.looked_at, 5)

    def test_undo_removes_what_nobody_touched(self):
        before = self.count_partners()
        links = self.read_in(*(self.make_payload(number) for number in range(1, 6)))
        edited, discussed, used = (
            links[f"contact00000{number}"].partner_id for number in (1, 2, 3)
        )
        # In a test all is written at one moment.
        self.env.cr.execute(
            "UPDATE res_partner SET write_date = '2030-01-01' WHERE id = %s",
            [edited.id],
        )
        word = "A word"
        discussed.message_post(body=word, message_type="comment")
        self.Partner.create({"name": "Child", "parent_id": used.id})
        self.env.flush_all()
        self.env.invalidate_all()
        self.location.action_undo_partners()
        self.assertFalse(self.location.partner_link_enabled)
        kept = edited | discussed | used
        self.assertEqual(kept.exists(), kept)
        self.assertEqual(self.count_partners(), before + 4)

    def test_undo_leaves_the_database_as_it_was(self):
        self.partner(name="Bob Number", email="home@example.com")
        before = self.count_partners()
        self.read_in(
            self.make_payload(1), self.make_payload(2, email="home@example.com")
        )
        self.env["ghl.partner.todo"]._add_all(self.location)
        self.location.action_undo_partners()
        self.env.invalidate_all()
        self.assertEqual(self.count_partners(), before)
        for model in ("ghl.partner.link", "ghl.partner.candidate", "ghl.partner.todo"):
            self.assertFalse(self.env[model].search([]), model)

    def test_undo_leaves_what_a_person_edited_before_ghl_did(self):
        link = self.read_in(self.make_payload(1, city="London"))["contact000001"]
        partner = link.partner_id
        partner.function = "Head"
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_partner SET write_date = '2030-01-01' WHERE id = %s",
            [partner.id],
        )
        self.env.invalidate_all()
        self.read_in(self.edited(1, 1, city="Oslo"))
        self.assertEqual(partner.city, "Oslo")
        self.location.action_undo_partners()
        self.assertTrue(partner.exists())

    # === CONSENT === #

    def blocked(self, email="ada1@example.com"):
        return self.env["mail.blacklist"].search_count([("email", "=", email)])

    def test_a_closed_channel_is_blacklisted_and_opened_again(self):
        closed = {"Email": {"status": "active"}}
        self.read_in(self.make_payload(1, dndSettings=closed))
        self.assertTrue(self.blocked())
        opened = {"Email": {"status": "inactive"}}
        self.read_in(self.edited(1, 1, dndSettings=opened))
        self.assertFalse(self.blocked())

    def test_an_entry_that_was_there_before_stays(self):
        self.env["mail.blacklist"]._add("ada1@example.com")
        closed = {"Email": {"status": "active"}}
        self.read_in(self.make_payload(1, dndSettings=closed))
        self.read_in(self.edited(1, 1, dndSettings={"Email": {"status": "inactive"}}))
        self.assertTrue(self.blocked())

    def test_an_address_stays_closed_while_anybody_closes_it(self):
        closed, opened = ({"Email": {"status": s}} for s in ("active", "inactive"))
        same = {"firstName": "Ada", "lastName": "One", "email": "x@e.com"}
        self.partner(name="Ada One", email="x@e.com")
        self.read_in(
            self.make_payload(1, dndSettings=closed, **same),
            self.make_payload(2, dndSettings=closed, **same),
        )
        self.read_in(self.edited(1, 1, dndSettings=opened, **same))
        self.assertTrue(self.blocked("x@e.com"))
        self.read_in(self.edited(2, 1, dndSettings=opened, **same))
        self.assertFalse(self.blocked("x@e.com"))

    def test_a_merge_of_partners_opens_nothing(self):
        closed = {"Email": {"status": "active"}}
        links = self.read_in(
            *(self.make_payload(number, dndSettings=closed) for number in (1, 2))
        )
        one, two = (links[key].partner_id for key in sorted(links))
        self.env[MERGE]._merge((one | two).ids, one)
        self.work_off()
        self.assertTrue(self.blocked() and self.blocked("ada2@example.com"))

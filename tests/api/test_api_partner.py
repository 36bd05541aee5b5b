"""The JSON API about one contact: its Odoo contact, and its erasure."""

from odoo.tests.common import new_test_user, tagged
from odoo.tools import mute_logger

from ... import const
from ..partner.partner_common import PartnerCommon
from .api_case import ApiCase

ACCESS = ("odoo.http", "odoo.addons.base.models.ir_rule", "odoo.models")


@tagged("post_install", "-at_install", "ghl_partner")
class TestApiPartner(PartnerCommon, ApiCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        groups = "ghl_contact_sync.group_user,base.group_partner_manager"
        cls.seller = new_test_user(cls.env, "ghl_seller", groups)
        cls.boss = new_test_user(
            cls.env,
            "ghl_boss",
            "ghl_contact_sync.group_manager,base.group_partner_manager",
        )

    def ask(self, user, **params):
        """Send a GET, or a POST when something is decided; return status and body."""
        self.authenticate(user.login, user.login)
        about = {
            "location_id": self.location.ghl_id,
            "contact_id": "contact000001",
            **params,
        }
        self.env.flush_all()
        sent = "json" if "decision" in params else "params"
        origin = {"Origin": self.base_url()}
        answer = self.url_open(const.ROUTE_PARTNER, headers=origin, **{sent: about})
        self.env.invalidate_all()
        return answer.status_code, answer.json()

    def erase(self, user, **params):
        self.authenticate(user.login, user.login)
        about = {"location_id": self.location.ghl_id, "contact_id": "contact000001"}
        answer = self.url_open(
            const.ROUTE_ERASE,
            json={**about, **params},
            headers={"Origin": self.base_url()},
        )
        self.env.invalidate_all()
        return answer.status_code

    def test_the_linked_contact_is_shown(self):
        link = self.read_in(self.make_payload(1))["contact000001"]
        status, body = self.ask(self.user)
        self.assertEqual(status, 200)
        self.assertEqual(body["state"], "linked")
        self.assertEqual(body["partner"]["id"], link.partner_id.id)
        self.assertEqual(body["reason"], "Created")
        self.assertFalse(body["may_decide"])
        self.assertFalse(body["hidden"])

    def test_a_contact_is_linked_unlinked_created_and_ignored(self):
        partner = self.partner(name="Somebody Else", email="else@example.com")
        self.location.partner_no_match = "leave"
        self.read_in(self.make_payload(1))
        status, body = self.ask(self.seller, search="Somebody")
        self.assertEqual((status, body["state"]), (200, "none"))
        self.assertEqual([one["id"] for one in body["choices"]], [partner.id])
        chosen = {"decision": "link", "partner_id": partner.id}
        status, body = self.ask(self.seller, **chosen)
        self.assertEqual((status, body["partner"]["id"]), (200, partner.id))
        self.assertTrue(body["waiting"])
        _status, body = self.ask(self.seller, decision="unlink")
        self.assertEqual((body["state"], body["partner"]), ("dissolved", None))
        _status, body = self.ask(self.seller, decision="create")
        self.work_off()
        _status, body = self.ask(self.seller)
        self.assertEqual((body["state"], body["reason"]), ("linked", "Created"))
        self.ask(self.seller, decision="unlink")
        _status, body = self.ask(self.seller, decision="ignore")
        self.assertEqual(body["state"], "ignored")

    def test_candidates_are_shown_with_the_reason(self):
        bob = self.partner(name="Bob Number", email="home@example.com")
        self.read_in(self.make_payload(1, email="home@example.com", phone=""))
        _status, body = self.ask(self.seller)
        self.assertEqual(body["state"], "review")
        self.assertEqual([one["id"] for one in body["candidates"]], [bob.id])
        self.assertIn("name", body["reason"])

    @mute_logger(*ACCESS)
    def test_who_may_not_decide_does_not(self):
        self.read_in(self.make_payload(1))
        status, _body = self.ask(self.user, decision="unlink")
        self.assertEqual(status, 403)
        status, _body = self.ask(self.stranger)
        self.assertEqual(status, 404)
        foreign = self.partner(name="Else", company_id=self.other_company.id)
        chosen = {"decision": "link", "partner_id": foreign.id}
        status, _body = self.ask(self.seller, **chosen)
        self.assertIn(status, (403, 422))
        status, _body = self.ask(self.seller, decision="link")
        self.assertEqual(status, 400)

    # === NOBODY GAINS SIGHT OF A PARTNER === #

    def hide_partners(self):
        """Let users of the app read no Odoo contact but their own."""
        self.env["ir.rule"].create(
            {
                "name": "Own contact only",
                "model_id": self.env.ref("base.model_res_partner").id,
                "domain_force": "[('id', '=', user.partner_id.id)]",
            }
        )
        self.env.invalidate_all()

    @mute_logger(*ACCESS)
    def test_a_link_shows_no_contact_that_one_may_not_read(self):
        bob = self.partner(name="Bob Secretive", email="bob.secret@example.com")
        same = {"email": "bob.secret@example.com", "phone": ""}
        links = self.read_in(self.make_payload(1), self.make_payload(2, **same))
        link = links["contact000001"]
        link.partner_id.name = "Hidden Name"
        link.sudo().before = {"name": "Hidden Name Before"}
        self.assertEqual(links["contact000002"].candidate_ids.partner_id, bob)
        self.env.flush_all()
        self.hide_partners()
        _status, body = self.ask(self.user)
        self.assertEqual((body["partner"], body["hidden"]), (None, True))
        self.env.invalidate_all()
        contact = link.contact_id.with_user(self.user)
        shown = [
            link.with_user(self.user).read(),
            link.with_user(self.user).web_read(
                {"partner_id": {"fields": {"display_name": {}}}, "history_text": {}}
            ),
            contact.read(["partner_id", "partner_link_id"]),
            links["contact000002"].candidate_ids.with_user(self.user).read(),
            self.ask(self.user, contact_id="contact000002")[1],
            *(
                one.with_user(self.user).web_read_group([], ["partner_id"], ["__count"])
                for one in (link, links["contact000002"].candidate_ids)
            ),
            *(
                one.with_user(self.user).read_group([], ["partner_id"], ["partner_id"])
                for one in (link, links["contact000002"].candidate_ids)
            ),
        ]
        self.assertIn("A contact that you may not see", str(shown))
        for name in ("Hidden Name", "Bob Secretive", "bob.secret"):
            told = [text for text in map(str, shown) if name in text]
            # The contact's own address is GoHighLevel's.
            told = [text for text in told if name != "bob.secret"]
            self.assertFalse(told)

    # === ERASURE === #

    @mute_logger(*ACCESS)
    def test_an_administrator_erases_a_person(self):
        self.read_in(self.make_payload(1), self.make_payload(2))
        self.assertEqual(self.erase(self.seller, confirm="erase"), 403)
        self.assertEqual(self.erase(self.boss), 400)
        self.assertEqual(self.erase(self.boss, confirm="yes"), 400)
        self.assertEqual(self.location.contact_count, 2)
        self.assertEqual(self.erase(self.boss, confirm="erase"), 200)
        self.assertEqual(self.location.contact_count, 1)
        self.assertEqual(self.erase(self.boss, confirm="erase"), 404)

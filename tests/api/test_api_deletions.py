"""The review of deletions by the API: listed, decided, and refused in words."""

from odoo.tests.common import tagged
from odoo.tools import mute_logger

from ... import const
from ...engine.deletion.brake import Brake
from .api_case import ApiCase


@tagged("post_install", "-at_install")
class TestDeletionApi(ApiCase):
    def setUp(self):
        super().setUp()
        contacts = self.mirror([self.make_payload(number) for number in range(5)])
        self.run_ = self.location._order_sync("full")[0].sudo()
        Candidate = self.env["ghl.deletion.candidate"]
        for contact in contacts[:4]:
            Candidate.create(
                {
                    "location_id": self.location.id,
                    "run_id": self.run_.id,
                    "contact_id": contact.id,
                    "ghl_id": contact.ghl_id,
                    "origin": "run",
                    "state": "confirmed_deleted",
                }
            )
        verdict = Brake(20, 50).evaluate(4, 0, 5)
        self.review = self.env["ghl.deletion.review"]._ask(
            self.location, self.run_, verdict
        )
        self.run_._finish("failed", self.review._question(), "delete_brake")
        self.env.flush_all()

    def call(self, user, method="GET", **values):
        headers = {"Authorization": f"Bearer {self.make_key(user)}"}
        about = {"location_id": self.location.ghl_id, **values}
        how = {"json": about} if method == "POST" else {"params": about}
        return self.url_open(
            const.ROUTE_DELETIONS, headers=headers, method=method, **how
        )

    def test_lists_pages_and_searches(self):
        told = self.call(self.user, run_id=self.run_.id, limit=3).json()
        self.assertEqual(
            (told["state"], told["run_id"], told["count"], told["mirrored"]),
            ("open", self.run_.id, 4, 5),
        )
        self.assertEqual((told["share"], told["limit"]), (80.0, 20))
        self.assertEqual((len(told["contacts"]), told["has_more"]), (3, True))
        self.assertIn("4 of 5", told["message"])
        self.assertFalse(told["can_decide"])
        self.assertEqual(told["decisions"], [])
        self.assertIn(self.manager.name, told["ask"])
        rest = self.call(self.user, limit=3, page=2).json()
        self.assertEqual((len(rest["contacts"]), rest["has_more"]), (1, False))
        wanted = rest["contacts"][0]
        for text in (wanted["email"], wanted["phone"], wanted["id"]):
            found = self.call(self.user, search=text).json()["contacts"]
            self.assertEqual([one["id"] for one in found], [wanted["id"]])

    @mute_logger("odoo.http")
    def test_decides_once_for_whoever_may(self):
        decide = {"run_id": self.run_.id, "decision": "accept"}
        refused = self.call(self.user, "POST", **decide)
        self.assertEqual(
            (refused.status_code, refused.json()["code"]), (403, "forbidden")
        )
        self.assertIn(self.manager.name, refused.json()["error"])
        for bad, status in (
            ({"decision": "accept"}, 400),
            ({**decide, "decision": "delete"}, 400),
            ({**decide, "run_id": self.run_.id + 1}, 404),
            ({**decide, "review_id": self.review.id + 1}, 404),
        ):
            with self.subTest(bad):
                self.assertEqual(
                    self.call(self.manager, "POST", **bad).status_code, status
                )
        self.assertEqual(self.call(self.manager, **decide).status_code, 405)
        self.assertEqual(self.review.state, "open")
        done = self.call(self.manager, "POST", **decide)
        self.assertEqual(done.status_code, 200, done.text)
        told = done.json()
        self.assertEqual(
            (told["state"], told["decision"], told["decided_by"]),
            ("accepted", "accept", self.manager.name),
        )
        again = self.call(self.manager, "POST", **{**decide, "decision": "keep"})
        self.assertEqual(
            (again.status_code, again.json()["code"]), (409, "review_closed")
        )

    @mute_logger("odoo.http")
    def test_decides_on_the_list_that_was_shown(self):
        shown = self.call(self.manager).json()
        self.assertEqual(shown["review_id"], self.review.id)
        later = self.replace_review()
        self.assertEqual(later.run_id, self.review.run_id)
        for named, slug, words in (
            # Two lists have that run: nobody knows which of them was looked at.
            ({"run_id": self.run_.id}, "review_ambiguous", "more than one review"),
            ({"review_id": shown["review_id"]}, "review_closed", "A later sync"),
        ):
            with self.subTest(named):
                refused = self.call(self.manager, "POST", decision="accept", **named)
                self.assertEqual(refused.status_code, 409, refused.text)
                self.assertEqual(refused.json()["code"], slug)
                self.assertIn(words, refused.json()["error"])
        self.assertEqual(later.state, "open")
        self.assertFalse(self.env["ghl.deletion.candidate"].search(self.accepted))
        told = self.call(self.manager).json()
        self.assertEqual((told["review_id"], told["count"]), (later.id, 5))
        done = self.call(
            self.manager, "POST", decision="accept", review_id=told["review_id"]
        )
        self.assertEqual(done.status_code, 200, done.text)
        self.assertEqual(
            self.env["ghl.deletion.candidate"].search_count(self.accepted), 5
        )

    accepted = [("state", "=", "accepted")]

    def replace_review(self):
        """Have a webhook bring one more contact into question, after the run."""
        held = self.review.candidate_ids.contact_id
        contact = self.env["ghl.contact"].search(
            [("location_id", "=", self.location.id), ("id", "not in", held.ids)]
        )
        self.env["ghl.deletion.candidate"].create(
            {
                "location_id": self.location.id,
                "contact_id": contact.id,
                "ghl_id": contact.ghl_id,
                "origin": "webhook",
                "state": "confirmed_deleted",
            }
        )
        later = self.env["ghl.deletion.review"]._ask(
            self.location, self.env["ghl.sync.run"], Brake(20, 50).evaluate(5, 0, 5)
        )
        self.env.flush_all()
        return later

    def test_what_is_kept_can_be_verified_again(self):
        self.review.action_keep()
        self.env.flush_all()
        told = self.call(self.manager).json()
        self.assertEqual((told["state"], told["decisions"]), ("kept", ["verify"]))
        about = {"run_id": self.run_.id, "decision": "verify"}
        done = self.call(self.manager, "POST", **about)
        self.assertEqual(done.status_code, 200, done.text)
        self.assertEqual(
            (done.json()["state"], done.json()["decisions"]), ("verify", [])
        )

    def test_nothing_to_review(self):
        self.review.unlink()
        self.env.flush_all()
        told = self.call(self.user).json()
        self.assertEqual(
            (told["state"], told["count"], told["contacts"]), ("none", 0, [])
        )
        self.assertIsNone(told["mirrored"])

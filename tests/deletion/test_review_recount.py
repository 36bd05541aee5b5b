"""An open question names as many contacts as still wait for a decision."""

from odoo.exceptions import UserError
from odoo.tests.common import tagged

from ...engine.api.reviews import review_entry
from ...engine.api.sync_status import location_status
from .test_deletions import NOT_FOUND, DeletionCase


@tagged("post_install", "-at_install", "ghl_engine")
class TestReviewRecount(DeletionCase):
    def setUp(self):
        super().setUp()
        self.set_setting("delete_brake_minimum", 0)

    def ask_of_lost(self, size=100, gone=60):
        """Return a location whose vendor denied so many that live, and the review."""
        location = self.connect(size, clean=True)
        self.sync(location)
        lost = self.contacts(location)[:gone]
        self.hide(location, lost)
        self.refuse(404, NOT_FOUND, lost)
        run = self.sync(location)
        self.make_peace()
        self.assertEqual(run.error_code, "delete_brake", run.error)
        return location, run.review_ids, lost

    def show(self, location, contacts):
        """Have the search list contacts that it had lost sight of."""
        path = f"/locations/{location.ghl_id}/hidden"
        self.sandbox.control("DELETE", path, {"ids": contacts.mapped("ghl_id")})

    def entry(self, review):
        return review_entry(review.with_user(self.manager), 1, 100)

    def test_a_question_ends_once_all_contacts_are_back(self):
        location, review, lost = self.ask_of_lost()
        self.show(location, lost)
        self.assertProven(self.sync(location))
        self.assertFalse(location.deletion_review_id)
        self.assertEqual((review.state, review.contact_count), ("void", 0))
        status = location_status(location)["status"]
        self.assertEqual(status["code"], "complete", status)
        told = self.entry(review)
        self.assertEqual(
            (told["state"], told["count"], told["contacts"], told["decisions"]),
            ("void", 0, [], []),
        )
        with self.assertRaisesRegex(UserError, "nothing to decide"):
            review.with_user(self.manager).action_accept()

    def test_a_question_names_those_that_are_left(self):
        location, review, lost = self.ask_of_lost()
        self.show(location, lost[:20])
        self.sync(location)
        self.assertEqual(location.deletion_review_id, review)
        told = self.entry(review)
        self.assertEqual((told["count"], len(told["contacts"])), (40, 40))
        self.assertIn("40 of 100", told["message"])
        self.assertIn("At first it was 60", told["message"])
        title = location_status(location)["status"]["title"]
        self.assertIn("40 contacts", title)

    def test_a_question_without_contacts_ends_with_the_next_walk(self):
        location, review, lost = self.ask_of_lost()
        self.show(location, lost)
        review.candidate_ids.sudo().unlink()
        self.assertProven(self.sync(location))
        self.assertEqual(review.state, "void")
        self.assertFalse(location.deletion_review_id)

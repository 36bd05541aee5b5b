"""Deletions: no contact that lives is archived, and nothing is looked up twice."""

from unittest.mock import patch

from odoo.tests.common import tagged
from odoo.tools import SQL, mute_logger

from odoo.addons.base.models import ir_cron

from ...engine.deletion import deletions
from ...engine.deletion.store import CandidateStore, candidates_of
from ...engine.deletion.unseen import Listing
from ...engine.proof import proof
from ...engine.reading import counting
from ...engine.schedule.due import due_kind
from ...engine.slice.slice import SliceOver, SyncSlice
from ..sandbox import SandboxCase

SEARCH = {"path": "/contacts/search"}
ENGINE = "odoo.addons.ghl_contact_sync.engine.runner"
NOT_FOUND = {"statusCode": 404, "message": "Contact not found", "traceId": "t"}


class DeletionCase(SandboxCase):
    """Ways to have contacts vanish, and the vendor say odd things of them."""

    def delete_upstream(self, location, contacts):
        for contact in contacts:
            path = f"/locations/{location.ghl_id}/contacts/{contact.ghl_id}"
            self.sandbox.control("DELETE", path, webhooks=0)

    def hide(self, location, contacts):
        """Have the search lose sight of contacts that live."""
        ids = contacts.mapped("ghl_id")
        path = f"/locations/{location.ghl_id}/hidden"
        self.sandbox.control("POST", path, {"ids": ids})

    def refuse(self, status, body, contacts=None):
        """Have reads by id answered so: of some contacts, or of all."""
        paths = ["/contacts/*"]
        if contacts is not None:
            paths = [f"/contacts/{contact.ghl_id}" for contact in contacts]
        for path in paths:
            fault = {
                "match": {"path": path, "method": "GET"},
                "fault": "status",
                "status": status,
                "body": body,
                "count": 0,
            }
            self.sandbox.control("POST", "/faults", fault)

    def empty_search(self):
        fault = {"match": SEARCH, "fault": "empty_page", "count": 0}
        self.sandbox.control("POST", "/faults", fault)

    def make_peace(self):
        self.sandbox.control("DELETE", "/faults")

    def live(self, location):
        return self.contacts(location).filtered("active")

    def states(self, location):
        """Return {state: how many} of a location's candidates."""
        return candidates_of(location).count_by_state()

    def ask(self, size=100, gone=40, kind="full"):
        """Return a location of which so many are gone, and the run that asks."""
        location = self.connect(size, clean=True)
        self.sync(location)
        self.delete_upstream(location, self.contacts(location)[:gone])
        run = self.sync(location, kind)
        self.assertEqual((run.state, run.error_code), ("failed", "delete_brake"))
        self.assertEqual(len(self.live(location)), size)
        return location, run

    def work_off(self, location, slices=4):
        with self.enter_registry_test_mode():
            for _slice in range(slices):
                self.work(location)

    def verify_by_windows(self):
        """Have verifies compare even small locations window by window."""
        for module, name in (
            (proof, "SMALL_LOCATION"),
            (counting, "SMALL_LOCATION"),
        ):
            self.startPatcher(patch.object(module, name, 10))
        self.startPatcher(patch.object(counting, "SMALL_LEAF", 20))


@tagged("post_install", "-at_install", "ghl_engine")
class TestDeletions(DeletionCase):
    def short_slices(self, commits=5):
        """Have every slice end after so many commits."""
        commit, count = SyncSlice.commit, []

        def ends_at_once(run_slice, work=None, processed=1):
            result = commit(run_slice, work, processed)
            count.append(1)
            if len(count) % commits == 0:
                raise SliceOver
            return result

        return patch.object(SyncSlice, "commit", ends_at_once)

    def test_many_candidates_are_looked_up_once_however_short_the_slices(self):
        self.set_setting("page_limit", 100)
        location = self.connect(1_200, clean=True)
        self.sync(location)
        gone = self.contacts(location)[:150]
        self.delete_upstream(location, gone)
        before = self.sandbox.requests_sent(location.ghl_id)
        with (
            self.short_slices(),
            patch.object(deletions, "BATCHES_AT_ONCE", 1),
        ):
            run = self.sync(location, slices=120)
        self.assertEqual((run.state, run.proof_state), ("done", "proven"), run.error)
        self.assertEqual(run.contacts_deleted, 150)
        self.assertMirrors(location)
        # 12 pages, 4 lookups, each of 150 asked for once, controls, and what surrounds
        # a run.
        spent = self.sandbox.requests_sent(location.ghl_id) - before
        self.assertLess(spent, 150 + 100)

    def test_every_tombstone_has_a_confirmation_of_its_own(self):
        location = self.connect(60, clean=True)
        self.sync(location)
        gone = self.contacts(location)[:6]
        self.delete_upstream(location, gone)
        run = self.sync(location)
        self.assertProven(run)
        self.assertMirrors(location)
        candidates = self.env["ghl.deletion.candidate"].search(
            [("location_id", "=", location.id)]
        )
        self.assertEqual(candidates.contact_id, gone)
        self.assertEqual(set(candidates.mapped("state")), {"tombstone"})
        self.assertTrue(all(candidates.mapped("confirmed_at")))
        asked = self.sandbox.control("GET", "/requests", last=200)
        asked = [one["path"] for one in asked if one["method"] == "GET"]
        for contact in gone:
            self.assertIn(f"/contacts/{contact.ghl_id}", asked)

    def test_living_contacts_are_not_archived_with_deleted_ones(self):
        location = self.connect(600, clean=True)
        self.sync(location)
        contacts = self.contacts(location)
        lost, gone = contacts[:8], contacts[8:100]
        self.hide(location, lost)
        self.delete_upstream(location, gone)
        run = self.sync(location)
        self.assertEqual((run.state, run.contacts_deleted), ("done", 92), run.error)
        self.assertEqual(set(lost.mapped("active")), {True})
        self.assertEqual((run.proof_state, location.proof_state), ("not_proven",) * 2)
        self.assertEqual(self.states(location), {"hidden": 8})
        # Each was asked for once, however often the counts were compared.
        asked = self.sandbox.control("GET", "/requests", last=1_000)
        paths = [one["path"] for one in asked if one["method"] == "GET"]
        for contact in lost:
            self.assertEqual(paths.count(f"/contacts/{contact.ghl_id}"), 1)

    def test_what_the_index_has_lost_is_not_archived_however_many(self):
        location = self.connect(600, clean=True)
        self.sync(location)
        lost = self.contacts(location)[:300]
        self.hide(location, lost)
        run = self.sync(location)
        self.assertEqual((run.state, run.contacts_deleted), ("done", 0), run.error)
        self.assertEqual(set(lost.mapped("active")), {True})
        self.assertEqual(run.proof_state, "not_proven")
        self.assertIn(
            "does not find 300 contacts", " ".join(run.issue_ids.mapped("reason"))
        )
        path = f"/locations/{location.ghl_id}/hidden"
        self.sandbox.control("DELETE", path, {"ids": lost.mapped("ghl_id")})
        self.assertProven(self.sync(location))
        self.assertFalse(self.states(location))

    def test_refusals_are_no_denials(self):
        """Contacts vanish from the search, as for a restricted token."""
        for status, message in (
            (403, "Forbidden"),
            (403, "The token does not have access to this location."),
            (401, "The token is not authorized for this scope."),
            (400, "Service temporarily busy"),
            (400, "Bad Request"),
            (405, "Method Not Allowed"),
            (409, "Conflict"),
            (422, ["id is invalid"]),
            (404, "Not Found"),
        ):
            with self.subTest(status=status, message=message):
                location = self.connect(60, clean=True)
                self.sync(location)
                lost = self.contacts(location)[:9]
                self.hide(location, lost)
                self.refuse(status, {"statusCode": status, "message": message}, lost)
                run = self.sync(location)
                self.make_peace()
                self.assertEqual(run.state, "done", run.error)
                self.assertEqual(run.proof_state, "not_proven")
                self.assertEqual(len(self.live(location)), 60)
                self.assertEqual(self.states(location), {"unconfirmed": 9})
                self.assertEqual(location.connection_id.state, "connected")
                self.assertIn("not", location.proof_message)

    def test_a_contact_that_is_neither_shown_nor_denied_stays(self):
        location = self.connect(60, clean=True)
        self.sync(location)
        (gone,) = self.contacts(location)[:1]
        self.delete_upstream(location, gone)
        self.refuse(400, {"statusCode": 400, "message": "Bad Request"})
        run = self.sync(location)
        self.assertEqual((run.state, run.proof_state), ("done", "not_proven"))
        self.assertTrue(gone.active)
        self.assertIn(gone.ghl_id, run.issue_ids.mapped("ghl_id"))
        self.make_peace()
        self.assertProven(self.sync(location, "verify"))
        self.assertFalse(gone.active)

    def test_a_gateway_before_one_contact_keeps_no_other(self):
        location = self.connect(200, clean=True)
        self.sync(location)
        gone = self.contacts(location)[:30]
        self.delete_upstream(location, gone)
        self.refuse(404, {"statusCode": 404, "message": "Not Found"}, gone[:1])
        run = self.sync(location)
        self.assertEqual((run.state, run.contacts_deleted), ("done", 29), run.error)
        self.assertTrue(gone[0].active)
        self.assertEqual(self.states(location), {"unconfirmed": 1})

    @mute_logger(ENGINE)
    def test_denials_prove_nothing_while_everything_is_denied(self):
        location = self.connect(60, clean=True)
        self.sync(location)
        gone = self.contacts(location)[:6]
        self.delete_upstream(location, gone[:3])
        self.hide(location, gone[3:])
        self.refuse(404, NOT_FOUND)
        run = self.sync(location)
        self.assertEqual((run.state, run.error_code), ("waiting", "server_error"))
        self.assertEqual(len(self.live(location)), 60)
        self.make_peace()
        run.resume_at = "2020-01-01"
        run = self.sync(location)
        self.assertEqual((run.state, run.contacts_deleted), ("done", 3), run.error)
        self.assertEqual(set(gone[3:].mapped("active")), {True})

    @mute_logger(ENGINE)
    def test_nobody_is_asked_about_contacts_that_are_counted(self):
        """An outage in which nobody is listed, everybody denied, and yet counted."""
        for size in (30, 250):
            location = self.connect(size, clean=True)
            self.sync(location)
            self.empty_search()
            self.refuse(404, NOT_FOUND)
            run = self.sync(location)
            self.assertEqual((run.state, run.proof_state), ("done", "not_proven"))
            self.assertEqual(self.states(location), {"unconfirmed": size})
            self.assertFalse(location.deletion_review_id)
            self.assertEqual(len(self.live(location)), size)
            self.make_peace()
            self.assertProven(self.sync(location, "verify"))

    def test_an_empty_index_archives_nobody_and_looks_nobody_up(self):
        location = self.connect(900, clean=True)
        self.sync(location)
        self.empty_search()
        before = self.sandbox.requests_sent(location.ghl_id)
        run = self.sync(location)
        self.assertFalse(run.contacts_deleted)
        self.assertEqual(location.contact_count, 900)
        self.assertNotEqual(location.proof_state, "proven")
        self.assertLess(self.sandbox.requests_sent(location.ghl_id) - before, 200)

    def test_what_an_outage_left_open_is_looked_at_again_by_itself(self):
        location = self.connect(60, clean=True)
        self.sync(location)
        gone = self.contacts(location)[:3]
        self.delete_upstream(location, gone)
        self.refuse(409, {"statusCode": 409, "message": "Busy"}, gone)
        for pause in (10, 20, 40):
            run = self.sync(location, "verify")
            self.assertEqual((run.state, run.proof_state), ("done", "not_proven"))
            self.assertEqual(self.states(location), {"unconfirmed": 3})
            self.assertIsNone(self.due_after(location, minutes=pause - 1))
            self.assertEqual(self.due_after(location, minutes=2), "verify")
        self.make_peace()
        with self.enter_registry_test_mode():
            for _slice in range(3):
                self.work(location)
        self.assertMirrors(location)
        self.assertEqual(location.proof_state, "proven")
        self.assertEqual(location.last_run_id.origin, "cron")
        self.assertIsNone(self.due_after(location, minutes=14))

    def due_after(self, location, minutes):
        """Return what the schedule asks for when some time has passed."""
        query = "UPDATE %s SET %s = %s - %s * interval '1 minute'"
        for table, column in (
            ("ghl_deletion_candidate", "checked_at"),
            ("ghl_sync_run", "finished_at"),
        ):
            name = SQL.identifier(column)
            self.env.flush_all()
            self.env.cr.execute(SQL(query, SQL.identifier(table), name, name, minutes))
        self.env.invalidate_all()
        return due_kind(location)

    # === MORE THAN A RUN CONFIRMS === #

    def test_more_than_a_run_confirms_go_on_in_the_background(self):
        self.startPatcher(patch.object(deletions, "CONFIRM_IN_RUN", 20))
        self.startPatcher(patch.object(deletions, "ASKED_AT_ONCE", 10))
        location = self.connect(600, clean=True)
        self.sync(location)
        contacts = self.contacts(location)
        lost, gone = contacts[:5], contacts[5:65]
        self.hide(location, lost)
        self.delete_upstream(location, gone)
        run = self.sync(location)
        self.assertEqual((run.state, run.proof_state), ("done", "not_proven"))
        self.assertIn("65 contacts", run.proof_message)
        self.assertEqual(location.contact_count, 600)
        # Changes are read meanwhile.
        self.sandbox.control(
            "POST", f"/locations/{location.ghl_id}/edits", {"seed": 1, "create": 2}
        )
        delta = self.sync(location, "delta", slices=1)
        self.assertEqual((delta.state, delta.contacts_created), ("done", 2))
        self.assertEqual(location.contact_count, 602)
        with self.enter_registry_test_mode():
            for _slice in range(12):
                self.work(location)
        self.assertFalse(any(gone.mapped("active")))
        self.assertTrue(all(lost.mapped("active")))
        self.assertEqual(run.contacts_deleted, 60)
        self.assertEqual(location.contact_count, 542)
        last = location.last_run_id
        self.assertEqual((last.kind, last.state), ("verify", "done"))
        self.assertEqual(location.proof_state, "not_proven")
        path = f"/locations/{location.ghl_id}/hidden"
        self.sandbox.control("DELETE", path, {"ids": lost.mapped("ghl_id")})
        self.assertProven(self.sync(location, "verify"))
        self.assertMirrors(location)

    def test_what_a_cancelled_run_left_is_forgotten(self):
        location = self.connect(60, clean=True)
        self.sync(location)
        self.delete_upstream(location, self.contacts(location)[:6])
        with (
            patch.object(deletions.Deletions, "look_up", side_effect=SliceOver),
            # A job whose work is never done is called again for that long.
            patch.object(ir_cron, "MIN_TIME_PER_JOB", 2),
        ):
            run = self.sync(location, slices=1)
        self.assertEqual(self.states(location), {"unseen": 6})
        with self.enter_registry_test_mode():
            run._finish("cancelled")
        self.assertFalse(self.states(location))

    # === COST === #

    def test_contacts_are_never_compared_each_with_each(self):
        """PostgreSQL may estimate any number of contacts, as in a new mirror."""
        location = self.connect(30)
        run = self.sync(location)
        self.env.cr.execute("ANALYZE ghl_contact")
        listing = Listing(CandidateStore(self.env, location, run))
        self.env.cr.execute(
            SQL("EXPLAIN %s", listing.unseen_sql(SQL("observed_at < now()"), since=0))
        )
        plan = "\n".join(line for (line,) in self.env.cr.fetchall())
        self.assertIn("SetOp", plan)
        self.assertNotIn("Nested Loop", plan)
        self.assertNotIn("SubPlan", plan)

"""The proof: what it finds, what it makes of odd dates, and what it costs."""

from random import Random
from unittest.mock import patch

from odoo.tests.common import tagged

from ...engine.proof import proof
from ...engine.reading import counting, window_reader
from ...engine.slice.slice import SliceOver, SyncSlice
from ..sandbox import SandboxCase

ODD_DATES = ("year_zero", "year_30000", "huge_epoch", "epoch_dates", "text_dates")


@tagged("post_install", "-at_install", "ghl_engine")
class TestProof(SandboxCase):
    def edit(self, location, **edits):
        path = f"/locations/{location.ghl_id}/edits"
        return self.sandbox.control("POST", path, edits)

    def lose(self, location, contacts):
        """Take contacts out of the mirror, and tell nobody."""
        self.env.cr.execute(
            "DELETE FROM ghl_contact WHERE id = ANY(%s)", [contacts.ids]
        )
        location.contact_count -= len(contacts)
        self.env.invalidate_all()

    def make_stale(self, contacts):
        """Have contacts miss an edit that was made upstream."""
        self.env.cr.execute(
            """
            UPDATE ghl_contact SET email = 'stale', content_hash = 'stale',
                   date_updated_ms = date_updated_ms - 30 * 86400000.0
             WHERE id = ANY(%s)
            """,
            [contacts.ids],
        )
        self.env.invalidate_all()

    # === ODD DATES === #

    def test_dates_that_no_calendar_has_do_not_spoil_the_proof(self):
        """The vendor's index may file them as dates, or as no dates at all."""
        for bad in ODD_DATES:
            with self.subTest(bad=bad):
                location = self.connect(60, bad=bad)
                self.assertProven(self.sync(location))
                self.assertProven(self.sync(location, "verify"))
                self.assertMirrors(location)

    def test_odd_dates_in_a_location_of_many_windows(self):
        self.set_setting("page_limit", 100)
        location = self.connect(1_500, bad=",".join(ODD_DATES))
        with (
            patch.object(proof, "SMALL_LOCATION", 100),
            patch.object(counting, "SMALL_LOCATION", 100),
            patch.object(counting, "SMALL_LEAF", 50),
        ):
            run = self.sync(location)
            self.assertProven(run)
            self.assertIn("other dates", run.proof_message)
            self.assertProven(self.sync(location, "verify"))
            self.lose(location, self.contacts(location)[::300])
            self.assertProven(self.sync(location, "verify"))
        self.assertMirrors(location)

    def test_an_odd_date_does_not_hide_what_the_vendor_does_not_show(self):
        """A total that is too large stays a reason not to call anything proven."""
        location = self.connect(60, bad="year_30000")
        self.sync(location)
        fault = {"match": {"path": "/contacts/search"}, "fault": "total_lies"}
        self.sandbox.control("POST", "/faults", {**fault, "add": 1, "count": 0})
        run = self.sync(location, "verify")
        self.assertEqual((run.state, run.proof_state), ("done", "not_proven"))

    # === LARGE LOCATIONS === #

    def test_a_large_location_is_narrowed_down_and_not_read(self):
        """Missing, stale, and gone upstream, scattered, and cancelling each other."""
        self.set_setting("page_limit", 100)
        # Where windows are cut is drawn; an unlucky draw costs a round more.
        location = self.connect(12_000, clean=True, seed="narrowed")
        self.startPatcher(patch.object(counting, "random", Random(1)))
        self.sync(location)
        contacts = self.contacts(location).sorted("date_added_ms")
        with (
            patch.object(proof, "SMALL_LOCATION", 100),
            patch.object(counting, "SMALL_LOCATION", 100),
            patch.object(counting, "SMALL_LEAF", 100),
        ):
            # Nothing differs: a few counts, nothing is read.
            before = self.sandbox.requests_sent(location.ghl_id)
            run = self.sync(location, "verify")
            self.assertProven(run)
            cheap = self.sandbox.requests_sent(location.ghl_id) - before
            self.assertLessEqual(cheap, 70)
            self.assertFalse(run.contacts_updated + run.contacts_created)

            # As many are missing as are gone, side by side along dateAdded: only along
            # dateUpdated does a window tell.
            missing, gone = contacts.browse(), contacts.browse()
            for place in range(2_000, 12_000, 1_000):
                near = contacts[place : place + 40].sorted("date_updated_ms")
                missing, gone = missing + near[0], gone + near[-1]
            stale = contacts[1_500:12_000:1_000]
            for contact in gone:
                path = f"/locations/{location.ghl_id}/contacts/{contact.ghl_id}"
                self.sandbox.control("DELETE", path, webhooks=0)
            self.lose(location, missing)
            self.make_stale(stale)
            before = self.sandbox.requests_sent(location.ghl_id)
            run = self.sync(location, "verify", slices=60)
            spent = self.sandbox.requests_sent(location.ghl_id) - before
        self.assertProven(run)
        self.assertMirrors(location)
        self.assertEqual(run.contacts_created, len(missing))
        self.assertEqual(run.contacts_deleted, len(gone))
        self.assertGreaterEqual(run.contacts_updated, len(stale))
        # Each of the ten deletions is confirmed beside a contact that is shown.
        self.assertLessEqual(spent, 500 + len(gone))

    # === WHAT NO WINDOW HOLDS === #

    def test_contacts_that_no_window_holds_are_read_all_the_same(self):
        """Their dates are nonsense: filed under no date, and not as without one."""
        self.set_setting("page_limit", 100)
        location = self.connect(900, clean=True)
        path = f"/locations/{location.ghl_id}/contacts"
        for number in range(3):
            odd = {"firstName": f"Odd {number}", "dateAdded": "yesterday"}
            self.sandbox.control("POST", path, {"contact": odd})
        self.sandbox.control("PATCH", "/settings", {"dialects": ["not-exists-ignored"]})
        run = self.sync(location)
        self.assertMirrors(location)
        self.assertProven(run)

    # === LEAVES === #

    def test_a_leaf_of_many_pages_is_read_on_by_the_next_slice(self):
        self.set_setting("page_limit", 100)
        location = self.connect(4_500, clean=True)
        self.sync(location)
        commit, commits = SyncSlice.commit, []

        def ends_at_once(run_slice, work=None, processed=1):
            result = commit(run_slice, work, processed)
            commits.append(1)
            if len(commits) % 6 == 0:
                raise SliceOver
            return result

        before = self.sandbox.requests_sent(location.ghl_id)
        with (
            patch.object(SyncSlice, "commit", ends_at_once),
            patch.object(window_reader, "MAX_PAGES_AT_ONCE", 1),
        ):
            run = self.sync(location, "verify", slices=100)
        self.assertProven(run)
        # 45 pages, some of them read twice where a slice ended, and some counts.
        spent = self.sandbox.requests_sent(location.ghl_id) - before
        self.assertLess(spent, 160)

    def test_a_cursor_that_is_refused_stops_no_verify(self):
        self.set_setting("page_limit", 100)
        location = self.connect(1_200, clean=True)
        self.sync(location)
        fault = {"match": {"path": "/contacts/search"}, "fault": "cursor_refused"}
        self.sandbox.control("POST", "/faults", {**fault, "count": 4, "after": 2})
        self.assertProven(self.sync(location, "verify"))

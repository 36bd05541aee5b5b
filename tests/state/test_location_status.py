"""The one state of a location, as API and backend show it, from what records hold."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests.common import tagged

from ... import const
from ...engine.location.figures import coverage_of, is_total_fresh
from ...engine.location.writer_lock import LOCK_SPACE
from ...engine.state import show
from ..api.api_case import ApiCase
from ..common import GhlCommon


@tagged("post_install", "-at_install")
class TestLocationStatus(GhlCommon):
    def status(self, location=None, user=None):
        location = location or self.location
        location.env.flush_all()
        location.invalidate_recordset()
        return show.to_api(location.with_user(user or self.user))[location.id]

    def add_run(self, state="done", **values):
        now = fields.Datetime.now()
        run = self.env["ghl.sync.run"].create(
            {
                "location_id": self.location.id,
                "kind": "full",
                "origin": "button",
                "state": state,
                "started_at": now,
                **values,
            }
        )
        if state in ("done", "failed", "cancelled"):
            run.finished_at = now
        return run

    def fill(self, count=3):
        """Let the location be one that was read and proven a minute ago."""
        now = fields.Datetime.now() - timedelta(minutes=2)
        self.location.contact_count = count
        self.location.write(
            {
                "mirror_changed_at": now,
                "ghl_total": count,
                "ghl_total_at": fields.Datetime.now(),
                "proof_state": "proven",
                "proof_message": "Counted.",
                "proven_complete_at": now,
                "last_full_at": now,
                "last_delta_at": now,
                "contents_at": now,
            }
        )
        self.connection.state = "connected"

    def test_unknown_is_null_and_never_zero(self):
        status = self.status()
        self.assertEqual(status["code"], "never")
        self.assertEqual(
            status["counts"],
            {
                "mirrored": None,
                "ghl_total": None,
                "ghl_total_at": None,
                "difference": None,
                "coverage": None,
            },
        )

    def test_a_good_day(self):
        self.fill()
        self.add_run()
        status = self.status()
        self.assertEqual((status["code"], status["tone"]), ("complete", "success"))
        self.assertEqual(status["counts"]["difference"], 0)
        self.assertEqual(status["notes"], [])

    def test_too_many_is_neither_complete_nor_a_share(self):
        self.fill(2_431)
        self.location.ghl_total = 1_131
        status = self.status()
        self.assertEqual((status["code"], status["tone"]), ("too_many", "warning"))
        self.assertIn("1,300", status["title"])
        self.assertIsNone(status["counts"]["coverage"])
        self.assertIsNone(coverage_of(self.location))

    def test_confirmed_changes_move_the_total_along(self):
        self.fill(100)
        for change in (3, -2):
            self.location.contact_count += change
        self.assertEqual(self.location.ghl_total, 101)
        status = self.status()
        self.assertEqual(status["code"], "complete")
        self.assertFalse(
            self.status(user=self.user)["counts"]["difference"], "nothing is missing"
        )

    def test_a_total_is_asked_for_again_once_the_mirror_has_changed(self):
        self.fill(100)
        location = self.location
        self.assertTrue(is_total_fresh(location))
        location.mirror_changed_at = fields.Datetime.now()
        # GoHighLevel's index may not show the change yet.
        self.assertTrue(is_total_fresh(location))
        past = fields.Datetime.now() - timedelta(seconds=90)
        location.write({"ghl_total_at": past, "mirror_changed_at": past})
        self.assertFalse(is_total_fresh(location))

    def test_a_failed_check_is_not_hidden_by_a_read_of_changes(self):
        self.fill()
        self.add_run("failed", kind="verify", error="Counts differ.", error_code="x")
        self.add_run("done", kind="delta")
        status = self.status()
        self.assertEqual(status["code"], "check_failed")
        self.assertEqual(status["detail"], "Counts differ.")

    def test_deletions_that_wait_for_a_person_come_before_their_failure(self):
        self.fill(100)
        run = self.add_run("failed", error="Too many.", error_code="delete_brake")
        review = self.env["ghl.deletion.review"].create(
            {"location_id": self.location.id, "run_id": run.id, "contact_count": 40}
        )
        status = self.status(user=self.manager)
        self.assertEqual(status["code"], "review")
        self.assertIn("40 contacts", status["title"])
        review_action = status["actions"][0]
        self.assertEqual(review_action["code"], "review_deletions")
        self.assertIn(f"run_id={run.id}", review_action["path"])
        review.state = "kept"
        status = self.status(user=self.manager)
        self.assertEqual(status["code"], "decided")
        self.assertEqual(status["label"], "Contacts Kept")
        self.assertFalse(status["detail"])

    def test_trouble_of_one_location_is_not_its_neighbours(self):
        self.fill()
        other = self.env["ghl.location"].create(
            {
                "name": "Neighbour",
                "ghl_id": "locNeighbour1",
                "connection_id": self.connection.id,
            }
        )
        self.location.write(
            {"trouble_code": "token_scope", "trouble_message": "Forbidden."}
        )
        self.assertEqual(self.status()["code"], "refused")
        self.assertEqual(self.status(other)["code"], "never")

    def test_no_worker_is_told_apart_from_one_at_work(self):
        run = self.add_run("queued")
        old = fields.Datetime.now() - timedelta(minutes=5)
        run.heartbeat_at = old
        self.assertEqual(self.status()["code"], "no_worker")
        key = (LOCK_SPACE, self.location.id)
        self.env.cr.execute("SELECT pg_advisory_lock(%s, %s)", key)
        self.assertEqual(self.status()["code"], "syncing")
        self.env.cr.execute("SELECT pg_advisory_unlock(%s, %s)", key)

    def test_a_cron_that_is_gone_or_off_is_said(self):
        self.fill()
        cron = self.location.sudo().cron_id
        cron.active = False
        status = self.status()
        self.assertEqual(status["code"], "unattended")
        self.assertEqual(status["actions"][0]["code"], "open_cron")
        cron.active = True
        cron.nextcall = fields.Datetime.now() - timedelta(hours=2)
        self.assertEqual(self.status()["code"], "unattended")
        self.location.auto_sync = False
        self.assertEqual(self.status()["code"], "complete")

    def test_who_may_not_is_told_whom_to_ask(self):
        self.fill()
        self.connection.write({"state": "needs_reauth", "state_message": "Gone."})
        told = {action["code"]: action for action in self.status()["actions"]}
        self.assertIs(told["replace_token"]["allowed"], False)
        self.assertIn(self.manager.name, told["replace_token"]["ask"])
        self.assertNotIn(self.stranger.name, told["replace_token"]["ask"])
        told = {a["code"]: a for a in self.status(user=self.manager)["actions"]}
        self.assertIs(told["replace_token"]["allowed"], True)
        self.assertEqual(
            told["replace_token"]["url"], f"/odoo/ghl-connections/{self.connection.id}"
        )

    def test_words_are_in_the_zone_of_who_reads_them(self):
        self.user.tz = "America/Los_Angeles"
        resume = fields.Datetime.now() + timedelta(hours=3)
        run = self.add_run(
            "waiting", resume_at=resume, error="Spent", error_code="timeout"
        )
        local = fields.Datetime.context_timestamp(
            self.user.with_context(tz=self.user.tz), resume
        )
        hour = f"{local.hour % 12 or 12}:{local:%M:%S}"
        for said in (self.status()["title"], run.with_user(self.user).state_message):
            self.assertIn(hour, said)
            self.assertIn(local.tzname(), said)
            self.assertNotIn("UTC", said)

    def test_a_button_beside_the_state_does_what_it_says(self):
        self.fill()
        self.location.with_user(self.user).take_status_action("verify")
        self.assertEqual(self.location.active_run_id.kind, "verify")
        run = self.location.active_run_id
        opened = self.location.with_user(self.user).take_status_action("open_run")
        self.assertEqual(opened["url"], f"/odoo/ghl-sync-runs/{run.id}")
        self.location.with_user(self.user).take_status_action("cancel")
        self.assertFalse(self.location.active_run_id)
        with self.assertRaises(AccessError) as caught:
            self.location.with_user(self.user).take_status_action("switch_on")
        self.assertIn(self.manager.name, str(caught.exception))

    def test_a_run_shows_its_reason_its_time_and_its_ways_out(self):
        resume = fields.Datetime.now() + timedelta(hours=3)
        run = self.add_run(
            "waiting", resume_at=resume, error="Spent.", error_code="daily_quota_spent"
        )
        status = run.with_user(self.user).status
        self.assertEqual(status["code"], "waiting")
        self.assertTrue(status["resume_at"])
        codes = [action["code"] for action in status["actions"]]
        self.assertEqual(codes[0], "try_now")
        self.assertIn("open_location", codes)
        run.with_user(self.user).take_status_action("cancel")
        self.assertEqual(run.state, "cancelled")
        self.assertEqual(run.with_user(self.user).status["code"], "cancelled")

    def test_many_locations_cost_no_query_each(self):
        others = self.env["ghl.location"].create(
            [
                {
                    "name": f"Location {number}",
                    "ghl_id": f"locMany{number:04d}",
                    "connection_id": self.connection.id,
                }
                for number in range(40)
            ]
        )
        self.env.flush_all()

        def count(locations):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            show.to_api(locations.with_user(self.user))
            return self.env.cr.sql_log_count - before

        count(others)
        few, many = count(others[:2]), count(others)
        self.assertLessEqual(many, few + 2)


@tagged("post_install", "-at_install")
class TestStatusApi(ApiCase):
    def test_every_entry_of_a_location_has_its_state(self):
        self.set_setting("page_wait", "0")
        self.set_total(1)
        headers = {"Authorization": f"Bearer {self.make_key(self.user)}"}
        about = {"location_id": self.location.ghl_id}
        status = self.url_open(const.ROUTE_STATUS, params=about, headers=headers).json()
        entries = self.url_open(const.ROUTE_LOCATIONS, headers=headers).json()
        entry = next(
            one
            for one in entries["locations"]
            if one["location_id"] == self.location.ghl_id
        )
        self.assertEqual(entry["status"]["code"], status["status"]["code"])

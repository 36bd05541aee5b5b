"""Data quality: what is counted, what is listed, and what keeps it up to date."""

import re
from unittest.mock import patch

from psycopg2 import errors

from odoo import fields
from odoo.tests.common import tagged

from ... import const
from ...engine.api.contacts import list_contacts
from ...engine.mirror.ensure_references import store_references
from ...engine.quality import check as checking
from ...engine.quality.check import check, look_soon
from ...tools.quality.figures import FIGURES, GOOD
from ..api.api_case import ApiCase
from ..common import GhlCommon

OLD = "2019-01-01T00:00:00.000Z"


class QualityCase(GhlCommon):
    def people(self):
        """Return payloads of which each has something of its own wrong."""
        closed, opened = {"status": "active"}, {"status": "inactive"}
        odd = [
            {},
            {"firstName": None, "lastName": None, "contactName": None},
            {"email": "shared@example.com"},
            {"email": "other@example.com", "additionalEmails": ["Shared@Example.com "]},
            {"phone": "020 7946 0958"},
            {"phone": "+44 20 79460958"},
            {"phone": "12"},
            {"phone": None},
            {"email": "nobody"},
            {"email": None, "phone": None},
            {"validEmail": False},
            {"bounceEmail": True},
            {"unsubscribeEmail": True},
            {"dnd": True},
            {"dnd": True, "dndSettings": {"Email": opened, "SMS": opened}},
            {"dnd": False, "dndSettings": {"Email": closed, "WhatsApp": closed}},
            {"assignedTo": "gone"},
            {"assignedTo": "here"},
            {"customFields": [{"id": "none", "value": "x"}]},
            {"dateUpdated": OLD},
        ]
        now = fields.Datetime.now().strftime("%Y-%m-%dT%H:%M:%S.000Z")
        return [
            self.make_payload(
                number,
                **{
                    "dateUpdated": now,
                    "phone": f"+442079461{number:03d}",
                    **values,
                },
            )
            for number, values in enumerate(odd)
        ]

    def setUp(self):
        super().setUp()
        self.location.country = "GB"
        known = {"location_id": self.location.id}
        self.list_users("here")
        self.env["ghl.custom.field"].create({**known, "ghl_id": "f1", "name": "One"})

    def list_users(self, *ids):
        """Keep GoHighLevel's list of users."""
        users = [{"id": ghl_id, "name": ghl_id.title()} for ghl_id in ids]
        store_references(self.location, {"users": users})

    def in_job(self, work, records):
        """Return `work(records)`, done as by the cron: on a cursor that commits."""
        self.env.flush_all()
        with self.enter_registry_test_mode(), self.env.registry.cursor() as cr:
            result = work(records.with_env(self.env(cr=cr)))
        self.env.invalidate_all()
        return result

    def look(self, location=None):
        """Look at a location's data, and return the counts of its last row."""
        location = location or self.location
        self.assertTrue(self.in_job(check, location))
        return (
            location.env["ghl.quality.day"]
            .search([("location_id", "=", location.id)], limit=1)
            .counts
        )

    def row(self):
        return self.env["ghl.quality.day"].search(
            [("location_id", "=", self.location.id)]
        )

    def listed(self, figure, **more):
        """Return the ids behind a figure, as the API lists them."""
        found = list_contacts(
            self.location, 1, 500, "date_added", "desc", quality=figure, **more
        )
        self.assertEqual(found["filtered_count"], len(found["contacts"]))
        return {int(one["id"][7:]) for one in found["contacts"]}


@tagged("post_install", "-at_install")
class TestQuality(QualityCase):
    def test_each_figure_counts_whom_it_lists(self):
        self.mirror(self.people())
        counts = self.look()
        self.assertEqual(set(counts), set(FIGURES))
        contacts = self.env["ghl.contact"].with_user(self.user)
        for figure in FIGURES:
            with self.subTest(figure):
                listed = self.listed(figure)
                found = contacts.search([("quality", "=", figure)])
                self.assertEqual({int(one.ghl_id[7:]) for one in found}, listed)
                self.assertEqual(counts[figure], len(listed))
                # Many are found along the order, one by one.
                bounded = list_contacts(
                    *(self.location, 1, 500, "date_added", "desc", 1), quality=figure
                )
                self.assertEqual(
                    {int(one["id"][7:]) for one in bounded["contacts"]}, listed
                )
        expected = {
            "no_name": {1},
            "duplicate_email": {2, 3},
            "duplicate_phone": {4, 5},
            "phone_malformed": {6},
            "phone_missing": {7, 9},
            "email_malformed": {8},
            "email_missing": {9},
            "email_invalid": {10},
            "email_bounced": {11},
            "email_unsubscribed": {12},
            "unreachable": {9, 13},
            "dnd_without_channel": {14},
            "email_closed": {15},
            "whatsapp_closed": {15},
            "channel_without_dnd": {15},
            "owner_gone": {16},
            "unknown_field": {18},
            "stale": {19},
            "fb_closed": set(),
        }
        for figure, numbers in expected.items():
            self.assertEqual(self.listed(figure), numbers, figure)
        for good, bad in GOOD.items():
            self.assertEqual(self.listed(good), set(range(20)) - self.listed(bad))

    def test_filters_can_be_combined(self):
        self.mirror(self.people())
        self.look()
        self.assertEqual(self.listed("duplicate_email", search="other@"), {3})
        self.assertEqual(self.listed("owner_gone", selected_user="here"), set())

    def test_only_what_changed_is_looked_at_again(self):
        people = self.people()
        self.mirror(people)
        self.look()
        people[3]["additionalEmails"] = []
        people[16]["assignedTo"] = "here"
        self.mirror(people)
        with patch.object(checking, "judge", wraps=checking.judge) as judged:
            counts = self.look()
        self.assertEqual(judged.call_count, 2)
        self.assertEqual(counts["duplicate_email"], 0)
        self.assertEqual(counts["owner_gone"], 0)
        with patch.object(checking, "judge", wraps=checking.judge) as judged:
            self.assertEqual(self.look(), counts)
        self.assertEqual(judged.call_count, 0)

    def test_who_is_deleted_counts_no_more(self):
        contacts = self.mirror(self.people())
        self.look()
        gone = contacts.filtered(lambda one: one.ghl_id == "contact000002")
        gone.sudo().write({"active": False, "deleted_at": fields.Datetime.now()})
        counts = self.look()
        self.assertEqual(self.row().contacts, 19)
        # Nobody is left who shares it.
        self.assertEqual(counts["duplicate_email"], 0)

    def test_what_it_is_judged_by_may_change(self):
        self.mirror(self.people())
        self.assertEqual(self.look()["owner_gone"], 1)
        self.list_users("here", "gone")
        self.assertEqual(self.look()["owner_gone"], 0)
        # Dialled from elsewhere the number is another one, or none.
        self.location.country = "US"
        self.assertEqual(self.look()["duplicate_phone"], 0)

    def test_each_step_that_loses_to_others_is_begun_again(self):
        self.mirror(self.people())
        lost = []
        for step in ("_forget_gone", "_judge", "_conclude"):
            usual = getattr(checking, step)

            def lose(*arguments, step=step, usual=usual):
                if step not in lost:
                    lost.append(step)
                    raise errors.DeadlockDetected
                return usual(*arguments)

            self.startPatcher(patch.object(checking, step, lose))
        self.assertEqual(self.look()["owner_gone"], 1)
        self.assertEqual(lost, ["_forget_gone", "_judge", "_conclude"])

    def test_killed_half_way_it_goes_on(self):
        self.mirror(self.people())
        with (
            patch.object(checking, "BATCH", 6),
            patch.object(checking, "seconds_left", lambda env: 0),
        ):
            self.assertFalse(self.in_job(check, self.location))
        self.assertFalse(self.location.quality_at)
        with patch.object(checking, "judge", wraps=checking.judge) as judged:
            self.look()
        self.assertEqual(judged.call_count, 14)
        self.assertEqual(self.listed("duplicate_phone"), {4, 5})

    def test_killed_before_the_end_it_marks_who_shares(self):
        people = self.people()
        self.mirror(people)
        self.look()
        # One more shares an address, and two others share a number no more.
        people[0]["email"] = "shared@example.com"
        people[4]["phone"] = "+442079461999"
        self.mirror(people)
        with patch.object(checking, "seconds_left", lambda env: 0):
            self.assertFalse(self.in_job(check, self.location))
        with patch.object(checking, "judge", wraps=checking.judge) as judged:
            counts = self.look()
        self.assertEqual(judged.call_count, 0)
        self.assertEqual(self.listed("duplicate_email"), {0, 2, 3})
        self.assertEqual(counts["duplicate_email"], 3)
        self.assertEqual(counts["duplicate_phone"], 0)

    def test_killed_after_deletions_it_marks_who_shares(self):
        contacts = self.mirror(self.people())
        self.look()
        gone = contacts.filtered(lambda one: one.ghl_id == "contact000002")
        gone.sudo().write({"active": False, "deleted_at": fields.Datetime.now()})
        # What was done before stands; the end did not come.
        with patch.object(checking, "_conclude", lambda *_arguments: None):
            self.in_job(check, self.location)
        self.assertEqual(self.look()["duplicate_email"], 0)

    def test_who_is_removed_for_good_shares_nothing(self):
        contacts = self.mirror(self.people())
        self.assertEqual(self.look()["duplicate_email"], 2)
        contacts.filtered(lambda one: one.ghl_id == "contact000002").sudo().unlink()
        self.assertEqual(self.look()["duplicate_email"], 0)
        self.assertEqual(self.listed("duplicate_email"), set())

    def test_nobody_s_address_stands_in_its_table(self):
        self.mirror(self.people())
        self.look()
        self.env.cr.execute("SELECT q::text FROM ghl_contact_quality q")
        rows = " ".join(row[0] for row in self.env.cr.fetchall())
        for text in ("example", "7946", "Ada", "nobody"):
            self.assertNotIn(text, rows)

    def test_another_location_has_its_own(self):
        other = self.location.copy({"ghl_id": "other", "name": "Other"})
        people = self.people()
        self.mirror(people)
        self.mirror([{**one, "locationId": "other"} for one in people[2:3]], other)
        self.look()
        self.look(other)
        self.assertEqual(self.listed("duplicate_email"), {2, 3})
        found = self.env["ghl.quality.day"].search([("location_id", "=", other.id)])
        self.assertEqual(found.counts["duplicate_email"], 0)
        self.assertEqual(found.contacts, 1)

    def test_the_schedule_looks_where_it_is_due(self):
        other = self.location.copy({"ghl_id": "other", "name": "Other"})
        self.mirror(self.people())
        cron = self.env.ref("ghl_contact_sync.ir_cron_quality")

        def do_schedule():
            self.env.flush_all()
            with (
                self.enter_registry_test_mode(),
                patch.object(checking, "check", wraps=checking.check) as looked,
            ):
                cron.method_direct_trigger()
            self.env.invalidate_all()
            return [call.args[0].id for call in looked.call_args_list]

        self.assertEqual(set(do_schedule()), {self.location.id, other.id})
        self.assertTrue(self.location.quality_at and other.quality_at)
        self.assertEqual(do_schedule(), [])
        look_soon(other)
        self.assertEqual(do_schedule(), [other.id])

    def test_one_row_a_day(self):
        self.mirror(self.people())
        self.look()
        self.look()
        self.assertEqual(len(self.row()), 1)
        self.row().day = fields.Date.subtract(fields.Date.today(), days=1)
        self.look()
        self.assertEqual(len(self.row()), 2)
        self.set_setting("metric_retention", 1)
        self.row()[1].day = fields.Date.subtract(fields.Date.today(), days=3)
        self.clean_up_old()
        self.assertEqual(self.row().day, fields.Date.today())

    def test_contacts_of_a_figure_are_found_by_an_index(self):
        self.mirror(self.people())
        self.look()
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        query = self.env["ghl.contact"]._search([("quality", "=", "duplicate_email")])
        self.env.cr.execute("EXPLAIN " + self.env.cr.mogrify(query.select()).decode())
        plan = "\n".join(row[0] for row in self.env.cr.fetchall())
        self.assertFalse(re.search("Seq Scan on ghl_contact ", plan), plan)
        self.assertIn("ghl_contact_quality", plan)

    def test_the_form_shows_figures_and_formula(self):
        self.mirror(self.people())
        self.look()
        location = self.location.with_user(self.user)
        self.assertEqual(location.quality_score, self.row().score)
        self.assertEqual(location.quality_figures["Shared email"], "2 (10.0%)")
        self.assertEqual(
            location.quality_formula["can be reached"], "36 of 40 points (90 %)"
        )
        location.action_check_quality()
        self.assertTrue(self.location.quality_wanted)


@tagged("post_install", "-at_install")
class TestQualityApi(ApiCase, QualityCase):
    def get(self, user, **params):
        headers = {"Authorization": f"Bearer {self.make_key(user)}"}
        params = {"location_id": self.location.ghl_id, **params}
        return self.url_open(const.ROUTE_QUALITY, params=params, headers=headers)

    def test_before_anybody_has_looked(self):
        told = self.get(self.user).json()
        self.assertEqual((told["as_of"], told["score"]), (None, None))
        self.assertEqual(told["score_parts"], [])
        self.assertEqual(len(told["figures"]), len(FIGURES))

    def test_the_score_follows_from_what_is_told(self):
        self.mirror(self.people())
        self.look()
        told = self.get(self.user).json()
        counts = {figure["name"]: figure["count"] for figure in told["figures"]}
        self.assertEqual(counts, self.row().counts)
        points = sum(
            part["weight"] * (1 - counts[part["finding"]] / told["contacts"])
            for part in told["score_parts"]
        )
        self.assertAlmostEqual(told["score"], points, 2)
        self.assertEqual(told["history"][-1]["score"], told["score"])

    def test_each_figure_leads_to_its_contacts(self):
        contacts = self.mirror(self.people())
        self.set_total(len(contacts))
        self.look()
        headers = {"Authorization": f"Bearer {self.make_key(self.user)}"}
        asked = {"location_id": self.location.ghl_id, "quality": "duplicate_email"}
        page = self.url_open(const.ROUTE_CONTACTS, params=asked, headers=headers).json()
        self.assertEqual(page["filtered_count"], 2)
        asked["quality"] = "nonsense"
        answer = self.url_open(const.ROUTE_CONTACTS, params=asked, headers=headers)
        self.assertEqual(answer.status_code, 400)

    def test_other_companies_users_see_nothing(self):
        self.assertEqual(self.get(self.stranger).status_code, 404)
        self.mirror(self.people())
        self.look()
        for model in ("ghl.quality.day", "ghl.contact.quality"):
            self.assertFalse(self.env[model].with_user(self.stranger).search([]))
        found = self.env["ghl.contact"].with_user(self.stranger)
        self.assertFalse(found.search([("quality", "=", "duplicate_email")]))

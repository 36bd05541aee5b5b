"""Installs of an agency's app: lists that are short, events that name no agency."""

from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...engine.connection import agency, installs
from ...engine.connection.app import app_calls
from ...engine.connection.tokens import get_access_token, get_install_token
from ...tools.errors import GhlServerError
from ...tools.ghl.oauth import GhlOAuth
from .test_oauth_connect import OauthCase

TASKS = "odoo.addons.ghl_contact_sync.engine.connection.tasks"


@tagged("post_install", "-at_install")
class TestAgencyInstalls(OauthCase):
    def setUp(self):
        super().setUp()
        self.connect_app()
        self.assertEqual(len(self.all_locations()), 3)

    def list_only(self, *rows):
        """Let GoHighLevel's list hold these rows, whatever is installed."""
        return patch.object(GhlOAuth, "installed_locations", lambda *_a: iter(rows))

    def rows(self):
        with app_calls(self.oauth, get_install_token(self.oauth)) as calls:
            return list(calls.installed_locations(self.oauth.ghl_company_id))

    def installed(self):
        self.env.invalidate_all()
        return self.all_locations().filtered("is_installed")

    # === LISTS === #

    def test_short_list_uninstalls_nobody(self):
        rows = self.rows()
        for shown in (rows[:1], rows[1:], []):
            with self.subTest(shown=len(shown)), self.list_only(*shown):
                message = agency.reconcile_locations(self.oauth)
                self.assertEqual(len(self.installed()), 3)
                self.assertIn(str(len(shown)), message)

    def test_only_the_location_that_is_denied_is_uninstalled(self):
        gone = self.told[2]["id"]
        body = {"locations": [gone], "webhooks": False}
        self.sandbox.control("POST", "/uninstall", body)
        with self.list_only():
            message = agency.reconcile_locations(self.oauth)
        self.assertEqual(
            set(self.installed().mapped("ghl_id")),
            {self.told[0]["id"], self.told[1]["id"]},
        )
        self.assertIn("From 1 it was removed", message)

    def test_what_is_not_answered_is_kept(self):
        trouble = GhlServerError("HTTP 503", status=503)
        with (
            self.list_only(),
            patch.object(GhlOAuth, "location_token", side_effect=trouble),
        ):
            message = agency.reconcile_locations(self.oauth)
        self.assertEqual(len(self.installed()), 3)
        self.assertIn("3 more are missing", message)

    def test_many_are_asked_about_in_turns(self):
        with self.list_only(), patch.object(installs, "MAX_ASKED", 2):
            message = agency.reconcile_locations(self.oauth)
        self.assertEqual(len(self.installed()), 3)
        self.assertIn("1 more are missing", message)

    def test_comparisons_are_ordered_once_and_done_as_tasks(self):
        other = self.make_agency("Another agency", company=self.oauth.ghl_company_id)
        agencies = self.oauth | other
        agencies.write({"reconciled_at": False})
        self.env.flush_all()
        cron = self.env.ref("ghl_contact_sync.ir_cron_reconcile")
        for _call in range(2):
            cron.method_direct_trigger()
        tasks = self.env["ghl.connection.task"].search([("kind", "=", "reconcile")])
        self.assertEqual(set(tasks.mapped("state")), {"queued"})
        self.assertEqual(tasks.connection_id, agencies)
        self.assertEqual(len(tasks), 2)
        self.assertFalse(any(agencies.mapped("reconciled_at")))

    @mute_logger(TASKS)
    def test_trouble_of_one_agency_is_its_own(self):
        other = self.make_agency("Another agency", company=self.oauth.ghl_company_id)
        (self.oauth | other).write({"reconciled_at": False})
        reconcile = agency.reconcile_locations
        for error in (KeyError("x"), RuntimeError("x"), ValueError("\0")):

            def fail(connection, error=error):
                if connection == self.oauth:
                    raise error
                return reconcile(connection)

            other.reconciled_at = False
            self.env.flush_all()
            with self.subTest(error=error):
                with patch.object(agency, "reconcile_locations", fail):
                    for name in ("reconcile", "connection_tasks"):
                        cron = self.env.ref(f"ghl_contact_sync.ir_cron_{name}")
                        cron.method_direct_trigger()
                self.env.invalidate_all()
                self.assertTrue(other.reconciled_at)
                self.assertFalse(self.oauth.reconciled_at)
                self.assertEqual(self.oauth.task_tone, "danger")
                self.assertTrue(self.oauth.task_message)

    # === EVENTS === #

    def make_agency(self, name, company="another-agency"):
        """Return an older connection of the same app, which is of another agency."""
        row = self.oauth._token_row()
        connection = self.env["ghl.connection"].create(
            {
                "name": name,
                "auth_kind": "oauth",
                "client_id": self.app["clientId"],
                "client_secret": self.app["clientSecret"],
                "user_type": "Company",
                "ghl_company_id": company,
            }
        )
        self.env["ghl.oauth.token"].create(
            {
                "connection_id": connection.id,
                "access_token": row.access_token,
                "refresh_token": row.refresh_token,
                "issued_at": row.issued_at,
                "expires_at": row.expires_at,
            }
        )
        self.env.flush_all()
        return connection

    def test_install_without_agency_lands_where_it_belongs(self):
        wrong = self.make_agency("A: asked first")
        fresh = self.sandbox.add_location(2)
        self.addCleanup(self.sandbox.control, "DELETE", f"/locations/{fresh['id']}")
        details = {"locationId": fresh["id"]}
        for connections in (wrong | self.oauth, self.oauth | wrong):
            agency.apply_install_event(connections, "INSTALL", details)
            found = self.env["ghl.location"].search([("ghl_id", "=", fresh["id"])])
            self.assertEqual(found.connection_id, self.oauth)
            found.unlink()

    def test_install_that_nobody_confirms_is_nobodys(self):
        details = {"locationId": "somebody-elses"}
        agency.apply_install_event(self.oauth, "INSTALL", details)
        self.assertFalse(
            self.env["ghl.location"].search([("ghl_id", "=", "somebody-elses")])
        )
        trouble = GhlServerError("HTTP 503", status=503)
        with (
            patch.object(GhlOAuth, "location_token", side_effect=trouble),
            self.assertRaises(GhlServerError),
        ):
            # Told again later.
            agency.apply_install_event(self.oauth, "INSTALL", details)

    def test_uninstall_of_nobody_in_particular_ends_nobody(self):
        other = self.make_agency("Another agency")
        agency.apply_install_event(self.oauth | other, "UNINSTALL", {})
        self.assertEqual(len(self.installed()), 3)
        self.assertEqual(self.oauth.state, "connected")

    # === MOVING === #

    def move(self, location, target, user=None):
        dialog = self.env["ghl.location.move"].with_user(user or self.manager)
        dialog.create(
            {"location_id": location.id, "target_id": target.id}
        ).action_move()
        self.work_off_tasks()

    def test_location_moves_to_where_it_is_answered_for(self):
        location = self.all_locations().filtered(
            lambda one: one.ghl_id == self.told[0]["id"]
        )
        payload = self.make_payload(1, locationId=location.ghl_id)
        contacts = self.mirror([payload], location)
        wrong = self.make_agency("A: the wrong one")
        location.connection_id = wrong
        self.env["ghl.oauth.token"].create(
            {"connection_id": wrong.id, "location_id": location.id}
        )
        self.move(location, self.oauth)
        self.assertEqual(location.connection_id, self.oauth, location.task_message)
        self.assertFalse(wrong._token_row(location))
        self.assertTrue(contacts.exists().active)
        self.assertTrue(get_access_token(self.oauth, location))
        self.assertIn("has moved", "".join(location.message_ids.mapped("body")))
        # Back it does not go: that agency does not reach it.
        self.move(location, wrong)
        self.assertEqual(location.connection_id, self.oauth)
        self.assertEqual(location.task_tone, "danger")
        self.assertIn("not installed", location.task_message)

    def test_private_token_of_another_location_takes_nothing(self):
        location = self.all_locations()[0]
        other = self.sandbox.add_location(2)
        self.addCleanup(self.sandbox.control, "DELETE", f"/locations/{other['id']}")
        target = self.env["ghl.connection"].create(
            {"name": "Token", "private_token": other["pit"]}
        )
        self.move(location, target)
        self.assertEqual(location.connection_id, self.oauth)
        self.assertIn("Nothing was moved", location.task_message)

    def test_who_may_not_move(self):
        location = self.all_locations()[0]
        target = self.make_agency("Another agency")
        with self.assertRaises(AccessError):
            self.move(location, target, self.user)
        target.company_id = self.other_company
        self.manager.company_ids += self.other_company
        companies = [self.company.id, self.other_company.id]
        manager = self.env["ghl.location.move"].with_user(self.manager)
        dialog = manager.with_context(allowed_company_ids=companies).create(
            {"location_id": location.id, "target_id": target.id}
        )
        with self.assertRaisesRegex(UserError, "same company"):
            dialog.action_move()

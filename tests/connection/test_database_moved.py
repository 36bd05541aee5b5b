"""A copy of the database: it neither calls nor renews nor takes webhooks in."""

import json
import secrets
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from ...engine.connection import database_identity
from ...engine.connection.client import call_ghl, make_client
from ...engine.connection.tokens import (
    get_access_token,
    renew_access_token,
    renew_grant,
)
from ...engine.schedule.due import due_kind
from ...tools.errors import GhlDatabaseMoved
from ...tools.ghl.oauth import GhlOAuth
from ..common import GhlCommon
from ..webhook.webhook_common import APP_ID, WebhookMixin

IDENTITY = "odoo.addons.ghl_contact_sync.engine.connection.database_identity"


def copied(test, **changes):
    """Let the test go on in what looks like a copy of its database."""
    told = json.loads(database_identity.current_identity(test.env.cr)) | changes
    test.startPatcher(
        patch(f"{IDENTITY}.current_identity", lambda _cr: json.dumps(told))
    )
    test.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestDatabaseMoved(GhlCommon):
    def setUp(self):
        super().setUp()
        self.oauth = self.env["ghl.connection"].create(
            {
                "name": "App",
                "auth_kind": "oauth",
                "client_id": "ours-1",
                "client_secret": secrets.token_hex(8),
                "user_type": "Location",
                "ghl_company_id": "agency",
                "ghl_location_id": "theirs",
            }
        )
        now = fields.Datetime.now()
        self.row = self.env["ghl.oauth.token"].create(
            {
                "connection_id": self.oauth.id,
                "access_token": secrets.token_hex(8),
                "refresh_token": secrets.token_hex(8),
                "issued_at": now,
                "expires_at": fields.Datetime.add(now, days=1),
            }
        )
        self.theirs = self.env["ghl.location"].create(
            {"name": "Theirs", "ghl_id": "theirs", "connection_id": self.oauth.id}
        )

    def assertNothingIsCalled(self):
        connections = self.oauth | self.connection
        self.assertEqual(connections.mapped("is_moved"), [True, True])
        with patch.object(GhlOAuth, "refresh", side_effect=AssertionError):
            for location in (self.location, self.theirs):
                connection = location.connection_id
                for call in (
                    lambda: get_access_token(connection, location),  # noqa: B023
                    lambda: renew_access_token(connection, location, "x"),  # noqa: B023
                    lambda: make_client(connection, location),  # noqa: B023
                    lambda: call_ghl(location, AssertionError),  # noqa: B023
                ):
                    with self.assertRaises(GhlDatabaseMoved) as raised:
                        call()
                    self.assertEqual(raised.exception.code, "database_moved")
                    self.assertIn("This Database Has Moved", str(raised.exception))
            with self.enter_registry_test_mode(), self.assertRaises(GhlDatabaseMoved):
                renew_grant(self.oauth, None)
        self.assertFalse(self.vendor.requests)

    def test_every_way_of_copying(self):
        for changes in ({"name": "copy"}, {"uuid": "other"}, {"cluster": "7"}):
            with self.subTest(changes=changes):
                copied(self, **changes)
                self.assertNothingIsCalled()

    def test_original_goes_on(self):
        self.assertEqual((self.oauth | self.connection).mapped("is_moved"), [False] * 2)
        self.assertEqual(
            get_access_token(self.oauth, self.theirs), self.row.access_token
        )

    def test_duplicate_of_odoo(self):
        self.env["ir.config_parameter"].init(force=True)
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertNothingIsCalled()

    def test_run_in_a_copy_fails_in_words_and_none_is_due(self):
        self.location.last_full_at = "2020-01-01"
        self.assertTrue(due_kind(self.location))
        copied(self, name="copy")
        self.assertIsNone(due_kind(self.location))
        self.assertIsNone(due_kind(self.theirs))
        with self.enter_registry_test_mode():
            run, _created = self.location._order_sync("delta")
            self.env.flush_all()
            self.location.sudo().cron_id.method_direct_trigger()
            self.env.invalidate_all()
        self.assertEqual((run.state, run.error_code), ("failed", "database_moved"))
        self.assertIn("This Database Has Moved", run.error)
        self.assertFalse(self.vendor.requests)

    def test_a_person_confirms(self):
        copied(self, name="copy")
        with self.assertRaises(AccessError):
            self.connection.with_user(self.user).action_confirm_move()
        self.connection.with_user(self.manager).action_confirm_move()
        self.assertFalse(self.connection.is_moved)
        self.assertTrue(self.oauth.is_moved)
        self.assertTrue(get_access_token(self.connection, self.location))
        told = self.connection.message_ids[0].body
        self.assertIn(self.manager.name, told)
        self.assertIn(self.env.cr.dbname, told)

    def test_new_credential_belongs_here(self):
        copied(self, name="copy")
        self.connection.token_entry = "pit-" + secrets.token_hex(8)
        self.assertFalse(self.connection.is_moved)

    def test_where_it_is_shown(self):
        copied(self, name="copy")
        seen = self.connection.with_user(self.user).moved_message
        self.assertIn("This Database Has Moved", seen)
        step = self.env["ghl.onboarding"].get_steps()["steps"][0]
        self.assertEqual(step["state"], "error")
        self.assertIn("This Database Has Moved", step["error"])
        found = self.env["ghl.connection"].search([("is_moved", "=", True)])
        self.assertLessEqual(self.oauth | self.connection, found)
        found = self.env["ghl.connection"].search([("is_moved", "=", False)])
        self.assertFalse(found & (self.oauth | self.connection))

    def test_without_credential_there_is_nothing_to_confirm(self):
        copied(self, name="copy")
        (self.oauth | self.connection).sudo().private_token = False
        self.row.unlink()
        self.connection.sudo().database_key = False
        self.env.invalidate_all()
        self.assertFalse(self.connection.is_moved)
        self.assertFalse(self.oauth.is_moved)


@tagged("post_install", "-at_install")
class TestWebhooksOfACopy(WebhookMixin, GhlCommon):
    def test_they_are_not_taken_in(self):
        install = {"auth_kind": "oauth", "client_id": f"{APP_ID}-1"}
        connection = self.env["ghl.connection"].create({"name": "App", **install})
        token = {"access_token": secrets.token_hex(8), "connection_id": connection.id}
        self.env["ghl.oauth.token"].create(token)
        copied(self, name="copy")
        for payload in (self.make_event(), self.make_event("INSTALL")):
            with self.assertRaises(GhlDatabaseMoved):
                self.take_in(payload)
        self.assertFalse(self.events())

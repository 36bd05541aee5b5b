import secrets

from odoo.modules.module import get_module_path
from odoo.tests import tagged
from odoo.tools import SQL, file_open

from ... import const
from ...engine.privacy.left_out import keep_out
from ...engine.vendor_access.connection_state import mark_state
from ...hooks import post_init_hook, uninstall_hook
from ..common import GhlCommon


@tagged("post_install", "-at_install")
class TestUninstall(GhlCommon):
    def test_uninstall_leaves_no_cron_action_or_parameter(self):
        self.set_setting("fetch_threads", 4)
        archived = self.env["ghl.location"].create(
            {
                "name": "Archived",
                "ghl_id": "archived",
                "connection_id": self.connection.id,
                "active": False,
            }
        )
        crons = (self.location | archived).cron_id
        actions = crons.ir_actions_server_id
        self.assertEqual(len(crons), 2)
        # The secret by which an erased person is known would stay otherwise.
        keep_out(self.location, ["somebody"])
        uninstall_hook(self.env)
        self.assertFalse(crons.exists())
        self.assertFalse(actions.exists())
        self.assertFalse(
            self.env["ir.config_parameter"].search(
                [("key", "=like", const.PARAM_PREFIX + "%")]
            )
        )

    def test_restored_locations_get_their_crons_back(self):
        self.location.cron_id.unlink()
        self.location.invalidate_recordset()
        self.assertFalse(self.location.cron_id)
        post_init_hook(self.env)
        self.assertTrue(self.location.cron_id.active)

    def test_deleted_location_takes_its_cron_along(self):
        cron = self.location.cron_id
        action = cron.ir_actions_server_id
        self.location.unlink()
        self.assertFalse(cron.exists() or action.exists())


@tagged("post_install", "-at_install")
class TestNeutralize(GhlCommon):
    def neutralize(self):
        self.env.flush_all()
        path = get_module_path("ghl_contact_sync") + "/data/neutralize.sql"
        with file_open(path) as script:
            # No parameters, so that a “%” would stand for itself.
            self.env.cr.execute(script.read())
        self.env.invalidate_all()
        self.env.registry.clear_cache("stable")

    def test_copy_can_neither_connect_nor_take_in_webhooks(self):
        planted = secrets.token_hex(16)
        connection = self.env["ghl.connection"].create(
            {
                "name": "App",
                "auth_kind": "oauth",
                "client_id": "ours-1",
                "client_secret": planted,
            }
        )
        self.env["ghl.oauth.token"].create(
            {
                "connection_id": connection.id,
                "access_token": planted,
                "refresh_token": planted,
            }
        )
        self.connection.private_token = planted
        self.set_setting("webhook_enabled", "True")
        waiting = self.env["ghl.webhook.event"].create(
            {
                "webhook_id": "waiting",
                "event_type": "ContactUpdate",
                "event_ms": 1,
                "received_at": "2026-01-01",
                "state": "new",
                "connection_id": self.connection.id,
                "location_id": self.location.id,
            }
        )
        self.neutralize()
        for name, Model in self.env.registry.items():
            if name.startswith("ghl.") and Model._auto and not Model._abstract:
                self.env.cr.execute(
                    SQL(
                        "SELECT FROM %s t WHERE strpos(t::text, %s) > 0",
                        SQL.identifier(Model._table),
                        planted,
                    )
                )
                self.assertFalse(self.env.cr.rowcount, f"a secret is left in {name}")
        self.assertFalse(connection.has_token or connection.has_client_secret)
        self.assertFalse(self.env["ghl.settings"]._flag("webhook_enabled"))
        self.assertEqual(waiting.state, "ignored")
        own = self.env["ir.model.data"].search(
            [("module", "=", "ghl_contact_sync"), ("model", "=", "ir.cron")]
        )
        crons = self.env["ir.cron"].browse(own.mapped("res_id"))
        self.assertGreater(len(crons), 4)
        self.assertFalse(any(crons.mapped("active")))

    def test_copy_is_disarmed(self):
        run, _created = self.location._order_sync("full", "button")
        self.set_setting("allowed_origins", "https://app.example.com")
        mark_state(self.connection, "connected")
        self.neutralize()
        self.assertFalse(self.connection.private_token)
        self.assertEqual(self.connection.state, "draft")
        self.assertFalse(self.location.cron_id.active)
        self.assertFalse(self.location.auto_sync)
        self.assertFalse(self.env.ref("ghl_contact_sync.ir_cron_watchdog").active)
        self.assertEqual(run.state, "cancelled")
        self.assertTrue(run.error)
        self.assertFalse(self.env["ghl.settings"]._allowed_origins())

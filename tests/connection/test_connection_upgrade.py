"""An upgrade from version 19.0.2: what is known of tokens and accounts goes on."""

import importlib.util

from odoo.modules.module import get_module_path
from odoo.tests.common import tagged
from odoo.tools.sql import column_exists

from ..common import GhlCommon


def migrate(name, cr):
    """Run a script of the upgrade to 19.0.3.0.0."""
    path = f"{get_module_path('ghl_contact_sync')}/migrations/19.0.3.0.0/{name}.py"
    spec = importlib.util.spec_from_file_location(name.replace("-", "_"), path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.migrate(cr, "19.0.2.0.0")


@tagged("post_install", "-at_install")
class TestConnectionUpgrade(GhlCommon):
    def test_a_refused_install_stays_refused(self):
        self.connection.auth_kind = "oauth"
        row = self.env["ghl.oauth.token"].create(
            {
                "connection_id": self.connection.id,
                "revoked_at": "2026-01-02 03:04:05",
                "revoked_message": "Over.",
                "notified_at": "2026-01-02 03:04:06",
            }
        )
        self.env.flush_all()
        cr = self.env.cr
        for old, new in (
            ("dead_at", "revoked_at"),
            ("dead_message", "revoked_message"),
            ("told_at", "notified_at"),
        ):
            cr.execute(f"ALTER TABLE ghl_oauth_token RENAME COLUMN {new} TO {old}")
        cr.execute("ALTER TABLE ghl_alarm RENAME COLUMN notified_at TO told_at")
        migrate("pre-connection", cr)
        # Where it was done before, nothing is left to do.
        migrate("pre-connection", cr)
        self.env.invalidate_all()
        self.assertEqual(str(row.revoked_at), "2026-01-02 03:04:05")
        self.assertEqual(row.revoked_message, "Over.")
        self.assertTrue(row.notified_at)
        self.assertFalse(self.env["ghl.alarm"].search([("notified_at", "!=", False)]))

    def test_rechecks_of_events_are_still_counted(self):
        cr = self.env.cr
        cr.execute("ALTER TABLE ghl_webhook_event RENAME COLUMN rechecks TO looks")
        for _run in range(2):
            migrate("pre-webhook", cr)
        self.assertTrue(column_exists(cr, "ghl_webhook_event", "rechecks"))
        self.assertFalse(column_exists(cr, "ghl_webhook_event", "looks"))

    def test_the_old_table_of_the_rate_limit_goes(self):
        cr = self.env.cr
        cr.execute("CREATE TABLE ghl_api_quota (user_id int UNIQUE, paid_at float8)")
        model = self.env["ir.model"].create(
            {"name": "Old", "model": "x_ghl_api_quota", "order": "id"}
        )
        cr.execute(
            "UPDATE ir_model SET model = 'ghl.api.quota' WHERE id = %s", [model.id]
        )
        self.env["ir.model.data"].create(
            {
                "module": "ghl_contact_sync",
                "name": "model_ghl_api_quota",
                "model": "ir.model",
                "res_id": model.id,
            }
        )
        for _run in range(2):
            migrate("pre-rate-limit", cr)
        cr.execute("SELECT to_regclass('ghl_api_quota')")
        self.assertEqual(cr.fetchall(), [(None,)])
        cr.execute("SELECT 1 FROM ir_model WHERE model = 'ghl.api.quota'")
        self.assertFalse(cr.fetchall())
        cr.execute("SELECT 1 FROM ir_model_data WHERE name ~ 'ghl_api_quota'")
        self.assertFalse(cr.fetchall())

    def test_accounts_with_odd_ranges_are_calibrated_anew(self):
        odd = (
            {"resolution_ms": 1000},
            {"lower_inclusive": False},
            {"upper_inclusive": True},
            {"undated_listed": False},
        )
        usual = {"resolution_ms": 1, "lower_inclusive": True, "upper_inclusive": False}
        for found, is_kept in ((usual, True), *((one, False) for one in odd)):
            self.connection.write(
                {"capabilities": found, "calibrated_at": "2026-01-02 03:04:05"}
            )
            self.env.flush_all()
            migrate("post-connection", self.env.cr)
            self.env.invalidate_all()
            with self.subTest(found=found):
                self.assertEqual(bool(self.connection.calibrated_at), is_kept)
                self.assertEqual(bool(self.connection.capabilities), is_kept)

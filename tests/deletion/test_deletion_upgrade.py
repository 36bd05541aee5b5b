"""An upgrade from version 19.0.2: runs that look after deletions begin that anew."""

import importlib.util

from odoo.modules.module import get_module_path
from odoo.tests.common import tagged

from ..sandbox import SandboxCase

SCRIPT = "/migrations/19.0.3.0.0/pre-deletions.py"


def load_script():
    path = get_module_path("ghl_contact_sync") + SCRIPT
    spec = importlib.util.spec_from_file_location("pre_deletions", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@tagged("post_install", "-at_install", "ghl_engine")
class TestDeletionUpgrade(SandboxCase):
    def test_a_run_in_the_middle_of_its_deletions_goes_on(self):
        location = self.connect(60, clean=True)
        self.sync(location)
        contacts = self.contacts(location)
        gone, living = contacts[:3], contacts[3:]
        for contact in gone:
            path = f"/locations/{location.ghl_id}/contacts/{contact.ghl_id}"
            self.sandbox.control("DELETE", path, webhooks=0)
        run = location._order_sync("full")[0].sudo()
        Page = self.env["ghl.sync.page"]
        seen = Page.create({"run_id": run.id, "contact_ids": living.ids})
        # As version 19.0.2 left it: suspects and those confirmed by a sample beside
        # what was seen, and leave to delete whatever is gone.
        old = Page.create({"run_id": run.id, "contact_ids": living[:30].ids})
        run.write(
            {
                "state": "running",
                "phase": "deletions",
                "started_at": "2026-01-01",
                "checkpoint": {"listed": True, "mark": None},
            }
        )
        failed = self.env["ghl.sync.run"].create(
            {
                "location_id": location.id,
                "kind": "full",
                "origin": "api",
                "state": "failed",
                "error": "Many are gone. If this is right, choose “Accept Deletions”.",
                "error_code": "delete_brake",
            }
        )
        self.env.flush_all()
        cr = self.env.cr
        cr.execute("ALTER TABLE ghl_sync_page ADD COLUMN kind varchar DEFAULT 'seen'")
        cr.execute("UPDATE ghl_sync_page SET kind = 'gone' WHERE id = %s", old.ids)
        cr.execute("ALTER TABLE ghl_sync_run ADD COLUMN brake_released boolean")
        cr.execute("UPDATE ghl_sync_run SET brake_released = TRUE")
        script = load_script()
        script.migrate(cr, "19.0.2.0.0")
        # Twice does no harm.
        script.migrate(cr, "19.0.2.0.0")
        self.env.invalidate_all()
        self.assertTrue(seen.exists())
        self.assertFalse(old.exists())
        self.assertNotIn("Accept Deletions", failed.error)
        with self.enter_registry_test_mode():
            for _slice in range(4):
                self.work(location)
        self.assertEqual((run.state, run.contacts_deleted), ("done", 3), run.error)
        self.assertEqual(set(living.mapped("active")), {True})
        self.assertMirrors(location)

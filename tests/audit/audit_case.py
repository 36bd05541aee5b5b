"""What tests of audits share: a clock that is moved, and every field compared."""

import time
from datetime import timedelta
from unittest.mock import patch

from odoo import fields

from ...engine.content import pace
from ..sandbox import SandboxCase


class AuditCase(SandboxCase):
    """Locations of small parts and pages; time passes when a test says so."""

    def setUp(self):
        super().setUp()
        self.set_setting("page_limit", 100)
        self.set_setting("delta_overlap", 0)
        self.size_parts(200)

    def size_parts(self, contacts):
        for module in ("content.pace", "audit.partition"):
            self.patch_in(module, "PART_SIZE", contacts)

    def patch_in(self, module, name, value):
        return self.startPatcher(
            patch(f"odoo.addons.ghl_contact_sync.engine.{module}.{name}", value)
        )

    def allow(self, requests):
        """Let audits send so many requests a day."""
        self.patch_in("content.pace", "requests_a_day", lambda _location: requests)

    def edit(self, location, **spec):
        """Edit contacts; tell nobody by webhooks."""
        path = f"/locations/{location.ghl_id}/edits"
        return self.sandbox.control("POST", path, {"webhooks": 0, **spec})

    def edit_undated(self, location, each, seed=0):
        """Make edits of every kind that leave `dateUpdated`; return their number.

        Reads of changes begin now: none of them is met by its lookback.
        """
        location.watermark_ms = int(time.time() * 1_000)
        kinds = ("update", "retag", "dnd", "opportunity", "workflow")
        counts = dict.fromkeys(kinds, each)
        self.edit(location, seed=seed, keep_updated=True, **counts)
        return each * len(kinds)

    def pass_time(self, location, **interval):
        """Let time pass: every moment that is stored lies so much further back."""
        self.env.flush_all()
        hours = 24 * interval.get("days", 0) + interval.get("hours", 0)
        timestamps = {
            "ghl_location": (
                *("contents_at", "last_sync_at", "last_delta_at", "last_verify_at"),
                *("last_full_at", "audit_due_at", "audit_requested_at"),
                *("last_audit_at", "proven_complete_at", "ghl_total_at"),
                "mirror_changed_at",
            ),
            "ghl_audit_part": ("read_at", "begun_at"),
            "ghl_sync_run": (
                *("create_date", "started_at", "finished_at", "heartbeat_at"),
            ),
        }
        for table, columns in timestamps.items():
            key = "id" if table == "ghl_location" else "location_id"
            sets = ", ".join(f"{c} = {c} - %(past)s::interval" for c in columns)
            self.env.cr.execute(  # pylint: disable=sql-injection
                f"UPDATE {table} SET {sets} WHERE {key} = %(location)s",
                {"past": f"{hours} hours", "location": location.id},
            )
        self.env.invalidate_all()

    def parts(self, location):
        return pace.parts_of(location)

    def audits(self, location):
        return self.env["ghl.sync.run"].search(
            [("location_id", "=", location.id), ("kind", "=", "audit")]
        )

    def sent_today(self, location):
        """Return how many requests audits have sent in the last 24 hours."""
        since = fields.Datetime.now() - timedelta(days=1)
        recent = self.audits(location).filtered(lambda run: run.create_date > since)
        return sum(recent.mapped("requests_sent"))

    def assert_same(self, location):
        """Assert that every field of every contact is what the sandbox holds."""
        truth = self.sandbox.truth(location.ghl_id)
        live = self.contacts(location).filtered("active")
        self.assertEqual(set(live.mapped("ghl_id")), set(truth))
        found = {one.ghl_id: self.differing(one, truth[one.ghl_id]) for one in live}
        found = {ghl_id: keys for ghl_id, keys in found.items() if keys}
        self.assertFalse(found)

    def differing(self, contact, told):
        """Return the keys in which a contact is not what the sandbox holds."""
        shown = self.mirrored_fields(contact)
        keys = [key for key, value in shown.items() if value != told.get(key)]
        # What fits no column is compared as it came, in `extra`.
        extra = contact.extra or {}
        columns = {
            "tags": (set(contact.tag_ids.mapped("name")), set, ()),
            "dnd": (contact.dnd, bool, False),
            "dndSettings": (contact.dnd_settings or {}, dict, {}),
            "customFields": (contact.custom_fields or [], list, []),
        }
        for key, (value, kind, none) in columns.items():
            if key not in extra and value != kind(told.get(key) or none):
                keys.append(key)
        return keys

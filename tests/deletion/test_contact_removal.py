"""Contacts that are removed for good: by an administrator, and after a time."""

from dataclasses import replace
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests.common import tagged
from odoo.tools import mute_logger

from ...engine.deletion.store import candidates_of
from ...engine.mirror.tombstones import tombstone
from ...engine.retention import purge
from ..common import GhlCommon
from ..settings.test_security import ACCESS_LOGGERS


@tagged("post_install", "-at_install")
class TestContactRemoval(GhlCommon):
    def setUp(self):
        super().setUp()
        self.contacts = self.mirror(
            [self.make_payload(n, tags=["vip"]) for n in range(6)]
        )

    def archive(self, contacts, days_ago):
        """Turn contacts into tombstones, as if so many days ago."""
        self.location.contact_count -= tombstone(self.location, contacts.ids)
        timestamp = fields.Datetime.now() - timedelta(days=days_ago)
        self.env.cr.execute(
            "UPDATE ghl_contact SET deleted_at = %s WHERE id = ANY(%s)",
            [timestamp, contacts.ids],
        )
        self.env.invalidate_all()

    def tag_rows(self):
        self.env.cr.execute("SELECT count(*) FROM ghl_contact_ghl_tag_rel")
        return self.env.cr.fetchone()[0]

    @mute_logger(*ACCESS_LOGGERS)
    def test_administrators_remove_contacts_and_the_counter_stays_right(self):
        self.archive(self.contacts[4:], 1)
        self.assertEqual(self.location.contact_count, 4)
        with self.assertRaises(AccessError):
            self.contacts[0].with_user(self.user).unlink()
        (self.contacts[0] + self.contacts[4]).with_user(self.manager).unlink()
        self.assertEqual(self.location.contact_count, 3)
        self.assertEqual(
            self.env["ghl.contact"].search_count(
                [("location_id", "=", self.location.id)]
            ),
            3,
        )
        self.assertEqual(self.tag_rows(), 4)

    @mute_logger(*ACCESS_LOGGERS)
    def test_what_the_sync_keeps_is_written_by_nobody_else(self):
        for user in (self.user, self.manager, self.env.ref("base.user_admin")):
            with self.assertRaisesRegex(AccessError, "Change it there"):
                self.contacts[0].with_user(user).write({"name": "Eve"})

    def test_deleted_contacts_go_after_the_time_that_is_set(self):
        self.archive(self.contacts[:2], 91)
        self.archive(self.contacts[2:3], 89)
        self.clean_up_old()
        self.assertFalse(self.contacts[:2].exists())
        self.assertTrue(self.contacts[2:3].exists())
        self.assertEqual(self.location.contact_count, 3)
        self.set_setting("deleted_retention", 30)
        self.clean_up_old()
        self.assertFalse(self.contacts[2:3].exists())

    def test_they_go_in_bounded_batches_or_never(self):
        self.archive(self.contacts[:5], 400)
        self.set_setting("deleted_retention", 0)
        self.clean_up_old()
        self.assertEqual(len(self.contacts[:5].exists()), 5)
        self.set_setting("deleted_retention", 90)
        by_two = [replace(rule, batch=2) for rule in purge.RULES]
        self.patch(purge, "RULES", by_two)
        gone = [purge.purge(self.env)[0] for _call in range(4)]
        self.assertEqual(gone, [2, 2, 1, 0])

    def test_a_candidate_goes_with_its_contact_the_brake_remembers(self):
        Candidate = self.env["ghl.deletion.candidate"]
        for contact, state in zip(self.contacts, ("tombstone", "kept"), strict=False):
            Candidate.create(
                {
                    "location_id": self.location.id,
                    "contact_id": contact.id,
                    "ghl_id": contact.ghl_id,
                    "origin": "run",
                    "state": state,
                    "tombstoned_at": fields.Datetime.now(),
                }
            )
        self.contacts[:2].unlink()
        self.env.invalidate_all()
        store = candidates_of(self.location)
        self.assertEqual(store.count_lost(), 1)
        store.drop_orphans()
        self.assertFalse(store.has_open())

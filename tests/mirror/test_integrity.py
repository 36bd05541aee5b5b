from odoo.exceptions import MissingError
from odoo.tests.common import tagged
from odoo.tools import SQL, mute_logger

from ...engine.mirror.merge import Merger
from ..common import GhlCommon

_REL = "ghl_contact_ghl_tag_rel"


@tagged("post_install", "-at_install", "ghl_engine")
class TestIntegrity(GhlCommon):
    """Sets of rows do for contacts what foreign keys would."""

    def setUp(self):
        super().setUp()
        self.contacts = self.mirror(
            [
                self.make_payload(1, tags=["red", "blue"], assignedTo="user1"),
                self.make_payload(2, tags=["red"], assignedTo="user2"),
                self.make_payload(3),
            ]
        ).sorted("ghl_id")

    def count(self, table, **columns):
        """Count the rows of a table, past the ORM's joins."""
        conditions = [
            SQL("%s = %s", SQL.identifier(name), value)
            for name, value in columns.items()
        ]
        self.env.cr.execute(
            SQL(
                "SELECT count(*) FROM %s WHERE %s",
                SQL.identifier(table),
                SQL(" AND ").join(conditions or [SQL("TRUE")]),
            )
        )
        return self.env.cr.fetchone()[0]

    def is_locked(self, record):
        self.env.cr.execute(
            SQL(
                "SELECT xmax <> 0 FROM %s WHERE id = %s",
                SQL.identifier(record._table),
                record.id,
            )
        )
        return self.env.cr.fetchone()[0]

    def test_a_deleted_contact_takes_its_tags_along(self):
        gone = self.contacts[0]
        gone.unlink()
        self.assertEqual(self.count(_REL, ghl_contact_id=gone.id), 0)
        self.assertEqual(self.count(_REL, ghl_contact_id=self.contacts[1].id), 1)
        self.assertEqual(self.contacts[1].tag_ids.mapped("name"), ["red"])

    def test_many_are_deleted_in_time_whatever_postgresql_believes(self):
        cr = self.env.cr
        cr.execute(
            SQL(
                """
                WITH fresh AS (
                    INSERT INTO ghl_contact (location_id, ghl_id, active)
                    SELECT %s, 'many-' || n, TRUE FROM generate_series(1, 20000) n
                    RETURNING id)
                INSERT INTO ghl_contact_ghl_tag_rel (ghl_contact_id, ghl_tag_id)
                SELECT fresh.id, t.id FROM fresh, ghl_tag t WHERE t.location_id = %s
                """,
                self.location.id,
                self.location.id,
            )
        )
        self.assertGreater(self.count(_REL), 40_000)
        # As if it had last been analysed when nothing was in it: any join will do.
        cr.execute(
            "UPDATE pg_class SET reltuples = 0, relpages = 1 WHERE relname = %s", [_REL]
        )
        cr.execute("SET LOCAL enable_hashjoin TO off")
        cr.execute("SET LOCAL enable_mergejoin TO off")
        cr.execute("SET LOCAL statement_timeout = '60s'")
        cr.execute("DELETE FROM ghl_contact WHERE ghl_id LIKE 'many-%'")
        self.assertEqual(cr.rowcount, 20_000)
        self.assertEqual(self.count(_REL), 3)

    def test_a_deleted_tag_leaves_the_contacts(self):
        red = self.contacts[0].tag_ids.filtered(lambda tag: tag.name == "red")
        gone = red.id
        red.unlink()
        self.env.invalidate_all()
        self.assertEqual(self.count(_REL, ghl_tag_id=gone), 0)
        self.assertEqual(self.contacts[0].tag_ids.mapped("name"), ["blue"])
        self.assertFalse(self.contacts[1].tag_ids)

    def test_a_deleted_owner_leaves_the_contacts(self):
        self.contacts[0].owner_id.unlink()
        self.env.invalidate_all()
        self.assertFalse(self.contacts[0].owner_id)
        self.assertEqual(self.contacts[0].assigned_to, "user1")
        self.assertEqual(self.contacts[1].owner_id.ghl_id, "user2")

    def test_a_deleted_location_takes_everything_along(self):
        other = self.env["ghl.location"].create(
            {
                "name": "Other",
                "ghl_id": "other-location",
                "connection_id": self.connection.id,
            }
        )
        payload = self.make_payload(1, tags=["red"], locationId=other.ghl_id)
        kept = self.mirror([payload], other)
        gone = self.location.id
        self.location.unlink()
        self.assertEqual(self.count("ghl_contact", location_id=gone), 0)
        for contact in self.contacts:
            self.assertEqual(self.count(_REL, ghl_contact_id=contact.id), 0)
        self.assertEqual(self.count("ghl_contact", location_id=other.id), 1)
        self.assertEqual(self.count(_REL, ghl_contact_id=kept.id), 1)

    def test_a_location_deleted_behind_odoos_back_takes_everything_along(self):
        self.env.flush_all()
        self.env.cr.execute("DELETE FROM ghl_location WHERE id = %s", self.location.ids)
        self.assertEqual(self.count("ghl_contact", location_id=self.location.id), 0)
        for contact in self.contacts:
            self.assertEqual(self.count(_REL, ghl_contact_id=contact.id), 0)

    def test_a_merge_into_a_deleted_location_is_refused(self):
        location = self.location
        batch = [self.make_payload(9)]
        self.env.flush_all()
        self.env.cr.execute("DELETE FROM ghl_location WHERE id = %s", location.ids)
        with self.assertRaises(MissingError), mute_logger("odoo.models"):
            Merger(location).merge_page(batch)
        self.assertEqual(self.count("ghl_contact", location_id=location.id), 0)

    def test_nobody_can_delete_what_a_merge_refers_to(self):
        first = self.contacts[0]
        red = first.tag_ids.filtered(lambda tag: tag.name == "red")
        self.assertTrue(self.is_locked(self.location))
        self.assertTrue(self.is_locked(first.owner_id))
        self.assertTrue(self.is_locked(red))

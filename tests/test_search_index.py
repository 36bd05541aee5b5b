"""The index for searches: made late, while others work, and used for any part."""

from unittest.mock import patch

from odoo.modules.registry import Registry
from odoo.tests.common import BaseCase, get_db_name, tagged

from ..engine.mirror import search_index


@tagged("post_install", "-at_install")
class TestSearchIndex(BaseCase):
    def setUp(self):
        super().setUp()
        self.dbname = get_db_name()
        self.registry = Registry(self.dbname)
        self.addCleanup(self.drop)
        self.drop()

    def drop(self):
        with self.registry.cursor() as cr:
            search_index.drop(cr)

    def is_wanted(self):
        with self.registry.cursor() as cr:
            return search_index.is_wanted(cr)

    def test_wanted_once_there_are_many(self):
        self.assertFalse(self.is_wanted())
        with patch.object(search_index, "LARGE", -1):
            self.assertTrue(self.is_wanted())
            search_index.make_concurrently(self.dbname)
            self.assertFalse(self.is_wanted())
            # What was cut short is made again.
            with self.registry.cursor() as cr:
                cr.execute(
                    "UPDATE pg_index SET indisvalid = FALSE "
                    "WHERE indexrelid = %s::regclass",
                    (search_index.INDEX,),
                )
            self.assertTrue(self.is_wanted())
            search_index.make_concurrently(self.dbname)
            self.assertFalse(self.is_wanted())

    def test_finds_any_part_by_the_index(self):
        with self.registry.cursor() as cr:
            cr.execute(
                """
                INSERT INTO ghl_contact (location_id, ghl_id, active, search_text)
                SELECT 0, number, TRUE, md5(number::text)
                  FROM generate_series(1, 20000) AS number
                """
            )
            search_index.make(cr)
            cr.execute("ANALYZE ghl_contact")
            cr.execute(
                "EXPLAIN SELECT id FROM ghl_contact "
                "WHERE active IS TRUE AND search_text LIKE '%ovela%'"
            )
            plan = "\n".join(row[0] for row in cr.fetchall())
            cr.rollback()
        self.assertIn(search_index.INDEX, plan)

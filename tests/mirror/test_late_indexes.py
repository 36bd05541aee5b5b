"""The indexes for finding and sorting: made late, while others work, and used."""

import importlib.util
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.modules.module import get_module_path
from odoo.modules.registry import Registry
from odoo.tests.common import BaseCase, get_db_name, tagged

from ...engine.listing import upkeep
from ...engine.mirror import late_indexes
from ...tools.mapping.grams import grams, grams_sql

SCRIPT = "/migrations/19.0.3.0.0/post-search.py"
TRIGRAMS, GRAMS = "ghl_contact__search_text_trgm_idx", "ghl_contact__grams_idx"


def load_script():
    path = get_module_path("ghl_contact_sync") + SCRIPT
    spec = importlib.util.spec_from_file_location("post_search", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@tagged("post_install", "-at_install")
class TestLateIndexes(BaseCase):
    def setUp(self):
        super().setUp()
        self.dbname = get_db_name()
        self.registry = Registry(self.dbname)
        self.addCleanup(self.drop)
        self.drop()

    def drop(self):
        with self.registry.cursor() as cr:
            late_indexes.drop(cr)

    def is_wanted(self):
        with self.registry.cursor() as cr:
            return late_indexes.is_wanted(cr)

    def test_wanted_once_there_are_many(self):
        with patch.object(late_indexes, "LARGE", 10_000_000):
            self.assertFalse(self.is_wanted())
        with patch.object(late_indexes, "LARGE", -1):
            self.assertTrue(self.is_wanted())
            upkeep.work(self.dbname)
            self.assertFalse(self.is_wanted())
            # An index that was cut short is made again.
            with self.registry.cursor() as cr:
                cr.execute(
                    "UPDATE pg_index SET indisvalid = FALSE "
                    "WHERE indexrelid = %s::regclass",
                    (TRIGRAMS,),
                )
            self.assertTrue(self.is_wanted())
            upkeep.work(self.dbname)
            self.assertFalse(self.is_wanted())

    def test_not_made_while_a_first_fill_would_have_to_keep_them(self):
        with (
            patch.object(late_indexes, "LARGE", -1),
            patch.object(late_indexes, "is_filling", return_value=True),
        ):
            self.assertFalse(self.is_wanted())

    def test_an_upgrade_leaves_them_to_the_cron(self):
        with self.registry.cursor() as cr, patch.object(late_indexes, "LARGE", -1):
            cr.execute(
                """
                INSERT INTO ghl_contact (location_id, ghl_id, active, first_name)
                SELECT 0, 'upgraded' || number, TRUE, 'Ada'
                  FROM generate_series(1, 3) AS number
                """
            )
            env = api.Environment(cr, SUPERUSER_ID, {})
            cron = env.ref("ghl_contact_sync.ir_cron_search_index")
            triggers = env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
            load_script().migrate(cr, "19.0.2.0.0")
            cr.execute(
                "SELECT count(*) FROM ghl_contact"
                " WHERE ghl_id LIKE 'upgraded%' AND search_text LIKE '%ada%'"
            )
            self.assertEqual(cr.fetchone(), (3,))
            self.assertTrue(late_indexes.is_wanted(cr))
            woken = env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
            self.assertTrue(woken - triggers)
            cr.rollback()

    def test_finds_any_part_by_an_index(self):
        with self.registry.cursor() as cr:
            cr.execute(
                """
                INSERT INTO ghl_contact (location_id, ghl_id, active, search_text)
                SELECT 0, number, TRUE, md5(number::text)
                  FROM generate_series(1, 20000) AS number
                """
            )
            late_indexes.make(cr)
            cr.execute("ANALYZE ghl_contact")
            like = "search_text LIKE '%ovela%'"
            pair = f"({grams_sql('search_text')}) @> ARRAY['{grams('zß')[0]}']"
            for condition, index in ((like, TRIGRAMS), (pair, GRAMS)):
                cr.execute(
                    "EXPLAIN SELECT id FROM ghl_contact "
                    f"WHERE active IS TRUE AND {condition}"
                )
                plan = "\n".join(row[0] for row in cr.fetchall())
                self.assertIn(index, plan)
            cr.rollback()

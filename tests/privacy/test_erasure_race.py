"""A page in hand does not bring back who is erased meanwhile by somebody else."""

import secrets
import time
from contextlib import contextmanager
from unittest.mock import patch

import psycopg2

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import DummyRLock, Registry
from odoo.tests.common import BaseCase, get_db_name, tagged
from odoo.tools import mute_logger

from ...engine.mirror.merge import Merger
from ...engine.privacy.erase import erase

PERSON = "person0001"


@tagged("post_install", "-at_install", "ghl_privacy")
class TestErasureRace(BaseCase):
    """Rows that are really committed, as other sessions have to see them."""

    def setUp(self):
        super().setUp()
        # Odoo holds it while tests run.
        self.enterContext(patch.object(Registry, "_lock", DummyRLock()))
        self.registry = Registry(get_db_name())
        self.addCleanup(self.clean_up)
        with self.open() as env:
            connection = env["ghl.connection"].create(
                {"name": "Race", "private_token": "pit-" + secrets.token_hex(8)}
            )
            self.location_id = (
                env["ghl.location"]
                .create(
                    {
                        "name": "Race",
                        "ghl_id": "loc" + secrets.token_hex(8),
                        "connection_id": connection.id,
                    }
                )
                .id
            )
            Merger(self.location(env)).merge_page([self.payload(env)], time.time())

    @contextmanager
    def open(self):
        with self.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {"active_test": False})

    def clean_up(self):
        with self.open() as env:
            location = self.location(env)
            connection = location.connection_id
            key = [("location_id", "=", location.id)]
            env["ghl.erased.person"].search(key).unlink()
            location.unlink()
            connection.unlink()

    def location(self, env):
        return env["ghl.location"].browse(self.location_id)

    def payload(self, env, name="Ada", day=1):
        return {
            "id": PERSON,
            "locationId": self.location(env).ghl_id,
            "contactName": name,
            "dateAdded": "2025-01-01T00:00:00.000Z",
            "dateUpdated": f"2025-01-0{day}T00:00:00.000Z",
        }

    def everybody(self, env):
        return env["ghl.contact"].search([("location_id", "=", self.location_id)])

    @mute_logger("odoo.sql_db")
    def test_who_is_erased_while_a_page_is_merged_stays_away(self):
        with self.open() as env:
            # The snapshot of the page in hand is from before the erasure.
            self.assertEqual(len(self.everybody(env)), 1)
            page = [self.payload(env, name="Another", day=2)]
            with self.open() as other:
                erase(self.everybody(other))
            with self.assertRaises(psycopg2.errors.SerializationFailure):
                Merger(self.location(env)).merge_page(page, time.time())
            env.cr.rollback()
            # As a repeated transaction does it.
            Merger(self.location(env)).merge_page(page, time.time())
            env.cr.commit()  # pylint: disable=invalid-commit
            self.assertFalse(self.everybody(env))

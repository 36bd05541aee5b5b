"""OAuth tokens under real concurrency: committed rows, real threads, a real vendor."""

import secrets
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

import psycopg2
from psycopg2.pool import PoolError

from odoo import SUPERUSER_ID, api, fields, sql_db
from odoo.modules.registry import DummyRLock, Registry
from odoo.tests import tagged
from odoo.tests.common import BaseCase, get_db_name

from ...engine import probe
from ...engine import transaction as own_cursor
from ...engine.connection import token_row
from ...engine.connection.app import LOCK_SECONDS
from ...engine.connection.authorize import finish_connect
from ...engine.connection.client import call_ghl
from ...engine.connection.tokens import (
    get_access_token,
    renew_access_token,
    renew_grant,
    revoke,
)
from ...engine.schedule.due import due_kind
from ...engine.vendor_access.connection_state import mark_state
from ...models.connection import ghl_oauth_token
from ...tools.errors import GhlAuthError, GhlTokenBusy
from ...tools.ghl.oauth_refusals import (
    GhlGrantRefused,
    GhlLocationPaused,
    GhlNotInstalled,
)
from ..sandbox import Sandbox
from .test_oauth_connect import APP, authorize

# Each holds a connection to the database; Odoo's pool has 64 by default.
THREADS = 64


class Unshared(dict):
    """Locks that nobody shares: every caller is a process of its own."""

    def setdefault(self, _key, lock):
        return lock


class OauthRows(BaseCase):
    """Connections that are really committed, as other sessions have to see them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Odoo holds it while tests run; threads that make an environment need it.
        cls.enterClassContext(patch.object(Registry, "_lock", DummyRLock()))
        cls.registry = Registry(get_db_name())
        cls.sandbox = Sandbox("--locations", "3,5", "--seed", str(secrets.randbits(31)))
        cls.addClassCleanup(cls.sandbox.stop)
        cls.made = []
        with cls.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            parameters = env["ir.config_parameter"]
            cls.url_before = parameters.get_param("ghl_contact_sync.api_base_url")
            parameters.set_param("ghl_contact_sync.api_base_url", cls.sandbox.url)
        cls.addClassCleanup(cls.clean_up)

    @classmethod
    def clean_up(cls):
        with cls.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {"active_test": False})
            connections = env["ghl.connection"].browse(cls.made).exists()
            connections.location_ids.unlink()
            connections.unlink()
            env["ir.config_parameter"].set_param(
                "ghl_contact_sync.api_base_url", cls.url_before or False
            )

    def setUp(self):
        super().setUp()
        self.addCleanup(self.sandbox.control, "POST", "/reset")
        self.sandbox.control("DELETE", "/oauth")

    def make(self, *ghl_ids):
        """Return the ids of a connection and its locations; without ids an agency's."""
        told = self.sandbox.control("GET", "")
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            connection = env["ghl.connection"].create(
                {
                    "name": "Agency " + secrets.token_hex(3),
                    "auth_kind": "oauth",
                    "client_id": told["app"]["clientId"],
                    "client_secret": told["app"]["clientSecret"],
                }
            )
            self.made.append(connection.id)
        self.addCleanup(self.remove, connection.id)
        code = authorize(self.sandbox, *ghl_ids)
        with self.open(connection.id, tracking_disable=True) as own:
            finish_connect(own, code)
        self.set_up_now()
        with self.open(connection.id, active_test=False) as own:
            return own.id, own.location_ids.ids

    @contextmanager
    def open(self, connection_id, **context):
        """Yield the connection in a transaction of its own, committed at the end."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, context)
            yield env["ghl.connection"].browse(connection_id)

    def set_up_now(self):
        """Do what is left to the cron."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
            env["ghl.connection.task"]._cron_work()

    def remove(self, connection_id):
        """Free the locations for the next test."""
        with self.open(connection_id, active_test=False) as connection:
            connection.location_ids.unlink()
            connection.unlink()

    def at_once(self, work, count=THREADS):
        """Return what `work(env)` returned or raised in that many threads at once."""
        gate = threading.Barrier(count, action=self.exhaust_pool)
        pool = sql_db._Pool
        limit = patch.object(pool, "_maxconn", pool._maxconn + count)

        def run(_number):
            with self.registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                # The snapshot is taken before anybody begins: it is stale for most.
                env["ghl.connection"].search([], limit=1)
                gate.wait(60)
                try:
                    return work(env)
                except Exception as err:  # noqa: BLE001
                    return err

        with limit, ThreadPoolExecutor(count) as threads:
            return list(threads.map(run, range(count)))

    def exhaust_pool(self):
        """Leave Odoo no connection but those that the threads hold by now."""
        pool = sql_db._Pool
        with pool._lock:
            pool._maxconn = sum(1 for one in pool._connections if one._pool_in_use)

    def renew(self, connection_id):
        with self.open(connection_id) as connection:
            location = connection.location_ids
            stale = get_access_token(connection, location)
            return renew_access_token(connection, location, stale)

    def refreshes(self):
        return self.sandbox.control("GET", "/oauth")["refreshes"]


@tagged("post_install", "-at_install")
class TestOauthTokens(OauthRows):
    def test_many_refresh_at_once_with_one_call(self):
        connection_id, _location_ids = self.make(APP)
        with self.open(connection_id) as connection:
            stale = get_access_token(connection, connection.location_ids)
        self.sandbox.control("POST", "/tokens/expire", {"all": True})

        def renew(env):
            connection = env["ghl.connection"].browse(connection_id)
            return renew_access_token(connection, connection.location_ids, stale)

        tokens = self.at_once(renew)
        self.assertEqual(len(set(tokens)), 1, tokens[:3])
        self.assertNotEqual(tokens[0], stale)
        self.assertEqual(self.refreshes(), 1)
        # As many nodes: none knows of the others' threads, so all meet in the database.
        self.sandbox.control("POST", "/tokens/expire", {"all": True})
        stale = tokens[0]
        with (
            patch.object(token_row, "_process_locks", Unshared()),
            patch.object(own_cursor, "_spare", threading.Semaphore(THREADS)),
        ):
            tokens = self.at_once(renew)
        self.assertEqual(len(set(tokens)), 1, tokens[:3])
        self.assertNotEqual(tokens[0], stale)
        self.assertEqual(self.refreshes(), 2)

    def test_busy_database_is_told_as_such(self):
        """No connection is left, spare ones included: no hanging, no other error."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            with (
                patch.object(sql_db._Pool, "borrow", side_effect=PoolError),
                patch.object(own_cursor, "_spare", threading.Semaphore(0)),
                patch.object(own_cursor, "SPARE_SECONDS", 0.1),
                self.assertRaises(psycopg2.OperationalError),
                own_cursor.own_cursor(env),
            ):
                self.fail("a connection came from nowhere")

    def test_dead_grant_is_told_once_and_stops_calling(self):
        connection_id, _location_ids = self.make(APP)
        with self.open(connection_id) as connection:
            stale = get_access_token(connection, connection.location_ids)
        self.sandbox.control("POST", "/tokens/revoke", {"all": True, "refresh": True})

        def renew(env):
            connection = env["ghl.connection"].browse(connection_id)
            return renew_access_token(connection, connection.location_ids, stale)

        errors = self.at_once(renew, 8)
        for error in errors:
            self.assertIsInstance(error, GhlGrantRefused)
            self.assertNotIn(stale, repr(error))
        self.assertEqual(self.refreshes(), 1)
        with self.open(connection_id) as connection:
            self.assertEqual(connection.state, "needs_reauth")
            managers = connection._get_managers()
            self.assertTrue(managers)
            self.assertEqual(connection.activity_ids.user_id, managers)
            self.assertEqual(len(connection.activity_ids), len(managers))
            told = connection.message_ids.filtered(lambda m: m.partner_ids)
            self.assertEqual(len(told), 1)
            with self.assertRaises(GhlGrantRefused):
                get_access_token(connection, connection.location_ids)
            # A sync that ends well on the last token heals nothing.
            mark_state(connection, "connected")
            self.assertEqual(connection.state, "needs_reauth")
            self.assertIsNone(due_kind(connection.location_ids))
        self.assertEqual(self.refreshes(), 1)

    def test_a_refusal_that_does_not_name_the_token_may_pass(self):
        connection_id, _location_ids = self.make(APP)
        for status, words in ((401, "Invalid JWT"), (403, "Forbidden")):
            rule = {
                "match": {"path": "/oauth/token"},
                "fault": "status",
                "status": status,
                "body": {"statusCode": status, "message": words},
                "count": 0,
            }
            self.sandbox.control("POST", "/faults", rule)
            with self.assertRaises(GhlAuthError) as caught:
                self.renew(connection_id)
            self.assertNotIsInstance(caught.exception, GhlGrantRefused)
            self.sandbox.control("DELETE", "/faults")
            self.assertTrue(self.renew(connection_id))
        with self.open(connection_id) as connection:
            self.assertEqual(connection.state, "connected")
            self.assertFalse(connection._token_row().refused_at)
        # One that lasts is believed.
        self.sandbox.control("POST", "/faults", rule)
        with patch.object(ghl_oauth_token, "PATIENCE", 0):
            for kind in (GhlAuthError, GhlGrantRefused):
                with self.assertRaises(kind):
                    self.renew(connection_id)

    def test_a_dead_grant_is_revived_by_a_probe(self):
        connection_id, _location_ids = self.make(APP)
        with self.open(connection_id) as connection:
            row = connection._token_row()
            row.write({"revoked_at": fields.Datetime.now(), "revoked_message": "Over."})
        with self.open(connection_id) as connection:
            mark_state(connection, "needs_reauth", "Over.")
            connection.probe_at = fields.Datetime.now() - timedelta(seconds=1)
        with self.open(connection_id) as connection:
            self.assertTrue(probe.try_refused(connection.location_ids[:1]))
        with self.open(connection_id) as connection:
            self.assertEqual(
                (connection.state, connection.probe_at), ("connected", False)
            )
            self.assertFalse(connection._token_row().revoked_at)
            self.assertFalse(connection.activity_ids)

    def test_whoever_meets_a_dead_grant_tells_if_nobody_has(self):
        connection_id, _location_ids = self.make(APP)
        with self.open(connection_id) as connection:
            row = connection._token_row()
            row.write({"revoked_at": fields.Datetime.now(), "revoked_message": "Over."})
        with self.open(connection_id) as connection:
            with self.assertRaisesRegex(GhlGrantRefused, "Over"):
                # As one who has waited for the row while another found out.
                renew_grant(connection, "stale")
        with self.open(connection_id) as connection:
            self.assertEqual(connection.state, "needs_reauth")
            self.assertTrue(connection.activity_ids)
        self.assertEqual(self.refreshes(), 0)

    def test_reconnecting_heals(self):
        connection_id, location_ids = self.make(APP)
        with self.open(connection_id) as connection:
            revoke(connection, "Removed.")
        code = authorize(self.sandbox, APP)
        with self.open(connection_id) as connection:
            finish_connect(connection, code)
        self.set_up_now()
        with self.open(connection_id) as connection:
            self.assertEqual(connection.state, "connected")
            self.assertFalse(connection.activity_ids)
            self.assertEqual(connection.location_ids.ids, location_ids)
            self.assertTrue(get_access_token(connection, connection.location_ids))

    def test_paused_account_is_no_dead_grant(self):
        connection_id, _location_ids = self.make(APP)
        with self.open(connection_id) as connection:
            location = connection.location_ids
            paused = {"locations": [location.ghl_id]}
            self.sandbox.control("POST", "/pause", paused)
            token = get_access_token(connection, location)
            with self.assertRaises(GhlLocationPaused):
                renew_access_token(connection, location, token)
            self.sandbox.control("POST", "/pause", {**paused, "paused": False})
            self.assertTrue(renew_access_token(connection, location, token))
        with self.open(connection_id) as connection:
            self.assertEqual(connection.state, "connected")

    def test_token_is_renewed_before_it_ends(self):
        connection_id, _location_ids = self.make(APP)
        with self.open(connection_id) as connection:
            row = connection._token_row()
            before = row.access_token
            now = fields.Datetime.now()
            row.issued_at = now - timedelta(days=1)
            row.expires_at = now + timedelta(seconds=30)
        with self.open(connection_id) as connection:
            token = get_access_token(connection, connection.location_ids)
        self.assertTrue(token != before, "the same token came back")
        self.assertEqual(self.refreshes(), 1)

    def test_agency_tokens_of_locations(self):
        connection_id, location_ids = self.make()
        self.assertEqual(len(location_ids), 2)

        def get(env):
            connection = env["ghl.connection"].browse(connection_id)
            location = env["ghl.location"].browse(location_ids[0])
            return get_access_token(connection, location)

        tokens = self.at_once(get, 12)
        self.assertEqual(len(set(tokens)), 1, tokens[:3])
        self.assertEqual(self.sandbox.control("GET", "/oauth")["location_tokens"], 1)
        with self.open(connection_id) as connection:
            location = connection.location_ids.browse(location_ids[0])
            self.assertIn(call_ghl(location, lambda client: client.count()), (3, 5))
        # Both tokens end: the call is answered all the same.
        self.sandbox.control("POST", "/tokens/expire", {"all": True})
        with self.open(connection_id) as connection:
            location = connection.location_ids.browse(location_ids[0])
            self.assertIn(call_ghl(location, lambda client: client.count()), (3, 5))
        self.assertEqual(self.refreshes(), 1)
        gone = {"webhooks": False}
        with self.open(connection_id) as connection:
            location = connection.location_ids.browse(location_ids[1])
            gone["locations"] = [location.ghl_id]
            self.sandbox.control("POST", "/uninstall", gone)
            self.addCleanup(self.sandbox.control, "POST", "/install", gone)
            with self.assertRaises(GhlNotInstalled):
                get_access_token(location.connection_id, location)

    def test_new_location_of_an_agency_can_be_tested(self):
        """It is made and read by one task, each in a transaction of its own."""
        connection_id, location_ids = self.make()
        fresh = self.sandbox.add_location(2)
        self.addCleanup(self.sandbox.control, "DELETE", f"/locations/{fresh['id']}")
        with self.open(connection_id) as connection:
            connection.action_test_connection()
        self.set_up_now()
        with self.open(connection_id) as connection:
            self.assertEqual(connection.task_tone, "success", connection.task_message)
            self.assertEqual(len(connection.location_ids), len(location_ids) + 1)
            self.assertIn(fresh["id"], connection.location_ids.mapped("ghl_id"))

    def test_nothing_refers_to_what_is_not_committed(self):
        connection_id, _location_ids = self.make()
        fresh = self.sandbox.add_location(2)
        self.addCleanup(self.sandbox.control, "DELETE", f"/locations/{fresh['id']}")
        with self.open(connection_id) as connection:
            env = connection.env
            location = env["ghl.location"].create(
                {"name": "Fresh", "ghl_id": fresh["id"], "connection_id": connection.id}
            )
            env.flush_all()
            self.assertTrue(get_access_token(connection, location))
            self.assertEqual(call_ghl(location, lambda client: client.count()), 2)
            # Nor a task for a connection that is not there yet.
            with self.registry.cursor() as other:
                stranger = connection.browse(2**31 - 1).with_env(env(cr=other))
                stranger._order_task("renew")
                # Nor a row of a location that another transaction has not committed.
                here = connection.with_env(env(cr=other))
                self.assertFalse(token_row.lock_token_row(here, 2**31 - 1, 1))

    def test_reader_in_a_hurry_uses_what_is_there(self):
        connection_id, _location_ids = self.make(APP)
        with self.open(connection_id) as connection:
            location = connection.location_ids
            soon = time.monotonic() + 3
            token = get_access_token(connection, location, deadline=soon)
            self.assertTrue(token)
        with self.open(connection_id) as connection:
            began = time.monotonic()
            with self.assertRaises(GhlTokenBusy):
                renew_access_token(
                    connection, connection.location_ids, token, deadline=began + 120
                )
            # The call does not wait until the deadline.
            self.assertLess(time.monotonic() - began, 60)
        self.assertEqual(self.refreshes(), 0)
        # The renewal that it could not wait for is done in the background.
        self.set_up_now()
        self.assertEqual(self.refreshes(), 1)
        with self.open(connection_id) as connection:
            fresh = get_access_token(
                connection, connection.location_ids, deadline=time.monotonic() + 3
            )
            self.assertNotEqual(fresh, token)

    def test_reader_in_a_hurry_waits_for_no_lock(self):
        connection_id, location_ids = self.make()
        with self.open(connection_id) as connection, self.registry.cursor() as holder:
            location = connection.location_ids.browse(location_ids[0])
            get_access_token(connection, location)
            holder.execute(
                "SELECT 1 FROM ghl_oauth_token WHERE location_id = %s FOR UPDATE",
                [location.id],
            )
            stale = connection._token_row(location).access_token
            began = time.monotonic()
            with self.assertRaises(GhlTokenBusy):
                renew_access_token(connection, location, stale, deadline=began + 0.5)
            # Not as long as those in the background.
            self.assertLess(time.monotonic() - began, LOCK_SECONDS / 2)

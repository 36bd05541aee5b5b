"""What is forgotten after which time, and that nobody waits for it."""

import secrets
from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

from odoo import SUPERUSER_ID, api, fields
from odoo.modules.registry import DummyRLock, Registry
from odoo.tests.common import BaseCase, get_db_name, tagged

from ...engine.mirror.merge import Merger
from ...engine.retention.purge import purge
from ...engine.retention.rules import BATCH, RULES
from ..common import GhlCommon

# What is kept for as long as what it belongs to, and hardly grows by itself.
KEPT = {
    "ghl.connection",
    "ghl.location",
    "ghl.tag",
    "ghl.custom.field",
    "ghl.user",
    "ghl.metric.total",
    # One row for each contact, which it goes with.
    "ghl.contact.quality",
    "ghl.deletion.review",
    "ghl.oauth.token",
    # Minutes, by its own model: a sealed token.
    "ghl.oauth.offer",
    "ghl.api.rate_limit",
    "ghl.partner.link",
    "ghl.partner.candidate",
    "ghl.partner.todo",
    "ghl.partner.mapping",
    "ghl.consent.entry",
    # Whom nobody may bring back, and who was made for whom.
    "ghl.erased.person",
    "ghl.partner.made",
    # One or a few for each location, written over and over.
    "ghl.standing",
    "ghl.audit.part",
    # They go with their alarm.
    "ghl.alarm.delivery",
}
# Models of few rows, which need no index for it.
SMALL = {
    "ghl.alarm",
    "ghl.connection.task",
    "ghl.webhook.refusal",
    # Rows of runs that are at work.
    "ghl.sync.page",
    "ghl.sync.window",
}


@tagged("post_install", "-at_install")
class TestRetention(GhlCommon):
    def ago(self, days):
        return fields.Datetime.now() - timedelta(days=days)

    def make_run(self, days, **values):
        return self.env["ghl.sync.run"].create(
            {
                "location_id": self.location.id,
                "kind": "delta",
                "origin": "cron",
                "state": "done",
                "finished_at": self.ago(days),
                **values,
            }
        )

    def make_change(self, days):
        return self.env["ghl.contact.change"].create(
            {
                "location_id": self.location.id,
                "ghl_id": secrets.token_hex(8),
                "action": "created",
                "origin": "run",
                "changed_at": self.ago(days),
            }
        )

    def test_every_model_is_forgotten_by_a_rule_or_kept_on_purpose(self):
        stored = {
            name
            for name, Model in self.env.registry.items()
            if name.startswith("ghl.") and Model._auto and not Model._transient
        }
        ruled = {rule.model for rule in RULES}
        self.assertFalse(ruled & KEPT)
        self.assertEqual(stored, ruled | KEPT)

    def test_runs_go_with_their_issues_but_the_last_of_each_location(self):
        old, young, last = self.make_run(91), self.make_run(89), self.make_run(400)
        self.env["ghl.sync.issue"].create(
            [
                {"run_id": run.id, "severity": "altered", "reason": "long"}
                for run in (old, young, last)
            ]
        )
        self.env["ghl.sync.page"].create({"run_id": young.id})
        self.clean_up_old()
        self.assertEqual((old | young | last).exists(), young | last)
        self.assertEqual(len(young.issue_ids), 1)
        self.assertFalse(young.page_ids)

    def test_active_runs_keep_all_they_work_with(self):
        run = self.make_run(0, state="waiting", finished_at=False)
        self.env["ghl.sync.page"].create({"run_id": run.id})
        self.env["ghl.sync.window"].create({"run_id": run.id, "scope": "all"})
        self.clean_up_old()
        self.assertTrue(run.page_ids and run.window_ids)

    def test_small_things_go_by_their_own_settings(self):
        Task, Alarm = self.env["ghl.connection.task"], self.env["ghl.alarm"]
        Refusal = self.env["ghl.webhook.refusal"]
        kept, gone = [], []
        for days, rows in ((5, kept), (7, gone)):
            rows += [
                Task.create(
                    {
                        "connection_id": self.connection.id,
                        "kind": "test",
                        "state": "done",
                        "finished_at": self.ago(days),
                    }
                ),
                Alarm.create(
                    {
                        "connection_id": self.connection.id,
                        "location_id": self.location.id,
                        "code": f"code{days}",
                        "closed_at": self.ago(days),
                    }
                ),
                Refusal.create(
                    {"day": self.ago(days), "reason": "too_old", "count": 1}
                ),
                self.make_change(days),
            ]
        kept.append(
            Alarm.create({"connection_id": self.connection.id, "code": "failed"})
        )
        for name in ("task", "alarm", "refusal", "change"):
            self.set_setting(f"{name}_retention", 6)
        self.clean_up_old()
        self.assertTrue(all(row.exists() for row in kept))
        self.assertFalse(any(row.exists() for row in gone))

    def test_changes_are_bounded_in_number(self):
        changes = [self.make_change(1) for _number in range(6)]
        self.env.flush_all()
        self.patch(type(self.env["ghl.settings"]), "_int", lambda *_args: 4)
        self.clean_up_old()
        self.assertEqual([bool(c.exists()) for c in changes], [False] * 2 + [True] * 4)

    def test_every_rule_has_an_index_to_go_by(self):
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        for rule in RULES:
            with self.subTest(rule.model):
                table = self.env[rule.model]._table
                self.env.cr.execute(
                    f"EXPLAIN SELECT t.id FROM {rule.rows} ORDER BY {rule.order}"
                    " LIMIT 1000 FOR UPDATE OF t SKIP LOCKED",
                    {"limit": "2026-01-01", "ended": ["done"], "most": 5},
                )
                plan = "\n".join(line for (line,) in self.env.cr.fetchall())
                if rule.model not in SMALL:
                    self.assertNotIn(f"Seq Scan on {table} ", plan)


@tagged("post_install", "-at_install")
class TestRetentionBesideOthers(BaseCase):
    """Sessions of their own, which see and lock each other's rows."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Odoo holds it while tests run; other sessions need it for an environment.
        cls.enterClassContext(patch.object(Registry, "_lock", DummyRLock()))
        cls.registry = Registry(get_db_name())
        with cls.open() as env:
            connection = env["ghl.connection"].create(
                {"name": "Kept", "auth_kind": "pit", "private_token": "pit-1"}
            )
            cls.location_id = (
                env["ghl.location"]
                .create(
                    {
                        "name": "Kept",
                        "ghl_id": "loc" + secrets.token_hex(8),
                        "connection_id": connection.id,
                    }
                )
                .id
            )
        cls.addClassCleanup(cls.remove)

    @classmethod
    @contextmanager
    def open(cls):
        with cls.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})

    @classmethod
    def remove(cls):
        with cls.open() as env:
            location = env["ghl.location"].browse(cls.location_id)
            connection = location.connection_id
            location.unlink()
            connection.unlink()

    def count(self, env):
        env.cr.execute(
            "SELECT count(*) FROM ghl_contact_change WHERE location_id = %s",
            [self.location_id],
        )
        return env.cr.fetchone()[0]

    def test_neither_waits_for_the_other(self):
        with self.open() as env:
            env.cr.execute(
                """
                INSERT INTO ghl_contact_change (
                       location_id, ghl_id, action, origin, changed_at)
                SELECT %s, 'c' || n, 'created', 'run', '2020-01-01'
                  FROM generate_series(1, %s) AS n
                """,
                [self.location_id, 2 * BATCH + 50],
            )
        with self.open() as holder, self.open() as cleaner:
            holder.cr.execute(
                "SELECT id FROM ghl_contact_change WHERE location_id = %s"
                " ORDER BY id LIMIT 50 FOR UPDATE",
                [self.location_id],
            )
            self.assertEqual(purge(cleaner), (BATCH, True))
            # A sync stores a page while the batch is not committed.
            with self.open() as syncing:
                syncing.cr.execute("SET LOCAL lock_timeout = '1ms'")
                location = syncing["ghl.location"].browse(self.location_id)
                Merger(location).merge_page(
                    [{"id": "contact1", "locationId": location.ghl_id}]
                )
            cleaner.cr.commit()
            while purge(cleaner)[1]:
                cleaner.cr.commit()
            self.assertEqual(self.count(cleaner), 51)
        with self.open() as env:
            while purge(env)[1]:
                env.cr.commit()
            self.assertEqual(self.count(env), 1)

"""The change feed: what happened to a contact, and why."""

import json
import time
from datetime import timedelta

from odoo import fields
from odoo.tests.common import tagged

from ...engine.feed.cause import Cause, cause_of_run
from ...engine.feed.feed import OUTDATED, forget
from ...engine.feed.history import list_changes
from ...engine.feed.statements import MAX_KEYS, MAX_PAYLOAD, MAX_VALUE
from ...engine.mirror.merge import Merger
from ...engine.mirror.tombstones import tombstone
from ..common import GhlCommon


@tagged("post_install", "-at_install", "ghl_engine")
class TestChangeFeed(GhlCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.location.last_full_at = fields.Datetime.now()
        cls.run_record = cls.make_run("delta")

    @classmethod
    def make_run(cls, kind):
        return cls.env["ghl.sync.run"].create(
            {
                "location_id": cls.location.id,
                "kind": kind,
                "origin": "cron",
                "state": "done",
            }
        )

    def merge(self, *payloads, cause=None, at=None):
        self.env.flush_all()
        cause = cause or cause_of_run(self.run_record)
        result = Merger(self.location, cause).merge_page(list(payloads), at)
        self.env.invalidate_all()
        return result

    def changes(self, payload=None):
        domain = [("location_id", "=", self.location.id)]
        if payload:
            domain.append(("ghl_id", "=", payload["id"]))
        return self.env["ghl.contact.change"].search(domain, order="id")

    def make_event(self, payload):
        return self.env["ghl.webhook.event"].create(
            {
                "webhook_id": f"wh {payload['id']}",
                "event_type": "ContactUpdate",
                "contact_ghl_id": payload["id"],
                "event_ms": 1,
                "event_at": fields.Datetime.now() - timedelta(minutes=1),
                "received_at": fields.Datetime.now(),
                "state": "done",
                "connection_id": self.connection.id,
                "location_id": self.location.id,
            }
        )

    def contact(self, payload):
        every = self.env["ghl.contact"].with_context(active_test=False)
        return every.search([("ghl_id", "=", payload["id"])])

    def test_a_change_tells_each_field_before_and_after(self):
        old = self.make_payload(
            1,
            tags=["vip", "old"],
            customFields=[{"id": "f1", "value": "S"}, {"id": "f2", "value": [1]}],
            dndSettings={"SMS": {"status": "active"}, "Email": {"status": "active"}},
            attributions=[{"id": "a", "medium": "x"}],
            dnd=False,
            dateOfBirth="1990-05-04",
        )
        self.merge(old)
        new = {
            **old,
            "email": "new@example.com",
            "phone": None,
            "tags": ["vip", "new", "b"],
            "customFields": [{"id": "f1", "value": "L"}, {"id": "f3", "value": "n"}],
            "dndSettings": {
                "SMS": {"status": "inactive"},
                "Email": {"status": "active"},
            },
            "attributions": [{"id": "a", "medium": "y"}],
            "dnd": True,
            "dateOfBirth": "1991-05-04",
            "dateUpdated": "2025-01-02T00:00:00.500Z",
        }
        self.merge(new)
        created, changed = self.changes(old)
        self.assertEqual((created.action, created.changes), ("created", False))
        self.assertEqual(changed.action, "changed")
        self.assertEqual(changed.run_id, self.run_record)
        self.assertEqual(
            changed.changes,
            {
                "email": ["ada1@example.com", "new@example.com"],
                "phone": ["+15550000001", None],
                "tags": [["old", "vip"], ["b", "new", "vip"]],
                "custom_fields.f1": ["S", "L"],
                "custom_fields.f2": [[1], None],
                "custom_fields.f3": [None, "n"],
                "dnd_settings.SMS": [{"status": "active"}, {"status": "inactive"}],
                "extra.attributions": [
                    [{"id": "a", "medium": "x"}],
                    [{"id": "a", "medium": "y"}],
                ],
                "dnd": [False, True],
                "date_of_birth": ["1990-05-04", "1991-05-04"],
                "date_updated": [
                    "2025-01-01T00:00:00.000Z",
                    "2025-01-02T00:00:00.500Z",
                ],
            },
        )

    def test_what_did_not_change_is_not_noted(self):
        old = self.make_payload(1)
        self.merge(old)
        self.merge(old)
        self.assertEqual(self.changes(old).mapped("action"), ["created"])

    def test_a_row_that_is_only_written_anew_is_not_noted(self):
        old = self.make_payload(1)
        self.merge(old)
        self.env.cr.execute(
            "UPDATE ghl_contact SET content_hash = 'older', search_text = NULL"
            " WHERE location_id = %s",
            [self.location.id],
        )
        self.assertEqual(self.merge(old).updated, 1)
        self.assertEqual(self.changes(old).mapped("action"), ["created"])

    def test_a_page_of_new_and_changed_ones(self):
        old = [self.make_payload(number, tags=["a"]) for number in range(5)]
        self.merge(*old[:3])
        self.merge(*[{**one, "city": "Graz"} for one in old])
        by_action = self.changes().grouped("action")
        self.assertEqual(len(by_action["created"]), 5)
        self.assertEqual(
            by_action["changed"].mapped("changes"), [{"city": [None, "Graz"]}] * 3
        )

    def test_a_first_fill_is_not_listed_and_what_follows_is(self):
        self.location.last_full_at = False
        full = self.make_run("full")
        old = self.make_payload(1)
        self.merge(old, cause=cause_of_run(full))
        self.assertFalse(self.changes())
        self.location.last_full_at = fields.Datetime.now()
        new = self.make_payload(2)
        self.merge(new, cause=cause_of_run(full))
        self.assertEqual(self.changes(new).action, "created")

    def test_nothing_is_noted_while_it_is_off(self):
        self.set_setting("change_feed", "False")
        old = self.make_payload(1)
        self.merge(old)
        self.merge({**old, "city": "Graz"}, {"id": 7})
        tombstone(self.location, self.contact(old).ids)
        self.assertFalse(self.changes())
        self.assertFalse(self.contact(old).active)

    def test_a_deletion_and_a_return(self):
        old = self.make_payload(1)
        self.merge(old)
        contact = self.contact(old)
        candidate = self.env["ghl.deletion.candidate"].create(
            {
                "location_id": self.location.id,
                "contact_id": contact.id,
                "ghl_id": contact.ghl_id,
                "run_id": self.run_record.id,
                "origin": "run",
                "state": "confirmed_deleted",
                "reason": "GoHighLevel denies it.",
            }
        )
        self.env.flush_all()
        self.assertEqual(tombstone(self.location, contact.ids), 1)
        candidate.state = "tombstone"
        self.assertEqual(tombstone(self.location, contact.ids), 0)
        self.merge({**old, "city": "Graz"}, at=time.time() + 1)
        _created, deleted, restored = self.changes(old)
        self.assertEqual(
            (deleted.action, deleted.origin, deleted.reason, deleted.run_id),
            ("deleted", "run", "GoHighLevel denies it.", self.run_record),
        )
        self.assertEqual(restored.action, "restored")
        self.assertEqual(restored.changes, {"city": [None, "Graz"]})

    def test_a_deletion_that_a_webhook_told_of(self):
        old = self.make_payload(1)
        self.merge(old)
        event = self.make_event(old)
        self.env["ghl.deletion.candidate"].create(
            {
                "location_id": self.location.id,
                "contact_id": self.contact(old).id,
                "ghl_id": old["id"],
                "origin": "webhook",
                "state": "confirmed_deleted",
            }
        )
        self.env.flush_all()
        tombstone(self.location, self.contact(old).ids)
        deleted = self.changes(old)[-1]
        self.assertEqual((deleted.origin, deleted.event_id), ("webhook", event.id))

    def test_the_history_outlives_the_contact_that_a_person_removes(self):
        old = self.make_payload(1)
        self.merge(old)
        self.contact(old).with_user(self.manager).unlink()
        created, removed = self.changes(old)
        self.assertFalse(created.contact_id)
        self.assertEqual((removed.action, removed.user_id), ("removed", self.manager))

    def test_a_refused_record_is_noted_once_with_what_was_sent(self):
        odd = self.make_payload(1, locationId="elsewhere")
        self.merge(odd)
        self.merge(odd)
        refused = self.changes(odd)
        self.assertEqual(refused.action, "refused")
        self.assertTrue(refused.reason)
        self.assertEqual(json.loads(refused.payload), odd)
        self.merge({**odd, "city": "Graz"})
        self.assertEqual(len(self.changes(odd)), 2)

    def test_an_older_state_is_refused(self):
        now = time.time()
        old = self.make_payload(1, dateUpdated="2025-01-01T00:00:00.000Z")
        new = self.make_payload(1, dateUpdated="2025-01-02T00:00:00.000Z", city="Graz")
        self.merge(new, at=now)
        self.merge(old, at=now + 1)
        refused = self.changes(old)[-1]
        self.assertEqual((refused.action, refused.reason), ("refused", OUTDATED))
        self.assertEqual(json.loads(refused.payload)["dateUpdated"], old["dateUpdated"])

    def test_values_and_payloads_are_bounded(self):
        old = self.make_payload(1)
        self.merge(old)
        many = {f"key{number:03d}": "v" for number in range(200)}
        self.merge({**old, "city": "x" * 5_000, "a_long": "y" * 5_000, **many})
        changes = self.changes(old)[-1].changes
        self.assertEqual(changes["city"][1], "x" * MAX_VALUE + "…")
        self.assertEqual(len(changes["extra.a_long"][1]), MAX_VALUE + 1)
        keys = [key for key in changes if key.startswith("extra.")]
        self.assertEqual(len(keys), MAX_KEYS)
        odd = self.make_payload(2, locationId="elsewhere", city="z" * 50_000)
        self.merge(odd)
        self.assertEqual(len(self.changes(odd).payload), MAX_PAYLOAD + 1)

    def test_odd_shapes_of_json_columns(self):
        old = self.make_payload(1, customFields="text", dndSettings=[1, {"id": 3}])
        self.merge(old)
        self.merge({**old, "customFields": {"f": 1}, "dndSettings": None})
        self.assertEqual(
            self.changes(old)[-1].changes,
            {
                "custom_fields.": ["text", None],
                "custom_fields.f": [None, 1],
                "dnd_settings.1": [1, None],
                "dnd_settings.3": [{"id": 3}, None],
            },
        )

    def test_a_run_lists_no_more_than_its_bound(self):
        self.set_setting("change_run_limit", "10")
        old = self.make_payload(1)
        self.run_record.contacts_updated = 10
        self.merge(old)
        self.assertFalse(self.changes())

    def test_forgetting_a_person(self):
        old, other = self.make_payload(1), self.make_payload(2)
        self.merge(old, other)
        self.merge({**old, "city": "Graz"})
        self.assertEqual(forget(self.location, [old["id"]]), 2)
        self.assertFalse(self.changes(old))
        self.assertTrue(self.changes(other))

    def test_who_and_why(self):
        self.env["ghl.custom.field"].create(
            {"location_id": self.location.id, "ghl_id": "f1", "name": "Size"}
        )
        old = self.make_payload(1)
        event = self.make_event(old)
        self.merge(old)
        webhook = Cause("webhook", events={old["id"]: event.id})
        old = {**old, "customFields": [{"id": "f1", "value": "L"}]}
        self.merge(old, cause=webhook)
        self.merge(
            {**old, "city": "Graz"}, cause=Cause("read_again", user_id=self.user.id)
        )
        location = self.location.with_user(self.user)
        found = list_changes(location, old["id"], None, None, 2)
        by_person, by_webhook = found["changes"]
        self.assertEqual(by_person["user"], self.user.name)
        self.assertEqual(by_webhook["event"]["id"], event.id)
        self.assertEqual(
            by_webhook["fields"],
            [
                {
                    "field": "custom_fields.f1",
                    "label": "Size",
                    "before": None,
                    "after": "L",
                }
            ],
        )
        rest = list_changes(location, old["id"], None, found["next_before"], 2)
        self.assertEqual([one["action"] for one in rest["changes"]], ["created"])
        self.assertIsNone(rest["next_before"])
        self.assertEqual(rest["changes"][0]["run_id"], self.run_record.id)
        of_run = list_changes(location, None, self.run_record.id, None, 9)
        self.assertEqual(len(of_run["changes"]), 1)
        # Views show the same.
        change = self.changes(old)[1].with_user(self.user)
        self.assertEqual(change.description, "Size: – → L")
        self.assertEqual(change.contact_id, self.contact(old))
        action = self.contact(old).with_user(self.user).action_view_changes()
        self.assertEqual(
            self.env["ghl.contact.change"].search_count(action["domain"]), 3
        )
        action = self.run_record.with_user(self.user).action_view_changes()
        self.assertEqual(
            self.env["ghl.contact.change"].search_count(action["domain"]), 1
        )

    def test_changes_of_a_contact_and_of_a_run_are_found_by_an_index(self):
        self.env.cr.execute(
            """
            INSERT INTO ghl_contact_change (
                   location_id, ghl_id, action, origin, run_id, changed_at)
            SELECT CASE WHEN n %% 50 = 0 THEN %s ELSE -1 END, 'many' || n %% 2000,
                   'changed', 'run', 1 + n %% 500, now() AT TIME ZONE 'UTC'
              FROM generate_series(1, 20000) AS n
            """,
            [self.location.id],
        )
        self.env.cr.execute("ANALYZE ghl_contact_change")
        Change = self.env["ghl.contact.change"].with_user(self.user)
        for domain, index in (
            (
                [("location_id", "=", self.location.id), ("ghl_id", "=", "many50")],
                "contact_idx",
            ),
            ([("run_id", "=", 7)], "run_idx"),
            ([("location_id", "=", self.location.id)], "location_idx"),
        ):
            query = Change._search(domain, order="id desc", limit=51).select()
            self.env.cr.execute(f"EXPLAIN {query.code}", query.params)
            plan = "\n".join(line for (line,) in self.env.cr.fetchall())
            with self.subTest(index):
                self.assertIn(index, plan)
                self.assertNotIn("Seq Scan on ghl_contact_change", plan)

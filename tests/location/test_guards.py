"""People may not write, move or delete some things, by any way; the words for it."""

import secrets
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, LockError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_cron import IrCron

from ...engine.api.smart_sync import smart_sync
from ...engine.connection.client import call_ghl
from ...engine.location.guards import kept_fields
from ...hooks import own_models, uninstall_hook
from ...models.contact import ghl_integrity
from ..common import GhlCommon
from ..settings.test_security import ACCESS_LOGGERS


class GuardCase(GhlCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.both = new_test_user(
            cls.env,
            "ghl_both",
            "ghl_contact_sync.group_manager",
            company_id=cls.company.id,
            company_ids=[(6, 0, (cls.company | cls.other_company).ids)],
        )
        cls.abroad = cls.env["ghl.connection"].create(
            {"name": "Abroad", "company_id": cls.other_company.id}
        )

    def as_manager(self, record):
        return record.with_user(self.manager)

    def make_location(self, connection=None):
        return self.env["ghl.location"].create(
            {
                "name": "Another",
                "ghl_id": "loc" + secrets.token_hex(8),
                "connection_id": (connection or self.connection).id,
            }
        )


@tagged("post_install", "-at_install")
class TestKeptFigures(GuardCase):
    VALUES = {
        "integer": 5,
        "float": 4e12,
        "char": "x",
        "boolean": True,
        "datetime": "2030-01-01 00:00:00",
        "json": {"a": 1},
        "many2one": 1,
        "text": "x",
    }

    def values_of(self, model):
        for name in sorted(kept_fields(self.env[model]) - {"id"}):
            field = self.env[model]._fields[name]
            if field.type == "selection":
                values = field.get_values(self.env)
                yield name, values[-1]
            elif field.type in self.VALUES:
                yield name, self.VALUES[field.type]

    def test_the_figures_are_among_those_that_are_kept(self):
        kept = kept_fields(self.env["ghl.location"])
        for name in (
            *("contact_count", "ghl_total", "ghl_total_at", "watermark_ms"),
            *("proof_state", "proven_complete_at", "last_full_at", "last_delta_at"),
            *("known_gap", "rate_snapshot", "company_id", "cron_id", "is_installed"),
        ):
            self.assertIn(name, kept)
        self.assertFalse(
            kept & {"name", "ghl_id", "active", "connection_id", "auto_sync"}
        )
        kept = kept_fields(self.env["ghl.connection"])
        self.assertLessEqual({"state", "state_message", "capabilities"}, kept)
        self.assertFalse(kept & {"name", "private_token", "company_id", "client_id"})

    @mute_logger(*ACCESS_LOGGERS)
    def test_nobody_writes_what_the_engine_keeps(self):
        admin = self.env.ref("base.user_admin")
        for record in (self.location, self.connection):
            for name, value in self.values_of(record._name):
                for user in (self.manager, admin):
                    with (
                        self.subTest(model=record._name, field=name, user=user.login),
                        self.assertRaises(AccessError),
                    ):
                        record.with_user(user).write({name: value})

    @mute_logger(*ACCESS_LOGGERS)
    def test_nor_by_a_new_record_or_an_import(self):
        values = {
            "name": "New",
            "ghl_id": "new",
            "connection_id": self.connection.id,
        }
        Location = self.as_manager(self.env["ghl.location"])
        for name, value in self.values_of("ghl.location"):
            with self.subTest(name), self.assertRaises(AccessError):
                Location.create({**values, name: value})
            with self.subTest(default=name), self.assertRaises(AccessError):
                Location.with_context(**{f"default_{name}": value}).create(values)
        columns = ["name", "ghl_id", "connection_id/.id", "contact_count"]
        row = ["New", "new", str(self.connection.id), "99"]
        result = Location.load(columns, [row])
        self.assertFalse(result["ids"])
        self.assertIn("the sync keeps them", str(result["messages"]))

    def test_a_manager_makes_and_changes_what_is_his(self):
        location = self.as_manager(self.env["ghl.location"]).create(
            {"name": "New", "ghl_id": "new", "connection_id": self.connection.id}
        )
        location.write({"name": "Newer", "auto_sync": False, "delta_interval": 5})
        location.active = False
        connection = self.as_manager(self.env["ghl.connection"]).create({"name": "C"})
        connection.write({"name": "D", "active": False})
        connection.copy()


@tagged("post_install", "-at_install")
class TestMoves(GuardCase):
    @mute_logger(*ACCESS_LOGGERS)
    def test_a_connection_goes_to_another_company_only_by_who_works_for_both(self):
        with self.assertRaises(AccessError):
            self.as_manager(self.connection).company_id = self.other_company.id
        self.mirror([self.make_payload(1)])
        with self.assertRaisesRegex(UserError, "do not go along"):
            self.connection.with_user(self.both).company_id = self.other_company
        self.env["ghl.contact"].search([]).unlink()
        self.connection.with_user(self.both).company_id = self.other_company
        self.assertEqual(self.location.company_id, self.other_company)

    @mute_logger(*ACCESS_LOGGERS)
    def test_a_location_goes_to_another_company_only_without_contacts(self):
        with self.assertRaises(AccessError):
            self.as_manager(self.location).connection_id = self.abroad.id
        with self.assertRaises(AccessError):
            self.as_manager(self.location).company_id = self.other_company.id
        with self.assertRaises(AccessError):
            moved = {"connection_id": self.abroad.id}
            commands = [(1, self.location.id, moved)]
            self.as_manager(self.connection).write({"location_ids": commands})
        self.mirror([self.make_payload(1)])
        with self.assertRaisesRegex(UserError, "do not go along"):
            self.location.with_user(self.both).connection_id = self.abroad
        empty = self.make_location()
        empty.with_user(self.both).connection_id = self.abroad
        self.assertEqual(empty.company_id, self.other_company)

    def test_a_location_moves_within_its_company(self):
        self.mirror([self.make_payload(1)])
        other = self.env["ghl.connection"].create({"name": "Other"})
        self.as_manager(self.location).connection_id = other.id
        self.assertEqual(self.location.connection_id, other)

    def test_the_id_of_a_location_that_was_read_stays(self):
        self.location.ghl_id = "another"
        self.mirror([self.make_payload(1, locationId="another")])
        ordered = self.make_location()
        ordered._order_sync("full")
        for location in (self.location, ordered):
            for record in (location, self.as_manager(location)):
                with self.assertRaisesRegex(UserError, "cannot be changed"):
                    record.ghl_id = "yet-another"
                record.ghl_id = f" {location.ghl_id} "


@tagged("post_install", "-at_install")
class TestDeleting(GuardCase):
    def test_a_location_in_mid_sync_is_deleted_later(self):
        with (
            patch.object(IrCron, "lock_for_update", side_effect=LockError("locked")),
            self.assertRaisesRegex(UserError, "Cancel Sync"),
        ):
            self.as_manager(self.location).unlink()
        cron = self.location.cron_id
        self.as_manager(self.location).unlink()
        self.assertFalse(cron.exists())

    def test_what_is_in_use_says_so(self):
        self.location.active = False
        with self.assertRaisesRegex(UserError, "reads 1 locations"):
            self.as_manager(self.connection).unlink()
        with self.assertRaisesRegex(UserError, "GoHighLevel connections"):
            self.other_company.unlink()
        self.location.unlink()
        self.as_manager(self.connection).unlink()

    def test_uninstalling_leaves_other_vendors_models_alone(self):
        theirs = self.env["ir.model"].create(
            {"name": "Theirs", "model": "x_ghl.invoice"}
        )
        name = self.env["ir.model.data"].create(
            {
                "module": "base",
                "name": "selection__ghl_invoice__state__paid",
                "model": "ir.model",
                "res_id": theirs.id,
            }
        )
        ours = name.copy()
        ours.name = "selection__ghl_sync_run__state__paid"
        self.assertIn("ghl.contact", own_models(self.env))
        self.assertNotIn("ghl.invoice", own_models(self.env))
        uninstall_hook(self.env)
        self.assertTrue(name.exists())
        self.assertFalse(ours.exists())


@tagged("post_install", "-at_install")
class TestUpgrade(GuardCase):
    def test_nothing_is_altered_when_nothing_has_changed(self):
        queries = []
        execute = type(self.env.cr).execute

        def look(cursor, query, *args, **kw):
            queries.append(str(getattr(query, "code", query)))
            return execute(cursor, query, *args, **kw)

        model = self.env["ghl.contact"]
        with patch.object(type(self.env.cr), "execute", look):
            ghl_integrity._follow(
                model, "ghl.location", "ghl_contact", "location_id", "delete"
            )
        self.assertTrue(queries)
        for query in queries:
            self.assertTrue(query.lstrip().startswith("SELECT"), query)

    def test_a_trigger_that_is_missing_is_made(self):
        self.env.cr.execute(
            "DROP TRIGGER ghl_contact_location_id_follow ON ghl_location"
        )
        model = self.env["ghl.contact"]
        ghl_integrity._follow(
            model, "ghl.location", "ghl_contact", "location_id", "delete"
        )
        self.mirror([self.make_payload(1)])
        self.location.unlink()
        self.assertFalse(
            self.env["ghl.contact"].search([("ghl_id", "=", "contact000001")])
        )


@tagged("post_install", "-at_install")
class TestArchived(GuardCase):
    def test_nothing_is_ordered_and_nothing_called(self):
        self.location.last_full_at = fields.Datetime.now()
        for record in (self.connection, self.location):
            run = self.location._order_sync("full")[0].sudo()
            self.as_manager(record).active = False
            self.assertEqual(run.state, "cancelled")
            self.assertIn("archived", run.error)
            self.assertIn("archived", run.error_code)
            with self.assertRaisesRegex(UserError, "archived"):
                self.location.with_user(self.user).action_sync_all()
            self.location.sudo()._cron_sync()
            self.assertFalse(self.env["ghl.sync.run"]._get_active(self.location))
            self.assertEqual(smart_sync(self.location, 1, 20), (False, False))
            self.as_manager(record).active = True
        self.assertFalse(self.vendor.requests)
        self.assertTrue(self.location._order_sync("full")[1])

    def test_an_archived_connection_gives_no_token(self):
        self.connection.active = False
        with self.assertRaisesRegex(Exception, "archived"):
            call_ghl(self.location, lambda client: client.count())
        self.assertFalse(self.vendor.requests)

    def test_a_run_in_hand_is_told_to_stop(self):
        run = self.location._order_sync("full")[0].sudo()
        run.write({"state": "running", "heartbeat_at": fields.Datetime.now()})
        self.connection.active = False
        self.assertTrue(run.cancel_requested)
        # Its slice had just ended: the next call ends it.
        self.location.sudo()._cron_sync()
        self.assertEqual(
            (run.state, run.error_code), ("cancelled", "connection_archived")
        )

"""NUL, half characters, control characters and huge texts, from wherever they come."""

import secrets
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests.common import tagged
from odoo.tools import mute_logger

from ...engine import runner
from ...engine.mirror.details import store_details
from ...engine.mirror.ensure_references import store_references
from ...engine.runner import Runner
from ...tools.errors import GhlError
from ...tools.sync.window import ALL, Window
from ..common import GhlCommon
from ..sandbox import SandboxCase

BAD = "a\x00b\ud800c\x1b[31m\r\nd\u202e" + "x" * 100_000


@tagged("post_install", "-at_install")
class TestUnstorableText(GhlCommon):
    def test_every_text_field_of_ours_that_the_engine_fills_takes_anything(self):
        run = self.location._order_sync("full")[0].sudo()
        records = {
            self.location: ("name", "ghl_name", "city", "proof_message"),
            self.connection: ("name", "state_message", "account_name", "scopes"),
            run: ("error", "error_code", "proof_message"),
        }
        for record, names in records.items():
            for name in names:
                with self.subTest(model=record._name, name=name):
                    record[name] = BAD
                    record.flush_recordset()
                    record.invalidate_recordset()
                    self.assertTrue(record[name].startswith("a\ufffdb\ufffdc"))
                    self.assertLess(len(record[name]), 30_000)
                    self.assertNotIn("\x1b", record[name])

    def test_new_records_take_anything(self):
        run = self.location._order_sync("full")[0].sudo()
        run._add_issues([{"ghl_id": BAD, "severity": "rejected", "reason": BAD}])
        location = self.env["ghl.location"].create(
            {
                "name": BAD,
                "ghl_id": "loc" + secrets.token_hex(8),
                "connection_id": self.connection.id,
            }
        )
        self.env.flush_all()
        self.assertNotIn("\x00", location.name)
        self.assertNotIn("\x00", run.issue_ids.reason)

    def test_lists_of_names_take_anything(self):
        store_references(
            self.location,
            {
                "tags": [{"id": "1", "name": BAD[:300]}],
                "users": [{"id": "u", "name": BAD, "email": BAD}],
                "fields": [{"id": "f", "name": BAD, "fieldKey": BAD}],
            },
        )
        user = self.env["ghl.user"].search([("location_id", "=", self.location.id)])
        self.assertLess(len(user.name), 1_001)

    def test_details_are_stored_once(self):
        store_details(self.location, {"name": "x", "city": BAD, "email": "\ud83d"})
        with patch.object(type(self.location), "write") as write:
            store_details(self.location, {"name": "x", "city": BAD, "email": "\ud83d"})
        write.assert_not_called()

    def test_an_error_of_any_text_can_be_stored_and_logged(self):
        error = GhlError(BAD, request_id=BAD)
        for text in (str(error), error.request_id):
            self.assertFalse(set(text) & set("\x00\ud800\x1b\r\n"))
            self.assertLessEqual(len(text), 400)

    def test_a_cursor_goes_back_as_it_came(self):
        run = self.location._order_sync("full")[0].sudo()
        for cursor in ([1, "a"], ["\x00", "\ud800"], {"{text}": "\x00"}, "c\x00"):
            window = Window(ALL, cursor=cursor)
            self.env["ghl.sync.window"]._store(run, [window])
            self.env.flush_all()
            self.env.invalidate_all()
            stored = self.env["ghl.sync.window"].browse(window.key)
            self.assertEqual(stored._to_window().cursor, cursor)

    def test_a_name_given_in_odoo_stays(self):
        location = self.location
        store_details(location, {"name": "Theirs"})
        self.assertEqual(location.name, "Test Location")
        self.assertEqual(location.ghl_name, "Theirs")
        location.name = "Theirs"
        store_details(location, {"name": "Theirs, renamed"})
        self.assertEqual(location.name, "Theirs, renamed")
        location.name = "Ours"
        store_details(location, {"name": "Theirs, again"})
        self.assertEqual(location.name, "Ours")
        location.write({"name": location.ghl_id, "ghl_name": False})
        store_details(location, {"name": "Found out"})
        self.assertEqual(location.name, "Found out")


@tagged("post_install", "-at_install", "ghl_engine")
class TestRunAlwaysEnds(SandboxCase):
    @mute_logger(runner.__name__)
    def test_a_run_ends_whatever_keeps_its_end_from_being_written(self):
        location = self.connect(5)
        Run = type(self.env["ghl.sync.run"])
        for owner, broken, error in (
            (runner, "handle_error", ValueError("NUL")),
            (Run, "_finish", TypeError("odd")),
            (Run, "_finish", UnicodeEncodeError("utf-8", "\ud800", 0, 1, "no")),
        ):
            trouble = UserError("refused\x00\ud800")
            with (
                self.subTest(broken=broken, error=error),
                patch.object(Runner, "do_phases", side_effect=trouble),
                patch.object(owner, broken, side_effect=error),
            ):
                run = self.sync(location)
                self.assertEqual(
                    (run.state, run.error_code), ("failed", "internal_error")
                )
                self.assertTrue(run.error)
                self.assertFalse(run.page_ids or run.window_ids)

    def test_the_words_of_a_refusal_are_stored(self):
        location = self.connect(5)
        trouble = UserError("refused\x00\ud800")
        with patch.object(Runner, "do_phases", side_effect=trouble):
            run = self.sync(location)
        self.assertEqual((run.state, run.error_code), ("failed", "configuration"))
        self.assertIn("refused", run.error)

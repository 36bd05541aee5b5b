"""A statement that loses to another transaction tells the log no secret."""

import secrets

from odoo.tests.common import tagged

from ...engine.mirror.details import store_details
from ...engine.mirror.reference_sql import merge_rows
from ...engine.partner.apply import Change, write_partners
from ...engine.transaction import lock_rows
from ...tools.ghl.oauth_answers import TokenSet
from ..race_case import RaceCase


@tagged("post_install", "-at_install", "ghl_privacy")
class TestQuietRaces(RaceCase):
    def setUp(self):
        super().setUp()
        self.secret = "hush" + secrets.token_hex(8)

    def test_the_credentials_of_a_connection(self):
        for name in ("private_token", "client_secret"):
            with self.subTest(name), self.begun() as env:
                connection = self.connection(env)
                self.change(connection)
                with self.assert_quiet_loss(self.secret):
                    connection.write({name: self.secret})
                    connection.flush_recordset()

    def test_a_setting(self):
        key = "ghl_contact_sync.race"
        with self.open() as env:
            parameter = env["ir.config_parameter"].create({"key": key, "value": "a"})
        self.addCleanup(self.forget, parameter)
        with self.begun() as env:
            self.change(parameter)
            with self.assert_quiet_loss(self.secret):
                env["ir.config_parameter"].set_param(key, self.secret)
                env.flush_all()

    def test_tokens(self):
        with self.open() as env:
            row = env["ghl.oauth.token"].create({"connection_id": self.connection_id})
        with self.begun() as env:
            self.change(row)
            with self.assert_quiet_loss(self.secret):
                rest = (None, None, None, "", "")
                tokens = TokenSet(self.secret, self.secret, 3_600, *rest)
                row.with_env(env)._store(tokens)
                env.flush_all()

    def test_details_of_a_location(self):
        with self.begun() as env:
            location = self.location(env)
            self.change(location)
            with self.assert_quiet_loss(self.secret):
                store_details(location, {"email": f"{self.secret}@example.com"})
                env.flush_all()

    def test_users(self):
        rows = [{"ghl_id": "user1", "name": "Ada", "email": self.secret}]
        with self.begun() as env:
            with self.open() as other:
                merge_rows(other["ghl.user"], self.location(other), rows, "ghl_id")
            with self.assert_quiet_loss(self.secret):
                merge_rows(env["ghl.user"], self.location(env), rows, "ghl_id")

    def test_odoo_contacts(self):
        with self.open() as env:
            partner = env["res.partner"].create({"name": "Ada"})
        self.addCleanup(self.forget, partner)
        with self.begun() as env:
            link = env["ghl.partner.link"].new({"partner_id": partner.id})
            change = Change(link, None, {"name": self.secret}, partner_id=partner.id)
            self.change(partner)
            with self.assert_quiet_loss(self.secret):
                write_partners(env, [change])

    def test_what_is_held_is_written(self):
        with self.open() as env:
            connection = self.connection(env)
            lock_rows(connection)
            connection.client_secret = self.secret
        with self.open() as env:
            self.assertEqual(self.connection(env).client_secret, self.secret)

    def forget(self, record):
        with self.open() as env:
            record.with_env(env).unlink()

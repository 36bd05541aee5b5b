"""A new pair of tokens costs the old one, so storing it must not fail for good."""

from unittest.mock import patch

import psycopg2

from odoo.tests.common import tagged
from odoo.tools import mute_logger

from .test_oauth_tokens import APP, OauthRows


@tagged("post_install", "-at_install")
class TestOauthStoring(OauthRows):
    @mute_logger("odoo.sql_db")
    def test_a_new_pair_that_cannot_be_stored_at_once_is_not_lost(self):
        connection_id, _location_ids = self.make(APP)
        Row = self.registry["ghl.oauth.token"]
        store = Row._store
        for number, error in enumerate(
            (
                psycopg2.errors.SerializationFailure("somebody was quicker"),
                psycopg2.OperationalError("the server closed the connection"),
            ),
            start=1,
        ):
            failures = [error]

            def stored(row, tokens, failures=failures):
                if failures:
                    raise failures.pop()
                return store(row, tokens)

            with self.subTest(error=error), patch.object(Row, "_store", stored):
                token = self.renew(connection_id)
                self.assertEqual(self.refreshes(), number)
                with self.open(connection_id) as connection:
                    self.assertEqual(connection.state, "connected")
                    self.assertEqual(connection._token_row().access_token, token)

"""What a slice does about tokens that are refused."""

from itertools import count
from unittest.mock import patch

from odoo.tests.common import tagged

from ..models.ghl_connection_token import GhlConnection
from ..models.ghl_sync_slice import MAX_RENEWALS, SyncSlice
from ..tools.ghl_errors import GhlAuthError
from .common import GhlCommon


@tagged("post_install", "-at_install")
class TestSyncSlice(GhlCommon):
    def setUp(self):
        super().setUp()
        self.slice = SyncSlice(self.env["ghl.sync.run"], self.location)
        self.addCleanup(self.slice.close)
        tokens = (f"token-{number}" for number in count())
        self.renew = self.startPatcher(
            patch.object(
                GhlConnection,
                "_renew_access_token",
                side_effect=lambda *_: next(tokens),
            )
        )

    def refuse(self, times):
        """Return a call that is refused so many times."""
        left = [GhlAuthError("Invalid JWT")] * times

        def call(_client):
            if left:
                raise left.pop()
            return "answer"

        return call

    def test_a_token_that_is_refused_again_is_renewed_again(self):
        self.assertEqual(self.slice.ask(self.refuse(MAX_RENEWALS)), "answer")
        self.assertEqual(self.renew.call_count, MAX_RENEWALS)
        answers = self.slice.ask_all({"one": self.refuse(2), "two": self.refuse(0)})
        self.assertEqual(answers, {"one": "answer", "two": "answer"})

    def test_new_tokens_that_never_help_are_no_endless_loop(self):
        with self.assertRaises(GhlAuthError):
            self.slice.ask(self.refuse(100))
        self.assertEqual(self.renew.call_count, MAX_RENEWALS)

    def test_without_another_token_there_is_one_more_try(self):
        self.renew.side_effect = lambda *_: None
        self.assertEqual(self.slice.ask(self.refuse(1)), "answer")
        with self.assertRaises(GhlAuthError):
            self.slice.ask(self.refuse(1))

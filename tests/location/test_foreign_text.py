"""The vendor's words in activities, chatter and mails."""

from odoo.tests import tagged

from ...engine.vendor_access.connection_state import notify_managers
from ...tools.errors import GhlAuthError
from ..common import GhlCommon

EVIL = (
    'Revoked. <a href="https://evil.example/fix">Click here to fix your connection</a>'
    '<img src="https://evil.example/pixel.gif"/> or see www.evil.com'
)


@tagged("post_install", "-at_install")
class TestForeignText(GhlCommon):
    def assertHarmless(self, html):
        for part in ("<a", "<img", "://", "www.evil", "evil.example"):
            self.assertNotIn(part, html)

    def test_refusal_in_activity_and_mail(self):
        self.connection.name = "Ours https://evil.example"
        notify_managers(self.connection, str(GhlAuthError(EVIL)))
        notify_managers(self.connection, EVIL)
        self.assertTrue(self.connection.activity_ids)
        for note in self.connection.activity_ids.mapped("note"):
            self.assertIn("Click here", note)
            self.assertHarmless(note)
        messages = self.connection.message_ids.filtered("partner_ids")
        self.assertTrue(messages)
        for message in messages:
            self.assertHarmless(message.body)
            self.assertHarmless(message.subject)

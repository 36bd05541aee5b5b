"""Modules hear of contacts that a sync has changed, after its commit."""

from psycopg2.errors import SerializationFailure

from odoo.tests.common import tagged
from odoo.tools import mute_logger

from ...engine.mirror import changed
from ...engine.mirror.tombstones import tombstone
from ..common import GhlCommon


@tagged("post_install", "-at_install")
class TestChangedHook(GhlCommon):
    def setUp(self):
        super().setUp()
        self.heard = []

    def listen(self, hook=None):
        """Extend the hook, as another module does."""

        def listen(_model, contact_ids):
            self.heard.append(contact_ids)

        Contact = type(self.env["ghl.contact"])
        self.patch(Contact, "_on_contacts_changed", hook or listen)

    def commit(self):
        with self.enter_registry_test_mode():
            self.env.cr.postcommit.run()

    def test_changes_are_told_once_after_the_commit(self):
        self.listen()
        contacts = self.mirror([self.make_payload(number) for number in range(3)])
        self.assertFalse(self.heard)
        tombstone(self.location, contacts[:1].ids)
        self.commit()
        self.assertEqual([sorted(ids) for ids in self.heard], [sorted(contacts.ids)])
        deleted = int(contacts[:1].ghl_id[-6:])
        same = [self.make_payload(number) for number in {0, 1, 2} - {deleted}]
        self.mirror(same)
        self.commit()
        self.assertEqual(len(self.heard), 1, "nothing has changed")

    def test_many_come_in_batches(self):
        self.listen()
        self.patch(changed, "BATCH", 2)
        self.mirror([self.make_payload(number) for number in range(5)])
        self.commit()
        self.assertEqual([len(ids) for ids in self.heard], [2, 2, 1])

    def test_a_hook_that_loses_to_another_transaction_is_called_again(self):
        def late(_model, contact_ids):
            self.heard.append(contact_ids)
            if len(self.heard) == 1:
                raise SerializationFailure("somebody was quicker")

        self.listen(late)
        contacts = self.mirror([self.make_payload(1)])
        with self.assertNoLogs(changed.__name__, "ERROR"):
            self.commit()
        self.assertEqual(self.heard, [contacts.ids, contacts.ids])

    @mute_logger("odoo.addons.ghl_contact_sync.engine.mirror.changed")
    def test_a_hook_that_fails_stops_nothing(self):
        def broken(_model, contact_ids):
            self.heard.append(contact_ids)
            raise ValueError("theirs")

        self.listen(broken)
        self.patch(changed, "BATCH", 2)
        self.mirror([self.make_payload(number) for number in range(3)])
        self.commit()
        self.assertEqual(len(self.heard), 2)

    def test_nothing_is_collected_for_nobody(self):
        self.mirror([self.make_payload(1)])
        self.assertNotIn(changed._KEY, self.env.cr.postcommit.data)

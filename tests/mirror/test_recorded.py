import json
import time
from pathlib import Path

from odoo.tests import tagged

from ...engine.mirror.merge import Merger
from ..common import GhlCommon
from ..sandbox import SandboxCase

RECORDED = Path(__file__).resolve().parents[2] / "dev/tests/fixtures/recorded"


@tagged("post_install", "-at_install")
class TestRecorded(GhlCommon):
    """Recorded answers of the vendor's real API are mirrored as they came."""

    def hits(self):
        if not RECORDED.is_dir():
            self.skipTest("the recordings are part of the repository's checkout")
        page = json.loads((RECORDED / "search_page.json").read_text())["body"]
        own = {"locationId": self.location.ghl_id}
        return [{**hit, **own} for hit in page["contacts"]]

    def test_recorded_hits_are_mirrored(self):
        hits = self.hits()
        contacts = self.mirror(hits)
        by_id = {contact.ghl_id: contact for contact in contacts}
        self.assertEqual(set(by_id), {hit["id"] for hit in hits})
        for hit in hits:
            contact = by_id[hit["id"]]
            extra = contact.extra or {}
            self.assertEqual(contact.first_name or None, hit["firstName"])
            self.assertEqual(contact.last_name or None, hit["lastName"])
            self.assertEqual(set(contact.tag_ids.mapped("name")), set(hit["tags"]))
            self.assertEqual(contact.dnd, hit["dnd"])
            for key in ("opportunities", "additionalPhones", "additionalEmails"):
                self.assertEqual(extra.get(key) or None, hit.get(key) or None)
            if hit["dndSettings"]:
                self.assertEqual(contact.dnd_settings, hit["dndSettings"])

    def test_a_second_time_changes_nothing(self):
        hits = self.hits()
        self.mirror(hits)
        again = Merger(self.location).merge_page(hits, time.time())
        self.assertEqual((again.created, again.updated, again.unchanged), (0, 0, 3))


@tagged("post_install", "-at_install")
class TestVersionThree(SandboxCase):
    """Under v3 owners have names, and no run counts trouble for its lists."""

    sandbox_options = ("--dialect", "v3-only")

    def test_owners_have_names(self):
        self.set_setting("api_version", "v3")
        location = self.connect(60)
        run = self.sync(location)
        self.assertEqual(run.state, "done", run.error)
        owners = self.contacts(location).mapped("owner_id")
        self.assertTrue(owners)
        for owner in owners:
            self.assertNotEqual(owner.name, owner.ghl_id)
        self.assertFalse(
            run.issue_ids.filtered(lambda issue: "could not be read" in issue.reason)
        )

"""Two jobs at once, in transactions of their own, never make anybody twice."""

import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import DummyRLock, Registry
from odoo.tests.common import BaseCase, get_db_name, tagged
from odoo.tools import mute_logger

from ...engine.mirror.merge import Merger
from ...engine.partner import job
from ...engine.partner.batch import Batch

COUNT = 60
DOMAIN = "two-jobs.example.com"


@tagged("post_install", "-at_install", "ghl_partner")
class TestPartnerTwoJobs(BaseCase):
    """Rows that are really committed, as other sessions have to see them."""

    def setUp(self):
        super().setUp()
        # Odoo holds it while tests run; threads that make an environment need it.
        self.enterContext(patch.object(Registry, "_lock", DummyRLock()))
        self.registry = Registry(get_db_name())
        self.enterContext(patch.object(job, "BATCH", 7))
        self.connection_id = self.location_ids = None
        self.addCleanup(self.clean_up)
        self.make()

    @contextmanager
    def open(self, **context):
        """Yield an environment in a transaction of its own, committed at the end."""
        with self.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, context)

    def make(self):
        """Commit two locations of one company that know the same people."""
        with self.open() as env:
            connection = env["ghl.connection"].create(
                {"name": "Two Jobs", "private_token": "pit-" + secrets.token_hex(8)}
            )
            self.connection_id = connection.id
            locations = env["ghl.location"].create(
                [
                    {
                        "name": f"Two Jobs {number}",
                        "ghl_id": "loc" + secrets.token_hex(8),
                        "connection_id": connection.id,
                        "partner_user_id": env.ref("base.user_admin").id,
                    }
                    for number in (1, 2)
                ]
            )
            self.location_ids = locations.ids
            for location in locations:
                people = [self.payload(location, number) for number in range(COUNT)]
                Merger(location).merge_page(people, time.time())
            locations.partner_link_enabled = True

    def payload(self, location, number):
        return {
            "id": f"person{number:04d}",
            "locationId": location.ghl_id,
            "firstName": "Ada",
            "lastName": f"Number {number}",
            "email": f"ada{number}@{DOMAIN}",
            "dateAdded": "2025-01-01T00:00:00.000Z",
            "dateUpdated": "2025-01-01T00:00:00.000Z",
        }

    def partners(self, env):
        partners = env["res.partner"].with_context(active_test=False)
        return partners.search([("email_normalized", "like", f"%@{DOMAIN}")])

    def clean_up(self):
        with self.open(active_test=False) as env:
            locations = env["ghl.location"].browse(self.location_ids or ()).exists()
            locations.unlink()
            env["ghl.connection"].browse(self.connection_id or ()).exists().unlink()
            self.partners(env).unlink()

    def at_once(self, count=3):
        """Run so many jobs at once, until nothing waits any more."""
        gate = Barrier(count)

        def run(_number):
            with self.registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                # The snapshot is from before anybody has begun.
                env["ghl.location"].search([], limit=1)
                gate.wait(60)
                for _again in range(200):
                    env["ghl.partner.link"]._cron_link()
                    mine = [("location_id", "in", self.location_ids)]
                    if not env["ghl.partner.todo"].search_count(mine, limit=1):
                        return
                    cr.commit()  # pylint: disable=invalid-commit
                    time.sleep(0.05)

        with ThreadPoolExecutor(count) as threads:
            list(threads.map(run, range(count)))

    def check(self):
        """Everybody is one Odoo contact, and each of their contacts leads to it."""
        with self.open() as env:
            emails = self.partners(env).mapped("email_normalized")
            wanted = {f"ada{number}@{DOMAIN}" for number in range(COUNT)}
            self.assertEqual(len(emails), len(set(emails)), "somebody was made twice")
            self.assertEqual(set(emails), wanted)
            links = env["ghl.partner.link"].search(
                [("location_id", "in", self.location_ids)]
            )
            self.assertEqual(len(links), 2 * COUNT)
            self.assertEqual(set(links.mapped("state")), {"linked"})
            for link in links:
                self.assertEqual(link.partner_id.email, link.contact_email)

    def test_the_company_has_one_job_at_a_time(self):
        self.at_once()
        self.check()

    @mute_logger("odoo.sql_db", "odoo.addons.ghl_contact_sync.engine.partner.job")
    def test_unique_keys_stand_in_for_the_lock(self):
        """One location: whoever comes second to a contact begins anew."""
        with self.open() as env:
            env["ghl.partner.todo"].search(
                [("location_id", "=", self.location_ids[1])]
            ).unlink()

        @contextmanager
        def no_lock(env, _company_id):
            env["ir.cron"]._commit_progress(0)
            env.invalidate_all()
            yield True

        with (
            patch.object(job, "company_lock", no_lock),
            patch.object(job, "take_lock", lambda _env, _company_id: True),
        ):
            self.at_once()
        with self.open() as env:
            emails = self.partners(env).mapped("email_normalized")
            self.assertEqual(len(emails), len(set(emails)), "somebody was made twice")
            self.assertEqual(len(emails), COUNT)

    @mute_logger("odoo.sql_db", "odoo.addons.ghl_contact_sync.engine.partner.job")
    def test_who_is_deleted_or_merged_in_mid_batch_is_looked_at_anew(self):
        with self.open() as env:
            made = env["res.partner"].create(
                [
                    {"name": f"Ada Number {number}", "email": f"ada{number}@{DOMAIN}"}
                    for number in range(6)
                ]
            )
            gone, archived, merged, into = made[:4]
        process, done = Batch.process, []

        def overtaken(batch):
            if not done:
                # Committed after the batch has begun, whose snapshot has them still.
                done.append(True)
                with self.open() as env:
                    env["res.partner"].browse(gone.id).unlink()
                    env["res.partner"].browse(archived.id).active = False
                    wizard = env["base.partner.merge.automatic.wizard"]
                    wizard._merge(
                        [merged.id, into.id], env["res.partner"].browse(into.id)
                    )
            return process(batch)

        with patch.object(Batch, "process", overtaken):
            self.at_once(1)
        with self.open(active_test=False) as env:
            links = env["ghl.partner.link"].search(
                [("location_id", "=", self.location_ids[0])]
            )
            self.assertEqual(len(links), COUNT)
            by_id = {link.contact_id.ghl_id: link for link in links}
            self.assertEqual(by_id["person0003"].partner_id.id, into.id)
            # Deleted before anything was linked to it: made anew, and once.
            again = by_id["person0000"]
            self.assertEqual((again.state, again.rule), ("linked", "created"))
            self.assertEqual(by_id["person0001"].doubt, "archived")
            emails = [
                partner.email_normalized
                for partner in self.partners(env)
                if partner.active
            ]
            self.assertEqual(len(emails), len(set(emails)))

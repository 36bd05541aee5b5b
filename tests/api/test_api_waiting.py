"""Readers who would wait: for GoHighLevel's total, and for pages of a running sync."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from unittest.mock import patch

from odoo.modules.registry import Registry
from odoo.tests.common import tagged
from odoo.tools import config

from ... import const
from ...engine.api import ask_total, smart_sync, waiting
from .api_case import ApiCase


@tagged("post_install", "-at_install")
class TestApiWaiting(ApiCase):
    def setUp(self):
        super().setUp()
        self.headers = {"Authorization": f"Bearer {self.make_key(self.user)}"}

    def get(self, **params):
        params = {"location_id": self.location.ghl_id, **params}
        return self.url_open(
            const.ROUTE_CONTACTS, params=params, headers=self.headers
        ).json()

    @contextmanager
    def silent_vendor(self):
        """Questions begin and get no answer; yield those that began."""
        begun = []
        with (
            patch.object(ask_total, "_start", begun.append),
            patch.dict(ask_total._asking, clear=True),
            patch.object(smart_sync, "TOTAL_WAIT", 0.2),
        ):
            yield begun

    # === THE TOTAL === #

    def test_page_does_not_wait_for_the_vendor(self):
        self.set_total(11)
        self.mirror([self.make_payload(number) for number in range(11)])
        self.location.ghl_total_at = "2024-01-01 00:00:00"
        self.env.flush_all()
        self.vendor.total = 2431
        with self.silent_vendor() as begun:
            answer = self.get()
            self.assertEqual(len(answer["contacts"]), 10)
            self.assertEqual(answer["ghl_total"], 11)
            self.assertIs(answer["ghl_total_pending"], True)
            self.assertIs(answer["background_sync_started"], False)
            # Readers who come meanwhile join the question.
            for _reader in range(3):
                self.assertIs(self.get()["ghl_total_pending"], True)
            self.assertEqual(len(begun), 1)
            # The answer comes late: what the page lacks is ordered all the same.
            begun[0]()
        self.env.invalidate_all()
        self.assertEqual(self.location.ghl_total, 2431)
        run = self.location.active_run_id
        self.assertEqual((run.kind, run.origin), ("full", "threshold"))
        self.assertEqual(run.user_id, self.user)
        self.assertEqual(len(self.vendor.requests), 1)
        self.assertIs(self.get()["ghl_total_pending"], False)

    def test_only_a_page_that_lacks_rows_waits_for_the_total(self):
        self.mirror([self.make_payload(number) for number in range(25)])
        for total_at, page, patience, waits in (
            # What is mirrored is shown at once, whatever GoHighLevel says later.
            ("2024-01-01 00:00:00", 1, "3", 0),
            ("2024-01-01 00:00:00", 3, "3", 0),
            (False, 2, "3", 0),
            # Whether there is more than the mirror holds, nobody knows yet.
            (False, 3, "3", 1),
            (False, 3, "0", 0),
        ):
            self.set_setting("page_wait", patience)
            self.location.write({"ghl_total": 25, "ghl_total_at": total_at})
            self.env.flush_all()
            with (
                self.subTest(total_at=total_at, page=page, patience=patience),
                self.silent_vendor(),
                patch.object(
                    smart_sync, "waiting_place", wraps=smart_sync.waiting_place
                ) as place,
            ):
                self.assertIs(self.get(page=page)["ghl_total_pending"], True)
                self.assertEqual(place.call_count, waits)

    def test_a_page_waits_for_nobody_whom_the_mirror_cannot_hold(self):
        """GoHighLevel counts two that the last comparison could not get."""
        self.mirror([self.make_payload(number) for number in range(8)])
        self.set_setting("page_wait", "3")
        for proof, gap, waits in (
            ("proven", 2, 0),
            ("not_proven", 2, 0),
            # One more has come since; and whether any lack is not known.
            ("proven", 1, 1),
            ("proven", -2, 1),
            ("unknown", 2, 1),
        ):
            self.location.write(
                {
                    "ghl_total": 10,
                    "ghl_total_at": "2024-01-01 00:00:00",
                    "proof_state": proof,
                    "known_gap": gap,
                }
            )
            self.env.flush_all()
            with (
                self.subTest(proof=proof, gap=gap),
                self.silent_vendor(),
                patch.object(
                    smart_sync, "waiting_place", wraps=smart_sync.waiting_place
                ) as place,
            ):
                self.assertIs(self.get(page=1)["ghl_total_pending"], True)
                self.assertEqual(place.call_count, waits)
                self.location._order_sync("delta", "api")
                self.env.flush_all()
                due = smart_sync.is_page_due(self.location, page=1, limit=10)
                self.assertIs(due, bool(waits))
                self.location.run_ids.sudo().unlink()

    def test_questions_of_a_process_are_few(self):
        with self.silent_vendor() as begun:
            for number in range(ask_total.MAX_ASKING + 2):
                location = self.location.copy({"ghl_id": f"another{number}"})
                ask_total.ask(location)
            self.assertEqual(len(begun), ask_total.MAX_ASKING)

    def test_no_thread_is_no_trouble(self):
        error = RuntimeError("can't start new thread")
        with self.silent_vendor(), patch.object(ask_total, "_start", side_effect=error):
            self.assertIs(self.get()["ghl_total_pending"], False)
            self.assertEqual(ask_total._asking, {})

    def test_another_process_asks(self):
        with self.silent_vendor() as begun:
            question = ask_total.ask(self.location)

            @contextmanager
            def taken(_cr, _location_id):
                yield False

            with patch.object(ask_total, "_claim", taken):
                begun[0]()
        self.assertTrue(question.wait(0))
        self.assertEqual(self.vendor.requests, [])
        self.assertFalse(ask_total.is_silent(self.location))

    def test_leaving_and_answering_at_once(self):
        """A caller that leaves is either told of the answer, or remembered by it."""
        with ThreadPoolExecutor(2) as pool:
            for _try in range(200):
                question = ask_total.Question()
                left = pool.submit(question.leave, 1, 1, 10)
                late = pool.submit(question.close)
                self.assertEqual(late.result(), [(1, 1, 10)] * left.result())

    # === A PAGE OF A RUNNING SYNC === #

    def read_a_page_to_come(self):
        self.set_total(50)
        self.set_setting("page_wait", "3")
        self.location._order_sync("full", "api")
        self.env.flush_all()
        self.assertEqual(self.get(page=5)["contacts"], [])

    def read_without_a_wait(self):
        with patch("time.sleep", side_effect=AssertionError("it waits")):
            self.read_a_page_to_come()

    def test_one_reader_waits(self):
        started = time.monotonic()
        self.read_a_page_to_come()
        self.assertGreater(time.monotonic() - started, 3)

    def test_readers_beyond_the_places_do_not_wait(self):
        with patch.object(waiting, "_places", threading.Semaphore(0)):
            self.read_without_a_wait()

    def test_nobody_waits_for_two_worker_processes(self):
        with patch.dict(config.options, workers=2):
            self.read_without_a_wait()

    def test_places_among_worker_processes(self):
        for workers, places in ((1, 0), (2, 0), (3, 1), (6, 2), (40, 2)):
            with (
                self.subTest(workers=workers),
                patch.object(
                    waiting, "_places", threading.BoundedSemaphore(waiting.PLACES)
                ),
                self.registry.cursor() as cr,
                patch.dict(config.options, workers=workers),
            ):
                with waiting.waiting_place(cr) as granted:
                    self.assertIs(granted, places > 0)
                # Other databases of the server have their own.
                cr.execute(
                    "SELECT count(*) FROM pg_locks l"
                    " JOIN pg_database d ON d.oid = l.database"
                    " WHERE l.locktype = 'advisory' AND d.datname = current_database()"
                )
                self.assertEqual(cr.fetchone()[0], 0)

    def test_waiting_takes_no_second_connection(self):
        opened = []
        cursor = Registry.cursor

        def count(registry, *args, **options):
            opened.append(True)
            return cursor(registry, *args, **options)

        with patch.object(Registry, "cursor", count):
            # Many looks.
            self.read_a_page_to_come()
        self.assertLess(len(opened), 4)

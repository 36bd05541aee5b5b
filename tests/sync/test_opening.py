"""First fills: read from the first request on, and known by the same requests."""

from unittest.mock import patch

from odoo.tests.common import tagged

from odoo.addons.base.models import ir_cron

from ...engine.reading import phases
from ...engine.reading.page_store import store_pages
from ...engine.slice import slice as sync_slice
from ..sandbox import SandboxCase

# Slow enough for windows to be cut beforehand.
LATENCY = 0.3


@tagged("post_install", "-at_install", "ghl_engine")
class TestOpening(SandboxCase):
    def setUp(self):
        super().setUp()
        self.set_setting("fetch_threads", 24)
        self.set_setting("page_limit", 500)
        self.settings(latency=LATENCY)
        self.sandbox.control("DELETE", "/stats")

    def settings(self, **settings):
        self.sandbox.control("PATCH", "/settings", settings)

    def log(self):
        return self.sandbox.control("GET", "/requests", last=5000)

    def rounds(self):
        """Return how many answers were waited for, one after the other."""
        depth = []
        for entry in sorted(self.log(), key=lambda entry: entry["time"]):
            before = [deep for end, deep in depth if end < entry["time"]]
            deep = 1 + max(before, default=0)
            depth.append((entry["time"] + entry["ms"] / 1000, deep))
        return max(deep for _end, deep in depth)

    def assertFilled(self, location):
        run = self.sync(location)
        self.assertProven(run)
        self.assertMirrors(location)
        return run

    def test_a_new_connection_is_read_with_the_first_request(self):
        location = self.connect(2_431, clean=True)
        self.assertFilled(location)
        self.assertLessEqual(self.rounds(), 5)
        first = min(self.log(), key=lambda entry: entry["time"])
        pages = [e for e in self.log() if e["search"] and e["search"]["limit"] == 500]
        # The first page of contacts travels with the very first requests.
        self.assertLess(min(e["time"] for e in pages), first["time"] + LATENCY)
        self.assertTrue(location.connection_id.calibrated_at)
        self.assertFalse(location.connection_id.calibration_due)
        self.assertTrue(location.connection_id._get_capabilities().made_up_cursors)
        self.assertTrue(location.env["ghl.user"].search_count([]))

    def test_the_next_pages_travel_while_the_first_is_stored(self):
        location = self.connect(2_431, clean=True)
        on_their_way = []

        def store(run_slice, *arguments):
            reader, _beside = run_slice.prefetched["sweep"]
            on_their_way.append(reader._sweep.in_flight)
            return store_pages(run_slice, *arguments)

        with patch.object(phases, "store_pages", store):
            self.assertFilled(location)
        self.assertEqual(len(on_their_way), 1)
        self.assertGreaterEqual(on_their_way[0], 4)

    def test_a_known_connection_is_read_in_two_rounds(self):
        location = self.connect(2_431, clean=True)
        self.assertFilled(location)
        self.sandbox.control("DELETE", "/stats")
        self.assertFilled(location)
        self.assertLessEqual(self.rounds(), 4)

    def test_a_small_limit_is_left_to_the_pages(self):
        limits = {"enabled": True, "burst": 25, "interval": 30, "daily": 10_000}
        self.settings(limits=limits)
        location = self.connect(2_431, clean=True)
        run = self.assertFilled(location)
        self.assertLessEqual(run.requests_sent, 24)
        self.assertEqual(run.rate_limited, 0)
        # What there was no room to ask is asked by the next run.
        self.assertTrue(location.connection_id.calibration_due)

    def test_an_account_that_is_not_as_likely_is_read_anew(self):
        self.set_setting("page_limit", 100)
        for dialect in ("range-exclusive", "cursor-no-filters", "v3-only"):
            with self.subTest(dialect):
                self.settings(dialects=[dialect])
                location = self.connect(900)
                self.assertFilled(location)

    def test_imports_of_one_instant(self):
        self.set_setting("page_limit", 100)
        for dialects in ([], ["cursor-made-up-refused"]):
            for options in ({}, {"untouched": True}):
                with self.subTest(dialects=dialects, **options):
                    self.settings(dialects=dialects)
                    imports = {"imports": "60@0,20@1", **options}
                    location = self.connect(1_500, clean=True, **imports)
                    self.assertFilled(location)

    def test_a_slice_that_ends_after_each_step_goes_on(self):
        self.set_setting("page_limit", 100)
        self.startPatcher(patch.object(ir_cron, "MIN_TIME_PER_JOB", 0.2))
        self.startPatcher(patch.object(sync_slice, "MAX_SECONDS", 0.2))
        self.startPatcher(patch.object(sync_slice, "REST_PATIENCE", 0))
        location = self.connect(1_200, clean=True, imports="50@0")
        run = self.sync(location, slices=60)
        self.assertProven(run)
        self.assertMirrors(location)
        self.assertTrue(location.connection_id.calibrated_at)
        self.assertTrue(location.env["ghl.user"].search_count([]))

"""Reading windows, without a registry: all else is a fake."""

import math
import threading
import time
from contextlib import suppress
from types import SimpleNamespace
from unittest.mock import patch

from odoo.tests.common import BaseCase, tagged

from ...engine.checkpoint import load_checkpoint
from ...engine.reading import window_reader
from ...engine.reading.window_reader import WindowReader
from ...engine.slice.slice import SliceOver
from ...tools.errors import (
    GhlAuthError,
    GhlPageLimitRefused,
    GhlRequestError,
    GhlServerError,
)
from ...tools.ghl.dialect import Capabilities
from ...tools.ghl.responses import SearchPage
from ...tools.process.workers import Workers
from ...tools.sync.reader import FetchedPage, Sweep
from ...tools.sync.window import UPDATED, Window

PAGE = 10
DAY = 86_400_000


def numbers_of(window, size):
    """Return which of the contacts 1, 2, … lie in a window: one changed each day."""
    lower = -1 if window.lower is None else window.lower
    upper = math.inf if window.upper is None else window.upper
    return [n for n in range(1, size + 1) if lower <= DAY * n < upper]


class FakeTable:
    """Stands in for `ghl.sync.window`: no window was cut short."""

    def search_count(self, *_domain, **_options):
        return 0


class FakeSlice:
    """A slice whose location holds `size` contacts; `stored` is what was committed.

    :param errors: raised by the first fetches, one each
    :param over_after: the time is up after so many commits
    """

    def __init__(self, size, errors=(), over_after=None):
        self.env = {"ghl.sync.window": FakeTable()}
        self.run = SimpleNamespace(
            id=1, phase="delta", env=self.env, checkpoint=False, contacts_expected=size
        )
        connection = SimpleNamespace(page_limit_accepted=0, calibrated_at=True)
        self.location = SimpleNamespace(connection_id=connection)
        self.client = SimpleNamespace(
            capabilities=Capabilities(), search=self._search_plainly
        )
        strands = SimpleNamespace(
            is_limited=lambda _pages, _in_flight: False, has_room=lambda _pages: True
        )
        self.vendor = SimpleNamespace(strands=strands)
        self.pool = Workers(4)
        self.threads = 4
        self.page_limit = PAGE
        self.accepted_limit = PAGE
        # How many contacts a page shows, at most.
        self.shown = math.inf
        self.stop = threading.Event()
        self.stored, self.renewed, self.polls = [], 0, 0
        self._size = size
        self._errors = list(errors)
        self._over_after = over_after

    def fetch(self, window):
        page_limit = self.page_limit
        if self._errors:
            raise self._errors.pop(0)
        if page_limit > self.accepted_limit:
            # All that are on their way are refused before any of them is taken.
            time.sleep(0.02)
            err = GhlPageLimitRefused("No.", status=422)
            err.page_limit = page_limit
            raise err
        numbers = numbers_of(window, self._size)
        size = min(self.page_limit, self.shown)
        rest = [n for n in numbers if n > (window.cursor or 0)][:size]
        contacts = [{"id": n, "dateUpdated": DAY * n} for n in rest]
        after = rest[-1] if rest else None
        page = SearchPage(contacts, len(numbers), after, None, time.time())
        return FetchedPage(page, contacts)

    def _search_plainly(self, sort=(), page_limit=0):
        if page_limit > self.accepted_limit:
            raise GhlRequestError("No.", status=400)

    def call(self, call):
        return call(self.client)

    def renew_token(self, _error):
        self.renewed += 1

    def save(self, work=None, processed=1):
        if work:
            work()

    def commit(self, work, processed=1):
        work()
        if self._over_after is not None:
            self._over_after -= 1
            if not self._over_after:
                raise SliceOver

    def poll_inbox(self):
        self.polls += 1


@tagged("post_install", "-at_install", "ghl_engine")
class TestWindowReader(BaseCase):
    def setUp(self):
        super().setUp()
        self.startPatcher(patch.object(window_reader, "store_pages", self.store))

    def store(self, run_slice, items, _new, _cut):
        for _window, fetched in items:
            run_slice.stored += [contact["id"] for contact in fetched.page.contacts]

    def read_all(self, run_slice, expected=None):
        """Read all changes; return the windows that this took."""
        self.addCleanup(run_slice.pool.close)
        windows = [Window(UPDATED)]
        with suppress(expected or ()):
            WindowReader(run_slice).read_windows(windows)
            self.assertIsNone(expected, "nothing was raised")
        self.assertFalse(run_slice.stop.is_set())
        return windows

    def test_each_contact_is_stored_and_webhooks_get_a_turn(self):
        run_slice = FakeSlice(95)
        windows = self.read_all(run_slice)
        self.assertTrue(all(window.done for window in windows))
        self.assertGreater(len(windows), 1, "idle threads cut windows")
        self.assertEqual(set(run_slice.stored), set(range(1, 96)))
        self.assertGreaterEqual(run_slice.polls, 1)

    def test_what_was_on_its_way_when_time_was_up_is_stored(self):
        run_slice = FakeSlice(500, over_after=2)
        windows = self.read_all(run_slice, SliceOver)
        self.assertFalse(all(window.done for window in windows))
        # The next slice goes on right behind what is stored.
        passed = {
            number
            for window in windows
            for number in numbers_of(window, 500)
            if number <= (window.cursor or 0)
        }
        self.assertEqual(set(run_slice.stored) & passed, passed)
        self.assertLess(len(passed), 500)

    def test_a_refused_token_is_renewed(self):
        run_slice = FakeSlice(20, errors=[GhlAuthError("No.", status=401)])
        self.read_all(run_slice)
        self.assertEqual((len(set(run_slice.stored)), run_slice.renewed), (20, 1))

    def test_a_page_that_is_too_large_gets_smaller_and_stays_so(self):
        run_slice = FakeSlice(300, errors=[GhlPageLimitRefused("No.", status=422)])
        run_slice.page_limit = 500
        run_slice.accepted_limit = 100
        self.read_all(run_slice)
        self.assertEqual(run_slice.page_limit, 100)
        self.assertEqual(run_slice.location.connection_id.page_limit_accepted, 100)
        self.assertEqual(len(set(run_slice.stored)), 300)

    def test_pages_on_their_way_with_a_size_given_up_make_none_smaller(self):
        run_slice = FakeSlice(3_000)
        run_slice.page_limit, run_slice.accepted_limit = 500, 100
        self.addCleanup(run_slice.pool.close)
        quarter = 750 * DAY
        windows = [
            Window(UPDATED, n * quarter or None, (n + 1) * quarter if n < 3 else None)
            for n in range(4)
        ]
        WindowReader(run_slice).read_windows(windows)
        self.assertEqual(run_slice.page_limit, 100)
        self.assertEqual(run_slice.location.connection_id.page_limit_accepted, 100)
        self.assertEqual(set(run_slice.stored), set(range(1, 3_001)))

    def test_a_refusal_in_any_words_is_taken_for_one_of_the_size_only_if_it_is(self):
        refusal = GhlRequestError("Bad request.", status=400)
        run_slice = FakeSlice(300, errors=[refusal])
        run_slice.page_limit = 500
        run_slice.accepted_limit = 50
        self.read_all(run_slice)
        self.assertEqual(run_slice.page_limit, 50)
        content = FakeSlice(300, errors=[refusal])
        self.read_all(content, GhlRequestError)
        self.assertEqual(content.page_limit, PAGE)

    def test_trouble_that_does_not_concern_reading_ends_it(self):
        run_slice = FakeSlice(30, errors=[GhlServerError("Down.", status=503)])
        (window,) = self.read_all(run_slice, GhlServerError)
        self.assertFalse(window.done)

    def test_that_pages_come_short_is_known_to_the_next_slice(self):
        for shown in (PAGE, PAGE - 2):
            with self.subTest(shown=shown):
                run_slice = FakeSlice(500, over_after=2)
                run_slice.shown, is_short = shown, shown < PAGE
                windows = self.read_all(run_slice, SliceOver)
                self.assertFalse(all(window.done for window in windows))
                checkpoint = load_checkpoint(run_slice.run)
                self.assertEqual(checkpoint.pages_short, is_short)
                with patch.object(window_reader, "Sweep", wraps=Sweep) as made:
                    WindowReader(run_slice).read_windows(windows)
                self.assertEqual(made.call_args.kwargs["pages_fill"], not is_short)
                self.assertEqual(set(run_slice.stored), set(range(1, 501)))

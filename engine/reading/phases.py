"""The phases of a run that read: prepare, sweep, delta."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC
from functools import partial
from typing import Any

from odoo.tools import SQL

from ... import const
from ...tools.dates import parse_ms
from ...tools.errors import GhlError
from ...tools.ghl.dialect import Capabilities, DialectClient
from ...tools.ghl.responses import SearchPage
from ...tools.sync.reader import FetchedPage
from ...tools.sync.window import ALL, RECENT, UPDATED, Window
from ..checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from ..clock import usable_watermark, watermark_bound
from ..location.figures import store_total
from ..privacy.left_out import known_contacts
from ..run_calibration import adopt_for_now, is_unknown
from ..schedule.verify_pause import is_verify_backing_off
from ..slice.slice import SyncSlice
from ..slice.vendor_calls import Call
from .beside import BesideReading
from .counting import VendorCounter, requests_to_compare
from .opening import PendingCalibration, ask_first_round, plan_windows
from .page_store import note_total, store_pages
from .reference_lists import reference_calls, store_lists
from .watermark import advance_watermark, delta_start_ms, note_changes_asked
from .window_reader import WindowReader, date_added, search_ends

# Contacts to look through for the latest change where an account's API cannot select
# it: typing errors in years to come stand first.
NEWEST_PAGE = 100
# Under which name a slice keeps when the changes that close a sweep were asked for.
_CHANGES_ASKED = "changes_asked"


# === PREPARE === #


def prepare(run_slice: SyncSlice) -> None:
    """Ask what must be known before contacts are read; a full sync begins to read."""
    if run_slice.run.kind == "full":
        _open_reading(run_slice)
        return
    calls = {**reference_calls(), "newest": _newest_call(run_slice)}
    answers = run_slice.gather(calls)
    newest = answers.pop("newest")
    if isinstance(newest, GhlError):
        raise newest
    run_slice.defer(lambda: _store_prepared(run_slice.run, answers, newest))


def _store_prepared(run: Any, lists: dict[str, Any], newest: SearchPage) -> None:
    store_lists(run, lists)
    watermark = _latest_change(newest)
    save_checkpoint(run, replace(load_checkpoint(run), watermark_ms=watermark))
    _enter_next_phase(run)


def _enter_next_phase(run: Any) -> None:
    phases = const.RUN_KIND_PHASES[run.kind]
    run.phase = phases[phases.index("prepare") + 1]


def _newest_call(run_slice: SyncSlice) -> Call[SearchPage]:
    return lambda client: _search_newest(client, most=run_slice.page_limit)


def _search_newest(client: DialectClient, most: int) -> SearchPage:
    """Return a page with the latest change, as far as that can be selected."""
    by_date = client.capabilities.can_select_dates
    return client.search(
        filters=Window(UPDATED, upper=watermark_bound()).filters() if by_date else (),
        sort=[{"field": "dateUpdated", "direction": "desc"}],
        page_limit=1 if by_date else min(NEWEST_PAGE, most),
    )


def _latest_change(newest: SearchPage, seconds: float = 0.0) -> int | None:
    """Return the date of change (epoch ms) up to which everything was seen.

    :param newest: a page of the latest changes
    :param seconds: how much earlier contacts may have been read that came with it
    """
    dates = [parse_ms(contact.get("dateUpdated")) for contact in newest.contacts]
    known = [usable_watermark(date) for date in dates]
    latest = max(filter(None, known), default=None)
    return None if latest is None else int(latest - 1_000 * seconds)


# === THE FIRST ROUND === #


def _open_reading(run_slice: SyncSlice) -> None:
    """Ask all that can be asked at once, and store the first page of contacts."""
    began = time.monotonic()
    location = run_slice.location
    # They only give names to ids: nothing waits for them.
    run_slice.prefetched["references"] = run_slice.submit_all(reference_calls())
    calibrates = is_unknown(location.connection_id)
    calls: dict[str, Call[Any]] = {
        "first": lambda _client: run_slice.fetch(Window(ALL)),
        "newest": _newest_call(run_slice),
    }
    may_be_large = location.ghl_total > run_slice.page_limit
    if not calibrates and (may_be_large or not location.ghl_total_at):
        calls["latest"] = partial(search_ends, direction="desc")
    answers, calibration = ask_first_round(run_slice, calls, calibrates)
    if isinstance(answers["newest"], GhlError):
        raise answers["newest"]
    fetched = answers["first"]
    if isinstance(fetched, GhlError):
        # The sweep asks again, and handles the trouble.
        fetched = None
    latest = answers.get("latest")
    if isinstance(calibration, PendingCalibration):
        latest = calibration.newest
    last = None if isinstance(latest, GhlError) else date_added(latest)
    windows = plan_windows(run_slice, fetched, last, calibration)
    checkpoint = replace(
        load_checkpoint(run_slice.run),
        watermark_ms=_latest_change(answers["newest"], time.monotonic() - began),
        last_added_ms=last,
        high_latency=run_slice.high_latency,
        references_due=True,
    )
    run_slice.prefetched["calibration"] = calibration
    opening = _Opening(run_slice, checkpoint, windows, fetched, calibration)
    try:
        run_slice.commit(opening.store)
    except BaseException:
        opening.call_off()
        raise
    finally:
        if fetched is not None:
            fetched.page.release()


class _Opening:
    """The answers of the first round, and the sweep that goes on from there.

    :param fetched: the page that the first of `windows` has had; None without one
    """

    def __init__(
        self,
        run_slice: SyncSlice,
        checkpoint: Checkpoint,
        windows: list[Window],
        fetched: FetchedPage | None,
        calibration: PendingCalibration | Capabilities | None,
    ) -> None:
        self._slice = run_slice
        self._checkpoint = checkpoint
        self._windows = windows
        self._fetched = fetched
        self._calibration = calibration
        self._reader = WindowReader(run_slice)
        self._closing: list[Window] = []

    def store(self) -> None:
        """Store it; the next pages are asked for before that, and travel meanwhile."""
        run = self._slice.run
        save_checkpoint(run, self._checkpoint)
        if self._calibration is not None:
            adopt_for_now(run, self._calibration)
        _enter_next_phase(run)
        if self._fetched is not None:
            note_total(run, self._fetched.page.total)
        if "sweep" not in self._slice.prefetched:
            self._slice.prefetched["sweep"] = self._begin_sweep()
        self._reader.add(*self._closing, phase="delta")
        self._reader.add(*self._windows)
        if self._fetched is not None:
            store_pages(self._slice, [(self._windows[0], self._fetched)], [], [])

    def call_off(self) -> None:
        """Wait for what was asked for; its answers are dropped."""
        if "sweep" in self._slice.prefetched:
            self._slice.stop.set()
            self._reader.call_off()

    def _begin_sweep(self) -> tuple[WindowReader, BesideReading]:
        run_slice = self._slice
        if run_slice.client.capabilities.can_select_dates:
            self._closing = [Window(UPDATED, delta_start_ms(run_slice.run))]
        beside = BesideReading(run_slice, len(self._windows))
        _begin(run_slice, self._reader, self._windows, self._closing)
        return self._reader, beside


# === SWEEP === #


def sweep(run_slice: SyncSlice) -> None:
    """Read every contact, window by window."""
    if "sweep" in run_slice.prefetched:
        reader, beside = run_slice.prefetched.pop("sweep")
    else:
        reader = WindowReader(run_slice)
        windows = reader.load("sweep")
        if not windows:
            # A run that an earlier version of the addon has prepared.
            windows = run_slice.commit(lambda: reader.add(Window(ALL)))
        beside = BesideReading(run_slice, len(windows))
        _begin(run_slice, reader, windows, reader.load("delta"))
    reader.go_on(beside=beside.look)
    beside.finish()
    run_slice.defer(lambda: count_seen(run_slice.run))


def _begin(
    run_slice: SyncSlice,
    reader: WindowReader,
    windows: list[Window],
    closing: list[Window],
) -> None:
    """Ask for the first pages of a sweep.

    :param closing: the delta that closes the run: it travels beside the last pages.
        What changes after it was sent is for the next delta, as it would be if it was
        sent later
    """
    counter = VendorCounter(run_slice)

    def on_ending() -> None:
        counter.prefetch(windows)
        if closing:
            run_slice.prefetched[_CHANGES_ASKED] = time.time()

    expected: int = run_slice.run.contacts_expected or 0
    requests = len(closing) + requests_to_compare(expected)
    reader.begin(windows, closing, on_ending, requests_at_end=requests)


def count_seen(run: Any) -> None:
    """Count each contact once: windows that are split overlap by a page."""
    run.env["ghl.sync.page"].flush_model()
    run.env.cr.execute(
        SQL(
            """
            SELECT count(*) FROM (
                SELECT DISTINCT jsonb_array_elements_text(contact_ids)::int
                  FROM ghl_sync_page
                 WHERE run_id = %s) seen
            """,
            run.id,
        )
    )
    (seen,) = run.env.cr.fetchone()
    written = run.contacts_created + run.contacts_updated
    run.contacts_seen = seen
    run.contacts_unchanged = max(0, seen - written)


# === DELTA === #


def delta(run_slice: SyncSlice) -> None:
    """Read what changed since the watermark, less the lookback for the index's lag.

    A contact that is edited during the walk moves to its end: it is seen again.
    """
    run = run_slice.run
    reader = WindowReader(run_slice)
    windows = reader.load("delta")
    if not windows:
        by_date = run_slice.client.capabilities.can_select_dates
        lower = delta_start_ms(run)
        if by_date or lower is not None:
            # A mirror without a watermark had no contact with a date of change: any
            # that has is news.
            window = Window(UPDATED if by_date else RECENT, lower=lower)
            windows = run_slice.commit(lambda: reader.add(window))
    run_slice.defer(partial(note_changes_asked, run, _asked_at(run_slice, windows)))
    reader.read_windows(windows)
    run_slice.defer(lambda: advance_watermark(run, windows))
    if run.kind == "delta":
        total = run_slice.call(lambda client: client.count())
        run_slice.commit(lambda: _check_total(run, total))


def _asked_at(run_slice: SyncSlice, windows: list[Window]) -> float:
    """Return when the first of these windows was asked for (epoch seconds).

    Where another slice did that, and has not noted it, the run's beginning.
    """
    asked: float | None = run_slice.prefetched.pop(_CHANGES_ASKED, None)
    started_at = run_slice.run.started_at
    if asked is None and started_at and any(one.seen or one.done for one in windows):
        asked = started_at.replace(tzinfo=UTC).timestamp()
    return time.time() if asked is None else asked


def _check_total(run: Any, total: int | None) -> None:
    """Compare the totals after a delta; a verify closes a gap that is news."""
    if total is None:
        return
    location = run.location_id
    store_total(location, total)
    news = total - known_contacts(location) != location.known_gap
    if news and not is_verify_backing_off(location):
        run._join("verify")

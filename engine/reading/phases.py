"""The phases of a run that read: prepare, sweep, delta."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from odoo.tools import SQL

from ... import const
from ...tools.dates import parse_ms
from ...tools.errors import GhlError
from ...tools.ghl.dialect import DialectClient
from ...tools.ghl.responses import SearchPage
from ...tools.sync.partition import ALL, DATED, RECENT, UNDATED, UPDATED, Window
from ...tools.sync.reconcile import cover
from ..checkpoint import load_checkpoint, save_checkpoint
from ..clock import usable_watermark, watermark_bound
from ..location.figures import store_total
from ..location.schedule import is_verify_backing_off
from ..mirror.details import store_details
from ..mirror.references import store_references
from ..slice.slice import SyncSlice
from ..slice.vendor_calls import Call
from .counting import VendorCounter
from .watermark import advance_watermark, delta_start_ms
from .window_reader import SLOW_PAGES, WindowReader, date_added, search_ends

# How many contacts to look through for the latest change where a vendor's API cannot
# select it: typing errors in years to come stand first.
NEWEST_PAGE = 100
# The small lists, which only give names to ids.
_LISTS = ("details", "fields", "tags", "users")


# === PREPARE === #


def prepare(run_slice: SyncSlice) -> None:
    """Read the small lists, and what must be known before reading contacts."""
    calls: dict[str, Call[Any]] = {
        "details": lambda client: client.get_location(),
        "fields": lambda client: client.get_custom_fields(),
        "tags": lambda client: client.get_tags(),
        "users": lambda client: client.get_users(),
        "newest": partial(_search_newest, most=run_slice.page_limit),
    }
    if _may_be_large(run_slice):
        # Known before the first page they save round trips, a second each at times.
        calls["oldest"] = partial(search_ends, direction="asc")
        calls["latest"] = partial(search_ends, direction="desc")
        calls["total"] = lambda client: client.count()
    answers = run_slice.gather(calls)
    if isinstance(answers["newest"], GhlError):
        raise answers["newest"]
    high_latency = run_slice.high_latency
    run_slice.defer(lambda: _store_prepared(run_slice.run, answers, high_latency))


def _may_be_large(run_slice: SyncSlice) -> bool:
    """Tell whether the sweep may want to cut windows, by what is known so far."""
    location = run_slice.location
    least = SLOW_PAGES * run_slice.page_limit
    return (
        run_slice.run.kind == "full"
        and run_slice.client.capabilities.can_split
        and (not location.ghl_total_at or location.ghl_total >= least)
    )


def _store_prepared(run: Any, answers: dict[str, Any], high_latency: bool) -> None:
    """Store what `prepare` was answered, and go on to the next phase."""
    location = run.location_id
    failed = {n: answers[n] for n in _LISTS if isinstance(answers[n], GhlError)}
    lists = {n: answers[n] for n in _LISTS if n not in failed}
    details = lists.pop("details", None)
    if details:
        store_details(location, details)
    store_references(location, lists)
    dates = [parse_ms(c.get("dateUpdated")) for c in answers["newest"].contacts]
    usable = [mark for date in dates if (mark := usable_watermark(date))]
    oldest, latest, total = (
        None if isinstance(answer, GhlError) else answer
        for answer in map(answers.get, ("oldest", "latest", "total"))
    )
    checkpoint = replace(
        load_checkpoint(run),
        watermark_ms=max(usable, default=None),
        first_added_ms=date_added(oldest),
        last_added_ms=date_added(latest),
        total=total,
        high_latency=high_latency,
    )
    save_checkpoint(run, checkpoint)
    # Whatever is the matter with the small lists, the contacts go on.
    run._add_issues(
        [
            {"severity": "altered", "reason": f"{name} could not be read: {error}"}
            for name, error in failed.items()
        ]
    )
    phases = const.RUN_KIND_PHASES[run.kind]
    run.phase = phases[phases.index("prepare") + 1]


def _search_newest(client: DialectClient, most: int) -> SearchPage:
    """Return a page with the latest change, as far as that can be selected."""
    by_date = client.capabilities.can_select_dates
    return client.search(
        filters=Window(UPDATED, upper=watermark_bound()).filters() if by_date else (),
        sort=[{"field": "dateUpdated", "direction": "desc"}],
        page_limit=1 if by_date else min(NEWEST_PAGE, most),
    )


# === SWEEP === #


def sweep(run_slice: SyncSlice) -> None:
    """Read every contact, window by window."""
    reader = WindowReader(run_slice)
    windows = reader.load("sweep")
    if not windows:
        windows = run_slice.commit(lambda: open_sweep(run_slice, reader))
    # The delta that closes the run travels beside the last pages. What changes
    # after it was sent is for the next delta, as it would be if it was sent later.
    closing = reader.load("delta")
    reader.read_windows(windows, closing, on_ending=VendorCounter(run_slice).prefetch)
    run_slice.defer(lambda: count_seen(run_slice.run))


def open_sweep(run_slice: SyncSlice, reader: WindowReader) -> list[Window]:
    """Return the windows that a sweep begins with.

    Usually one over all, which is cut as it goes: its pages tell where. When every
    answer takes its time, so many are cut beforehand that all threads have work.
    """
    run, caps = run_slice.run, run_slice.client.capabilities
    if caps.can_select_dates:
        reader.add(Window(UPDATED, delta_start_ms(run)), phase="delta")
    known = load_checkpoint(run)
    first, last, total = known.first_added_ms, known.last_added_ms, known.total
    pages = (total or 0) // run_slice.page_limit
    count = min(run_slice.threads - 1, pages // SLOW_PAGES)
    may_cut = known.high_latency and caps.can_split
    if may_cut and total and count > 1 and first and last:
        run.contacts_expected = total
        store_total(run.location_id, total)
        step = (last - first) / count
        cuts = (int(first + step * place) for place in range(1, count))
        spans = cover(DATED, (cut for cut in cuts if first < cut < last), UNDATED)
        return reader.add(*(span.window() for span in spans))
    return reader.add(Window(ALL))


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
            # Without a watermark no contact had a date of change: any that has is news.
            window = Window(UPDATED if by_date else RECENT, lower=lower)
            windows = run_slice.commit(lambda: reader.add(window))
    reader.read_windows(windows)
    run_slice.defer(lambda: advance_watermark(run, windows))
    if run.kind == "delta":
        total = run_slice.call(lambda client: client.count())
        run_slice.commit(lambda: _check_total(run, total))


def _check_total(run: Any, total: int | None) -> None:
    """Compare the totals after a delta; a verify closes a gap that is news."""
    if total is None:
        return
    location = run.location_id
    store_total(location, total)
    news = total - location.contact_count != location.known_gap
    if news and not is_verify_backing_off(location):
        run._join("verify")

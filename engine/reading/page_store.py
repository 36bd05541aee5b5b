"""Storing pages: contacts, figures and the windows' rows, by one transaction."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ...tools.sync.reader import FetchedPage
from ...tools.sync.window import Window
from ..checkpoint import load_checkpoint, save_checkpoint
from ..deletion.store import candidates_of
from ..feed.cause import cause_of_run
from ..location.figures import store_total
from ..metrics.drift import count_repaired
from ..mirror.merge import Merger, MergeResult
from ..privacy.left_out import count_listed
from ..slice.slice import SyncSlice
from .stale_reads import note_older


def store_pages(
    run_slice: SyncSlice,
    items: Sequence[tuple[Window, FetchedPage]],
    new: list[Window],
    cut: list[Window],
) -> None:
    """Merge pages and store how far their windows are, as a part of the transaction.

    :param items: (window, fetched page) of pages that arrived together, all of one
        phase
    :param new: windows that have no row yet
    :param cut: windows that were cut in two since the last commit
    """
    run, env = run_slice.run, run_slice.env
    result = Merger(run_slice.location, cause_of_run(run)).merge_batches(
        [(fetched.batch, fetched.page.requested_at) for _window, fetched in items],
        run_slice.began_xid,
    )
    run_slice.expects_changes = result.created + result.updated > result.unchanged
    _count_pages(run, items, result)
    if result.outdated:
        # The mirror holds another state than was read: which one is right?
        save_checkpoint(run, replace(load_checkpoint(run), doubt=True))
        note_older(run, result.outdated)
    if result.seen_ids:
        # Past the ORM, which would take as long as a tenth of the page.
        env.cr.execute(
            "INSERT INTO ghl_sync_page (run_id, contact_ids) VALUES (%s, %s)",
            [run.id, json.dumps(result.seen_ids, separators=(",", ":"))],
        )
        asked = min(fetched.page.requested_at for _window, fetched in items)
        _recall(run, result.seen_ids, asked)
    stored = list({id(window): window for window, _fetched in items}.values())
    stored += [window for window in new if window not in stored]
    env["ghl.sync.window"]._store(run, stored, cut)


def _recall(run: Any, contact_ids: list[int], requested_at: float) -> None:
    """Let nobody be deleted whom a page shows after GoHighLevel has denied them.

    :param requested_at: when the first of the pages was asked for (epoch seconds)
    """
    store = candidates_of(run.location_id)
    if not store.has_open():
        return
    if store.recall_listed(contact_ids, requested_at) and not store.has_open():
        # The candidates that took the proof away are decided.
        run._join("verify")


def note_total(run: Any, total: int | None) -> None:
    """Note how many contacts a full sync is going to read, once that is told."""
    if total and not run.contacts_expected:
        run.contacts_expected = total - count_listed(run.location_id)
        store_total(run.location_id, total)


def _count_pages(
    run: Any, items: Sequence[tuple[Window, FetchedPage]], result: MergeResult
) -> None:
    """Add pages that were merged, and what is wrong with them, to the run's figures."""
    location = run.location_id
    values = {
        "attempt": 0,
        "error": False,
        "error_code": False,
        "contacts_created": run.contacts_created + result.created,
        "contacts_updated": run.contacts_updated + result.updated,
    }
    count_repaired(run, result.created + result.updated)
    run._add_issues(result.issues)
    for window, fetched in items:
        page = fetched.page
        run._add_issues(
            [
                {"severity": "rejected", "reason": "an entry of the page is no object"}
                for _item in page.rejected
            ]
        )
        if run.kind == "delta" and window.expected:
            values["contacts_expected"] = window.expected
        if run.kind == "full":
            note_total(run, page.total)
    if run.kind == "delta" or run.phase in ("sweep", "audit"):
        # Contacts that the end of a full sync reads again were counted before.
        seen = sum(fetched.page.count for _window, fetched in items)
        values["contacts_seen"] = run.contacts_seen + seen - result.left_out
        values["contacts_unchanged"] = run.contacts_unchanged + result.unchanged
    run.write(values)
    if result.live_delta:
        location.contact_count += result.live_delta

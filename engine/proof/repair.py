"""Repairs: a window of which the counts differ is read again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...tools.sync.reconcile import Span
from ...tools.sync.window import ALL, UPDATED, Window
from ..audit.findings import Findings
from ..checkpoint import ProofState, load_checkpoint, save_checkpoint
from ..deletion.deletions import Deletions
from ..privacy.left_out import end_reading
from ..reading.counting import MirrorCounter
from ..reading.window_reader import WindowReader, was_cut_short
from ..slice.slice import SyncSlice

# A full sync is the better way to read more than so many again.
MAX_LEAF = 20_000


def repair_leaf(run_slice: SyncSlice, state: ProofState) -> ProofState:
    """Read the first differing span; look after what it did not bring.

    Its windows, and where its rows of `ghl.sync.page` begin, are stored: a slice may
    end anywhere in it.

    :return: the state without that span
    """
    run = run_slice.run
    leaf, *others = state.leaves
    rest = replace(state, leaves=tuple(others))
    if leaf.remote > MAX_LEAF and run.kind != "full":
        run_slice.commit(lambda: run._join("full"))
        return replace(rest, doubt=True)
    reader = _reader_of(run_slice, leaf.span)
    windows = reader.load("prove")
    if not windows:
        windows = run_slice.commit(lambda: _begin_leaf(reader, run, leaf.span))
    reader.read_windows(windows)
    counter = MirrorCounter(run_slice.location)
    if leaf.span.scope != UPDATED and run_slice.location.erased_count:
        run_slice.commit(
            lambda: end_reading(run.location_id, counter.within(leaf.span))
        )
    Deletions(run_slice).resolve(
        counter.condition(leaf.span),
        since=load_checkpoint(run).pages_before,
        # A contact leaves the window of its `dateAdded` only when it is deleted.
        likely_gone=leaf.span.scope != UPDATED,
    )
    doubt = load_checkpoint(run).doubt or any(w.short for w in windows)
    return replace(rest, doubt=state.doubt or doubt)


def _reader_of(run_slice: SyncSlice, span: Span) -> WindowReader:
    """Return what reads a span; of all contents it counts what had no new date."""
    run = run_slice.run
    if run.kind != "verify" or span.scope != ALL:
        return WindowReader(run_slice)
    # The turn of no part: a verify that reads everything comes every day.
    findings = Findings(run, run.env["ghl.audit.part"])
    return WindowReader(run_slice, around=findings.around)


def end_step(run: Any, state: ProofState) -> None:
    """Store where the proof is, now that what a step read is done with."""
    short = was_cut_short(run)
    run.env["ghl.sync.window"].search(
        [("run_id", "=", run.id), ("phase", "=", "prove")]
    ).unlink()
    checkpoint = load_checkpoint(run)
    checkpoint = replace(checkpoint, proof=state, listed=False, cut_short=short)
    save_checkpoint(run, checkpoint)


def _begin_leaf(reader: WindowReader, run: Any, span: Span) -> list[Window]:
    last = run.env["ghl.sync.page"].search(
        [("run_id", "=", run.id)], order="id desc", limit=1
    )
    checkpoint = replace(
        load_checkpoint(run), pages_before=last.id or 0, listed=False, doubt=False
    )
    save_checkpoint(run, checkpoint)
    return reader.add(span.window())

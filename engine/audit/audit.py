"""The phase of an audit: contents are read again, part by part, oldest first.

How far it is stands in rows: which parts are being read (`ghl.audit.part.begun_at`),
and how far (`ghl.sync.window`, `ghl.sync.page`). These outlive the run: one that was
killed, cancelled or had to make room for others is gone on with by the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

from odoo import fields
from odoo.tools import SQL

from ...tools.audit.choose_parts import MAX_LEVEL, Part
from ...tools.errors import GhlError
from ...tools.sync.reader import Sweep
from ...tools.sync.reconcile import Span
from ...tools.sync.window import DATED, Window
from ..checkpoint import load_checkpoint, save_checkpoint
from ..content.pace import (
    exact_now,
    parts_of,
    refresh,
    requests_left,
    wanted_parts,
)
from ..deletion.deletions import Deletions
from ..deletion.unread import count_unread
from ..reading.counting import MirrorCounter
from ..reading.stale_reads import settle_older
from ..reading.watermark import new_watermark
from ..reading.window_reader import WindowReader
from ..schedule.collect import is_read_due
from ..slice.slice import SliceOver, SyncSlice
from .findings import Findings
from .partition import cut_grown, ensure_parts

# Parts that lie side by side are read as one range, so that all threads have work.
PARTS_AT_ONCE = 20
# Pages in flight of an audit by schedule: nobody waits for it.
QUIET_THREADS = 2
# … and with so few requests left, a single one.
SMALL_SHARE = 20


class PieceOver(SliceOver):
    """Others are to go first, or the share of the quota is used up."""


def audit(run_slice: SyncSlice) -> None:
    """Read contents again: those whose time has come, or all that a person asked."""
    Audit(run_slice).work()


class Audit:
    """Reads the parts of a location that are due, as far as this run may."""

    def __init__(self, run_slice: SyncSlice) -> None:
        self._slice = run_slice
        self._env = run_slice.env
        self._run: Any = run_slice.run
        self._location: Any = run_slice.location
        self._left = 0
        #: ids of the parts that are still to be read by this run
        self._keys: list[int] = []

    def work(self) -> None:
        """Go on from what is stored, until nothing is due or others go first."""
        self._slice.commit(self._begin)
        if not self._is_ordered():
            few = QUIET_THREADS if self._left > SMALL_SHARE else 1
            self._slice.threads = min(self._slice.threads, few)
        is_done = False
        # Pages that have arrived by then are stored; the next run goes on there.
        with suppress(PieceOver):
            while not self._is_over() and not is_done:
                parts = self._take_parts()
                if parts:
                    self._read(parts)
                is_done = not parts
        unread = self._unread()
        if unread and is_done:
            # Fail only when all that is due was read: otherwise other parts would have
            # to wait for these.
            self._slice.commit(self._end_in_vain)
            raise self._not_shown(unread)
        self._slice.defer(self._end)

    def _unread(self) -> set[int]:
        """Return the ids of parts that this run has read in vain: not once more."""
        return set(load_checkpoint(self._run).unread_parts)

    def _not_shown(self, unread: set[int]) -> GhlError:
        """Return the error of a run that was not shown all: the next one looks again.

        After a pause that grows, as after every audit that failed.
        """
        counter = MirrorCounter(self._location)
        count = sum(
            count_unread(self._location, counter.condition(part._to_span()))
            for part in parts_of(self._location)
            if part.id in unread
        )
        words = self._env._(
            "GoHighLevel neither listed nor denied %s contacts, whose contents were to "
            "be read. They are read later, by themselves.",
            count,
        )
        return GhlError(words, code="contents_unread")

    def _is_ordered(self) -> bool:
        """Tell whether a person has asked for all contents."""
        return bool(self._location.audit_requested_at)

    # === WHAT IS READ === #

    def _begin(self) -> None:
        self._note_changes()
        self._adopt()
        ensure_parts(self._location, self._slice.client.capabilities)
        self._left = requests_left(self._location, self._run)
        planned = self._planned()
        self._keys = [part.key for part in planned]
        if not self._run.contacts_expected:
            self._run.contacts_expected = sum(part.contacts for part in planned)

    def _note_changes(self) -> None:
        """Keep what was read so far, by the phase before: changes with a date."""
        run, checkpoint = self._run, load_checkpoint(self._run)
        if checkpoint.changes_read is None:
            found = run.contacts_created + run.contacts_updated
            save_checkpoint(run, replace(checkpoint, changes_read=found))

    def _adopt(self) -> None:
        """Take over how far an earlier run has come."""
        begun = parts_of(self._location).filtered("begun_at")
        for table in ("ghl.sync.window", "ghl.sync.page"):
            model = self._env[table]
            model.flush_model()
            self._env.cr.execute(
                SQL(
                    """
                    UPDATE %s w SET run_id = %s FROM ghl_sync_run r
                     WHERE r.id = w.run_id AND r.location_id = %s
                       AND r.kind = 'audit' AND r.id < %s
                    """,
                    SQL.identifier(model._table),
                    self._run.id,
                    self._location.id,
                    self._run.id,
                )
            )
            model.invalidate_model()
        if begun and not self._windows():
            # Nobody knows how far they were read: they are begun anew.
            begun.begun_at = False

    def _windows(self) -> list[Window]:
        return WindowReader(self._slice).load("audit")

    def _planned(self) -> list[Part]:
        """Return what is to be read, the most urgent first; its beginnings first."""
        left = self._left - self._run.requests_sent
        begun = set(parts_of(self._location).filtered("begun_at").ids)
        wanted = wanted_parts(self._location, left, self._unread())
        return sorted(wanted, key=lambda part: part.key not in begun)

    def _take_parts(self) -> Any:
        """Return the parts to read next: those that are begun, or the most urgent."""
        unread = self._unread()
        rows = parts_of(self._location).filtered(lambda row: row.id not in unread)
        begun = rows.filtered("begun_at")
        if begun:
            self._keys = [key for key in self._keys if key not in set(begun.ids)]
            return begun
        there = set(rows.ids)
        keys = [key for key in self._keys if key in there]
        keys = keys or [part.key for part in self._planned()]
        taken = _side_by_side(rows, keys) if keys else []
        self._keys = [key for key in keys if key not in taken]
        return rows.browse(taken)

    # === READING === #

    def _read(self, parts: Any) -> None:
        """Read parts, look after what was not shown, and note when that was."""
        findings = Findings(self._run, parts)
        reader = WindowReader(self._slice, around=findings.around)
        windows = reader.load("audit")
        span = _span_of(parts)
        if not windows:
            windows = self._slice.commit(lambda: self._begin_parts(reader, parts, span))
        reader.begin(windows)
        reader.go_on(beside=self._look)
        deletions = Deletions(self._slice)
        # By a search first: what lives is to be read as the search shows it.
        condition = MirrorCounter(self._location).condition(span)
        deletions.resolve(condition, likely_gone=False)
        deletions.apply()
        settle_older(self._run, self._slice)
        self._slice.commit(partial(self._end_parts, parts))

    def _begin_parts(
        self, reader: WindowReader, parts: Any, span: Span
    ) -> list[Window]:
        parts.write({"begun_at": exact_now(), "drift": False, "drifted": 0})
        return reader.add(span.window(), phase="audit")

    def _end_parts(self, parts: Any) -> None:
        counter = MirrorCounter(self._location)
        counts = counter.count([part._to_span() for part in parts])
        unread = parts.filtered(
            lambda part: count_unread(
                self._location, counter.condition(part._to_span())
            )
        )
        for part, count in zip(parts, counts, strict=True):
            level = min(part.level + 1, MAX_LEVEL) if part.drifted else part.level - 1
            part.write(
                {
                    "contacts": count,
                    "read_at": part.read_at if part in unread else part.begun_at,
                    "begun_at": False,
                    "level": max(0, level),
                }
            )
        cut_grown(self._location, parts - unread)
        # Windows and pages of parts that were read to their end have served.
        self._run._drop_work_rows()
        checkpoint = load_checkpoint(self._run)
        in_vain = (*checkpoint.unread_parts, *unread.ids)
        checkpoint = replace(
            checkpoint, listed=False, doubt=False, unread_parts=in_vain
        )
        save_checkpoint(self._run, checkpoint)
        refresh(self._location)

    # === WHEN IT ENDS === #

    def _look(self, _sweep: Sweep) -> None:
        if self._is_over():
            raise PieceOver

    def _is_over(self) -> bool:
        """Tell whether others go first, or no more may be sent."""
        run = self._run
        if run.follow_up_kind:
            return True
        # The next run begins by reading what has changed since.
        if is_read_due(self._location, run.started_at):
            return True
        if self._is_ordered():
            return False
        # Those under way, and those that follow them before anybody looks again.
        return self._slice.sent + 2 * self._slice.threads > self._left

    def _end_in_vain(self) -> None:
        """End a run that fails: what it has read of changes was read all the same."""
        self._location.write(
            {
                "watermark_ms": new_watermark(self._run),
                "last_delta_at": self._run.started_at,
            }
        )
        self._end()

    def _end(self) -> None:
        location = self._location
        asked_at = location.audit_requested_at
        unread = self._unread()
        shown = parts_of(location).filtered(lambda part: part.id not in unread)
        reads = shown.mapped("read_at")
        # Parts that were read in vain are read by schedule, as soon as they are shown.
        is_read = reads or not unread
        if asked_at and is_read and all(read and read >= asked_at for read in reads):
            location.audit_requested_at = False
        location.last_audit_at = fields.Datetime.now()
        refresh(location)
        if location.audit_requested_at:
            # Whatever went first is done, or goes first now; then the audit goes on.
            location._trigger_cron()


def _span_of(parts: Any) -> Span:
    """Return the one range that parts side by side are."""
    spans: list[Span] = [part._to_span() for part in parts]
    if len(spans) == 1:
        return spans[0]
    spans.sort(key=lambda span: span.lower if span.lower is not None else -(10**18))
    return Span(DATED, spans[0].lower, spans[-1].upper)


def _side_by_side(rows: Any, keys: Sequence[int]) -> list[int]:
    """Return the most urgent part, and those wanted that lie beside it without a gap.

    :param keys: ids of the parts that are wanted, the most urgent first
    """
    dated = rows.filtered(lambda row: row.scope == DATED)
    order = list(dated.sorted(lambda row: row.lower_ms if row.has_lower else -1e18).ids)
    first = keys[0]
    if first not in order:
        return [first]
    wanted = set(keys)
    low = high = order.index(first)
    while high - low + 1 < PARTS_AT_ONCE:
        if high + 1 < len(order) and order[high + 1] in wanted:
            high += 1
        elif low and order[low - 1] in wanted:
            low -= 1
        else:
            break
    return order[low : high + 1]

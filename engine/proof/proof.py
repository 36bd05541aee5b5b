"""The proof: counts of both sides, window by window; what differs is repaired."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from ...tools.sync.reconcile import Difference, Span, compare, narrow
from ...tools.sync.window import ALL, RECENT, UPDATED
from ..checkpoint import COARSE, FINE, ProofState, load_checkpoint
from ..deletion.deletions import Deletions
from ..deletion.words import undecided
from ..privacy.left_out import begin_proof, known_contacts
from ..reading.counting import (
    SMALL_LOCATION,
    MirrorCounter,
    VendorCounter,
    proof_scopes,
)
from ..reading.stale_reads import settle_older
from ..reading.watermark import (
    advance_watermark,
    note_changes_asked,
    with_lookback,
)
from ..reading.window_reader import WindowReader
from ..slice.slice import SyncSlice
from .repair import MAX_LEAF, end_step, repair_leaf
from .result import correct_count, store_proof
from .words import explain_unequal

# A location that is edited all the while gets that many chances to hold still.
ROUNDS = 4
# Up to so many windows are read one by one. To repair more, everything is read.
MAX_LEAVES = 300

# Reasons why a comparison ended; `store_proof` says it in words.
UNDECIDED = "undecided deletions"


def prove(run_slice: SyncSlice) -> None:
    """Prove that the mirror is complete, or find out why not: the last phase."""
    Proof(run_slice).prove()


class Proof:
    """Compares, narrows down, repairs, until counts are equal or stay unequal.

    Along dateAdded (who exists); a verify also along dateUpdated (who is stale). A
    coarse comparison is enough as long as nothing differs. Once something does, all is
    compared by smaller windows, since a contact that is missing and one too many in the
    same window cancel each other; and when everything is repaired, again by windows
    that are cut elsewhere. Counts that stay unequal although every window that differs
    was read and nothing was left to repair prove enough when the totals agree:
    GoHighLevel then files contacts under other dates than it shows (years that its
    calendar does not have, for one).

    The state of the work is in the checkpoint, so that a slice may end anywhere.
    """

    def __init__(self, run_slice: SyncSlice) -> None:
        self._slice = run_slice
        self._run: Any = run_slice.run
        self._location: Any = run_slice.location
        self._mirror = MirrorCounter(run_slice.location)
        self._vendor = VendorCounter(run_slice)
        self._scopes = proof_scopes(run_slice.run)

    def prove(self) -> None:
        """Go on from the stored state to the end, and store the result."""
        state = load_checkpoint(self._run).proof
        if state is None:
            # Candidates that are decided beforehand are not found again window by
            # window.
            deletions = Deletions(self._slice)
            deletions.begin()
            deletions.apply()
            state = self._first_state()
        while state.scope < len(self._scopes):
            state = self._do_step(state)
            is_last = state.scope == len(self._scopes)
            write = self._slice.defer if is_last else self._slice.commit
            write(partial(end_step, self._run, state))
        settle_older(self._run, self._slice)
        self._slice.defer(partial(store_proof, self._run, state))

    def _first_state(self) -> ProofState:
        self._slice.defer(partial(correct_count, self._location))
        self._slice.defer(partial(begin_proof, self._location))
        sent = self._slice.sent - self._vendor.prefetched_requests()
        state = ProofState(requests_before=sent)
        count = self._location.contact_count
        if self._run.kind == "verify" and count <= SMALL_LOCATION:
            state = self._read_all(state, count)
        return state

    def _do_step(self, state: ProofState) -> ProofState:
        if state.pending is None:
            again = state.round and state.grid == COARSE
            if again and not state.caught_up:
                return self._catch_up(state)
            return self._compare_scope(state)
        if state.pending:
            return self._narrow_once(state, state.pending)
        if state.leaves:
            return repair_leaf(self._slice, state)
        # All at once, for the brake to see how many there are.
        Deletions(self._slice).apply()
        if state.deferred:
            return self._take_up_deferred(state)
        return state.next_scope(len(self._scopes))

    def _repaired(self) -> tuple[int, ...]:
        """Return the counters that every repair raises."""
        run = self._run
        return (run.contacts_created, run.contacts_updated, run.contacts_deleted)

    def _end_unproven(
        self, state: ProofState, reason: str, gap: int | None = None
    ) -> ProofState:
        """Return the state in which nothing more is compared."""
        return replace(state, scope=len(self._scopes), unproven=reason, gap=gap)

    def _explain(self, differences: Sequence[Difference], gap: int) -> str:
        return explain_unequal(self._run, differences, gap, ROUNDS)

    # === COMPARING === #

    def _compare_scope(self, state: ProofState) -> ProofState:
        """Count every window of a scope on both sides."""
        counted = None if state.round else self._vendor.take_prefetched()
        if counted is None:
            caps = self._slice.client.capabilities
            spans = self._mirror.spans(self._scopes[state.scope], state.grid, caps)
            counted = spans, self._vendor.count([*spans, Span(ALL)])
        spans, counts = counted
        # Windows tell of the contacts that have a date, or are known to have none; the
        # count of all tells whether there are others.
        *remote, everything = counts
        local = self._mirror.count(spans)
        state = replace(state, totals=(sum(local), sum(remote)))
        differences = compare(spans, local, remote)
        if differences:
            return self._handle_differences(
                state, differences, sum(remote) - sum(local)
            )
        if everything not in (-1, sum(remote)):
            return self._handle_count_surplus(state, everything)
        return replace(state, surplus_seen=False).next_scope(len(self._scopes))

    def _handle_differences(
        self, state: ProofState, differences: list[Difference], gap: int
    ) -> ProofState:
        """Decide what windows that differ lead to: repairs, another look, or an end.

        :param gap: by how much the vendor's counts exceed the mirror's
        """
        if state.round and undecided(self._location):
            # They make windows differ, and no repair changes that.
            return self._end_unproven(state, UNDECIDED)
        seen_before = False
        if state.grid == COARSE and state.settled == self._repaired():
            total = self._slice.call(lambda client: client.count())
            count = known_contacts(self._location)
            if total is not None and total == count:
                state = _note_filed_elsewhere(state, differences, total)
                return state.next_scope(len(self._scopes))
            gap = gap if total is None else total - count
            seen_before = gap == state.last_gap
            state = replace(state, last_gap=gap)
        unknown = any(difference.remote < 0 for difference in differences)
        last_round = state.grid == COARSE and state.round >= ROUNDS
        if unknown or seen_before or last_round:
            # Reading everything again would not tell more.
            return self._end_unproven(state, self._explain(differences, gap))
        scope = self._scopes[state.scope]
        if state.grid == COARSE and self._mirror.has_finer_grid(scope):
            return replace(state, scope=0, grid=FINE)
        return self._plan_repairs(state, scope, differences)

    def _plan_repairs(
        self, state: ProofState, scope: str, differences: list[Difference]
    ) -> ProofState:
        # A stale contact is too many where it was and lacks where it went. Read again
        # by its id, it leaves the one and arrives at the other: half of the work.
        surplus = differences
        if scope == UPDATED:
            surplus = [d for d in differences if d.local > d.remote]
        return replace(
            state,
            grid=FINE,
            repaired_before=state.repaired_before or self._repaired(),
            pending=tuple(surplus),
            deferred=tuple(d for d in differences if d not in surplus),
            leaves=(),
        )

    def _take_up_deferred(self, state: ProofState) -> ProofState:
        """Look after the differences that the repairs so far have not closed."""
        counts = self._mirror.count([difference.span for difference in state.deferred])
        left = [
            Difference(difference.span, count, difference.remote)
            for difference, count in zip(state.deferred, counts, strict=True)
            if count != difference.remote
        ]
        return replace(state, pending=tuple(left), deferred=())

    def _handle_count_surplus(self, state: ProofState, everything: int) -> ProofState:
        """Go on when the windows agree, and the count of all tells of other contacts.

        The vendor may file them under no date at all. Counted again first, since one
        may just have been added; then all are read, if that is not too much.
        """
        if not state.surplus_seen:
            state = state.next_comparison()
            return replace(state, scope=0, round=state.round + 1, surplus_seen=True)
        gap = everything - known_contacts(self._location)
        may_read_all = self._run.kind == "full" or everything <= MAX_LEAF
        if gap <= 0 or state.read_all or not may_read_all:
            return self._end_unproven(state, self._explain([], gap), gap)
        return self._read_all(state, everything)

    def _narrow_once(
        self, state: ProofState, pending: Sequence[Difference]
    ) -> ProofState:
        """Halve the windows that differ, until they are small enough to be read."""
        leaves, left = narrow(
            pending,
            self._mirror.middle,
            self._mirror.count,
            self._vendor.count,
            self._mirror.leaf_size(),
        )
        state = replace(state, pending=tuple(left), leaves=(*state.leaves, *leaves))
        if len(state.leaves) + len(left) > MAX_LEAVES:
            # Each step stores a list of what is left to do. With very many differences
            # these lists would grow with their square, and reading everything takes
            # fewer requests by then.
            return self._read_everything(state)
        return state

    # === READING === #

    def _catch_up(self, state: ProofState) -> ProofState:
        """Read what changed while the comparison was being repaired."""
        lower = with_lookback(self._run, load_checkpoint(self._run).watermark_ms)
        if lower is not None:
            reader = WindowReader(self._slice)
            windows = reader.load("prove")
            if not windows:
                caps = self._slice.client.capabilities
                window = Span(
                    UPDATED if caps.can_select_dates else RECENT, lower
                ).window()
                asked = partial(note_changes_asked, self._run, time.time(), anew=True)
                self._slice.defer(asked)
                windows = self._slice.commit(lambda: reader.add(window))
            reader.read_windows(windows)
            self._slice.commit(partial(advance_watermark, self._run, windows))
        return replace(state, caught_up=True)

    def _read_everything(self, state: ProofState) -> ProofState:
        """Read all contacts instead of very many windows; a verify orders a full."""
        if self._run.kind == "full":
            return self._read_all(state, self._location.contact_count)
        self._slice.commit(lambda: self._run._join("full"))
        return replace(state, pending=(), leaves=(), doubt=True)

    def _read_all(self, state: ProofState, count: int) -> ProofState:
        """Return the state in which everything is read, whatever its date."""
        everything = Difference(Span(ALL), count, count)
        return replace(
            state,
            grid=FINE,
            repaired_before=self._repaired(),
            pending=(),
            deferred=(),
            leaves=(everything,),
            read_all=True,
            # The repair of all ends a pass over every scope.
            scope=len(self._scopes) - 1,
        )


def _note_filed_elsewhere(
    state: ProofState, differences: list[Difference], total: int
) -> ProofState:
    """Note how many contacts the vendor files under other dates than it shows."""
    filed = sum(max(0, d.local - d.remote) for d in differences)
    filed = max(filed, state.filed_elsewhere)
    return replace(state, totals=(total, total), filed_elsewhere=filed)

"""The proof: counts of both sides, window by window; what differs is repaired."""

from dataclasses import replace
from functools import partial

from odoo import fields, models

from ...tools.sync.partition import ALL, DATED, RECENT, UPDATED
from ...tools.sync.reconcile import Difference, Span, compare, narrow
from ..calibration import doubt_calibration
from ..checkpoint import COARSE, FINE, ProofState, load_checkpoint
from ..clock import usable_watermark
from ..deletion.deletions import Deletions
from ..reading.counting import SMALL_LOCATION
from ..reading.older_states import explain_left, settle_older
from .repair import MAX_LEAF
from .words import explain_gap

# A location that is edited all the while gets that many chances to hold still.
ROUNDS = 4
# So many windows are read singly; the repair of more is a reading of all.
MAX_LEAVES = 300

# Why a comparison ended; `_store_proof` says it in words.
UNDECIDED = "undecided deletions"


class GhlSyncRun(models.Model):
    _inherit = "ghl.sync.run"

    def _phase_prove(self, run_slice) -> None:
        """Compare, narrow down, repair, until the counts are equal or stay unequal.

        Along dateAdded (who exists); a verify also along dateUpdated (who is stale).
        A coarse comparison is enough as long as nothing differs. Once something does,
        all is compared by smaller windows, since a contact that is missing and one too
        many in the same window cancel each other; and when everything is repaired,
        again by windows that are cut elsewhere. Counts that stay unequal although
        every window that differs was read and nothing was left to repair prove
        enough when the totals agree: GoHighLevel then files contacts under other
        dates than it shows (years that its calendar does not have, for one).

        The state of the work is in the checkpoint, so that a slice may end anywhere.
        """
        scopes = self._proof_scopes()
        state = load_checkpoint(self).proof
        if state is None:
            # What is decided beforehand need not be found again window by window.
            deletions = Deletions(run_slice)
            deletions.begin()
            deletions.apply()
            state = self._first_proof_state(run_slice)
        while state.scope < len(scopes):
            state = self._prove_step(run_slice, scopes, state)
            is_last = state.scope == len(scopes)
            write = run_slice.defer if is_last else run_slice.commit
            write(lambda state=state: self._end_step(state))
        settle_older(self, run_slice)
        run_slice.defer(lambda: self._store_proof(state))

    def _correct_count(self) -> None:
        """Make the location's counter what the table holds.

        Rows may have been removed behind the addon's back, by SQL or a data cleaner.
        """
        (count,) = self._count_local([Span(ALL)])
        location = self.location_id
        if location.contact_count != count:
            # GoHighLevel's total does not move along with a mistake of ours.
            location.write({"contact_count": count, "ghl_total": location.ghl_total})

    def _first_proof_state(self, run_slice) -> ProofState:
        run_slice.defer(self._correct_count)
        sent = run_slice.sent - self._asked_early(run_slice)
        state = ProofState(requests_before=sent)
        count = self.location_id.contact_count
        if self.kind == "verify" and count <= SMALL_LOCATION:
            state = self._read_all(state, count)
        return state

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
            scope=len(self._proof_scopes()) - 1,
        )

    def _proof_scopes(self) -> list[str]:
        if not self.location_id.connection_id._get_capabilities().can_count_ranges:
            return [ALL]
        return [DATED, UPDATED] if self.kind == "verify" else [DATED]

    def _prove_step(
        self, run_slice, scopes: list[str], state: ProofState
    ) -> ProofState:
        if state.pending is None:
            again = state.round and state.grid == COARSE
            if again and not state.caught_up:
                return self._catch_up(run_slice, state)
            return self._compare_scope(run_slice, scopes, state)
        if state.pending:
            return self._narrow_once(run_slice, state)
        if state.leaves:
            return self._repair_leaf(run_slice, state)
        # All at once, for the brake to see how many there are.
        Deletions(run_slice).apply()
        if state.deferred:
            return self._take_up_deferred(state)
        return state.next_scope(len(scopes))

    def _repaired(self) -> tuple[int, ...]:
        """Return the counters that every repair raises."""
        return (self.contacts_created, self.contacts_updated, self.contacts_deleted)

    # === COMPARING === #

    def _compare_scope(
        self, run_slice, scopes: list[str], state: ProofState
    ) -> ProofState:
        """Count every window of a scope on both sides."""
        scope = scopes[state.scope]
        early = None if state.round else self._take_counts(run_slice)
        if early:
            spans, counts = early
        else:
            spans = self._spans(scope, state.grid, run_slice.client.capabilities)
            counts = self._count_remote(run_slice, [*spans, Span(ALL)])
        # Windows tell of the contacts that have a date, or are known to have none; the
        # count of all tells whether there are others.
        *remote, everything = counts
        local = self._count_local(spans)
        state = replace(state, totals=(sum(local), sum(remote)))
        differences = compare(spans, local, remote)
        if not differences:
            if everything not in (-1, sum(remote)):
                return self._handle_count_surplus(scopes, state, everything)
            return replace(state, surplus_seen=False).next_scope(len(scopes))
        unknown = min(remote) < 0
        gap = sum(remote) - sum(local)
        if state.round and self.location_id._undecided_deletions():
            # They make windows differ, and no repair changes that.
            return replace(state, scope=len(scopes), unproven=UNDECIDED)
        seen_before = False
        if state.grid == COARSE and state.settled == self._repaired():
            total = run_slice.call(lambda client: client.count())
            count = self.location_id.contact_count
            if total == count:
                return _filed(state, differences, total).next_scope(len(scopes))
            gap = gap if total is None else total - count
            seen_before = gap == state.last_gap
            state = replace(state, last_gap=gap)
        last_round = state.grid == COARSE and state.round >= ROUNDS
        if unknown or seen_before or last_round:
            # Reading everything again would not tell more.
            words = self._explain(differences, gap)
            return replace(state, scope=len(scopes), unproven=words)
        if state.grid == COARSE and self._has_finer_grid(scope):
            return replace(state, scope=0, grid=FINE)
        # A stale contact is too many where it was and lacks where it went. Read again
        # by its id, it leaves the one and arrives at the other: half of the work.
        surplus = differences
        if scope == UPDATED:
            surplus = [d for d in differences if d.local > d.remote]
        deferred = [d for d in differences if d not in surplus]
        return replace(
            state,
            grid=FINE,
            repaired_before=state.repaired_before or self._repaired(),
            pending=tuple(surplus),
            deferred=tuple(deferred),
            leaves=(),
        )

    def _take_up_deferred(self, state: ProofState) -> ProofState:
        """Look after the differences that the repairs so far have not closed."""
        counts = self._count_local([difference.span for difference in state.deferred])
        left = [
            Difference(difference.span, count, difference.remote)
            for difference, count in zip(state.deferred, counts, strict=True)
            if count != difference.remote
        ]
        return replace(state, pending=tuple(left), deferred=())

    def _handle_count_surplus(
        self, scopes: list[str], state: ProofState, everything: int
    ) -> ProofState:
        """Go on when the windows agree, and the count of all tells of other contacts.

        The vendor may file them under no date at all. Counted again first, since one
        may just have been added; then all are read, if that is not too much.
        """
        count = self.location_id.contact_count
        if not state.surplus_seen:
            state = state.next_comparison()
            return replace(state, scope=0, round=state.round + 1, surplus_seen=True)
        gap = everything - count
        able = self.kind == "full" or everything <= MAX_LEAF
        if gap <= 0 or state.read_all or not able:
            words = self._explain([], gap)
            return replace(state, scope=len(scopes), unproven=words, gap=gap)
        return self._read_all(state, everything)

    def _catch_up(self, run_slice, state: ProofState) -> ProofState:
        """Read what changed while the comparison was being repaired."""
        mark = usable_watermark(load_checkpoint(self).watermark_ms)
        if mark:
            windows = self._load_windows("prove")
            if not windows:
                lower = mark - 1_000 * self.env["ghl.settings"]._int("delta_overlap")
                able = run_slice.client.capabilities.can_select_dates
                window = Span(UPDATED if able else RECENT, lower).window()
                windows = run_slice.commit(lambda: self._add_windows(window))
            self._read_windows(run_slice, windows, with_splits=True)
            run_slice.commit(lambda: self._raise_mark_by(windows))
        return replace(state, caught_up=True)

    def _narrow_once(self, run_slice, state: ProofState) -> ProofState:
        count_remote = partial(self._count_remote, run_slice)
        leaves, left = narrow(
            state.pending,
            self._middle,
            self._count_local,
            count_remote,
            self._leaf_size(),
        )
        state = replace(state, pending=tuple(left), leaves=(*state.leaves, *leaves))
        if len(state.leaves) + len(left) > MAX_LEAVES:
            # Each step stores what is left to be done: of very many that would grow
            # with their square, and to read all takes fewer requests by then.
            return self._read_everything(run_slice, state)
        return state

    def _read_everything(self, run_slice, state: ProofState) -> ProofState:
        """Read all contacts instead of very many windows; a verify orders a full."""
        if self.kind == "full":
            return self._read_all(state, self.location_id.contact_count)
        run_slice.commit(lambda: self._join("full"))
        return replace(state, pending=(), leaves=(), doubt=True)

    # === THE RESULT === #

    def _explain(self, differences: list[Difference], gap: int) -> str:
        """Return why the counts stay unequal, in words."""
        if any(difference.remote < 0 for difference in differences):
            return self.env._("GoHighLevel does not tell how many contacts there are.")
        if gap:
            return explain_gap(self, gap, ROUNDS)
        return self.env._(
            "The location changed while it was compared: %s windows still differ.",
            len(differences),
        )

    def _describe_proof(self, count: int, filed: int = 0) -> str:
        if filed:
            return self.env._(
                "%(count)s contacts on both sides. GoHighLevel files %(filed)s of them "
                "under other dates than it shows; each of those was compared singly.",
                count=count,
                filed=filed,
            )
        able = self.location_id.connection_id._get_capabilities()
        if able.can_count_ranges:
            return self.env._("%s contacts on both sides, window by window.", count)
        return self.env._(
            "%s contacts on both sides, by one count over all: this account cannot "
            "count by date.",
            count,
        )

    def _store_proof(self, state: ProofState) -> None:
        self._correct_count()
        local, remote = state.totals or (0, 0)
        # Nothing is proven while deletions are undecided, even if the counts agree.
        unproven = (
            self.location_id._undecided_deletions()
            or state.unproven
            or explain_left(self)
        )
        self.write(
            {
                "proof_state": "not_proven" if unproven else "proven",
                "proof_message": unproven
                or self._describe_proof(local, state.filed_elsewhere),
                "proof_local": local,
                "proof_remote": max(remote, 0),
                "proof_requests": self.requests_sent - state.requests_before,
            }
        )
        location = self.location_id
        if state.gap is not None:
            remote = location.contact_count + state.gap
        values = {
            "proof_state": self.proof_state,
            "proof_message": self.proof_message,
            "known_gap": remote - location.contact_count if remote >= 0 else 0,
        }
        if not unproven:
            self.location_id._candidates().drop_hidden()
            values["proven_complete_at"] = fields.Datetime.now()
        if state.read_all:
            values["contents_at"] = self.started_at
        location.write(values)
        if remote >= 0:
            location._store_total(remote)
        if unproven:
            # Perhaps the ranges are not what they are taken for.
            doubt_calibration(self)


def _filed(state: ProofState, differences: list[Difference], total: int) -> ProofState:
    """Note how many contacts the vendor files under other dates than it shows."""
    filed = sum(max(0, d.local - d.remote) for d in differences)
    filed = max(filed, state.filed_elsewhere)
    return replace(state, totals=(total, total), filed_elsewhere=filed)

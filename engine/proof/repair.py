"""Repairs: windows of which the counts differ are read again."""

from dataclasses import replace

from odoo import models

from ...tools.sync.partition import UPDATED, Window
from ..checkpoint import ProofState, load_checkpoint, save_checkpoint
from ..deletion.deletions import Deletions

# More than that to be read again is a full sync's work.
MAX_LEAF = 20_000


class GhlSyncRun(models.Model):
    _inherit = "ghl.sync.run"

    def _repair_leaf(self, run_slice, state: ProofState) -> ProofState:
        """Read one differing span; merge it, and look after what it did not bring.

        Its windows, and where its rows of `ghl.sync.page` begin, are stored: a slice
        may end anywhere in it.
        """
        leaf, *others = state.leaves
        rest = replace(state, leaves=tuple(others))
        if leaf.remote > MAX_LEAF and self.kind != "full":
            run_slice.commit(lambda: self._join("full"))
            return replace(rest, doubt=True)
        windows = self._load_windows("prove")
        if not windows:
            windows = run_slice.commit(lambda: self._begin_leaf([leaf.span.window()]))
        self._read_windows(run_slice, windows, with_splits=True)
        # Without an edit nothing leaves the place where it was added.
        Deletions(run_slice).resolve(
            self._span_sql(leaf.span),
            since=load_checkpoint(self).pages_before,
            likely_gone=leaf.span.scope != UPDATED,
        )
        doubt = load_checkpoint(self).doubt or any(w.short for w in windows)
        return replace(rest, doubt=state.doubt or doubt)

    def _begin_leaf(self, windows: list[Window]) -> list[Window]:
        last = self.env["ghl.sync.page"].search(
            [("run_id", "=", self.id)], order="id desc", limit=1
        )
        checkpoint = replace(
            load_checkpoint(self),
            pages_before=last.id or 0,
            listed=False,
            doubt=False,
        )
        save_checkpoint(self, checkpoint)
        return self._add_windows(*windows)

    def _end_step(self, state: ProofState) -> None:
        """Store where the proof is, now that what a step read is done with."""
        short = self._was_cut_short()
        self.env["ghl.sync.window"].search(
            [("run_id", "=", self.id), ("phase", "=", "prove")]
        ).unlink()
        checkpoint = load_checkpoint(self)
        checkpoint = replace(checkpoint, proof=state, listed=False, cut_short=short)
        save_checkpoint(self, checkpoint)

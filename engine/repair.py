"""Repairs: windows of which the counts differ are read again."""

from odoo import models

from ..tools.sync.partition import ALL, UNDATED, UPDATED, Window
from ..tools.sync.reconcile import Difference
from .deletion.deletions import Deletions

# More than that to be read again is a full sync's work.
MAX_LEAF = 20_000


class GhlSyncRun(models.Model):
    _inherit = "ghl.sync.run"

    def _repair_leaf(self, run_slice, state: dict) -> dict:
        """Read one differing span; merge it, and look after what it did not bring.

        Its windows, and where its rows of `ghl.sync.page` begin, are stored: a slice
        may end anywhere in it.
        """
        leaf = Difference.from_json(state["leaves"][0])
        rest = {**state, "leaves": state["leaves"][1:]}
        if leaf.remote > MAX_LEAF and self.kind != "full":
            run_slice.commit(lambda: self._join("full"))
            return {**rest, "doubt": True}
        windows = self._load_windows("prove")
        if not windows:
            wanted = [leaf.span.window()]
            if (
                leaf.span.scope == ALL
                and not run_slice.client.capabilities.undated_listed
            ):
                wanted.append(Window(UNDATED))
            windows = run_slice.commit(lambda: self._begin_leaf(wanted))
        self._read_windows(run_slice, windows, with_splits=True)
        # Without an edit nothing leaves the place where it was added.
        Deletions(run_slice).resolve(
            self._span_sql(leaf.span),
            since=self.checkpoint["since"],
            likely_gone=leaf.span.scope != UPDATED,
        )
        doubt = self.checkpoint.get("doubt") or any(w.short for w in windows)
        return {**rest, "doubt": state.get("doubt") or doubt}

    def _begin_leaf(self, windows: list[Window]) -> list[Window]:
        last = self.env["ghl.sync.page"].search(
            [("run_id", "=", self.id)], order="id desc", limit=1
        )
        self._save_checkpoint(since=last.id or 0, listed=False, doubt=False)
        return self._add_windows(*windows)

    def _end_step(self, state: dict) -> None:
        """Store where the proof is, now that what a step read is done with."""
        short = self._was_cut_short()
        self.env["ghl.sync.window"].search(
            [("run_id", "=", self.id), ("phase", "=", "prove")]
        ).unlink()
        self._save_checkpoint(prove=state, listed=False, cut_short=short)

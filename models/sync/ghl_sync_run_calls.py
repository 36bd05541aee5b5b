"""What pieces of runs that are still models call on a run: the engine's functions.

To be removed with the last of these callers.
"""

from odoo import models

from ...engine.reading.counting import MirrorCounter, VendorCounter
from ...engine.reading.watermark import advance_watermark
from ...engine.reading.window_reader import WindowReader, was_cut_short


class GhlSyncRun(models.Model):
    _inherit = "ghl.sync.run"

    def _load_windows(self, phase):
        rows = self.env["ghl.sync.window"].search(
            [("run_id", "=", self.id), ("phase", "=", phase)], order="id"
        )
        return [row._to_window() for row in rows]

    def _add_windows(self, *windows, phase=None):
        self.env["ghl.sync.window"]._store(self, list(windows), phase=phase)
        return list(windows)

    def _read_windows(self, run_slice, windows, with_splits=True):
        WindowReader(run_slice).read(windows)

    def _raise_mark_by(self, windows):
        advance_watermark(self, windows)

    def _was_cut_short(self):
        return was_cut_short(self)

    def _count_local(self, spans):
        return MirrorCounter(self.location_id).count(spans)

    def _span_sql(self, span):
        return MirrorCounter(self.location_id).condition(span)

    def _spans(self, scope, grid, capabilities):
        return MirrorCounter(self.location_id).spans(scope, grid, capabilities)

    def _has_finer_grid(self, scope):
        return MirrorCounter(self.location_id).has_finer_grid(scope)

    def _leaf_size(self):
        return MirrorCounter(self.location_id).leaf_size()

    def _middle(self, span):
        return MirrorCounter(self.location_id).middle(span)

    def _count_remote(self, run_slice, spans):
        return VendorCounter(run_slice).count(spans)

    def _asked_early(self, run_slice):
        return VendorCounter(run_slice).prefetched_requests()

    def _take_counts(self, run_slice):
        return VendorCounter(run_slice).take_prefetched()

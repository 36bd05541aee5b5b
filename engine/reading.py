"""The reading phases of a run: prepare, sweep, delta."""

from dataclasses import replace
from functools import partial

from odoo import models
from odoo.tools import SQL

from ..tools.dates import parse_ms
from ..tools.errors import GhlError
from ..tools.sync.partition import ALL, DATED, RECENT, UNDATED, UPDATED, Window
from ..tools.sync.reconcile import cover
from .checkpoint import load_checkpoint, save_checkpoint
from .clock import mark_bound, usable_mark
from .deletion.deletions import close_full_sync
from .window_reader import SLOW_PAGES, date_added, search_ends

# How many contacts to look through for the latest change where a vendor's API cannot
# select it: typing errors in years to come stand first.
NEWEST_PAGE = 100
_EXTENT = ("oldest", "latest", "total")


class GhlSyncRun(models.Model):
    _inherit = "ghl.sync.run"

    # === PREPARE === #

    def _phase_prepare(self, run_slice) -> None:
        """Read the small lists, and what must be known before reading contacts."""
        calls = {
            "details": lambda client: client.get_location(),
            "fields": lambda client: client.get_custom_fields(),
            "tags": lambda client: client.get_tags(),
            "users": lambda client: client.get_users(),
            "newest": partial(_search_newest, most=run_slice.page_limit),
        }
        if self._may_be_large(run_slice):
            # Known before the first page they save round trips, a second each at times.
            calls["oldest"] = partial(search_ends, direction="asc")
            calls["latest"] = partial(search_ends, direction="desc")
            calls["total"] = lambda client: client.count()
        answers = run_slice.gather(calls)
        newest = answers.pop("newest")
        if isinstance(newest, GhlError):
            raise newest
        oldest, latest, total = (
            None if isinstance(answer, GhlError) else answer
            for answer in (answers.pop(name, None) for name in _EXTENT)
        )
        extent = {
            "first_added_ms": date_added(oldest),
            "last_added_ms": date_added(latest),
            "total": total,
            "high_latency": run_slice.high_latency,
        }
        # They only give names to ids: whatever is the matter, the contacts go on.
        failed = {
            name: answers.pop(name)
            for name in list(answers)
            if isinstance(answers[name], GhlError)
        }
        details = answers.pop("details", None)
        run_slice.defer(
            lambda: self._store_prepared(details, answers, newest, extent, failed)
        )

    def _may_be_large(self, run_slice) -> bool:
        """Tell whether the sweep may want to cut windows, by what is known so far."""
        location = self.location_id
        least = SLOW_PAGES * run_slice.page_limit
        return (
            self.kind == "full"
            and run_slice.client.capabilities.can_split
            and (not location.ghl_total_at or location.ghl_total >= least)
        )

    def _store_prepared(
        self, details, answers: dict, newest, extent: dict, failed: dict
    ) -> None:
        if details:
            self.location_id._store_details(details)
        self.location_id._store_references(answers)
        dates = [parse_ms(c.get("dateUpdated")) for c in newest.contacts]
        usable = [mark for date in dates if (mark := usable_mark(date))]
        checkpoint = load_checkpoint(self)
        watermark = max(usable, default=None)
        save_checkpoint(self, replace(checkpoint, watermark_ms=watermark, **extent))
        self._add_issues(
            [
                {"severity": "altered", "reason": f"{name} could not be read: {error}"}
                for name, error in failed.items()
            ]
        )
        self.phase = self._following_phase("prepare")

    def _following_phase(self, phase: str) -> str:
        phases = self._phases_left()
        return phases[phases.index(phase) + 1]

    # === SWEEP === #

    def _phase_sweep(self, run_slice) -> None:
        """Read every contact, window by window."""
        windows = self._load_windows("sweep")
        if not windows:
            windows = run_slice.commit(lambda: self._open_sweep(run_slice))
        # The delta that closes the run travels beside the last pages. What changes
        # after it was sent is for the next delta, as it would be if it was sent later.
        closing = self._load_windows("delta")
        self._read_windows(
            run_slice,
            windows,
            with_splits=True,
            closing=closing,
            on_ending=lambda: self._begin_counting(run_slice),
        )
        run_slice.defer(self._count_seen)

    def _open_sweep(self, run_slice) -> list[Window]:
        """Return the windows that a sweep begins with.

        Usually one over all, which is cut as it goes: its pages tell where. When every
        answer takes its time, so many are cut beforehand that all threads have work.
        """
        if run_slice.client.capabilities.can_select_dates:
            self._add_windows(Window(UPDATED, self._delta_lower()), phase="delta")
        known = load_checkpoint(self)
        first, last, total = known.first_added_ms, known.last_added_ms, known.total
        can_split = run_slice.client.capabilities.can_split
        pages = (total or 0) // run_slice.page_limit
        count = min(run_slice.threads - 1, pages // SLOW_PAGES)
        if known.high_latency and count > 1 and can_split and first and last:
            self.contacts_expected = total
            self.location_id._store_total(total)
            step = (last - first) / count
            cuts = (int(first + step * place) for place in range(1, count))
            spans = cover(DATED, (cut for cut in cuts if first < cut < last), UNDATED)
            return self._add_windows(*(span.window() for span in spans))
        return self._add_windows(Window(ALL))

    def _count_seen(self) -> None:
        """Count each contact once: windows that are split overlap by a page."""
        self.env["ghl.sync.page"].flush_model()
        self.env.cr.execute(
            SQL(
                """
                SELECT count(*) FROM (
                    SELECT DISTINCT jsonb_array_elements_text(contact_ids)::int
                      FROM ghl_sync_page
                     WHERE run_id = %s) seen
                """,
                self.id,
            )
        )
        (seen,) = self.env.cr.fetchone()
        written = self.contacts_created + self.contacts_updated
        self.contacts_seen = seen
        self.contacts_unchanged = max(0, seen - written)

    # === DELTA === #

    def _phase_delta(self, run_slice) -> None:
        """Read what changed since the watermark, less the overlap for the index's lag.

        A contact that is edited during the walk moves to its end: it is seen again.
        """
        windows = self._load_windows("delta")
        if not windows:
            able = run_slice.client.capabilities.can_select_dates
            lower = self._delta_lower()
            if able or lower is not None:
                # Without a mark no contact had a date of change: any that has is news.
                window = Window(UPDATED if able else RECENT, lower=lower)
                windows = run_slice.commit(lambda: self._add_windows(window))
        self._read_windows(run_slice, windows, with_splits=True)
        run_slice.defer(lambda: self._raise_mark_by(windows))
        if self.kind == "delta":
            total = run_slice.call(lambda client: client.count())
            run_slice.commit(lambda: self._check_total(total))

    def _delta_lower(self) -> int | None:
        """Return the moment (epoch ms) from which changes are read."""
        if self.kind == "full":
            mark = load_checkpoint(self).watermark_ms
        else:
            mark = self.location_id.watermark_ms
        mark = usable_mark(mark)
        if not mark:
            return None
        return mark - 1_000 * self.env["ghl.settings"]._int("delta_overlap")

    def _raise_mark_by(self, windows: list[Window]) -> None:
        """Let the next delta begin where these walks along dateUpdated ended."""
        # The newest first: one that broke off has not seen the older ones.
        ended = [w for w in windows if not (w.scope == RECENT and w.short)]
        positions = [w.newest for w in ended if w.newest is not None]
        if any(usable_mark(position) is None for position in positions):
            # The last contact is dated in time to come; the one before it counts.
            positions.append(self._latest_change())
        checkpoint = load_checkpoint(self)
        moments = (checkpoint.watermark_ms, *positions)
        usable = [m for p in moments if (m := usable_mark(p))]
        watermark = max(usable, default=None)
        save_checkpoint(self, replace(checkpoint, watermark_ms=watermark))

    def _latest_change(self) -> float | None:
        """Return the latest date of change in the mirror that can be one (epoch ms)."""
        self.env.cr.execute(
            SQL(
                """
                SELECT max(date_updated_ms) FROM ghl_contact
                 WHERE location_id = %s AND active IS TRUE AND date_updated_ms <= %s
                """,
                self.location_id.id,
                mark_bound(),
            )
        )
        return self.env.cr.fetchone()[0]

    def _check_total(self, total: int | None) -> None:
        """Compare the totals after a delta; a verify closes a gap that is news."""
        if total is None:
            return
        location = self.location_id
        location._store_total(total)
        news = total - location.contact_count != location.known_gap
        if news and not location._is_verify_in_vain():
            self._join("verify")

    # === DELETIONS === #

    def _phase_deletions(self, run_slice) -> None:
        """Archive what a complete walk has not seen, once GoHighLevel confirms it."""
        close_full_sync(run_slice)

    def _was_cut_short(self) -> bool:
        """Tell whether the vendor counted more than it showed in this run."""
        if load_checkpoint(self).cut_short:
            return True
        return bool(
            self.env["ghl.sync.window"].search_count(
                [("run_id", "=", self.id), ("short", "=", True)], limit=1
            )
        )


def _search_newest(client, most: int):
    """Return a page with the latest change, as far as that can be selected."""
    able = client.capabilities.can_select_dates
    return client.search(
        filters=Window(UPDATED, upper=mark_bound()).filters() if able else (),
        sort=[{"field": "dateUpdated", "direction": "desc"}],
        page_limit=1 if able else min(NEWEST_PAGE, most),
    )

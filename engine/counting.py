"""Counting contacts by windows, here and upstream."""

import random

from odoo import models
from odoo.tools import SQL

from ..tools.dates import is_usual
from ..tools.errors import GhlError
from ..tools.sync.partition import ALL, DATED, UNCHANGED, UNDATED, UPDATED
from ..tools.sync.reconcile import LEAF, Span, cover
from .checkpoint import COARSE, FINE
from .vendor_calls import MAX_ASKED_AT_ONCE

# Grid → contacts a window while the location is small, and windows at the most, which
# every larger one gets: a verify in which nothing differs costs some sixty requests.
_GRIDS = {COARSE: (2_000, 24), FINE: (500, 64)}
# In a small location reading four pages is cheaper than looking where to read.
SMALL_LEAF = 2_000
# Up to here a verify reads everything: that costs no more requests than counting by
# windows, and leaves nothing to chance.
SMALL_LOCATION = 20_000

_COLUMNS = {
    DATED: "date_added_ms",
    UNDATED: "date_added_ms",
    UPDATED: "date_updated_ms",
    UNCHANGED: "date_updated_ms",
}


class GhlSyncRun(models.Model):
    _inherit = "ghl.sync.run"

    def _count_remote(self, run_slice, spans: list[Span]) -> list[int]:
        """Count spans upstream; -1 for what the vendor does not tell."""
        answers = run_slice.gather(_count_calls(spans))
        for answer in answers.values():
            if isinstance(answer, GhlError):
                raise answer
        return self._counts(answers, spans)

    def _counts(self, answers: dict, spans: list[Span]) -> list[int]:
        """Return what was counted, in the order of the spans.

        Where an account counts no further than so many, a window that tells nothing
        holds that many at least: one more than the mirror can have there.
        """
        most = self.location_id.connection_id._get_capabilities().count_limit
        counts = []
        for index, span in enumerate(spans):
            count = answers[index]
            if count is None and most and span.scope != ALL:
                count = max(most, *(n + 1 for n in self._count_local([span])))
            counts.append(-1 if count is None else count)
        return counts

    def _begin_counting(self, run_slice) -> None:
        """Have the first comparison of the proof counted upstream already.

        It takes a round trip, which the last pages take as well. What changes in
        between shows as a difference, and is looked after like any other.
        """
        scope = self._proof_scopes()[0]
        spans = self._spans(scope, COARSE, run_slice.client.capabilities)
        asked = [*spans, Span(ALL)]
        if len(asked) > MAX_ASKED_AT_ONCE:
            # The last pages would have to wait for a thread.
            return
        run_slice.prefetched["counts"] = (
            spans,
            run_slice.submit_all(_count_calls(asked)),
        )

    def _asked_early(self, run_slice) -> int:
        """Return how many requests `_begin_counting` has made; wait for the last."""
        _spans, wait = run_slice.prefetched.get("counts", (None, None))
        return len(wait()) if wait else 0

    def _take_counts(self, run_slice) -> tuple[list[Span], list[int]] | None:
        """Return what `_begin_counting` asked for and was told, if it was."""
        spans, wait = run_slice.prefetched.pop("counts", (None, None))
        answers = wait() if wait else {}
        if not answers or any(isinstance(a, GhlError) for a in answers.values()):
            return None
        return spans, self._counts(answers, [*spans, Span(ALL)])

    def _count_local(self, spans: list[Span]) -> list[int]:
        """Count the live contacts of each span: index scans, one statement each."""
        counts = []
        for span in spans:
            self.env.cr.execute(
                SQL("SELECT count(*) FROM ghl_contact WHERE %s", self._span_sql(span))
            )
            counts.append(self.env.cr.fetchone()[0])
        return counts

    def _contacts_of(self, span: Span) -> dict[str, int]:
        self.env.cr.execute(
            SQL("SELECT ghl_id, id FROM ghl_contact WHERE %s", self._span_sql(span))
        )
        return dict(self.env.cr.fetchall())

    def _span_sql(self, span: Span) -> SQL:
        column = SQL.identifier(_COLUMNS.get(span.scope, "id"))
        parts = [SQL("active IS TRUE AND location_id = %s", self.location_id.id)]
        if span.scope in (UNDATED, UNCHANGED):
            parts.append(SQL("%s IS NULL", column))
        elif span.lower is None and span.upper is None:
            parts.append(SQL("%s IS NOT NULL", column))
        if span.lower is not None:
            parts.append(SQL("%s >= %s", column, span.lower))
        if span.upper is not None:
            parts.append(SQL("%s < %s", column, span.upper))
        return SQL(" AND ").join(parts)

    def _spans(self, scope: str, grid: str, capabilities) -> list[Span]:
        """Return windows that hold every contact just once.

        They are of about equal size, by the mirror's own dates, and cut at other places
        each time: what cancels in one grid does not in the next.
        """
        if scope == ALL:
            return [Span(ALL)]
        windows = self._grid_size(grid)
        count = self.location_id.contact_count
        if capabilities.count_limit:
            # As many as it takes for every count to be exact.
            windows = max(windows, -(-2 * count // capabilities.count_limit))
        cuts = []
        if windows > 1:
            step = -(-count // windows)
            cuts = self._dates_at(scope, step, random.randrange(step))
        without = UNDATED if scope == DATED else UNCHANGED
        return cover(scope, cuts, without)

    def _grid_size(self, grid: str) -> int:
        size, most = _GRIDS[grid]
        count = self.location_id.contact_count
        return most if count > SMALL_LOCATION else max(1, min(most, -(-count // size)))

    def _has_finer_grid(self, scope: str) -> bool:
        return scope != ALL and self._grid_size(FINE) > self._grid_size(COARSE)

    def _leaf_size(self) -> int:
        """Return how many contacts are read rather than counted in halves."""
        return LEAF if self.location_id.contact_count >= 50_000 else SMALL_LEAF

    def _dates_at(self, scope: str, step: int, offset: int) -> list[int]:
        """Return the date of each `step`th contact of the mirror."""
        self.env.cr.execute(
            SQL(
                """
                SELECT moment FROM (
                    SELECT %(column)s AS moment,
                           row_number() OVER (ORDER BY %(column)s) AS number
                      FROM ghl_contact
                     WHERE active IS TRUE AND location_id = %(location)s
                       AND %(column)s IS NOT NULL) numbered
                 WHERE number %% %(step)s = %(offset)s
                 ORDER BY moment
                """,
                column=SQL.identifier(_COLUMNS[scope]),
                location=self.location_id.id,
                step=step,
                offset=offset,
            )
        )
        moments = [int(moment) for (moment,) in self.env.cr.fetchall()]
        return [moment for moment in moments if is_usual(moment)]

    def _middle(self, span: Span) -> int | None:
        """Return the median date of the span's contacts, if it cuts the span."""
        column = SQL.identifier(_COLUMNS[span.scope])
        where = self._span_sql(span)
        self.env.cr.execute(
            SQL(
                """
                SELECT %(column)s FROM ghl_contact WHERE %(where)s ORDER BY %(column)s
                OFFSET (SELECT count(*) / 2 FROM ghl_contact WHERE %(where)s) LIMIT 1
                """,
                column=column,
                where=where,
            )
        )
        row = self.env.cr.fetchone()
        if not row:
            return None
        middle = int(row[0])
        if span.lower is not None and middle <= span.lower:
            # Many share the first date: cut right after it.
            middle = span.lower + 1
        if span.upper is not None and middle >= span.upper:
            return None
        return middle if is_usual(middle) else None


def _count_calls(spans: list[Span]) -> dict:
    return {
        index: lambda client, span=span: client.count(span.window().filters())
        for index, span in enumerate(spans)
    }

"""Counting contacts by windows, in the mirror and upstream."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from odoo.tools import SQL

from ...tools.dates import is_usual
from ...tools.errors import GhlError
from ...tools.ghl.dialect import Capabilities
from ...tools.sync.reconcile import Span, cover
from ...tools.sync.window import (
    ALL,
    DATED,
    UNCHANGED,
    UNDATED,
    UPDATED,
    Window,
)
from ..checkpoint import COARSE, FINE
from ..privacy.left_out import count_listed
from ..slice.slice import SyncSlice
from ..slice.vendor_calls import MAX_ASKED_AT_ONCE, Call

# Grid → contacts a window while the location is small, and windows at the most, which
# every larger one gets: a verify in which nothing differs costs some sixty requests.
_GRIDS = {COARSE: (2_000, 24), FINE: (500, 64)}
# A difference in at most that many contacts is read rather than halved again. Reading
# four pages of a small location is cheaper than looking where to read.
LEAF = 500
SMALL_LEAF = 2_000
# Up to here a verify reads everything: that costs no more requests than counting by
# windows, and leaves nothing to chance.
SMALL_LOCATION = 20_000
# A location of so many contacts has its windows halved until each is as small as a
# page.
LARGE_LOCATION = 50_000

# Under which name a slice keeps the counts that were asked for beforehand.
_PREFETCHED = "counts"
_COLUMNS = {
    DATED: "date_added_ms",
    UNDATED: "date_added_ms",
    UPDATED: "date_updated_ms",
    UNCHANGED: "date_updated_ms",
}


def proof_scopes(run: Any) -> list[str]:
    """Return along which dates the proof of a `ghl.sync.run` compares, in order.

    Along dateAdded (who exists); a verify also along dateUpdated (who is stale).
    """
    if not run.location_id.connection_id._get_capabilities().can_count_ranges:
        return [ALL]
    return [DATED, UPDATED] if run.kind == "verify" else [DATED]


class MirrorCounter:
    """Counts the live contacts of a `ghl.location`, by its own dates."""

    def __init__(self, location: Any) -> None:
        self._location = location
        self._cr = location.env.cr

    # === COUNTS === #

    def count(self, spans: Sequence[Span]) -> list[int]:
        """Count the contacts of each span: index scans, one statement each.

        With the persons who were erased here, as long as GoHighLevel lists them.
        """
        return [
            self.count_mirrored(span) + count_listed(self._location, self.within(span))
            for span in spans
        ]

    def count_mirrored(self, span: Span) -> int:
        """Count the contacts of a span that are mirrored."""
        where = self.condition(span)
        self._cr.execute(SQL("SELECT count(*) FROM ghl_contact WHERE %s", where))
        return int(self._cr.fetchone()[0])

    def condition(self, span: Span) -> SQL:
        """Return the condition on `ghl_contact` that selects a span."""
        return SQL(
            "active IS TRUE AND location_id = %s AND %s",
            self._location.id,
            self.within(span),
        )

    def within(self, span: Span) -> SQL:
        """Return the condition on the dates of a row that selects a span."""
        column = SQL.identifier(_COLUMNS.get(span.scope, "id"))
        parts = []
        if span.scope in (UNDATED, UNCHANGED):
            parts.append(SQL("%s IS NULL", column))
        elif span.lower is None and span.upper is None:
            parts.append(SQL("%s IS NOT NULL", column))
        if span.lower is not None:
            parts.append(SQL("%s >= %s", column, span.lower))
        if span.upper is not None:
            parts.append(SQL("%s < %s", column, span.upper))
        return SQL(" AND ").join(parts)

    # === WHERE TO CUT === #

    def spans(self, scope: str, grid: str, caps: Capabilities) -> list[Span]:
        """Return windows that hold every contact just once.

        They are of about equal size, and cut at other places each time: what cancels in
        one grid does not in the next.

        :param grid: `COARSE` or `FINE`
        """
        if scope == ALL:
            return [Span(ALL)]
        windows = self._grid_size(grid)
        count = self._location.contact_count
        if caps.count_limit:
            # As many as it takes for every count to be exact.
            windows = max(windows, -(-2 * count // caps.count_limit))
        cuts: list[int] = []
        if windows > 1:
            step = -(-count // windows)
            cuts = self.dates_at(scope, step, random.randrange(step))
        without = UNDATED if scope == DATED else UNCHANGED
        return cover(scope, cuts, without)

    def has_finer_grid(self, scope: str) -> bool:
        """Tell whether there are smaller windows to compare than the coarse ones."""
        return scope != ALL and self._grid_size(FINE) > self._grid_size(COARSE)

    def leaf_size(self) -> int:
        """Return how many contacts are read rather than counted in halves."""
        return LEAF if self._location.contact_count >= LARGE_LOCATION else SMALL_LEAF

    def _grid_size(self, grid: str) -> int:
        return grid_size(grid, self._location.contact_count)

    def dates_at(self, scope: str, step: int, offset: int) -> list[int]:
        """Return the date (epoch ms) of each `step`th contact, from `offset` on."""
        self._cr.execute(
            SQL(
                """
                SELECT timestamp_ms FROM (
                    SELECT %(column)s AS timestamp_ms,
                           row_number() OVER (ORDER BY %(column)s) AS number
                      FROM ghl_contact
                     WHERE active IS TRUE AND location_id = %(location)s
                       AND %(column)s IS NOT NULL) numbered
                 WHERE number %% %(step)s = %(offset)s
                 ORDER BY timestamp_ms
                """,
                column=SQL.identifier(_COLUMNS[scope]),
                location=self._location.id,
                step=step,
                offset=offset,
            )
        )
        timestamps = [int(timestamp) for (timestamp,) in self._cr.fetchall()]
        return [timestamp for timestamp in timestamps if is_usual(timestamp)]

    def middle(self, span: Span) -> int | None:
        """Return the median date of the span's contacts, if it cuts the span.

        :return: epoch ms
        """
        self._cr.execute(
            SQL(
                """
                SELECT %(column)s FROM ghl_contact WHERE %(where)s ORDER BY %(column)s
                OFFSET (SELECT count(*) / 2 FROM ghl_contact WHERE %(where)s) LIMIT 1
                """,
                column=SQL.identifier(_COLUMNS[span.scope]),
                where=self.condition(span),
            )
        )
        row = self._cr.fetchone()
        if not row:
            return None
        middle = int(row[0])
        if span.lower is not None and middle <= span.lower:
            # Many share the first date: cut right after it.
            middle = span.lower + 1
        if span.upper is not None and middle >= span.upper:
            return None
        return middle if is_usual(middle) else None


class VendorCounter:
    """Has the vendor count spans; one small request for each.

    :param run_slice: the slice in which it is done
    """

    def __init__(self, run_slice: SyncSlice) -> None:
        self._slice = run_slice
        self._mirror = MirrorCounter(run_slice.location)

    def count(self, spans: Sequence[Span]) -> list[int]:
        """Count spans; -1 for what the vendor does not tell.

        :raise GhlError: a count was refused
        """
        answers = self._slice.gather(_calls(spans))
        for answer in answers.values():
            if isinstance(answer, GhlError):
                raise answer
        return self._in_order(answers, spans)

    def prefetch(self, windows: Sequence[Window]) -> None:
        """Have the first comparison of the proof counted already.

        It takes a round trip, which the last pages take as well. What changes in
        between shows as a difference, and is looked after like any other.

        :param windows: what is being read
        """
        run = self._slice.run
        scope = proof_scopes(run)[0]
        expected: int = run.contacts_expected or 0
        if scope == DATED and 2 * run.location_id.contact_count < expected:
            # Most of the mirror is still to come: its dates tell too little.
            spans = spans_of(windows, expected)
        else:
            caps = self._slice.client.capabilities
            spans = self._mirror.spans(scope, COARSE, caps)
        counted = [*spans, Span(ALL)]
        if len(counted) > MAX_ASKED_AT_ONCE:
            # The last pages would have to wait for a thread.
            return
        wait = self._slice.submit_all(_calls(counted))
        self._slice.prefetched[_PREFETCHED] = (spans, wait)

    def prefetched_requests(self) -> int:
        """Return how many requests `prefetch` has made; wait for the last."""
        _spans, wait = self._slice.prefetched.get(_PREFETCHED, (None, None))
        return len(wait()) if wait else 0

    def take_prefetched(self) -> tuple[list[Span], list[int]] | None:
        """Return what `prefetch` has counted, and all contacts; None if it did not.

        :return: (spans, their counts and that of all), once
        """
        spans, wait = self._slice.prefetched.pop(_PREFETCHED, (None, None))
        answers = wait() if wait else {}
        if not answers or any(isinstance(a, GhlError) for a in answers.values()):
            return None
        return spans, self._in_order(answers, [*spans, Span(ALL)])

    def _in_order(self, answers: dict[int, Any], spans: Sequence[Span]) -> list[int]:
        """Return what was counted, in the order of the spans.

        Where an account counts no further than so many, a window that tells nothing
        holds that many at least: one more than the mirror can have there.
        """
        connection = self._slice.location.connection_id
        most = connection._get_capabilities().count_limit
        counts: list[int] = []
        for index, span in enumerate(spans):
            count = answers[index]
            if count is None and most and span.scope != ALL:
                count = max(most, *(n + 1 for n in self._mirror.count([span])))
            counts.append(-1 if count is None else count)
        return counts


def spans_of(windows: Sequence[Window], expected: int) -> list[Span]:
    """Return spans as for a coarse comparison, cut where some windows are.

    :param expected: how many contacts all of them hold
    """
    count = grid_size(COARSE, expected)
    lowers = {w.lower for w in windows if w.scope == DATED and w.lower is not None}
    cuts = sorted(lowers)
    step = max(1, len(cuts) // count)
    return cover(DATED, cuts[step - 1 :: step][: count - 1], UNDATED)


def requests_to_compare(count: int) -> int:
    """Return how many requests a first comparison of so many contacts takes."""
    # With those that have no date, and all of them.
    return grid_size(COARSE, count) + 2


def grid_size(grid: str, count: int) -> int:
    """Return by how many windows so many contacts are compared."""
    size, most = _GRIDS[grid]
    return most if count > SMALL_LOCATION else max(1, min(most, -(-count // size)))


def _calls(spans: Sequence[Span]) -> dict[int, Call[int | None]]:
    return {index: _call(span) for index, span in enumerate(spans)}


def _call(span: Span) -> Call[int | None]:
    filters = span.window().filters()
    return lambda client: client.count(filters)

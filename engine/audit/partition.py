"""The parts of a location: made from its mirror, cut where they have grown."""

from __future__ import annotations

from typing import Any

from odoo.tools import SQL

from ...tools.dates import is_usual
from ...tools.ghl.dialect import Capabilities
from ...tools.sync.reconcile import Span, cover
from ...tools.sync.window import ALL, DATED, UNDATED
from ..content.pace import PART_SIZE, drop_half_read, parts_of
from ..reading.counting import MirrorCounter

# With so many times as many parts as its contacts need, a location is divided anew.
TOO_MANY = 3


def ensure_parts(location: Any, caps: Capabilities) -> None:
    """Divide a location into parts, unless it is well divided already.

    What is known of when contents were read is kept, never more than that.
    """
    rows = parts_of(location)
    whole = not caps.can_split
    if rows and not _is_outgrown(location, rows, whole):
        _ensure_undated(location, rows)
        return
    reads = [row.read_at for row in rows] or [location.contents_at]
    read_at = min(reads) if all(reads) else False
    # Contacts that were half read belong to parts that are gone.
    drop_half_read(location)
    rows.unlink()
    counter = MirrorCounter(location)
    spans = [Span(ALL)]
    if not whole:
        spans = cover(DATED, counter.dates_at(DATED, PART_SIZE, 0), UNDATED)
    counts = counter.count(spans)
    _create(
        location,
        [
            (span, count, read_at)
            for span, count in zip(spans, counts, strict=True)
            if count or span.scope != UNDATED
        ],
    )


def _is_outgrown(location: Any, rows: Any, whole: bool) -> bool:
    if whole or rows[0].scope == ALL:
        return not (whole and rows[0].scope == ALL)
    needed: int = 2 + location.contact_count // PART_SIZE
    return len(rows) > TOO_MANY * needed


def _ensure_undated(location: Any, rows: Any) -> None:
    """Give contacts without a date a part of their own once there are some."""
    if rows[0].scope == ALL or any(row.scope == UNDATED for row in rows):
        return
    (count,) = MirrorCounter(location).count([Span(UNDATED)])
    if count:
        reads = rows.mapped("read_at")
        read_at = min(reads) if all(reads) else False
        _create(location, [(Span(UNDATED), count, read_at)])


def cut_grown(location: Any, rows: Any) -> None:
    """Cut parts in which many contacts were added since they were made."""
    for row in rows.filtered(lambda one: one.scope == DATED):
        if row.contacts <= 2 * PART_SIZE:
            continue
        span = row._to_span()
        cuts = _dates_within(location, span)
        if not cuts:
            # One instant: no date cuts it.
            continue
        edges: list[int | None] = [span.lower, *cuts, span.upper]
        spans = [
            Span(DATED, low, high) for low, high in zip(edges, edges[1:], strict=False)
        ]
        counts = MirrorCounter(location).count(spans)
        made = _create(
            location,
            [(one, n, row.read_at) for one, n in zip(spans, counts, strict=True)],
        )
        made.write({"level": row.level})
        # Findings belong to the parts together; they are counted once.
        made[0].write({"drift": row.drift, "drifted": row.drifted})
        row.unlink()


def _dates_within(location: Any, span: Span) -> list[int]:
    condition = MirrorCounter(location).condition(span)
    found = location.env.execute_query(
        SQL(
            """
            SELECT DISTINCT date_added_ms FROM (
                SELECT date_added_ms, row_number() OVER (ORDER BY date_added_ms) AS n
                  FROM ghl_contact WHERE %s) numbered
             WHERE n %% %s = 0 ORDER BY 1
            """,
            condition,
            PART_SIZE,
        )
    )
    cuts = [int(ms) for (ms,) in found if is_usual(int(ms))]
    return [
        cut
        for cut in cuts
        if (span.lower is None or cut > span.lower)
        and (span.upper is None or cut < span.upper)
    ]


def _create(location: Any, wanted: list[tuple[Span, int, Any]]) -> Any:
    return (
        location.env["ghl.audit.part"]
        .sudo()
        .create(
            [
                {
                    "location_id": location.id,
                    "scope": span.scope,
                    "lower_ms": span.lower or 0.0,
                    "has_lower": span.lower is not None,
                    "upper_ms": span.upper or 0.0,
                    "has_upper": span.upper is not None,
                    "contacts": count,
                    "read_at": read_at,
                }
                for span, count, read_at in wanted
            ]
        )
    )

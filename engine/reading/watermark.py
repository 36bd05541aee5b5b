"""The watermark: up to which date of change a location was read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from odoo.tools import SQL

from ...tools.sync.window import RECENT, Window
from ..checkpoint import load_checkpoint, save_checkpoint
from ..clock import usable_watermark, watermark_bound


def delta_start_ms(run: Any) -> int | None:
    """Return from when on a `ghl.sync.run` reads changes, None for all (epoch ms).

    A full sync begins with the latest change that there was when it was prepared, every
    other run where the one before it ended.
    """
    if run.kind == "full":
        return with_lookback(run, load_checkpoint(run).watermark_ms)
    return with_lookback(run, run.location_id.watermark_ms)


def with_lookback(run: Any, watermark_ms: int | None) -> int | None:
    """Return from when on changes are read again, for the lag of the vendor's index.

    :return: epoch ms; None without a watermark, or with one beyond now
    """
    usable = usable_watermark(watermark_ms)
    if not usable:
        return None
    lookback: int = run.env["ghl.settings"]._int("delta_overlap")
    return usable - 1_000 * lookback


def advance_watermark(run: Any, windows: Sequence[Window]) -> None:
    """Let the next delta begin where these walks along dateUpdated ended."""
    # The newest first: one that broke off has not seen the older ones.
    ended = [w for w in windows if not (w.scope == RECENT and w.short)]
    positions: list[float | None] = [w.newest for w in ended if w.newest is not None]
    if any(usable_watermark(position) is None for position in positions):
        # The last contact is dated in time to come; the one before it counts.
        positions.append(latest_change(run.location_id))
    checkpoint = load_checkpoint(run)
    timestamps = (checkpoint.watermark_ms, *positions)
    usable = [m for timestamp in timestamps if (m := usable_watermark(timestamp))]
    watermark = max(usable, default=None)
    save_checkpoint(run, replace(checkpoint, watermark_ms=watermark))


def new_watermark(run: Any) -> int:
    """Return up to which date of change a location is read when this run is done.

    :return: epoch ms; 0 where no date is known, or only one beyond now: the next delta
        reads all that has a date
    """
    dates = (load_checkpoint(run).watermark_ms, run.location_id.watermark_ms)
    return max(
        (usable for date in dates if (usable := usable_watermark(date))), default=0
    )


def latest_change(location: Any) -> float | None:
    """Return the latest date of change in the mirror that can be one (epoch ms)."""
    location.env.cr.execute(
        SQL(
            """
            SELECT max(date_updated_ms) FROM ghl_contact
             WHERE location_id = %s AND active IS TRUE AND date_updated_ms <= %s
            """,
            location.id,
            watermark_bound(),
        )
    )
    latest: float | None = location.env.cr.fetchone()[0]
    return latest

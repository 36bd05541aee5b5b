"""The watermark: up to which date of change a location was read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from odoo.tools import SQL

from ...tools.sync.window import RECENT, Window
from ..checkpoint import load_checkpoint, save_checkpoint
from ..clock import usable_watermark, watermark_bound
from ..mirror.newer_state import utc


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
    short = [window for window in windows if window.short]
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
    if watermark is not None and short:
        # The next delta reads what a walk that broke off has not read.
        ends = [_read_up_to(window) for window in short]
        known = [end for end in ends if end is not None]
        is_known = len(known) == len(ends)
        watermark = min([watermark, *known]) if is_known else None
    save_checkpoint(run, replace(checkpoint, watermark_ms=watermark))


def _read_up_to(window: Window) -> int | None:
    """Return up to which date (epoch ms) a walk that broke off has read, if any."""
    if window.scope == RECENT or window.position is None:
        return window.lower
    return window.position


def new_watermark(run: Any) -> int:
    """Return up to which date of change a location is read when this run is done.

    :return: epoch ms; 0 where no date is known, or only one beyond now: the next delta
        reads all that has a date
    """
    dates = (load_checkpoint(run).watermark_ms, run.location_id.watermark_ms)
    return max(
        (usable for date in dates if (usable := usable_watermark(date))), default=0
    )


def note_changes_asked(run: Any, at: float, anew: bool = False) -> None:
    """Note when a run sends the first request for what has changed.

    :param at: epoch seconds
    :param anew: changes are read once more; else the first note counts
    """
    checkpoint = load_checkpoint(run)
    if anew or checkpoint.changes_asked_ms is None:
        asked = int(at * 1_000)
        save_checkpoint(run, replace(checkpoint, changes_asked_ms=asked))


def changes_asked_at(run: Any) -> datetime | None:
    """Return since when changes were read by a run, in whole seconds (UTC)."""
    asked = load_checkpoint(run).changes_asked_ms
    return None if asked is None else utc(asked // 1_000)


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

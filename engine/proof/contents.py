"""Since when contents are known, after a run that has read all of them."""

from __future__ import annotations

from typing import Any

from ...tools.sync.reconcile import Span
from ...tools.sync.window import ALL
from ..content.pace import note_all_read, parts_of
from ..deletion.unread import count_unread
from ..reading.counting import MirrorCounter


def note_contents_read(run: Any) -> None:
    """Note that a `ghl.sync.run` has read all contents, as far as it was shown them.

    While the vendor's search is out of order a run may come to its end, and have read
    nothing: parts of which contacts were not shown stay as old as they were.
    """
    location = run.location_id
    counter = MirrorCounter(location)
    unread = parts_of(location).browse()
    is_complete = not count_unread(location, counter.condition(Span(ALL)))
    if not is_complete:
        unread = parts_of(location).filtered(
            lambda part: count_unread(location, counter.condition(part._to_span()))
        )
    note_all_read(location, run.started_at, unread, is_complete)

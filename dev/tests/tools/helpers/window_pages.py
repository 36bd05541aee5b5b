"""Pages as the vendor shows them, and windows that were advanced by some."""

from __future__ import annotations

from ghl_contact_sync.tools.dates import format_ms
from ghl_contact_sync.tools.ghl.responses import SearchPage
from ghl_contact_sync.tools.ghl.walk_keys import Stretch

NOW = 1_700_000_000_000


def page(dates, total=None, ids=None, field="dateAdded"):
    """A page of contacts of these dates, as the vendor shows it."""
    ids = ids or [f"id{number:03d}" for number in range(len(dates))]
    found = []
    for date, one in zip(dates, ids, strict=True):
        dated = {} if date is None else {field: format_ms(date)}
        found.append({"id": one, "searchAfter": [date, one], **dated})
    cursor = found[-1]["searchAfter"] if found else None
    return SearchPage(found, total, cursor, None, 0.0, stretch=Stretch.of(found))


def advanced(window, *pages, exact=False, limit=10):
    """The window after pages, whose requests carried its bounds of then."""
    for one in pages:
        window.requested_upper = window.upper
        window.advance_by(one, limit, exact)
    return window


def days(*numbers):
    return [NOW + number * 86_400_000 for number in numbers]

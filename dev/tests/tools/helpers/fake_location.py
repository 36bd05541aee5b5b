"""A GHL location in memory: answers searches exactly as the documented API does."""

from __future__ import annotations

import threading
import time
from typing import Any

from ghl_contact_sync.tools.dates import format_ms, parse_ms
from ghl_contact_sync.tools.errors import GhlCursorRefused
from ghl_contact_sync.tools.ghl.responses import SearchPage
from ghl_contact_sync.tools.ghl.walk_keys import Stretch
from ghl_contact_sync.tools.mapping.batch import prepare_batch
from ghl_contact_sync.tools.process.workers import Workers
from ghl_contact_sync.tools.sync.reader import FetchedPage, Sweep
from ghl_contact_sync.tools.sync.splitting import to_date_ranges
from ghl_contact_sync.tools.sync.window import ALL, Window


def contact(number: int, added: int | None, updated: int | None = None) -> dict:
    """Return a contact; moments are epoch ms, None for a contact without."""
    found: dict[str, Any] = {"id": f"contact{number:07d}"}
    if added is not None:
        found["dateAdded"] = format_ms(added)
    if updated is not None:
        found["dateUpdated"] = format_ms(updated)
    return found


class FakeLocation:
    """Contacts by id; `fetches` are the windows that were asked for.

    :param made_up: what becomes of a cursor that names no contact: honoured, refused,
        ignored, empty, or by_date; and "unshown": of one that no answer has shown,
        refused
    """

    def __init__(
        self, contacts: list[dict], page_limit: int = 10, made_up: str = "honoured"
    ):
        self.contacts = {c["id"]: c for c in contacts}
        self.known = set(self.contacts)
        self.made_up = made_up
        self.shown: set[str] = set()
        self.page_limit = page_limit
        self.fetches: list[Window] = []
        self.lock = threading.Lock()

    def fetch(self, window: Window) -> FetchedPage:
        with self.lock:
            self.fetches.append(window)
            return self._page(window)

    def _page(self, window: Window) -> FetchedPage:
        order = _email if window.sample else _key
        hits = sorted(
            filter(lambda c: self._matches(window, c), self._all()), key=order
        )
        after = self._checked(window.cursor)
        if after is not None:
            bound = (after[0] is None, after[0] or 0, after[1])
            rest = [c for c in hits if _key(c) > bound]
        else:
            rest = hits
        found = rest[: self.page_limit]
        shown = [
            {**hit, "searchAfter": [parse_ms(hit.get("dateAdded")), hit["id"]]}
            for hit in found
        ]
        if window.sample:
            for hit in shown:
                hit["searchAfter"][0] = hit.get("email")
        else:
            self.shown.update(hit["id"] for hit in shown)
        cursor = shown[-1]["searchAfter"] if shown else None
        page = SearchPage(
            contacts=found,
            total=len(hits),
            search_after=cursor,
            trace_id=None,
            requested_at=time.time(),
            stretch=Stretch.of(shown),
        )
        return FetchedPage(page, prepare_batch(found, "loc"))

    def _checked(self, cursor):
        """Return the cursor as the location takes it."""
        self.known |= set(self.contacts)
        if self.made_up == "unshown":
            if cursor is not None and cursor[1] not in self.shown:
                raise GhlCursorRefused("Invalid searchAfter", status=400)
            return cursor
        if cursor is None or cursor[1] in self.known or self.made_up == "honoured":
            return cursor
        if self.made_up == "refused":
            raise GhlCursorRefused("Invalid searchAfter", status=400)
        if self.made_up == "empty":
            return [cursor[0] + 10**12, ""]
        return None if self.made_up == "ignored" else [cursor[0], "~"]

    def _all(self) -> list[dict]:
        return list(self.contacts.values())

    def _matches(self, window: Window, found: dict) -> bool:
        for node in window.filters():
            timestamp = parse_ms(found.get(node["field"]))
            if node["operator"] == "not_exists":
                if timestamp is not None:
                    return False
            elif timestamp is None:
                return False
            elif node["operator"] == "range":
                low = node["value"].get("gte")
                high = node["value"].get("lt")
                if low is not None and timestamp < parse_ms(low):
                    return False
                if high is not None and timestamp >= parse_ms(high):
                    return False
        return True


def _email(found: dict) -> tuple:
    return (found.get("email") is None, found.get("email") or "", found["id"])


def _key(found: dict) -> tuple:
    timestamp = parse_ms(found.get("dateAdded"))
    return (timestamp is None, timestamp or 0, found["id"])


# As many as the largest of these sweeps may have in flight.
POOL = Workers(32)


def run(location, threads=4, on_page=None, windows=None, **options):
    """Sweep a location as the engine does; return the ids read, in order."""
    windows = windows if windows is not None else [Window(ALL)]
    dates = [parse_ms(c.get("dateAdded")) for c in location.contacts.values()]

    def before_next(window):
        if window.scope == ALL and window.remaining >= 3 * location.page_limit:
            windows.append(to_date_ranges(window))
            sweep.add(windows[-1])
            sweep.last = max((d for d in dates if d is not None), default=None)

    sweep = Sweep(
        location.fetch,
        windows,
        pool=POOL,
        threads=threads,
        page_limit=location.page_limit,
        before_next=before_next,
        on_split=lambda _window, later: windows.append(later),
        **{"repeat_pause": 0.0, **options},
    )
    read = []
    try:
        while (item := sweep.next()) is not None:
            window, fetched = item
            read += [c["id"] for c in fetched.page.contacts]
            if on_page:
                on_page(window, fetched)
    finally:
        sweep.close()
    return read

"""Windows: disjoint parts of a location's contacts that can be read side by side.

``POST /contacts/search`` pages by a stateless sort key (`searchAfter`), so nothing
forbids several walks at once; the only field that can be both filtered by range and
sorted, and never changes, is ``dateAdded``. A window is a half-open range of it, or the
contacts that have none, or (before the size is known, and where a vendor's API refuses
filters) simply all. Changes are walked along ``dateUpdated`` the same way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..dates import format_ms, is_usual
from ..ghl.responses import SearchPage

ALL, DATED, UNDATED = "all", "dated", "undated"
UPDATED, UNCHANGED = "updated", "unchanged"
# Changes, newest first, where a vendor's API cannot select them by date.
RECENT = "recent"
_FIELDS = dict.fromkeys((UPDATED, UNCHANGED, RECENT), "dateUpdated")

# A page that did not move the cursor, or came empty too early, is asked for again at
# most this often.
MAX_REPEATS = 4
# A cursor that is refused is sent once more before the walk goes on without it.
MAX_REFUSALS = 1
# Dates so far below a window's bound (ms) tell that the vendor ignores the bound: more
# than any rounding.
_ASTRAY_MS = 2_000


def range_filter(name: str, lower: int | None, upper: int | None) -> dict[str, Any]:
    """Return the filter node for ``lower <= name < upper`` (epoch ms; None = open)."""
    if lower is None and upper is None:
        return {"field": name, "operator": "exists"}
    value = {}
    if lower is not None:
        value["gte"] = format_ms(lower)
    if upper is not None:
        value["lt"] = format_ms(upper)
    return {"field": name, "operator": "range", "value": value}


@dataclass(slots=True)
class Window:
    """One range with its progress. Moments are epoch milliseconds.

    `cursor` is the `searchAfter` of the last contact read, `position` the latest date
    passed, `seen` the contacts read, `expected` the vendor's total for the range (None:
    not asked yet), `short` whether it ended before that total was reached. `asked` is
    the upper bound that the request on its way carries, `astray` whether the vendor
    was seen to ignore the bounds.
    """

    scope: str
    lower: int | None = None
    upper: int | None = None
    cursor: Any = None
    position: int | None = None
    expected: int | None = None
    seen: int = 0
    done: bool = False
    short: bool = False
    key: int | None = None
    repeats: int = field(default=0, compare=False)
    restarts: int = field(default=0, compare=False)
    refusals: int = field(default=0, compare=False)
    asked: int | None = field(default=None, compare=False)
    astray: bool = field(default=False, compare=False)
    # How much had been seen when the walk was restarted last from the same date.
    _best: int = field(default=0, compare=False)

    @property
    def field(self) -> str:
        return _FIELDS.get(self.scope, "dateAdded")

    def filters(self) -> list[dict[str, Any]]:
        """Return the search filters that select this window."""
        if self.scope in (ALL, RECENT):
            return []
        if self.scope in (UNDATED, UNCHANGED):
            return [{"field": self.field, "operator": "not_exists"}]
        return [range_filter(self.field, self.lower, self.upper)]

    def sort(self) -> list[dict[str, str]]:
        """Return the sort; by a key that a new row appends to, so that pages hold."""
        direction = "desc" if self.scope == RECENT else "asc"
        return [{"field": self.field, "direction": direction}]

    @property
    def newest(self) -> int | None:
        """The latest date passed, whichever way the window is walked."""
        return self.upper if self.scope == RECENT else self.position

    @property
    def remaining(self) -> int:
        """How many contacts are left to read, by the vendor's total."""
        return max(0, (self.expected or 0) - self.seen)

    def advance_by(self, page: SearchPage, page_limit: int) -> None:
        """Note a page that was read, and decide whether the window has ended.

        It ends at an empty page, at a short page once the total is reached, and when
        the walk has passed a bound that was set while the page was on its way. A short
        page alone ends nothing: nowhere does the vendor promise that pages are full.
        """
        cursor = page.search_after
        count = page.count + len(page.rejected)
        if page.total is not None:
            self.expected = page.total
        stuck = count and cursor is not None and cursor == self.cursor
        unknown = self.expected is None
        if stuck or (not count and (self.remaining or unknown)):
            self.repeats += 1
            most = 2 if unknown else MAX_REPEATS
            self.done = not count and self.repeats >= most
            self.short = self.done and not unknown
            return
        self.repeats = self.refusals = 0
        self.seen += count
        if self.seen > self._best:
            self.restarts = 0
        # A date of the year 30000 among this year's tells of no progress.
        passed = self._pass([m for m in page.moments(self.field) if is_usual(m)])
        if cursor is not None:
            self.cursor = cursor
        # Without a total only an empty page tells the end.
        reached = self.expected is not None and self.seen >= self.expected
        self.done = not count or passed or (count < page_limit and reached)

    def _pass(self, moments: list[int]) -> bool:
        """Note the dates of a page; tell whether the walk has passed its bound."""
        known = [] if self.position is None else [self.position]
        if self.scope == RECENT:
            self.position = min([*known, *moments], default=None)
            newest = [] if self.upper is None else [self.upper]
            self.upper = max([*newest, *moments], default=None)
            if self.lower is None or self.position is None:
                return False
            return self.position < self.lower
        if self.lower is not None and moments:
            self.astray |= min(moments) < self.lower - _ASTRAY_MS
        # What was asked for ends below the bound that was sent. A contact that shows a
        # later date is filed under another one, and tells of no progress.
        if self.asked is not None:
            moments = [moment for moment in moments if moment < self.asked]
        self.position = max([*known, *moments], default=None)
        if self.upper is None or self.position is None or self.upper == self.asked:
            return False
        return self.position >= self.upper

    @property
    def is_stuck(self) -> bool:
        """Whether the vendor keeps answering with the page before."""
        return self.repeats >= MAX_REPEATS and not self.done

    def restart(self) -> bool:
        """Walk again from the last date passed, without the cursor.

        For a vendor that refuses the cursor (it may be bound to the body it came
        with). What shares that date is read twice, which changes nothing.

        :return: False when that was tried before and led nowhere
        """
        self.cursor = None
        self.repeats = self.refusals = 0
        self.restarts += 1
        self._best = max(self._best, self.seen)
        if self.scope in (DATED, UPDATED) and self.position is not None:
            if self.lower is None or self.position > self.lower:
                self.restarts = self._best = 0
            self.lower = self.position
        # What lies before the new lower bound no longer counts.
        self.seen = 0
        self.expected = None
        return self.restarts < MAX_REPEATS

    def split(
        self, last: int | None, align: Callable[[int], int] = int
    ) -> Window | None:
        """Cut off the later half of what is left; None when that cannot be cut.

        :param last: the latest date of the location, for a window without upper bound
        :param align: rounds a date down to one that the vendor can tell from others
        """
        if self.scope not in (DATED, UPDATED) or self.position is None or self.astray:
            return None
        upper = self.upper if self.upper is not None else last
        if upper is None or upper - self.position < 2:
            return None
        middle = align(self.position + (upper - self.position + 1) // 2)
        if middle <= self.position or (self.upper is None and middle >= upper):
            return None
        if self.lower is not None and middle <= self.lower:
            return None
        half = self.remaining // 2
        later = Window(self.scope, middle, self.upper, expected=half)
        self.upper = middle
        # An estimate until the next page tells the total of the range that is left.
        self.expected = self.seen + self.remaining - half
        return later


def open_up(window: Window) -> Window:
    """Turn a window over all, of which a first page was read, into ranges by date.

    :return: the new window for the contacts without date; `window` keeps the rest
    """
    window.scope = DATED
    if window.position is None:
        # The walk is still among contacts without date: their cursor leads nowhere.
        window.restart()
    return Window(UNDATED)

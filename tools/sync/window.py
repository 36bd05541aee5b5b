"""Windows: disjoint parts of a location's contacts that can be read side by side.

``POST /contacts/search`` pages by a stateless sort key (`searchAfter`), so nothing
forbids several walks at once; the only field that can be both filtered by range and
sorted, and never changes, is ``dateAdded``. A window is a half-open range of it, or the
contacts that have none, or (before the size is known, and where a vendor's API refuses
filters) simply all. Changes are walked along ``dateUpdated`` the same way.

No range divides contacts that share one instant. There a window may begin behind a
made-up key and end at another (`Crowd`), or be divided by ranges of ``dateUpdated``.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ..dates import format_ms, is_usual
from ..ghl.dialect import COUNT_LIMIT
from ..ghl.responses import SearchPage
from ..ghl.walk_keys import Key, Stretch, key_of
from .crowd import LEAST, Crowd

ALL, DATED, UNDATED = "all", "dated", "undated"
UPDATED, UNCHANGED = "updated", "unchanged"
# Changes, newest first, where a vendor's API cannot select them by date.
RECENT = "recent"
_FIELDS = dict.fromkeys((UPDATED, UNCHANGED, RECENT), "dateUpdated")
# A second condition on a window, by ranges of dateUpdated: (scope, lower, upper).
Second = tuple[str, int | None, int | None]

# A page that did not move the cursor, or came empty too early, is asked for again at
# most this often.
MAX_REPEATS = 4
# A cursor that is refused is sent once more before the walk goes on without it.
MAX_REFUSALS = 1
# Dates so far below a window's bound (ms) tell that the vendor ignores the bound: more
# than any rounding.
_IGNORED_MS = 2_000
# An order that has nothing to do with ids, for contacts of one instant.
_SAMPLED_BY = "email"


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
    not asked yet), `short` whether it ended before that total was reached.
    `requested_upper` is the upper bound that the request on its way carries,
    `ignores_bounds` whether the vendor was seen to ignore the bounds.

    A part of a crowd begins at a cursor that is `made_up`, and ends `until` a key was
    read; `second` divides it by another date. `crowd` is set while the walk shows
    contacts of one instant only. A `sample` is one page of a crowd in another order.
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
    until: Key | None = None
    made_up: bool = False
    second: Second | None = None
    sample: bool = False
    crowd: Crowd | None = None
    repeats: int = 0
    restarts: int = 0
    refusals: int = 0
    requested_upper: int | None = None
    ignores_bounds: bool = False
    # Contacts seen when the walk was restarted last from the same date.
    best: int = 0
    # The vendor's last total, and the scope and upper bound that it was told for.
    _told: int | None = None
    _told_of: tuple[str, int | None] | None = None
    # Whether all pages were told the same, whether it has fallen, and whether some were
    # read before the present bounds: that one of those has left shows in no total.
    _is_steady: bool = False
    _has_fallen: bool = False
    _was_cut: bool = False
    # Dates of the last page: of the walk (ms for each contact), and of the changes of
    # a crowd.
    ms_each: float = 0.0
    updates: list[int] = field(default_factory=list)
    #: whether the last page was not full
    fell_short: bool = False
    # Whether its total was known to be right.
    _is_exact: bool = False
    # Whether a sample of the crowd was asked for.
    sampled: bool = False

    @property
    def field(self) -> str:
        """The date along which the window is walked."""
        return _FIELDS.get(self.scope, "dateAdded")

    def filters(self) -> list[dict[str, Any]]:
        """Return the search filters that select this window."""
        if self.scope in (ALL, RECENT):
            return []
        if self.scope in (UNDATED, UNCHANGED):
            return [{"field": self.field, "operator": "not_exists"}]
        nodes = [range_filter(self.field, self.lower, self.upper)]
        if self.second is not None:
            nodes += Window(*self.second).filters()
        return nodes

    def sort(self) -> list[dict[str, str]]:
        """Return the sort; by a key that a new row appends to, so that pages hold."""
        if self.sample:
            return [{"field": _SAMPLED_BY, "direction": "asc"}]
        direction = "desc" if self.scope == RECENT else "asc"
        return [{"field": self.field, "direction": direction}]

    @property
    def newest(self) -> int | None:
        """The latest date passed, whichever way the window is walked."""
        return self.upper if self.scope == RECENT else self.position

    @property
    def shares_total(self) -> bool:
        """Whether the filters select other windows' contacts as well.

        Their total is no measure then: `expected` is an estimate.
        """
        return self.made_up or self.until is not None

    @property
    def is_guess(self) -> bool:
        """Whether the next page is asked for by an id that no answer has shown."""
        start = key_of(self.cursor)
        if not self.made_up or self.seen or start is None:
            return False
        return self.crowd is None or start[1] not in self.crowd.sample

    @property
    def remaining(self) -> int:
        """The number of contacts left to read, by the vendor's total."""
        return max(0, (self.expected or 0) - self.seen)

    def request(self) -> Window:
        """Return a copy of what the next request needs, for another thread."""
        return Window(
            self.scope,
            self.lower,
            self.upper,
            self.cursor,
            self.position,
            second=self.second,
            sample=self.sample,
        )

    def advance_by(
        self,
        page: SearchPage,
        page_limit: int,
        exact: bool = False,
        pages_fill: bool = True,
    ) -> None:
        """Note a page that was read, and decide whether the window has ended.

        It ends at an empty page, at a short page once the total is reached, and when
        the walk has passed a bound that was set while the page was on its way. A short
        page alone ends nothing: nowhere does the vendor promise that pages are full.
        Nor does a total that has fallen: contacts that were read have left, and as many
        are still to be read.

        :param exact: totals are known to be right: a full page that reaches one that
            never moved is the last one too. Not so of a total at which counts may end
        :param pages_fill: no page was seen to be short in the midst of a walk; else it
            is not believed that one ends a walk whose total was another one before
        """
        cursor = page.search_after
        count = page.count + len(page.rejected)
        before = self.expected if self._told is None else self._told
        is_away = not count and self._is_index_away(page.total)
        if page.total is not None and not self.shares_total and not is_away:
            self.expected = page.total
        stuck = count and cursor is not None and cursor == self.cursor
        if stuck or (not count and self._is_too_early(page)):
            self.repeats += 1
            most = 2 if self._is_unknown(page) else MAX_REPEATS
            self.done = not count and self.repeats >= most
            self.short = self.done and not self._is_unknown(page)
            return
        if not count and self.made_up and not self.seen:
            self.note_empty()
        self.repeats = self.refusals = 0
        self._note_total(page.total, before)
        self.seen += count
        if self.seen > self.best:
            self.restarts = 0
        # A date of the year 30000 among this year's tells of no progress.
        timestamps = [m for m in page.timestamps(self.field) if is_usual(m)]
        passed = self._pass(timestamps) or self._is_behind(page)
        if cursor is not None:
            self.cursor = cursor
        self._learn(page, timestamps)
        self.fell_short, self._is_exact = count < page_limit, exact
        is_doubtful = self._was_cut and not pages_fill
        known = not is_doubtful and self._is_total_reached(exact)
        self.done = not count or passed or known or self.ends_with_crowd()

    def _note_total(self, total: int | None, before: int | None) -> None:
        """Note whether a total speaks for all that was read, and not for less.

        :param before: what was told, or estimated, before
        """
        told_of = (self.scope, self.requested_upper)
        # Other filters have another total; a walk that was taken up again knows the
        # last total alone.
        is_other = self._told_of not in (None, told_of)
        if not self.seen:
            self._is_steady, self._has_fallen, self._was_cut = True, False, False
        elif is_other or total != self._told:
            fell = total is not None and before is not None and total < before
            self._has_fallen |= fell and not is_other
            self._is_steady = False
            self._was_cut |= told_of != self._told_of
        self._told, self._told_of = total, told_of

    def _is_total_reached(self, exact: bool) -> bool:
        """Whether as many contacts were read as there are, for certain.

        An empty page alone tells the end of a window without a total.
        """
        if self.expected is None or self.seen < self.expected or self.shares_total:
            return False
        if self._has_fallen:
            return False
        return self.fell_short or (
            exact and self._is_steady and self.expected < COUNT_LIMIT
        )

    def _is_unknown(self, page: SearchPage) -> bool:
        return page.total is None if self.shares_total else self.expected is None

    def _is_too_early(self, page: SearchPage) -> bool:
        """Whether an empty page cannot be the end yet."""
        if not self.shares_total:
            return bool(self.remaining) or self.expected is None
        if page.total is None or self._told is None:
            return page.total is None
        # The vendor's index is away; this is not the end.
        return 2 * page.total < self._told

    def _is_index_away(self, total: int | None) -> bool:
        """Whether an empty page tells of fewer contacts than were read already.

        While the vendor's index is away it says so of all, and what was left to read by
        the total before is not there any more. The same answer comes when as many have
        really left; so it is asked for again, and believed in the end.
        """
        told_of = (self.scope, self.requested_upper)
        before = self._told if self._told_of == told_of else self.expected
        if self.shares_total or total is None or before is None:
            return False
        return total < self.seen < before

    def _is_behind(self, page: SearchPage) -> bool:
        """Whether a page has reached the key at which another window begins."""
        if self.until is None:
            return False
        stretch = page.stretch
        if stretch is None:
            return self.position is not None and self.position > self.until[0]
        if not stretch.in_order:
            # Ids do not follow each other as they were cut: go on to the very end.
            self.until, self.ignores_bounds = None, True
            return False
        return stretch.last >= self.until

    def note_empty(self) -> None:
        """Note that a part of a crowd that begins here brought nothing."""
        start = key_of(self.cursor)
        if self.crowd is not None and start is not None:
            self.crowd.note_empty(start[1])

    def _learn(self, page: SearchPage, timestamps: Sequence[int]) -> None:
        """Note how dense the contacts of a page are, for `splitting`."""
        self.ms_each = 0.0
        if timestamps:
            self.ms_each = (max(timestamps) - min(timestamps)) / len(timestamps)
        stretch, is_keyed = page.stretch, key_of(self.cursor) is not None
        self.crowd = self._crowd_on(stretch) if is_keyed else None
        if self.crowd is not None and stretch is not None:
            self.crowd.count_read(self._own(stretch), page.total)
            self.updates = page.timestamps("dateUpdated")
            if self.shares_total:
                self.expected = self.seen + self.crowd_left()
        elif self.shares_total:
            self.expected = self.seen

    def _crowd_on(self, stretch: Stretch | None) -> Crowd | None:
        """Return the crowd among which a page ends: the known one, or another."""
        if stretch is None or stretch.last[0] != self.position:
            return None
        if self.crowd is None or self.crowd.timestamp != self.position:
            return Crowd.seen_on(stretch)
        if not stretch.in_order:
            return None
        if stretch.crowd_count >= LEAST:
            self.crowd.learn(stretch)
        return self.crowd

    def _own(self, stretch: Stretch) -> int:
        """Return how many contacts of the crowd on a page no other window reads."""
        if self.until is None:
            return stretch.crowd_count
        return bisect_right(stretch.crowd_ids, self.until[1])

    def _pass(self, timestamps: list[int]) -> bool:
        """Note the dates of a page; tell whether the walk has passed its bound."""
        known = [] if self.position is None else [self.position]
        if self.scope == RECENT:
            self.position = min([*known, *timestamps], default=None)
            newest = [] if self.upper is None else [self.upper]
            self.upper = max([*newest, *timestamps], default=None)
            if self.lower is None or self.position is None:
                return False
            return self.position < self.lower
        if self.lower is not None and timestamps:
            self.ignores_bounds |= min(timestamps) < self.lower - _IGNORED_MS
        # The request's range ends below the bound that was sent. A contact that shows a
        # later date is filed under another one, and tells of no progress.
        if self.requested_upper is not None:
            timestamps = [
                timestamp
                for timestamp in timestamps
                if timestamp < self.requested_upper
            ]
        self.position = max([*known, *timestamps], default=None)
        if self.upper is None or self.position is None:
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
        if self.crowd is not None:
            self.crowd.read = None
        self.repeats = self.refusals = 0
        self.restarts += 1
        self.best = max(self.best, self.seen)
        if self.scope in (DATED, UPDATED) and self.position is not None:
            if self.lower is None or self.position > self.lower:
                self.restarts = self.best = 0
                self.lower = self.position
        # Contacts before the new lower bound no longer count.
        self.seen = 0
        self.expected = None
        return self.restarts < MAX_REPEATS

    def crowd_left(self) -> int:
        """Estimate how many contacts of the instant that is being read are left."""
        start = key_of(self.cursor)
        if self.crowd is None or start is None:
            return 0
        if not self.shares_total:
            self.crowd.expect(self.remaining, start[1])
        return self.crowd.between(start[1], self.end_id())

    @property
    def may_end_with_crowd(self) -> bool:
        """Whether its last page will have been the last if others have read the rest.

        It was short, and totals are exact. Not of a total at which counts may end, nor
        of one that is lower than another that counts the same contacts.
        """
        if self.crowd is None or not self.fell_short or not self._is_exact:
            return False
        if self._told == COUNT_LIMIT:
            return False
        return self.crowd.is_read or self._told == self.crowd.told

    def ends_with_crowd(self) -> bool:
        """Whether all that its filters select was read, by this window and others."""
        if not self.may_end_with_crowd:
            return False
        assert self.crowd is not None
        return self.crowd.is_read

    def end_id(self) -> str | None:
        """Return the id at which the window ends, None at that of its last contact."""
        return self.until[1] if self.until is not None else None

    def take_back(self, part: Window) -> None:
        """Read what a part was to read that cannot be begun where it was cut."""
        self.until = part.until
        self.expected = (self.expected or 0) + (part.expected or 0)
        part.done = True

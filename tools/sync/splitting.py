"""Splitting windows, so that a later part is read at the same time.

By time, and within one instant (`Crowd`) at ids: made up where the account is known to
honour that, else at ids that a sample has shown, or by the dates of the last changes.
Every cut is made by values, so that each contact is in just one part, whoever comes and
goes meanwhile.
"""

from __future__ import annotations

from ..dates import is_usual
from ..ghl.walk_keys import key_of
from .crowd import FILLING, Crowd
from .window import DATED, UNCHANGED, UNDATED, UPDATED, Second, Window

# The dates of the last page tell where to cut, when half of the time that is left is so
# many times as long as those contacts would need: an import is being read.
_CLUSTERED = 16
# So many standard deviations of a part's size are left free on its last page.
_SLACK = 2.5


def split(
    window: Window,
    last: int | None,
    page_limit: int,
    by_ids: bool = False,
) -> Window | None:
    """Cut off the later part of what is left; None when that cannot be cut.

    :param last: the latest date of the location, for a window without upper bound
    :param page_limit: the size of a full page
    :param by_ids: cursors are honoured that no walk has shown
    """
    if (
        window.scope not in (DATED, UPDATED)
        or window.position is None
        or window.ignores_bounds
    ):
        return None
    if window.shares_total:
        if window.crowd is None or not by_ids:
            return None
        return _split_ids(window, window.crowd, page_limit)
    if window.crowd is None or window.crowd_left() < page_limit:
        return _split_dates(window, last, page_limit)
    later = _split_behind(window, window.crowd, last)
    if later is None and by_ids:
        later = _split_ids(window, window.crowd, page_limit)
    return later


def _split_dates(window: Window, last: int | None, page_limit: int) -> Window | None:
    """Cut by time: about half of the contacts, and whole pages, are left."""
    assert window.position is not None
    upper = window.upper if window.upper is not None else last
    if upper is None or upper - window.position < 2 or not window.remaining:
        return None
    keep = _whole_pages(window.remaining, page_limit)
    ahead = (upper - window.position + 1) * keep // window.remaining
    by_density = int(keep * window.ms_each) + 1
    if window.ms_each and by_density * _CLUSTERED < ahead:
        ahead = by_density
    middle = window.position + ahead
    # A contact that shows a date below the bound draws the middle there as well.
    start = window.position
    if middle <= (start if window.lower is None else max(start, window.lower)):
        return None
    return _cut_at(window, middle, window.remaining - keep)


def _whole_pages(contacts: int, page_limit: int) -> int:
    """Return how many of the contacts to keep: about half, so that pages come full."""
    half = contacts // 2
    if half <= filling(1, page_limit):
        return half
    return filling(round(half / page_limit), page_limit)


def filling(pages: int, page_limit: int) -> int:
    """Return how many contacts are planned for so many pages.

    As many as make it likely that one page more is not needed: dates that are drawn at
    random come a little more or less densely.
    """
    full = pages * page_limit
    return max(full - int(_SLACK * full**0.5), full // 2)


def _cut_at(window: Window, middle: int, expected: int) -> Window:
    later = Window(
        window.scope, middle, window.upper, expected=expected, second=window.second
    )
    window.upper = middle
    # An estimate until the next page tells the total of the range that is left.
    window.expected = window.seen + window.remaining - expected
    return later


def _split_behind(window: Window, crowd: Crowd, last: int | None) -> Window | None:
    """Cut behind the instant that is being read: there no range divides more."""
    behind = crowd.timestamp + 1
    upper = window.upper if window.upper is not None else (last or 0) + 1
    if window.until is not None or upper <= behind:
        return None
    return _cut_at(window, behind, max(0, window.remaining - window.crowd_left()))


def _split_ids(window: Window, crowd: Crowd, page_limit: int) -> Window | None:
    """Cut within the instant that is being read, at an id."""
    start, rest = key_of(window.cursor), window.crowd_left()
    if not window.shares_total:
        rest = min(rest, window.remaining)
    full = page_limit * FILLING
    keep = int(max(1, rest // (2 * full)) * full)
    if start is None or rest <= keep:
        return None
    made_up = crowd.cut(start[1], window.end_id(), keep)
    if made_up is None:
        return None
    lower = crowd.timestamp
    later = Window(
        window.scope,
        lower if window.lower is None else max(lower, window.lower),
        window.upper,
        cursor=[crowd.timestamp, made_up],
        position=crowd.timestamp,
        expected=rest - keep,
        until=window.until,
        made_up=True,
        second=window.second,
        crowd=crowd,
    )
    window.until = (crowd.timestamp, made_up)
    window.expected = window.seen + keep
    return later


def draw_sample(window: Window) -> Window | None:
    """Return a window that shows some ids of the crowd, where to cut; once.

    For accounts that honour no made-up cursor: one that names a contact may do.
    """
    if window.crowd is None or window.shares_total or window.sampled:
        return None
    window.sampled = True
    timestamp = window.crowd.timestamp
    return Window(
        window.scope, timestamp, timestamp + 1, second=window.second, sample=True
    )


def divide(window: Window, parts: int, least: int) -> list[Window]:
    """Cut a crowd by the dates of its contacts' last changes.

    For accounts that honour no made-up cursor. Not to be called while a page of
    the window is on its way: it is walked again from its beginning. A contact that
    is edited meanwhile moves to another window: the changes since the run began
    are read at its end in any case.

    :param parts: how many windows there shall be in all
    :param least: contacts that a part shall hold, one or more
    :return: the new windows
    """
    dates = sorted(timestamp for timestamp in window.updates if is_usual(timestamp))
    if window.shares_total or window.scope != DATED or not dates:
        return []
    scope, lower, upper = window.second or (UPDATED, None, None)
    parts = min(parts, window.remaining // least)
    if scope != UPDATED:
        return []
    cuts = {dates[len(dates) * part // parts] for part in range(1, parts)}
    cuts = {
        cut
        for cut in cuts
        if (lower or dates[0]) < cut and (upper is None or cut < upper)
    }
    if not cuts:
        return []
    cells: list[Second] = []
    edges = [lower, *sorted(cuts), upper]
    cells += [(UPDATED, *pair) for pair in zip(edges, edges[1:], strict=False)]
    if window.second is None:
        cells.append((UNCHANGED, None, None))
    share = window.remaining // len(cells)
    window.cursor, window.second, window.expected = None, cells[0], share
    window.seen = window.best = 0
    window.crowd = None
    return [
        Window(window.scope, window.lower, window.upper, expected=share, second=cell)
        for cell in cells[1:]
    ]


def spread(window: Window, last: int, parts: int) -> list[Window]:
    """Cut what is left of a window evenly by time, to be read all at once.

    :param window: of ranges by date, of which a first page was read
    :param last: the latest date of the location
    :param parts: how many windows there shall be, this one included
    :return: the new windows
    """
    start = window.position
    if start is None:
        return []
    found = {start + round((last - start) / parts * place) for place in range(parts)}
    cuts = sorted(cut for cut in found if cut > start)
    if not cuts:
        return []
    share = window.remaining // (len(cuts) + 1)
    edges = [*cuts, window.upper]
    window.upper = cuts[0]
    window.expected = window.seen + share
    return [
        Window(window.scope, lower, upper, expected=share)
        for lower, upper in zip(edges, edges[1:], strict=False)
    ]


def to_date_ranges(window: Window) -> Window:
    """Turn a window over all, of which a first page was read, into ranges by date.

    :return: the new window for the contacts without date; `window` keeps the rest
    """
    window.scope = DATED
    if window.position is None:
        # The walk is still among contacts without date: their cursor leads nowhere.
        window.restart()
    return Window(UNDATED)

"""When which part of a location is read again: oldest first, at an even pace.

A *part* is a range of a location's contacts with one instant before which none of them
was read. Each part has a deadline. The plan starts as late as every deadline allows,
so that reading spreads over the cycle: parts that were all read at once (by a full
sync) are not all due at once. Parts in which edits without a date were found are read
more often, as far as the share of the quota allows. Times are epoch seconds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

DAY = 86_400.0
# Share of the promised time in which everything is read: the rest is slack for runs
# that go first, and for a server that was down.
PACE = 0.9
# Requests that come on top of full pages: pages that are not full, the read of changes
# and the count that go first.
OVERHEAD = 1.15
# Pages of one run at the least: the requests that go first are paid once for all.
PIECE_PAGES = 20
# Seconds between two runs at the least, as long as no deadline is missed.
PIECE_SECONDS = 3_600.0
# A run sends one request for what has changed, and keeps one for a page on its way.
RUN_REQUESTS = 2
# A part in which edits were found again and again is read 2 ** 3 times a cycle.
MAX_LEVEL = 3


class Pace(NamedTuple):
    """The pace at which a location may be read.

    :param days: within which every contact is to be read
    :param requests: that audits may send in a day
    :param page_limit: contacts of a page
    """

    days: int
    requests: int
    page_limit: int


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a location, as far as the plan goes.

    :param read_at: since when its contents are known to have been read; None: never
    :param level: how often edits without a date were found there lately
    """

    key: int
    contacts: int
    read_at: float | None
    level: int = 0


def pages_of(contacts: int, page_limit: int) -> int:
    """Return how many requests it takes to read so many contacts."""
    return max(1, -(-contacts // max(1, page_limit)))


def days_needed(contacts: int, pace: Pace) -> int:
    """Return within how many days every contact can honestly be promised.

    More than wanted, where the share of the quota does not suffice for that.
    """
    pages = pages_of(contacts, pace.page_limit)
    least = math.ceil(OVERHEAD * pages / (PACE * max(1, pace.requests)))
    # With few requests a day, those that are no pages weigh more than that.
    few = math.ceil(pages / max(1, pace.requests - RUN_REQUESTS))
    return max(pace.days, least, few + 1 if few > pace.days else 0)


def plan(parts: Sequence[Part], pace: Pace) -> list[tuple[float, Part]]:
    """Return parts in the order of their deadlines, with these.

    :param pace: its `days` are those of `days_needed`
    """
    base = PACE * DAY * pace.days
    pages = [pages_of(part.contacts, pace.page_limit) for part in parts]
    levels = [2 ** min(max(part.level, 0), MAX_LEVEL) - 1 for part in parts]
    wanted = sum(n * more for n, more in zip(pages, levels, strict=True)) / base
    spare = pace.requests / OVERHEAD / DAY - sum(pages) / base
    share = min(1.0, max(0.0, spare) / wanted) if wanted else 0.0
    planned = [
        (_deadline(part, base / (1 + share * more)), part)
        for part, more in zip(parts, levels, strict=True)
    ]
    return sorted(planned, key=lambda entry: (entry[0], entry[1].key))


def due_at(parts: Sequence[Part], pace: Pace) -> float | None:
    """Return when the next part has to be read; None when there is none."""
    planned = plan(parts, pace)
    return _latest_starts(planned, pace)[0] if planned else None


def choose(
    parts: Sequence[Part], pace: Pace, now: float, requests_left: int
) -> list[Part]:
    """Return the parts that one run reads, the most urgent first.

    Those that are due, those that would be due soon after, and no more than may be
    sent. One that is due is begun even if it is larger than that.
    """
    planned = plan(parts, pace)
    if not planned:
        return []
    starts = _latest_starts(planned, pace)
    chosen: list[Part] = []
    pages = 0
    for start, (_deadline, part) in zip(starts, planned, strict=True):
        due = start <= now
        soon = start <= now + PIECE_SECONDS or pages < PIECE_PAGES
        if not due and not (chosen and soon):
            break
        size = pages_of(part.contacts, pace.page_limit)
        if chosen and pages + size > requests_left:
            break
        chosen.append(part)
        pages += size
    return chosen


def _deadline(part: Part, interval: float) -> float:
    return -math.inf if part.read_at is None else part.read_at + interval


def _latest_starts(planned: list[tuple[float, Part]], pace: Pace) -> list[float]:
    """Return until when each part can wait, if those before it are read by then.

    Behind each stand others, which take their time as well.
    """
    base = PACE * DAY * pace.days
    sizes = [pages_of(part.contacts, pace.page_limit) for _deadline, part in planned]
    seconds_a_page = base / sum(sizes)
    before = sum(sizes)
    latest = math.inf
    starts: list[float] = []
    for (deadline, _part), size in zip(reversed(planned), reversed(sizes), strict=True):
        before -= size
        latest = min(latest, deadline - before * seconds_a_page)
        starts.append(latest + before * seconds_a_page)
    starts.reverse()
    return starts

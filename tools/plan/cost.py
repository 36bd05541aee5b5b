"""Estimate the cost of a run: requests, time, and a share of today's quota.

The requests follow from how a run works: lists, pages, counts. What former runs of the
same kind have really sent corrects that; what nothing is known of is ``None``, never a
guess. Pure figures, no locks.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

# Requests of a full sync's opening: four lists, the first page and the latest change.
# The first page is one of the pages.
LISTS, NEWEST = 4, 1
# A walk over what changed, of which there is a page at most, as a rule.
CHANGES = 1
# Counts along one date where there is one window: that, what has no date, and all.
ONE_WINDOW = 3
# Questions of the calibration that a first run asks besides.
CALIBRATION = 14
# A location of more is read by windows, whose last pages are not full.
WINDOWED_PAGES = 8
# Windows are cut as answers come: a full sync has so many more last pages not full, as
# was measured.
LAST_PAGES = 2
# A verify that reads all sends so much besides pages and counts, as was measured: for
# changes meanwhile, and for the last pages of windows where there are several.
BESIDE_READING, BESIDE_WINDOWS, SEVERAL_PAGES = 2, 4, 3
# Former runs that are looked at.
PAST_RUNS = 3


@dataclass(frozen=True, slots=True)
class Past:
    """A run that was done: what it read and cost.

    :param size: contacts that it was to read, or that the mirror held
    :param busy: seconds of work, without waiting
    :param calibrated: whether the account's API was known; else it was tried besides
    :param changed: what a read of changes has found
    """

    kind: str
    size: int
    requests: int
    busy: float
    calibrated: bool = True
    changed: int = 0


@dataclass(frozen=True, slots=True)
class Basis:
    """The facts known before a run. ``None`` is unknown.

    :param contacts: what there is to read or to compare
    :param changed: what a read of changes is likely to find, since the last one
    :param page: contacts of a page
    :param counts: requests by which contacts are counted along one date
    :param scopes: along how many dates a verify counts
    :param reads_all_up_to: a verify of up to so many contacts reads them all
    :param calibrated: whether the account's API is known
    :param limit: requests of an interval
    :param interval: its seconds
    :param left: requests that are left today
    :param past: runs of this location that were done, the latest first
    """

    contacts: int | None
    changed: int = 0
    page: int = 500
    counts: int = 3
    scopes: int = 2
    reads_all_up_to: int = 20_000
    calibrated: bool = True
    limit: int | None = None
    interval: float | None = None
    left: int | None = None
    past: tuple[Past, ...] = ()


@dataclass(frozen=True, slots=True)
class Cost:
    """An estimate; ``None`` is unknown.

    :param share: of the requests that are left today (0…, above 1: more than these);
        where none is left, as of one
    """

    requests: int | None = None
    seconds: float | None = None
    share: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as the API shows it."""
        share = None if self.share is None else round(100 * self.share, 2)
        seconds = None if self.seconds is None else round(self.seconds, 1)
        return {"requests": self.requests, "seconds": seconds, "quota_percent": share}


def estimate(kind: str, basis: Basis) -> Cost:
    """Return what a run of a kind will cost."""
    structure = _requests(kind, basis, basis.contacts, basis.calibrated, basis.changed)
    if structure is None:
        return Cost()
    same = [run for run in basis.past if run.kind == kind and run.requests > 0]
    same = same[:PAST_RUNS]
    # A run that tried the account besides has cost what no later one does.
    alike = [run for run in same if run.calibrated == basis.calibrated]
    requests = structure + _correction(alike, kind, basis, structure)
    requests = max(requests, 1)
    share = None if basis.left is None else requests / max(basis.left, 1)
    return Cost(requests, _seconds(requests, basis, same), share)


def first_requests(basis: Basis) -> int:
    """Return what a full sync sends besides a page for every so many contacts."""
    whole = _requests("full", basis, 0, basis.calibrated, 0) or 0
    return whole - _pages(0, basis.page)


def _requests(
    kind: str, basis: Basis, contacts: int | None, calibrated: bool, changed: int
) -> int | None:
    """Return the requests of a run in which nothing unforeseen happens."""
    if contacts is None:
        return None
    changes = CHANGES + max(0, changed - 1) // basis.page
    if changes > SEVERAL_PAGES:
        # Many are read by windows as well.
        changes += LAST_PAGES
    if kind == "delta":
        return changes + 1
    pages = _pages(contacts, basis.page)
    if kind == "full":
        latest = int(contacts > basis.page and calibrated)
        asked = 0 if calibrated else CALIBRATION
        lasts = LAST_PAGES if pages > WINDOWED_PAGES else 0
        opening = LISTS + NEWEST + latest + asked
        # Changes are those made while it reads; earlier ones are among its pages.
        return opening + pages + lasts + CHANGES + basis.counts
    if kind == "verify":
        # Cut at other places each time, which makes one window more.
        counts = basis.scopes * (basis.counts + int(basis.counts > ONE_WINDOW))
        return LISTS + NEWEST + changes + counts + _verify_reads(contacts, basis)
    # An audit: what has changed, then every contact, and nothing else.
    return changes + pages


def _verify_reads(contacts: int, basis: Basis) -> int:
    """Return the requests by which a verify of a small location reads it."""
    if contacts > basis.reads_all_up_to:
        return 0
    pages = _pages(contacts, basis.page)
    windows = BESIDE_WINDOWS if pages > SEVERAL_PAGES else 0
    return pages + BESIDE_READING + windows


def _pages(contacts: int, page: int) -> int:
    pages = max(1, -(-contacts // page))
    # Read by windows: one more for what has no date.
    return pages + (1 if pages > WINDOWED_PAGES else 0)


def _correction(same: Iterable[Past], kind: str, basis: Basis, structure: int) -> int:
    """Return the requests by which former runs missed their plan, for this size.

    The part of a run that grows with its contacts is corrected in proportion.

    :param structure: the requests that are planned for this run
    """
    corrections = []
    for run in same:
        planned = _requests(kind, basis, run.size, run.calibrated, run.changed)
        if not planned:
            continue
        missed = run.requests - planned
        scale = 1.0
        if kind == "delta":
            # It reads what has changed, however many contacts there are.
            scale = structure / planned
        elif run.size and basis.contacts:
            scale = basis.contacts / run.size
        corrections.append(missed * (scale if scale < 1 or planned > 50 else 1))
    if not corrections:
        return 0
    corrections.sort()
    return round(corrections[len(corrections) // 2])


def _seconds(requests: int, basis: Basis, same: list[Past]) -> float | None:
    """Return the time of work: as long as before, and as the rate limit allows."""
    measured = [run for run in same or basis.past if run.busy > 0]
    allowed = None
    if basis.limit and basis.interval:
        beyond = max(0, requests - basis.limit)
        allowed = beyond * basis.interval / basis.limit
    if not measured:
        # The rate limit alone tells the least that it takes, not what it takes.
        return allowed if allowed else None
    each = sorted(run.busy / run.requests for run in measured)[len(measured) // 2]
    return max(requests * each, allowed or 0.0)

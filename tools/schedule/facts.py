"""The facts that a location's schedule follows from, and the result."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .quiet import QuietHours

#: what becomes of reads of changes in quiet hours
USUAL, LONGEST, NONE = "usual", "longest", "none"


@dataclass(frozen=True, slots=True)
class Rules:
    """The schedule as people set it; spans are in minutes, of a verify in hours.

    :param bool adapts: the interval follows how often the location changes, between
        `shortest` and `longest`
    :param quiet: when a verify is due, best of all
    :param str quiet_reads: what becomes of reads of changes then
    """

    on: bool = True
    delta_minutes: int = 15
    adapts: bool = True
    shortest: int = 5
    longest: int = 60
    verify_hours: int = 24
    quiet: QuietHours | None = None
    quiet_reads: str = USUAL


@dataclass(frozen=True, slots=True)
class Known:
    """The facts known of a location; timestamps are UTC, and None for unknown.

    :param str key: the location's own, by which it is spread over time
    :param str | None stopped: why nothing is read, as a slug of `reasons.REASONS`
    :param str | None run: state of the active run
    :param bool refused: access is refused for good: single requests try it
    :param full_at: when everything was read last, None before the first fill
    :param delta_at: when changes were read last
    :param rate: changes by the hour, as reads have found them
    :param viewed_at: when somebody looked last
    :param int failures: runs in a row that failed, verifies left aside
    :param access_kind: what failed because access was refused, which it no longer is
    :param verify_pause: until when no verify is tried, after some have failed
    :param audit_at: when contents are read again, None for never
    :param audit_asked: a person has asked for that
    :param recheck_at: when contacts are due that GoHighLevel neither shows nor denies
    """

    key: str = ""
    stopped: str | None = None
    run: str | None = None
    run_kind: str | None = None
    resume_at: datetime | None = None
    refused: bool = False
    probe_at: datetime | None = None
    full_at: datetime | None = None
    full_tried_at: datetime | None = None
    verified_at: datetime | None = None
    delta_at: datetime | None = None
    rate: float | None = None
    viewed_at: datetime | None = None
    failures: int = 0
    failed_at: datetime | None = None
    access_kind: str | None = None
    verify_pause: datetime | None = None
    recheck_at: datetime | None = None
    audit_at: datetime | None = None
    audit_asked: bool = False

    @property
    def read_at(self) -> datetime | None:
        """Return since when changes are known to be read: a long run's end is later."""
        return self.delta_at or self.verified_at


@dataclass(frozen=True, slots=True)
class Due:
    """The next sync or request.

    :param at: when (UTC); in the past: now; None: never, or a run is at work
    :param str | None kind: full, delta, verify, audit, or probe for a single request
    :param str reason: a slug of `reasons.REASONS`
    """

    at: datetime | None
    kind: str | None
    reason: str

    def is_due(self, now: datetime) -> bool:
        """Tell whether it is to be started now."""
        return self.at is not None and self.at <= now

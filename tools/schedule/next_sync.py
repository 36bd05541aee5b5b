"""The one place that decides what a location's schedule does next, when, and why.

Pure arithmetic: the same facts give the same answer at the same time. What is due is
measured from what was done last, never from what was planned, so that what was missed
is due at once.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from .facts import LONGEST, NONE, Due, Known, Rules
from .quiet import Span
from .spread import share_of

# Somebody who looked within this time is taken to be looking still.
LOOKING = timedelta(minutes=10)
# Reads of changes come up to this share of their interval early, spread by location.
_EARLY = 0.05
# The part of quiet hours over which verifies begin; the rest is left to them.
_VERIFY_BEGINS = 0.75
# A verify may leave its interval for quiet hours by this share of it, and two hours: a
# day has 23 to 25.
_VERIFY_SHIFT = 0.25
_VERIFY_GRACE = timedelta(hours=2)
# Pauses after failures double up to this.
_LONGEST_PAUSE = timedelta(hours=6)
_FIRST_FILL_PAUSE = timedelta(hours=1)
# Quiet hours further back do not matter: the longest interval is a day.
_LOOK_BACK = timedelta(days=7)
_EPOCH = datetime(1970, 1, 1)


def next_due(rules: Rules, known: Known, now: datetime) -> Due:
    """Return what comes next for a location: one thing, and its reason."""
    if known.stopped:
        return Due(None, None, known.stopped)
    if known.run:
        if known.run == "waiting":
            return Due(known.resume_at or now, known.run_kind, "waiting")
        return Due(None, known.run_kind, "running")
    if known.refused:
        return Due(known.probe_at, "probe", "refused")
    asked = known.audit_at if known.audit_asked and known.full_at else None
    if not rules.on:
        # A person's order does not depend on the schedule.
        return Due(asked, "audit", "asked") if asked else Due(None, None, "off")
    if known.access_kind:
        return Due(now, known.access_kind, "access_back")
    if not known.full_at:
        return _first_fill(known, now)
    verify, delta = _verify(rules, known, now), delta_due(rules, known, now)
    assert verify.at and delta.at
    # A verify reads changes as well.
    if verify.at <= max(now, delta.at):
        return verify
    # An audit begins by reading changes, too.
    if known.audit_at and known.audit_at <= max(now, delta.at):
        return Due(known.audit_at, "audit", "asked" if asked else "audit")
    return delta


def _first_fill(known: Known, now: datetime) -> Due:
    if not known.full_tried_at:
        return Due(now, "full", "first_fill")
    pause = _grown(_FIRST_FILL_PAUSE, known.failures)
    return Due(known.full_tried_at + pause, "full", "first_again")


# === A verify ===


def _verify(rules: Rules, known: Known, now: datetime) -> Due:
    verified = known.verified_at
    at, reason = (now, "verify") if verified is None else _planned(rules, known)
    if known.recheck_at is not None and known.recheck_at < at:
        at, reason = known.recheck_at, "recheck"
    if known.verify_pause is not None and known.verify_pause > at:
        at = known.verify_pause
    return Due(at, "verify", reason)


def _planned(rules: Rules, known: Known) -> tuple[datetime, str]:
    """Return when the next verify is due: nearest to its interval in quiet hours.

    Where no quiet hours are near enough, as with an interval of few hours, the interval
    alone decides. What is left of it is always enough for one span of each day.
    """
    verified = known.verified_at or _EPOCH
    interval = timedelta(hours=rules.verify_hours)
    target = verified + interval
    quiet = rules.quiet
    if quiet is None:
        return target, "verify"
    shift = interval * _VERIFY_SHIFT
    begins = [
        span.start + (span.end - span.start) * (_VERIFY_BEGINS * share_of(known.key))
        for span in quiet.spans(target)
    ]
    fitting = [
        begin
        for begin in begins
        if verified + shift < begin <= target + shift + _VERIFY_GRACE
    ]
    if not fitting:
        return target, "verify"
    return min(fitting, key=lambda begin: abs(begin - target)), "verify_quiet"


# === A read of changes ===


def delta_due(rules: Rules, known: Known, now: datetime) -> Due:
    """Return when changes are read next, and why then."""
    read = known.read_at
    if read is None:
        return Due(now, "delta", "usual")
    looks = is_looking(known, now)
    interval, reason = interval_of(rules, known, looks)
    # The key has the time of the read too: locations that were read together part.
    early = _EARLY * share_of(f"{known.key} {read}")
    at = read + interval * (1 - early)
    again = _again(known, interval)
    if again and again > at:
        # Reads that fail are tried rarely, whatever the time of day and whoever looks.
        return Due(again, "delta", "failing")
    if looks:
        return Due(at, "delta", reason)
    return _outside_quiet_hours(rules, known, max(at, now), Due(at, "delta", reason))


def may_read_early(rules: Rules, known: Known, now: datetime) -> bool:
    """Tell whether changes may be read before they are due, should there be a cause.

    Not where nothing is read by itself, while the pause after a failure lasts, or in
    quiet hours that are to have few reads, or none.
    """
    if known.stopped or known.run or known.refused or known.access_kind:
        return False
    if not rules.on or not known.full_at:
        return False
    looks = is_looking(known, now)
    again = _again(known, interval_of(rules, known, looks)[0])
    if again and again > now:
        return False
    return looks or _quiet_span(rules, now) is None


def interval_of(rules: Rules, known: Known, looks: bool) -> tuple[timedelta, str]:
    """Return the time between two reads of changes, and why it is so long.

    One change is expected in that time, as far as the bounds allow it.
    """
    usual = rules.delta_minutes
    if not rules.adapts:
        if looks and rules.shortest < usual:
            return timedelta(minutes=rules.shortest), "viewed"
        return timedelta(minutes=usual), "fixed"
    low, high = rules.shortest, max(rules.shortest, rules.longest)
    if known.rate is None:
        minutes, reason = min(max(usual, low), high), "usual"
    else:
        wanted = 60 / known.rate if known.rate > 0 else float("inf")
        minutes = round(min(max(wanted, low), high))
        reason = "often" if minutes <= low else "sometimes"
        if minutes >= high > low:
            reason = "idle"
    if looks and low < minutes:
        minutes, reason = low, "viewed"
    return timedelta(minutes=minutes), reason


def rests_since(
    rules: Rules, known: Known, read_at: datetime, now: datetime
) -> tuple[timedelta, timedelta]:
    """Return how rare reads of changes were to be since the last one.

    :return: the longest interval that counted since then, and for how long of that
        time nothing was to be read at all
    """
    interval, _reason = interval_of(rules, known, looks=False)
    none = timedelta(0)
    quiet = rules.quiet
    if quiet is None or rules.quiet_reads not in (LONGEST, NONE):
        return interval, none
    # A read before this is late, whatever the hours of former days were.
    begin = max(read_at, now - _LOOK_BACK)
    overlaps = [
        min(span.end, now) - max(span.start, begin)
        for span in quiet.spans(now, days=(now - begin).days + 2)
    ]
    resting = sum((one for one in overlaps if one > none), none)
    if rules.quiet_reads == NONE:
        return interval, resting
    longest = timedelta(minutes=rules.longest)
    return (max(interval, longest) if resting else interval), none


def is_looking(known: Known, now: datetime) -> bool:
    """Tell whether somebody looks at the location."""
    return known.viewed_at is not None and now - known.viewed_at < LOOKING


def _outside_quiet_hours(rules: Rules, known: Known, begins: datetime, due: Due) -> Due:
    """Return a read of changes as quiet hours have it.

    :param begins: when it would begin without them; what was missed begins now
    """
    span = _quiet_span(rules, begins)
    if span is None:
        return due
    # At the end of quiet hours not everybody at once.
    end = span.end + timedelta(minutes=rules.shortest) * share_of(known.key)
    if rules.quiet_reads == LONGEST:
        assert known.read_at is not None
        rarely = known.read_at + timedelta(minutes=rules.longest)
        if rarely < end:
            return Due(max(rarely, begins), "delta", "quiet")
    return Due(end, "delta", "quiet_end")


def _quiet_span(rules: Rules, timestamp: datetime) -> Span | None:
    """Return the quiet hours that hold a timestamp, where they make reads rare."""
    if rules.quiet is None or rules.quiet_reads not in (LONGEST, NONE):
        return None
    return rules.quiet.find(timestamp)


def _again(known: Known, interval: timedelta) -> datetime | None:
    """Return until when nothing is tried after failures, None without any."""
    if not known.failures or not known.failed_at:
        return None
    return known.failed_at + _grown(interval, known.failures)


def _grown(pause: timedelta, failures: int) -> timedelta:
    """Return the pause after so many failures in a row."""
    longest = max(pause, _LONGEST_PAUSE)
    doublings = min(16, max(0, failures - 1))
    return min(longest, pause * int(2**doublings))

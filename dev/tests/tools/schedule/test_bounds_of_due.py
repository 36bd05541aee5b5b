"""What is due next, at each bound: audits, whoever looks, pauses, quiet hours."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ghl_contact_sync.tools.schedule.change_rate import (
    HALF_LIFE,
    MAX_RATE,
    follow_rate,
)
from ghl_contact_sync.tools.schedule.facts import (
    LONGEST,
    NONE,
    USUAL,
    Due,
    Known,
    Rules,
)
from ghl_contact_sync.tools.schedule.next_sync import (
    LOOKING,
    interval_of,
    is_looking,
    next_due,
    rests_since,
)
from ghl_contact_sync.tools.schedule.quiet import QuietHours

NOW = datetime(2026, 6, 10, 12)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
READ = Known(
    key="a",
    full_at=NOW - 50 * HOUR,
    verified_at=NOW - 2 * HOUR,
    delta_at=NOW - MINUTE,
)
DELTA = next_due(Rules(), READ, NOW)


def due(known=READ, now=NOW, **rules):
    return next_due(Rules(**rules), known, now)


def told(answer):
    return answer.kind, answer.reason, answer.at


# === Audits ===


@pytest.mark.parametrize(
    ("audit_at", "first"),
    [
        (NOW - HOUR, True),
        (NOW, True),
        (DELTA.at, True),
        (DELTA.at + SECOND, False),
        (None, False),
    ],
)
@pytest.mark.parametrize("asked", [True, False])
def test_an_audit_goes_instead_of_the_read_of_changes_that_it_begins_with(
    audit_at, first, asked
):
    answer = due(replace(READ, audit_at=audit_at, audit_asked=asked))
    if first:
        assert told(answer) == ("audit", "asked" if asked else "audit", audit_at)
    else:
        assert answer == DELTA


def test_an_audit_that_is_late_waits_for_no_read_of_changes():
    """Not even where that is late as well, and came first."""
    late = replace(READ, delta_at=NOW - 5 * HOUR, verified_at=NOW - 5 * HOUR)
    answer = due(replace(late, audit_at=NOW))
    assert told(answer) == ("audit", "audit", NOW)
    assert due(replace(late, audit_at=NOW + SECOND)).kind == "delta"


def test_a_verify_that_is_due_goes_first():
    known = replace(READ, verified_at=NOW - 25 * HOUR, audit_at=NOW - HOUR)
    assert due(known).kind == "verify"


def test_what_a_person_asks_for_is_read_though_the_schedule_is_off():
    asked = replace(READ, audit_at=NOW, audit_asked=True)
    assert told(due(asked, on=False)) == ("audit", "asked", NOW)
    assert told(due(replace(asked, audit_asked=False), on=False)) == (None, "off", None)
    # Before everything was read once there is nothing to read again.
    assert due(replace(asked, full_at=None), on=False).reason == "off"


def test_now_or_before_is_due():
    assert Due(NOW, "delta", "often").is_due(NOW)
    assert Due(NOW - SECOND, "delta", "often").is_due(NOW)
    assert not Due(NOW + SECOND, "delta", "often").is_due(NOW)
    assert not Due(None, None, "off").is_due(NOW)


# === Intervals ===


@pytest.mark.parametrize(
    ("ago", "looks"), [(LOOKING - SECOND, True), (LOOKING, False), (-HOUR, True)]
)
def test_who_looked_ten_minutes_ago_looks_no_more(ago, looks):
    assert is_looking(replace(READ, viewed_at=NOW - ago), NOW) == looks
    assert not is_looking(READ, NOW)


@pytest.mark.parametrize(
    ("usual", "minutes", "reason"),
    [(15, 5, "viewed"), (5, 5, "fixed"), (3, 3, "fixed")],
)
def test_a_fixed_interval_is_cut_short_for_whoever_looks(usual, minutes, reason):
    rules = Rules(adapts=False, delta_minutes=usual, shortest=5)
    assert interval_of(rules, READ, looks=True) == (minutes * MINUTE, reason)
    assert interval_of(rules, READ, looks=False) == (usual * MINUTE, "fixed")


@pytest.mark.parametrize(
    ("rate", "minutes", "reason"),
    [
        (-1.0, 60, "idle"),
        (0.0, 60, "idle"),
        (0.9, 60, "idle"),
        (1.01, 59, "sometimes"),
        (1.03, 58, "sometimes"),
        (11.0, 5, "often"),
        (10.9, 6, "sometimes"),
        (8.0, 8, "sometimes"),
        (100.0, 5, "often"),
    ],
)
def test_one_change_is_expected_in_an_interval(rate, minutes, reason):
    known = replace(READ, rate=rate)
    assert interval_of(Rules(), known, looks=False) == (minutes * MINUTE, reason)
    looked = (5 * MINUTE, reason if minutes == 5 else "viewed")
    assert interval_of(Rules(), known, looks=True) == looked


@pytest.mark.parametrize("longest", [3, 10])
def test_bounds_that_meet_leave_one_interval_that_is_no_rest(longest):
    rules = Rules(shortest=10, longest=longest)
    for rate in (0.0, 100.0):
        known = replace(READ, rate=rate)
        assert interval_of(rules, known, looks=False) == (10 * MINUTE, "often")
    usual = interval_of(rules, READ, looks=False)
    assert usual == (10 * MINUTE, "usual")


# read how long ago, now at this hour of the day → hours of that time without reads
@pytest.mark.parametrize(
    ("start", "end", "ago", "hour", "resting"),
    [
        (1, 5, 2, 12, 0),
        (1, 5, 8, 12, 1),
        (1, 5, 12, 12, 4),
        (22, 6, 9, 6.5, 8),
        (22, 6, 3, 4, 3),
        (22, 6, 2, 23, 1),
        (0, 23.5, 24, 0, 23.5),
        # Two nights, and no more than seven days back.
        (22, 6, 40, 12, 16),
        (22, 6, 1_000, 12, 56),
    ],
)
def test_quiet_hours_without_reads_are_counted_by_themselves(
    start, end, ago, hour, resting
):
    """At noon of a day whose night is long over, nothing of it excuses a lag."""
    now = NOW.replace(hour=0) + hour * HOUR
    rules = Rules(quiet=QuietHours(start, end), quiet_reads=NONE)
    idle, busy = Known(rate=0.0), Known(rate=12.0)
    times = (now - ago * HOUR, now)
    assert rests_since(rules, idle, *times) == (HOUR, resting * HOUR)
    assert rests_since(rules, busy, *times) == (5 * MINUTE, resting * HOUR)
    usual = replace(rules, quiet_reads=USUAL)
    assert rests_since(usual, busy, *times) == (5 * MINUTE, 0 * HOUR)
    # Few reads are reads: their interval counts where there were quiet hours since.
    rarely = replace(rules, quiet_reads=LONGEST)
    interval = HOUR if resting else 5 * MINUTE
    assert rests_since(rarely, busy, *times) == (interval, 0 * HOUR)
    wide = replace(rarely, shortest=90, longest=60)
    assert rests_since(wide, idle, *times) == (90 * MINUTE, 0 * HOUR)


def test_a_night_in_which_clocks_are_set_back_is_an_hour_longer():
    zone = ZoneInfo("America/New_York")
    rules = Rules(quiet=QuietHours(22, 6, zone), quiet_reads=NONE)
    now = datetime(2026, 11, 1, 12)
    rests = rests_since(rules, Known(rate=0.0), now - 12 * HOUR, now)
    assert rests == (HOUR, 9 * HOUR)


# === Pauses ===


def test_a_pause_after_failures_ends_with_the_interval_at_the_earliest():
    known = replace(READ, failures=1, failed_at=NOW - 4 * HOUR)
    assert due(known) == DELTA
    # Without knowing when it failed, or with nothing that failed, it never pauses.
    assert due(replace(READ, failures=3)) == DELTA
    assert due(replace(READ, failed_at=NOW)) == DELTA
    failing = due(replace(READ, failures=3, failed_at=NOW))
    assert failing.reason == "failing"


@pytest.mark.parametrize(
    ("pause", "at"),
    [(None, NOW - HOUR), (NOW - 2 * HOUR, NOW - HOUR), (NOW - MINUTE, NOW - MINUTE)],
)
def test_a_verify_waits_for_its_pause_alone(pause, at):
    known = replace(READ, verified_at=NOW - 25 * HOUR, verify_pause=pause)
    assert told(due(known)) == ("verify", "verify", at)


@pytest.mark.parametrize(
    ("recheck_at", "reason", "at"),
    [
        (NOW - 2 * HOUR, "recheck", NOW - 2 * HOUR),
        (NOW - HOUR, "verify", NOW - HOUR),
        (NOW, "verify", NOW - HOUR),
        (None, "verify", NOW - HOUR),
    ],
)
def test_a_recheck_is_told_as_such_where_it_comes_first(recheck_at, reason, at):
    known = replace(READ, verified_at=NOW - 25 * HOUR, recheck_at=recheck_at)
    assert told(due(known)) == ("verify", reason, at)


def test_a_wait_is_what_comes_next():
    waiting = Known(run="waiting", run_kind="full")
    assert told(due(waiting)) == ("full", "waiting", NOW)
    assert told(due(Known(run="queued", run_kind="full"))) == ("full", "running", None)


# === Quiet hours ===


def test_a_verify_begins_within_the_first_three_quarters_of_quiet_hours():
    for number in range(200):
        known = Known(
            key=f"k{number}",
            full_at=NOW,
            verified_at=NOW - 14 * HOUR,
            delta_at=NOW + 2_000 * HOUR,
        )
        answer = due(known, quiet=QuietHours(20, 24))
        assert answer.reason == "verify_quiet"
        begins = NOW.replace(hour=20)
        assert begins <= answer.at < begins + 3 * HOUR


@pytest.mark.parametrize("longest", [60, 240])
def test_rare_reads_in_quiet_hours_end_with_these(longest):
    begins = datetime(2026, 6, 10, 1)
    known = replace(READ, delta_at=begins, verified_at=begins - HOUR, rate=60.0)
    quiet = QuietHours(1, 3, UTC)
    answer = due(
        known, now=begins, quiet=quiet, quiet_reads=LONGEST, longest=longest, shortest=5
    )
    if longest == 60:
        assert told(answer) == ("delta", "quiet", begins + HOUR)
    else:
        assert (answer.kind, answer.reason) == ("delta", "quiet_end")
        end = begins + 2 * HOUR
        assert end <= answer.at < end + 5 * MINUTE


# === The rate of changes ===


def test_a_rate_follows_what_is_found_and_forgets_by_halves():
    assert follow_rate(None, 3, 2.0) == 1.5
    assert follow_rate(None, 10_000, 1.0) == MAX_RATE
    assert follow_rate(8.0, 3, -1.0) == 8.0
    assert follow_rate(8.0, 0, HALF_LIFE / 2) == pytest.approx(8.0 * 0.5**0.5)
    assert follow_rate(8.0, 0, 2 * HALF_LIFE) == pytest.approx(2.0)
    assert follow_rate(500.0, 0, HALF_LIFE) == pytest.approx(MAX_RATE / 2)
    assert follow_rate(0.0, 10, HALF_LIFE) == pytest.approx(10 / HALF_LIFE / 2)

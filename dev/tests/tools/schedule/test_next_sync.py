"""What is due when, and why: the one decision of the schedule."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ghl_contact_sync.tools.schedule.change_rate import follow_rate
from ghl_contact_sync.tools.schedule.facts import LONGEST, NONE, Known, Rules
from ghl_contact_sync.tools.schedule.next_sync import (
    may_read_early,
    next_due,
)
from ghl_contact_sync.tools.schedule.quiet import QuietHours
from ghl_contact_sync.tools.schedule.reasons import REASONS

NOW = datetime(2026, 6, 10, 12)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
READ = Known(
    key="a",
    full_at=NOW - 50 * HOUR,
    verified_at=NOW - 2 * HOUR,
    delta_at=NOW - MINUTE,
)
NIGHT = QuietHours(1, 5, ZoneInfo("America/New_York"))


def due(known=READ, now=NOW, **rules):
    return next_due(Rules(**rules), known, now)


def minutes_until(known=READ, **rules):
    """Return the minutes from the last read of changes to the next."""
    answer = due(known, **rules)
    return (answer.at - known.delta_at) / MINUTE, answer.reason


# === How often changes are read ===


@pytest.mark.parametrize(
    ("rate", "minutes", "reason"),
    [
        (None, 15, "usual"),
        (0.0, 60, "idle"),
        (0.5, 60, "idle"),
        (2.0, 30, "sometimes"),
        (12.0, 5, "often"),
        (1_000.0, 5, "often"),
    ],
)
def test_a_location_that_changes_often_is_read_more_often(rate, minutes, reason):
    found, why = minutes_until(replace(READ, rate=rate))
    assert 0.95 * minutes <= found <= minutes
    assert why == reason


def test_bounds_hold_whatever_the_usual_interval_is():
    for rate in (None, 0.0, 7.0, 10_000.0):
        for usual in (1, 15, 1_440):
            known = replace(READ, rate=rate)
            found, _why = minutes_until(
                known, delta_minutes=usual, shortest=10, longest=20
            )
            assert 9.5 <= found <= 20


def test_a_long_run_that_ends_now_has_read_changes_at_its_beginning():
    ended = replace(READ, delta_at=NOW - 10 * HOUR, verified_at=NOW)
    answer = due(ended)
    assert (answer.kind, answer.at <= NOW) == ("delta", True)


def test_an_interval_that_does_not_adapt_is_kept():
    known = replace(READ, rate=50.0)
    found, why = minutes_until(known, adapts=False, delta_minutes=45)
    assert 0.95 * 45 <= found <= 45
    assert why == "fixed"


def test_one_that_somebody_looks_at_comes_first():
    looked = replace(READ, rate=0.0, viewed_at=NOW - 2 * MINUTE)
    assert minutes_until(looked) <= (5, "viewed")
    long_ago = replace(looked, viewed_at=NOW - 11 * MINUTE)
    assert minutes_until(long_ago)[1] == "idle"


def test_one_that_fails_is_read_rarely_whoever_looks():
    pauses = []
    for failures in range(1, 12):
        known = replace(
            READ, failures=failures, failed_at=NOW, viewed_at=NOW, rate=100.0
        )
        answer = due(known)
        assert answer.reason == "failing"
        pauses.append((answer.at - NOW) / MINUTE)
    assert pauses[:4] == [5, 10, 20, 40]
    assert pauses[-1] == 360


def test_refused_access_is_tried_by_probes_only():
    probe_at = NOW + 3 * HOUR
    answer = due(Known(refused=True, probe_at=probe_at), on=False)
    assert (answer.at, answer.kind, answer.reason) == (probe_at, "probe", "refused")


def test_access_that_is_back_makes_up_for_what_it_had_stopped():
    answer = due(replace(READ, access_kind="full"))
    assert (answer.kind, answer.reason) == ("full", "access_back")
    assert answer.is_due(NOW)


@pytest.mark.parametrize("slug", ["archived", "moved", "not_installed", "revoked"])
def test_nothing_comes_where_nothing_is_read(slug):
    answer = due(replace(READ, stopped=slug, access_kind="full", refused=True))
    assert answer == replace(answer, at=None, kind=None, reason=slug)


def test_a_schedule_that_is_off_orders_nothing():
    assert due(on=False).at is None
    assert due(Known(), on=False).reason == "off"


def test_a_first_fill_is_tried_again_with_growing_pauses():
    assert due(Known()).is_due(NOW)
    for failures, hours in ((0, 1), (1, 1), (2, 2), (3, 4), (9, 6)):
        known = Known(full_tried_at=NOW, failures=failures)
        assert due(known).at == NOW + hours * HOUR


def test_a_moment_that_nobody_knows_is_due_now():
    unknown = replace(READ, verified_at=None, delta_at=None)
    assert due(unknown).kind == "verify"
    assert due(unknown).is_due(NOW)


def test_a_run_that_is_on_is_what_comes_next():
    assert due(replace(READ, run="running", run_kind="full")).at is None
    resume = NOW + HOUR
    answer = due(replace(READ, run="waiting", run_kind="delta", resume_at=resume))
    assert (answer.at, answer.reason) == (resume, "waiting")


# === When the mirror is verified ===


def verify_of(verified_at, now=None, **rules):
    known = replace(READ, verified_at=verified_at, delta_at=verified_at + 2_000 * HOUR)
    rules.setdefault("quiet", NIGHT)
    return next_due(Rules(**rules), known, now or verified_at)


def simulate(hours=24, days=30, quiet=NIGHT, start=NOW, takes=HOUR, key="a"):
    """Return the moments at which verifies begin, as each follows from the last."""
    begun, verified = [], start
    rules = Rules(verify_hours=hours, quiet=quiet, shortest=100_000, longest=100_000)
    while verified < start + timedelta(days=days):
        known = Known(key=key, full_at=start, verified_at=verified, delta_at=verified)
        answer = next_due(rules, known, verified)
        assert answer.kind == "verify"
        begun.append(answer.at)
        verified = answer.at + takes
    return begun


def test_a_verify_of_each_day_begins_in_quiet_hours():
    for hour in range(24):
        begun = simulate(start=NOW + hour * HOUR)
        assert all(NIGHT.find(timestamp) for timestamp in begun)
        gaps = [b - a for a, b in zip(begun, begun[1:], strict=False)]
        assert set(gaps) == {24 * HOUR}
        assert begun[0] - (NOW + hour * HOUR) <= 32 * HOUR


@pytest.mark.parametrize("hours", [36, 48, 72, 168, 720])
def test_longer_intervals_are_kept_within_a_day(hours):
    begun = simulate(hours=hours, days=4 * hours // 24)
    assert all(NIGHT.find(timestamp) for timestamp in begun)
    for before, after in zip(begun, begun[1:], strict=False):
        assert abs((after - before) / HOUR - hours) <= 25


@pytest.mark.parametrize("hours", [1, 3, 6, 12])
def test_an_interval_that_is_shorter_than_a_night_is_away_is_kept(hours):
    begun = simulate(hours=hours, days=10, takes=timedelta(0))
    for before, after in zip(begun, begun[1:], strict=False):
        assert after - before <= hours * HOUR * 1.25 + 2 * HOUR


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "UTC"])
@pytest.mark.parametrize("hours", [(1, 5), (22, 4), (2, 3), (0, 0.25)])
def test_changes_of_clocks_cost_no_verify(zone, hours):
    quiet = QuietHours(*hours, ZoneInfo(zone))
    for start in (datetime(2026, 3, 5), datetime(2026, 10, 20), datetime(2026, 11, 1)):
        begun = simulate(start=start, days=40, quiet=quiet, takes=10 * MINUTE)
        for before, after in zip(begun, begun[1:], strict=False):
            assert timedelta(hours=22) < after - before < timedelta(hours=26)


@pytest.mark.parametrize("takes", [4, 8, 23, 30])
def test_a_verify_that_outlasts_quiet_hours_comes_all_the_same(takes):
    begun = simulate(takes=takes * HOUR, days=20)
    for before, after in zip(begun, begun[1:], strict=False):
        assert after - before <= (takes + 32) * HOUR


def test_a_verify_that_was_missed_is_due_at_once():
    verified = NOW - 40 * HOUR
    answer = verify_of(verified, now=NOW)
    assert answer.is_due(NOW)


def test_a_verify_that_failed_pauses_and_changes_are_read_meanwhile():
    known = replace(READ, verified_at=NOW - 60 * HOUR, verify_pause=NOW + HOUR)
    answer = due(known)
    assert answer.kind == "delta"
    assert due(replace(known, delta_at=NOW), now=NOW + HOUR).kind == "verify"


def test_a_recheck_does_not_wait_for_quiet_hours():
    known = replace(READ, recheck_at=NOW - MINUTE)
    answer = due(known, quiet=NIGHT)
    assert (answer.kind, answer.reason) == ("verify", "recheck")


# === Quiet hours ===

# 7:00 UTC is 3:00 in New York, in June.
MIDNIGHT = datetime(2026, 6, 10, 7)


def night(viewed=False, **rules):
    known = replace(
        READ,
        verified_at=MIDNIGHT - HOUR,
        delta_at=MIDNIGHT,
        rate=12.0,
        viewed_at=MIDNIGHT if viewed else None,
    )
    return next_due(Rules(quiet=NIGHT, **rules), known, MIDNIGHT)


def test_changes_in_quiet_hours_are_read_as_people_want_it():
    assert night().reason == "often"
    rarely = night(quiet_reads=LONGEST)
    assert (rarely.at, rarely.reason) == (MIDNIGHT + HOUR, "quiet")
    not_at_all = night(quiet_reads=NONE)
    assert not_at_all.reason == "quiet_end"
    end = datetime(2026, 6, 10, 9)
    assert end <= not_at_all.at < end + 5 * MINUTE


def test_whoever_looks_in_quiet_hours_has_changes_read():
    for how in (LONGEST, NONE):
        assert night(viewed=True, quiet_reads=how).at <= MIDNIGHT + 5 * MINUTE


def test_what_was_missed_before_quiet_hours_waits_for_their_end():
    read = MIDNIGHT - HOUR
    known = replace(READ, delta_at=read, verified_at=read, rate=12.0)
    answer = next_due(Rules(quiet=NIGHT, quiet_reads=NONE), known, MIDNIGHT)
    assert (answer.kind, answer.reason) == ("delta", "quiet_end")
    assert answer.at >= datetime(2026, 6, 10, 9)


# === Before its time ===


def early(now=NOW, rules=None, **known):
    return may_read_early(rules or Rules(), replace(READ, **known), now)


def test_a_cause_may_bring_a_read_before_its_time():
    assert early()
    for reason in ("archived", "moved", "not_installed", "revoked"):
        assert not early(stopped=reason)
    for state in ("queued", "running", "waiting"):
        assert not early(run=state)
    assert not early(refused=True)
    assert not early(access_kind="full")
    assert not early(full_at=None)
    assert not early(rules=Rules(on=False))


def test_a_cause_does_not_shorten_the_pause_after_a_failure():
    for failures, minutes in ((1, 15), (3, 60), (8, 360)):
        for ago in (1, minutes - 1):
            failed = {"failures": failures, "failed_at": NOW - ago * MINUTE}
            assert not early(**failed)
            # A comparison that comes first says nothing of reads of changes.
            assert not early(**failed, verified_at=NOW - 25 * HOUR)
        assert early(failures=failures, failed_at=NOW - minutes * MINUTE)


def test_a_cause_wakes_nobody_in_quiet_hours():
    read = {"delta_at": MIDNIGHT - MINUTE, "verified_at": MIDNIGHT - HOUR}
    inside, after = MIDNIGHT + HOUR, MIDNIGHT + 5 * HOUR
    for how in (LONGEST, NONE):
        rules = Rules(quiet=NIGHT, quiet_reads=how)
        assert not early(inside, rules, **read)
        assert early(after, rules, **read)
        assert early(inside, rules, **read, viewed_at=inside)
    assert early(inside, Rules(quiet=NIGHT), **read)
    # The plan does not matter: the next read by schedule comes in the morning.
    rules = Rules(quiet=NIGHT, quiet_reads=NONE, adapts=False, delta_minutes=1_440)
    assert not early(inside, rules, **read)


# === No herd ===


def test_a_thousand_locations_are_spread():
    begun = [simulate(days=1, key=f"loc{n}")[0] for n in range(1_000)]
    length = 4 * HOUR
    first = min(begun)
    assert max(begun) - first < length
    for quarter in range(4):
        low = first + quarter * 45 * MINUTE
        assert 180 < sum(low <= one < low + 45 * MINUTE for one in begun) < 320
    reads = [due(replace(READ, key=f"loc{n}")).at for n in range(1_000)]
    assert max(reads) - min(reads) > 40 * timedelta(seconds=1)


def test_the_same_facts_give_the_same_answer():
    assert due() == due()


def test_each_reason_has_words():
    assert all(text.endswith(".") for text in REASONS.values())


# === How often a location changes ===


def test_changes_by_the_hour():
    assert follow_rate(None, 10, 0.5) == 20
    assert follow_rate(4.0, 100, 0.0) == 4.0
    idle = follow_rate(8.0, 0, 2.0)
    assert idle == pytest.approx(4.0)
    assert follow_rate(4.0, 1, 0.25) == pytest.approx(4.0)
    # An import of a million does not count for days.
    rate = follow_rate(0.0, 1_000_000, 0.1)
    for _hour in range(12):
        rate = follow_rate(rate, 0, 1.0)
    assert rate < 1


def test_utc_serves_where_no_zone_is_known():
    assert QuietHours(1, 5).zone is UTC

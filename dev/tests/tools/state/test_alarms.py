"""Which troubles a person is told of, each by itself, and which not."""

from dataclasses import replace
from datetime import timedelta

import pytest
from known_location import AGO, FAILED, GOOD, NOW, RUNNING, WAITING

from ghl_contact_sync.tools.state.alarms import (
    GRACE,
    find_alarms,
    is_frozen,
    is_hindered,
    is_silent,
)
from ghl_contact_sync.tools.state.facts import RunFacts
from ghl_contact_sync.tools.state.late import find_late
from ghl_contact_sync.tools.state.words import Voice

NO_TIME = timedelta(0)
STALLED = replace(RUNNING, stalled=True)
BRAKED = replace(FAILED, kind="verify", code="delete_brake")


def alarms_of(**changes):
    return find_alarms(replace(GOOD, **changes))


def keys_of(**changes):
    return [alarm.key for alarm in alarms_of(**changes)]


def test_a_good_day_alarms_nobody():
    assert alarms_of() == ()
    assert not is_silent(GOOD)
    assert not is_frozen(())


# changes → key, whether it is of the connection, hides others, may pass by itself
@pytest.mark.parametrize(
    ("changes", "key", "of_connection", "hides", "grace"),
    [
        ({"database_moved": True}, "moved", True, True, NO_TIME),
        ({"connection_state": "error"}, "connection", True, True, NO_TIME),
        ({"connection_state": "needs_reauth"}, "connection", True, True, NO_TIME),
        ({"trouble_code": "token_scope"}, "refused", False, False, NO_TIME),
        ({"active": STALLED}, "no_worker", True, False, GRACE),
        ({"active": STALLED, "cron": "late"}, "no_worker", True, False, GRACE),
        ({"active": STALLED, "cron": "off"}, "unattended", False, False, NO_TIME),
        ({"cron": "late"}, "no_worker", True, False, GRACE),
        ({"cron": "off"}, "unattended", False, False, NO_TIME),
        ({"cron": "missing"}, "unattended", False, False, GRACE),
        ({"active": WAITING}, "quota_spent", False, False, NO_TIME),
        ({"last": FAILED}, "failed", False, False, NO_TIME),
        ({"check": FAILED}, "failed", False, False, NO_TIME),
        ({"check": BRAKED}, "review", False, False, NO_TIME),
        ({"review": 12, "review_run": 8}, "review", False, False, NO_TIME),
        ({"proof": "not_proven"}, "not_proven", False, False, NO_TIME),
    ],
)
def test_a_trouble_and_whose_it_is(changes, key, of_connection, hides, grace):
    [alarm] = alarms_of(**changes)
    assert (alarm.key, alarm.grace) == (key, grace)
    assert (alarm.of_connection, alarm.hides) == (of_connection, hides)
    assert is_frozen((alarm,)) == hides
    assert not alarm.explained
    assert alarm.text.endswith((".", ")"))
    assert alarm.actions


@pytest.mark.parametrize(
    ("code", "grace"),
    [
        ("internal_error", NO_TIME),
        ("unknown_to_this_version", NO_TIME),
        (None, NO_TIME),
        # A person has to see to these.
        ("foreign_records", NO_TIME),
        ("bad_address", NO_TIME),
        ("location_paused", NO_TIME),
        # These pass, as a rule.
        ("server_error", GRACE),
        ("database_error", GRACE),
        ("memory_short", GRACE),
    ],
)
def test_who_is_told_of_what_passes_is_told_later(code, grace):
    [alarm] = alarms_of(last=replace(FAILED, code=code))
    assert (alarm.key, alarm.grace) == ("failed", grace)


def test_the_failure_of_a_connection_is_told_of_the_connection():
    assert keys_of(last=replace(FAILED, code="token_invalid")) == []


def test_an_alarm_says_what_it_is_since_when_and_of_which_run():
    [alarm] = alarms_of(last=FAILED)
    assert alarm.text == "The last full sync failed. It broke."
    assert (alarm.since, alarm.run_id) == (AGO, FAILED.id)
    assert alarm.actions == ("sync_full", "open_run")


def test_counts_that_disagree_are_of_the_run_that_compared_them():
    [alarm] = alarms_of(proof="not_proven")
    assert alarm.run_id == GOOD.check.id
    [alarm] = alarms_of(proof="not_proven", check=None)
    assert alarm.run_id is None
    # Another trouble is of no run, whatever was compared.
    [alarm] = alarms_of(trouble_code="token_scope")
    assert alarm.run_id is None


def test_what_was_never_compared_is_no_trouble():
    assert keys_of(proof="unknown", proven_at=None) == []


@pytest.mark.parametrize("changes", [{"archived": True}, {"connection_archived": True}])
def test_what_a_person_has_put_away_alarms_nobody(changes):
    assert is_silent(replace(GOOD, **changes))
    assert keys_of(**changes, last=FAILED, proof="not_proven") == []


def test_a_copy_of_the_database_is_told_and_nothing_behind_it():
    changes = {"database_moved": True, "moved_message": "It was at a.example."}
    assert not is_silent(replace(GOOD, **changes))
    [alarm] = alarms_of(**changes, last=FAILED, connection_state="error")
    assert alarm.key == "moved"
    assert alarm.text.endswith(" nothing is read. It was at a.example.")


def test_what_was_never_connected_is_no_trouble():
    assert keys_of(has_credential=False, last=FAILED) == []


def test_an_app_that_a_person_removed_is_no_trouble():
    assert keys_of(installed=False) == []
    assert keys_of(installed=False, **LATE) == []


def test_each_trouble_is_told_by_itself():
    """Where the one state shows the weightiest alone."""
    changes = {"trouble_code": "not_found", "cron": "late", "proof": "not_proven"}
    keys = keys_of(**changes, active=WAITING, last=FAILED)
    assert keys == ["refused", "no_worker", "failed", "quota_spent", "not_proven"]


@pytest.mark.parametrize("review", ["accepted", "kept", "verify", "superseded", "void"])
def test_a_question_that_a_person_has_seen_to_is_no_trouble(review):
    braked = replace(BRAKED, review=review)
    assert keys_of(check=braked) == []
    assert keys_of(check=braked, last=braked) == []


def test_a_question_that_expired_is_asked_again():
    assert keys_of(check=replace(BRAKED, review="expired")) == ["review"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, True),
        ({"code": "daily_reserve_reached"}, True),
        ({"code": "daily_reserve_reached", "state": "running"}, False),
        ({"code": "server_error"}, False),
        ({"code": "daily_share_spent"}, False),
        ({"state": "running"}, False),
    ],
)
def test_a_spent_quota_is_told_while_a_sync_waits_for_it(changes, told):
    assert keys_of(active=replace(WAITING, **changes)) == ["quota_spent"] * told


def test_a_sync_that_nobody_works_on_does_not_wait_for_a_quota():
    stalled = replace(WAITING, stalled=True)
    assert keys_of(active=stalled) == ["no_worker"]


LATE = {"read_at": NOW - timedelta(hours=5)}


@pytest.mark.parametrize(
    ("changes", "explained"),
    [
        ({"code": "daily_share_spent"}, True),
        ({"code": "daily_share_spent", "state": "running"}, False),
        ({"code": "daily_share_spent", "state": "queued"}, False),
        ({"code": "server_error"}, False),
    ],
)
def test_a_share_of_the_day_that_is_spent_explains_what_is_late(changes, explained):
    [alarm] = alarms_of(**LATE, active=replace(WAITING, **changes))
    assert (alarm.key, alarm.explained) == ("lagging", explained)


def test_of_a_share_that_is_spent_nobody_who_is_stalled_waits():
    stalled = replace(WAITING, code="daily_share_spent", stalled=True)
    found = {one.key: one.explained for one in alarms_of(**LATE, active=stalled)}
    # The missing worker is the cause that is told.
    assert found == {"no_worker": False, "lagging": True}


@pytest.mark.parametrize(
    ("hours", "minutes", "late"),
    [(1, 1, False), (1, 15, False), (2, 30, False), (3, 30, True), (24, 1_440, False)],
)
def test_a_read_is_late_after_four_intervals_and_an_hour_at_least(hours, minutes, late):
    read_at = NOW - timedelta(hours=hours)
    changes = {"read_at": read_at, "delta_minutes": minutes}
    assert keys_of(**changes) == ["lagging"] * late
    more = read_at - timedelta(seconds=1)
    late = late or hours * 60 == max(60, 4 * minutes)
    assert keys_of(**{**changes, "read_at": more}) == ["lagging"] * late


@pytest.mark.parametrize(("more", "late"), [(0, False), (1, True)])
def test_quiet_hours_without_reads_excuse_themselves_and_no_more(more, late):
    read_at = NOW - timedelta(hours=4 + 8, seconds=more)
    changes = {"read_at": read_at, "delta_minutes": 60, "quiet_minutes": 480}
    assert keys_of(**changes) == ["lagging"] * late


def test_when_changes_were_read_last_is_said_where_it_is_known():
    [late] = find_late(replace(GOOD, **LATE), Voice())
    assert not late.explained
    [alarm] = alarms_of(**LATE)
    assert alarm.text.endswith("Changes were last read at 2026-03-04 07:00:00 UTC.")
    assert alarm.actions == ("sync_delta", "open_location")
    [alarm] = alarms_of(read_at=None)
    assert alarm.text.endswith("longer than planned.")


@pytest.mark.parametrize("changes", [{"scheduled": False}, {"full_at": None}])
def test_nothing_is_late_where_nothing_was_promised(changes):
    old = {"contents_at": NOW - timedelta(days=12), "promised_days": 7}
    assert keys_of(**LATE, **old, **changes) == []


@pytest.mark.parametrize(("more", "late"), [(0, False), (1, True)])
def test_contents_are_late_a_day_after_what_was_promised(more, late):
    read = NOW - timedelta(days=8, seconds=more)
    changes = {"contents_at": read, "promised_days": 7}
    found = alarms_of(**changes)
    assert [one.key for one in found] == ["contents_old"] * late
    if late:
        assert "promised: 7 days." in found[0].text
        assert found[0].actions == ("read_contents", "open_location")


@pytest.mark.parametrize(("more", "late"), [(0, False), (1, True)])
def test_contents_that_were_never_read_are_as_old_as_the_full_sync(more, late):
    full_at = NOW - timedelta(days=8, seconds=more)
    changes = {"contents_at": None, "full_at": full_at, "promised_days": 7}
    found = alarms_of(**changes)
    assert [one.key for one in found] == ["contents_old"] * late
    if late:
        assert "Some were never read" in found[0].text


def test_an_audit_that_is_not_shown_every_contact_is_told_once_as_old_contents():
    """Reads of changes that go well between audits neither close nor repeat it."""
    unread = replace(FAILED, kind="audit", code="contents_unread")
    old = {"contents_at": NOW - timedelta(days=12), "promised_days": 7}
    for last in (unread, GOOD.last, unread):
        assert keys_of(last=last) == []
        [alarm] = alarms_of(**old, last=last)
        assert (alarm.key, alarm.explained) == ("contents_old", False)
    assert not is_hindered(replace(GOOD, last=unread))
    # Any other failure of an audit is told as such.
    assert keys_of(last=replace(unread, code="internal_error")) == ["failed"]


def test_an_audit_that_is_not_shown_every_contact_ends_no_older_trouble():
    """Of a comparison that failed before; that is over by the next comparison."""
    unread = replace(FAILED, id=9, kind="audit", code="contents_unread")
    for last in (GOOD.last, unread, GOOD.last):
        [alarm] = alarms_of(check=FAILED, last=last)
        assert (alarm.key, alarm.run_id) == ("failed", FAILED.id)
        found = {a.key: a.explained for a in alarms_of(**LATE, check=FAILED, last=last)}
        assert found == {"failed": False, "lagging": False}
        assert not is_hindered(replace(GOOD, check=FAILED, last=last))
    assert keys_of(check=BRAKED, last=unread) == ["review"]


@pytest.mark.parametrize(
    ("resume_in", "explained"),
    [
        (None, True),
        (timedelta(hours=1), True),
        (timedelta(hours=1, seconds=1), False),
    ],
)
def test_contents_that_a_run_reads_shortly_are_not_told_anew(resume_in, explained):
    resume_at = resume_in and NOW + resume_in
    run = replace(WAITING, code="server_error", resume_at=resume_at)
    old = {"contents_at": NOW - timedelta(days=12), "promised_days": 7}
    [alarm] = alarms_of(**old, active=run)
    assert (alarm.key, alarm.explained) == ("contents_old", explained)


def test_without_contacts_none_are_old():
    """As the state has it."""
    old = {"contents_at": NOW - timedelta(days=12), "promised_days": 7}
    assert keys_of(**old) == ["contents_old"]
    for mirrored in (0, None):
        assert "contents_old" not in keys_of(**old, mirrored=mirrored, total=mirrored)


# === After a greater trouble ===


@pytest.mark.parametrize(
    ("changes", "hindered"),
    [
        ({}, False),
        ({"scheduled": False}, True),
        ({"archived": True}, True),
        ({"connection_archived": True}, True),
        ({"installed": False}, True),
        ({"database_moved": True}, True),
        ({"has_credential": False}, True),
        ({"connection_state": "needs_reauth"}, True),
        ({"trouble_code": "token_scope"}, True),
        ({"cron": "late"}, True),
        ({"cron": "off"}, True),
        ({"active": WAITING}, True),
        ({"active": replace(WAITING, code="daily_share_spent")}, True),
        ({"last": FAILED}, True),
        # These keep no read of changes away.
        ({"active": RUNNING}, False),
        ({"check": FAILED}, False),
        ({"proof": "not_proven"}, False),
        ({"review": 12, "review_run": 8}, False),
        (LATE, False),
    ],
)
def test_what_keeps_reads_away(changes, hindered):
    assert is_hindered(replace(GOOD, **changes)) == hindered


OLD = {"contents_at": NOW - timedelta(days=12), "promised_days": 7}


@pytest.mark.parametrize(
    ("minutes", "explained"),
    [(0, True), (19, True), (20, False), (600, False), (None, False), (-600, False)],
)
def test_what_a_trouble_kept_away_has_time_to_be_made_up_for(minutes, explained):
    free = None if minutes is None else NOW - timedelta(minutes=minutes)
    found = {a.key: a.explained for a in alarms_of(**LATE, **OLD, free_since=free)}
    assert found == {"lagging": explained, "contents_old": explained}


@pytest.mark.parametrize(
    ("started", "progress", "explained"),
    [
        # Begun before the quota was spent, or as soon as it was there again.
        (900, 1, True),
        (600, 1, True),
        (580, 19, True),
        # It gets on no more.
        (600, 20, False),
        (600, None, False),
        # It has come much later, and makes up for nothing.
        (579, 1, False),
        (None, 1, False),
    ],
)
def test_a_long_run_makes_up_for_it_as_long_as_it_gets_on(started, progress, explained):
    def ago(minutes):
        return None if minutes is None else NOW - timedelta(minutes=minutes)

    run = replace(RUNNING, started_at=ago(started), progress_at=ago(progress))
    [alarm] = alarms_of(**LATE, free_since=ago(600), active=run)
    assert (alarm.key, alarm.explained) == ("lagging", explained)
    [alarm] = alarms_of(**LATE, active=run)
    assert not alarm.explained, "nothing had kept reads away"


# === What differed ===


@pytest.mark.parametrize(
    ("mirrored", "repaired", "told"),
    [(None, 10, False), (None, 11, True), (2_000, 20, False), (2_000, 21, True)]
    + [(None, 0, False), (None, 9, False)],
)
@pytest.mark.parametrize("kind", ["verify", "delta", "audit"])
def test_a_comparison_that_repairs_much_is_told(kind, mirrored, repaired, told):
    run = RunFacts(6, kind=kind, repaired=repaired)
    found = alarms_of(mirrored=mirrored, check=run)
    assert [one.key for one in found] == ["drift"] * told
    if told:
        assert found[0].text.startswith(f"{repaired} contacts differed")
        assert (found[0].actions, found[0].run_id) == (("open_run", "verify"), 6)
        assert not found[0].explained


@pytest.mark.parametrize("changes", [{"kind": "full"}, {"state": "cancelled"}])
def test_what_a_full_sync_writes_anew_is_no_difference(changes):
    run = replace(RunFacts(6, kind="verify", repaired=500), **changes)
    assert keys_of(check=run) == []
    # The changes that an audit found are told all the same, of no run.
    [alarm] = alarms_of(check=run, drifted=500)
    assert (alarm.key, alarm.run_id) == ("drift", None)
    assert alarm.text.startswith("500 contacts differed without a new date")


def test_what_differed_is_told_once():
    run = RunFacts(6, kind="verify", repaired=500)
    [alarm] = alarms_of(check=run, drifted=500)
    assert alarm.run_id == 6
    assert keys_of(check=None, drifted=500) == ["drift"]


@pytest.mark.parametrize(
    ("changes", "keys"),
    [
        ({"webhook_message": "Two came by none."}, ["webhook_gap"]),
        ({}, []),
        ({"webhook_refused": "Wrong.", "webhook_refusals": 2}, []),
        ({"webhook_refused": "Wrong.", "webhook_refusals": 3}, ["webhooks_refused"]),
        ({"webhook_refused": "Wrong.", "webhook_refusals": 4}, ["webhooks_refused"]),
        ({"webhook_refusals": 3}, []),
        # Anybody may have sent these where no delivery ever came.
        (
            {
                "webhook": "none",
                "webhook_message": "Two came by none.",
                "webhook_refused": "Wrong.",
                "webhook_refusals": 3,
            },
            [],
        ),
        ({"webhook": "ok", "webhook_message": "All is well."}, []),
    ],
)
def test_webhooks_that_bring_less_than_they_should_are_told(changes, keys):
    found = alarms_of(**{"webhook": "gap", **changes})
    assert [one.key for one in found] == keys
    # Refusals are the connection's: all its locations share the address.
    assert [one.of_connection for one in found] == [k != "webhook_gap" for k in keys]

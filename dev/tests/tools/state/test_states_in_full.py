"""Each state with what stands below its title: since when, why, and what helps."""

from dataclasses import replace
from datetime import timedelta

import pytest
from known_location import AGO, AHEAD, FAILED, GOOD, NOW, RUNNING, WAITING

from ghl_contact_sync.tools.state.evaluate import evaluate
from ghl_contact_sync.tools.state.facts import Facts, RunFacts
from ghl_contact_sync.tools.state.run_state import evaluate_run

HOUR = timedelta(hours=1)
PROVEN = "Both sides were counted and found equal at 2026-03-04 11:50:00 UTC."


def state_of(**changes):
    return evaluate(replace(GOOD, **changes))


def assert_shows(state, since, *actions, run_id=GOOD.last.id, detail=None, later=None):
    assert (state.since, state.actions) == (since, actions)
    assert (state.run_id, state.resume_at) == (run_id, later)
    if detail is not None:
        assert state.detail == detail


@pytest.mark.parametrize(
    ("changes", "since", "actions"),
    [
        ({}, AGO, "verify sync_full"),
        ({"archived": True}, None, "unarchive"),
        ({"connection_archived": True}, None, "unarchive_connection open_connection"),
        ({"database_moved": True}, None, "confirm_move open_connection"),
        ({"has_credential": False}, None, "replace_token open_connection"),
        ({"installed": False}, None, "open_connection"),
        ({"cron": "off"}, AGO, "open_cron sync_delta open_location"),
        (
            {"full_at": None, "proof": "unknown"},
            AGO,
            "sync_full open_location",
        ),
        (
            {"full_at": None, "contents_at": None, "scheduled": False},
            AGO,
            "sync_full switch_on open_location",
        ),
        ({"proof": "unknown"}, AGO, "verify"),
        ({"total": 2_400}, GOOD.total_at, "verify sync_full"),
        ({"total": 2_440}, GOOD.total_at, "sync_delta verify sync_full"),
        ({"total": 2_440, "mirror_changed_at": NOW}, NOW, "verify"),
        ({"total": None, "total_at": None}, AGO, "sync_delta verify"),
        ({"read_at": NOW - 5 * HOUR}, NOW - 5 * HOUR, "sync_delta verify"),
        (
            {"read_at": NOW - 5 * HOUR, "scheduled": False},
            NOW - 5 * HOUR,
            "sync_delta switch_on verify",
        ),
        (
            {"contents_at": AGO - 7 * 24 * HOUR, "promised_days": 7},
            AGO - 7 * 24 * HOUR,
            "read_contents open_location",
        ),
    ],
)
def test_since_when_and_what_helps(changes, since, actions):
    assert_shows(state_of(**changes), since, *actions.split())


@pytest.mark.parametrize("field", ["proven_at", "read_at", "total_at", "full_at"])
def test_what_a_wrong_clock_has_written_is_not_shown(field):
    for changes in ({}, {"proof": "unknown"}, {"cron": "off"}, {"total": 2_440}):
        state = state_of(**{field: AHEAD, **changes})
        assert state.since != AHEAD
        assert "2031" not in (state.detail or "")


# === Refused ===


@pytest.mark.parametrize("connection_state", ["needs_reauth", "error"])
@pytest.mark.parametrize("kind", ["pit", "oauth"])
def test_a_connection_that_is_refused(kind, connection_state):
    heal = {"pit": "replace_token", "oauth": "reconnect"}[kind]
    changes = {
        "connection_kind": kind,
        "connection_state": connection_state,
        "connection_message": "Invalid JWT",
        "connection_since": AGO,
        "connection_probe_at": NOW + HOUR,
    }
    actions = (heal, "test_connection", "open_connection")
    again = "Invalid JWT. It is tried again by itself at 2026-03-04 13:00:00 UTC."
    state = state_of(**changes)
    assert_shows(state, AGO, *actions, detail=again, later=NOW + HOUR)
    for over in (NOW, AGO):
        state = state_of(**{**changes, "connection_probe_at": over})
        assert_shows(state, AGO, *actions, detail="Invalid JWT.")


def test_a_location_that_is_refused():
    changes = {
        "trouble_code": "not_found",
        "trouble_message": "It is not there",
        "trouble_at": AGO,
        "trouble_probe_at": NOW + HOUR,
    }
    actions = ("open_location", "sync_full", "open_run")
    again = "It is not there. It is tried again by itself at 2026-03-04 13:00:00 UTC."
    state = state_of(**changes)
    assert_shows(state, AGO, *actions, detail=again, later=NOW + HOUR)
    for over in (NOW, AGO):
        state = state_of(**{**changes, "trouble_probe_at": over})
        assert_shows(state, AGO, *actions, detail="It is not there.")
    assert state.tone == "danger"
    assert state_of(trouble_code="location_paused").tone == "warning"


# === At work ===


def test_a_run_says_how_far_it_is():
    def detail(**changes):
        return state_of(active=replace(RUNNING, **changes)).detail

    assert detail() == "Reading Contacts: 500 of 2,431 contacts read so far."
    # More than was expected tells of how many no more.
    assert detail(seen=2_431) == detail().replace("500", "2,431")
    assert detail(seen=2_432) == "Reading Contacts: 2,432 contacts read so far."
    assert detail(expected=None) == "Reading Contacts: 500 contacts read so far."
    busy = detail(activity="Waits for GoHighLevel")
    assert busy == f"{detail()} Waits for GoHighLevel."


def test_a_run_at_work():
    state = state_of(active=RUNNING)
    assert_shows(state, AGO, "cancel", "open_run", run_id=9)
    stopping = state_of(active=replace(RUNNING, cancel_requested=True))
    assert stopping.title == "It stops after the page in hand."
    queued = state_of(active=replace(RUNNING, state="queued"))
    assert_shows(queued, AGO, "cancel", "open_run", run_id=9)
    assert queued.detail is None
    stalled = state_of(active=replace(RUNNING, stalled=True))
    assert_shows(stalled, AGO, "open_cron", "cancel", "open_run", run_id=9)
    assert "cron workers" in stalled.detail


def test_a_run_that_waits():
    actions = ("try_now", "cancel", "open_run", "sync_full")
    told = (
        "The quota is spent. A sync that is ordered meanwhile joins this one; "
        "“Try Now” makes one attempt at once."
    )
    state = state_of(active=WAITING)
    assert_shows(state, AGO, *actions, run_id=9, detail=told, later=NOW + HOUR)
    assert "at 2026-03-04 13:00:00 UTC" in state.title
    for resume_at in (None, NOW, AGO):
        state = state_of(active=replace(WAITING, resume_at=resume_at))
        assert_shows(state, AGO, *actions, run_id=9)
        assert state.title == "The sync goes on within a minute."
    plain = state_of(active=replace(WAITING, code=None, error=None))
    assert_shows(plain, AGO, *actions[:3], run_id=9, later=NOW + HOUR)
    assert plain.detail.startswith("A sync that is ordered meanwhile")


@pytest.mark.parametrize(
    ("kind", "queued", "running", "failed", "done"),
    [
        (
            "full",
            "A sync of all contacts has been ordered.",
            "All contacts are being read.",
            "The last full sync failed.",
            "All contacts were read.",
        ),
        (
            "delta",
            "A sync of what changed has been ordered.",
            "What changed is being read.",
            "The last read of changes failed.",
            "What had changed was read.",
        ),
        (
            "verify",
            "A verification has been ordered.",
            "The mirror is being verified.",
            "The last verification failed.",
            "Both sides were compared.",
        ),
        (
            "audit",
            "Contents are to be read again.",
            "Contents are being read again.",
            "The last reading of contents failed.",
            "Contents were read again.",
        ),
    ],
)
def test_a_run_is_called_what_it_is(kind, queued, running, failed, done):
    def titles(run):
        run = replace(run, kind=kind)
        changes = {"active": run} if run.state != "failed" else {"last": run}
        return state_of(**changes).title, evaluate_run(run, NOW).title

    assert titles(replace(RUNNING, state="queued")) == (queued, queued)
    assert titles(RUNNING) == (running, running)
    assert titles(FAILED) == (failed, failed)
    assert evaluate_run(RunFacts(1, kind=kind), NOW).title == done


# === Failed ===


def test_a_failure_before_anything_was_read_is_no_passing_trouble():
    passing = replace(FAILED, code="server_error")
    assert state_of(last=passing).tone == "warning"
    assert state_of(last=passing, full_at=None).tone == "danger"
    assert state_of(last=replace(FAILED, code=None)).tone == "danger"
    assert state_of(last=FAILED).tone == "danger"


def test_a_failure_is_of_its_own_run():
    state = state_of(last=FAILED)
    assert_shows(state, AGO, "sync_full", "open_run", run_id=8, detail="It broke.")
    # What runs or ended since does not change whose failure it is.
    check = replace(FAILED, kind="verify")
    state = state_of(check=check)
    assert_shows(state, AGO, "sync_full", "open_run", run_id=8, detail="It broke.")
    unknown = state_of(last=replace(FAILED, code=None))
    assert unknown.actions == ("sync_full", "open_run")
    conn = state_of(last=replace(FAILED, code="token_refused"))
    assert conn.actions[:2] == ("sync_full", "try_now")
    elsewhere = state_of(last=replace(FAILED, code="bad_client"))
    assert elsewhere.actions == ("open_connection",)


def test_deletions_that_wait_for_a_person_are_of_the_run_that_asks():
    actions = ("review_deletions", "verify", "open_run")
    brake = replace(FAILED, error="They are many.")
    state = state_of(review=300, review_run=5, check=brake)
    assert_shows(state, AGO, *actions, run_id=5, detail="They are many.")
    # Without a run of its own, that of the failure.
    assert state_of(review=300, check=brake).run_id == GOOD.last.id
    done = state_of(review=300, review_run=5)
    assert (done.detail, done.since) == (None, GOOD.check.finished_at)
    # A check that ended well has failed of nothing, whatever it notes.
    noted = replace(GOOD.check, error="One page came twice.")
    assert state_of(review=300, check=noted).detail is None
    assert state_of(review=300, check=None).since is None


def test_which_run_an_action_is_about():
    assert state_of(last=None).run_id is None
    assert state_of(last=None, active=RUNNING).run_id == RUNNING.id
    decided = replace(FAILED, code="delete_brake", review="kept", kind="verify")
    assert state_of(check=decided).run_id == decided.id
    refused = {"trouble_code": "not_found"}
    assert state_of(**refused, active=RUNNING).run_id == RUNNING.id
    assert state_of(**refused).run_id == GOOD.last.id


# === Compared ===


def test_counts_that_disagree():
    checked = GOOD.check.finished_at
    changes = {"proof": "not_proven", "proof_message": "12 are missing."}
    actions = ("verify", "open_run", "open_issues")
    state = state_of(**changes)
    assert_shows(state, checked, *actions, detail="12 are missing.")
    assert state_of(**changes, kept=True).actions == ("review_deletions", *actions)
    assert state_of(**changes, check=None).since is None
    assert state_of(**changes, total=2_400).title.endswith(
        "2,431 contacts are here, 31 more than GoHighLevel has."
    )


def test_what_was_compared_is_all_that_is_said():
    read = "The contents of every contact were read"
    state = state_of()
    assert state.detail.startswith(f"{PROVEN} 2,431 contacts on both sides. {read} at")
    assert "since then" in state.detail
    promised = state_of(promised_days=7).detail
    assert f"{read} since 2026-03-04 11:50:00 UTC and are read again" in promised
    assert "changed without a new date" not in promised
    told = state_of(drifted=1_200).detail
    assert "1,200 contacts had changed without a new date" in told
    # Counts that were not compared are not called equal.
    outdated = {"read_at": NOW - 5 * HOUR, "total_at": NOW - 5 * HOUR}
    assert state_of(**outdated).detail.startswith(PROVEN)
    unread = state_of(contents_at=None).detail
    assert unread.startswith(f"{PROVEN} 2,431 contacts on both sides. Contents are")


def test_of_what_differs_both_counts_and_the_proof_are_told():
    here = "2,431 of GoHighLevel's 2,440 contacts are here."
    assert state_of(total=2_440).detail.startswith(f"{here} {PROVEN}")
    old = state_of(contents_at=AGO - 7 * 24 * HOUR, promised_days=7)
    counted = "2,431 contacts are here, as many as GoHighLevel has."
    assert old.detail.startswith(f"{counted} {PROVEN}")
    assert "7 days promised" in old.title


@pytest.mark.parametrize(("more", "code"), [(0, "complete"), (1, "outdated")])
@pytest.mark.parametrize(("minutes", "hours"), [(15, 1), (5, 1), (60, 4)])
def test_a_mirror_is_out_of_date_after_four_intervals(minutes, hours, more, code):
    read_at = NOW - hours * HOUR - timedelta(seconds=more)
    changes = {"delta_minutes": minutes, "total_ttl": 24 * 3_600}
    assert state_of(**changes, read_at=read_at).code == code
    # Where changes were never read, the comparison counts.
    assert state_of(**changes, read_at=None, proven_at=read_at).code == code
    # Quiet hours without reads come on top, once.
    quiet = {**changes, "quiet_minutes": 480, "read_at": read_at - 8 * HOUR}
    assert state_of(**quiet).code == code


@pytest.mark.parametrize(("more", "code"), [(0, "complete"), (1, "contents_old")])
def test_contents_are_old_once_their_time_is_over(more, code):
    read = NOW - timedelta(days=7, seconds=more)
    assert state_of(contents_at=read, promised_days=7).code == code


def test_a_clock_may_be_ahead_by_minutes():
    assert state_of(proven_at=NOW + timedelta(minutes=5)).code == "complete"
    ahead = state_of(proven_at=NOW + timedelta(minutes=5, seconds=1))
    assert ahead.code == "unverified"


def test_without_a_share_of_anything_there_is_no_progress():
    full = replace(RUNNING, seen=0)
    assert state_of(active=full).progress == 0.0
    assert state_of(active=replace(RUNNING, kind="verify")).progress == 100.0
    assert state_of(mirrored=2_000).progress == 82.27


# === Of one run ===


def test_a_run_that_has_ended_says_how():
    cancelled = RunFacts(3, state="cancelled", error="By a person.")
    state = evaluate_run(cancelled, NOW)
    assert (state.detail, state.actions) == (
        "By a person.",
        ("sync_full", "open_location"),
    )
    unproven = RunFacts(3, proof="not_proven", proof_message="12 are missing.")
    state = evaluate_run(unproven, NOW)
    assert (state.detail, state.run_id) == ("12 are missing.", 3)
    assert state.actions == ("verify", "open_location")
    done = RunFacts(3, proof="proven", proof_message="All is here.", bad_records=2)
    state = evaluate_run(done, NOW)
    assert (state.detail, state.run_id) == ("All is here.", 3)
    assert state.actions == ("open_issues", "open_location")
    # As a failed run tells nothing of the mirror, it shows no figures either.
    assert state.figures.mirrored is None


def test_a_run_that_failed_is_red_unless_its_trouble_passes():
    assert evaluate_run(FAILED, NOW).detail == "It broke."
    assert evaluate_run(FAILED, NOW).code == "failed"
    assert evaluate_run(WAITING, NOW).resume_at == NOW + HOUR


def test_who_knows_nothing_says_so():
    state = evaluate(Facts(now=NOW))
    assert_shows(state, None, "sync_full", run_id=None)
    assert state.title == "This location has never been read."
    off = evaluate(Facts(now=NOW, scheduled=False))
    assert off.actions == ("sync_full", "switch_on")

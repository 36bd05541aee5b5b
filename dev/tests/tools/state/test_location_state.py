"""The one state of a location: words and colours, and that none contradicts another."""

import itertools
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from known_location import AGO, AHEAD, NOW
from known_location import GOOD as KNOWN

from ghl_contact_sync.tools.actions import ACTIONS
from ghl_contact_sync.tools.state.alarms import find_alarms
from ghl_contact_sync.tools.state.evaluate import evaluate
from ghl_contact_sync.tools.state.facts import RunFacts
from ghl_contact_sync.tools.state.run_state import evaluate_run
from ghl_contact_sync.tools.state.state import TONES
from ghl_contact_sync.tools.troubles import TROUBLES

GOOD = replace(
    KNOWN,
    proof_message="2,431 contacts on both sides, window by window.",
    last=RunFacts(7, finished_at=AGO),
    check=RunFacts(7, finished_at=AGO),
)
FAILED = RunFacts(8, state="failed", code="internal_error", error="It broke.")


def braked(review):
    """Return a run that the delete brake stopped, and what became of its question."""
    error = "They were not deleted. Choose “Review Deletions”."
    return replace(
        FAILED, kind="verify", code="delete_brake", error=error, review=review
    )


WAITING = RunFacts(
    9,
    state="waiting",
    code="daily_quota_spent",
    error="The quota is spent.",
    resume_at=NOW + timedelta(hours=1),
)
RUNNING = RunFacts(9, state="running", seen=500, expected=2_431)
NEVER = replace(
    GOOD,
    mirrored=None,
    total=None,
    total_at=None,
    proof="unknown",
    proof_message=None,
    proven_at=None,
    full_at=None,
    contents_at=None,
    read_at=None,
    last=None,
    check=None,
)

# what differs from a good day → code, tone, label, words of the title
TABLE = [
    ({}, "complete", "success", "Complete", "All 2,431 contacts"),
    ({"mirrored": 0, "total": 0}, "complete", "success", "Complete", "has no contacts"),
    ({"archived": True}, "archived", "neutral", "Archived", "nothing is read"),
    (
        {"connection_archived": True},
        *("connection_archived", "neutral", "Connection Archived", "“Agency”"),
    ),
    ({"database_moved": True}, "moved", "warning", "Copied Database", "a copy"),
    (
        {"connection_state": "needs_reauth"},
        *("connection", "danger", "Reconnect", "does not accept the connection"),
    ),
    (
        {"connection_state": "error"},
        *("connection", "danger", "Connection Trouble", "does not work"),
    ),
    (
        {"has_credential": False},
        *("no_credential", "neutral", "Not Connected", "no access"),
    ),
    ({"installed": False}, "not_installed", "warning", "Not Installed", "app is not"),
    ({"trouble_code": "token_scope"}, "refused", "danger", "Refused", "this location"),
    ({"active": RUNNING}, "syncing", "info", "Syncing", "being read"),
    ({"active": RunFacts(9, state="queued")}, "syncing", "info", "Queued", "ordered"),
    ({"active": WAITING}, "waiting", "warning", "Waiting", "2026-03-04 13:00:00"),
    (
        {"active": replace(RUNNING, stalled=True)},
        *("no_worker", "danger", "No Worker", "picked up"),
    ),
    ({"review": 300, "check": FAILED}, "review", "danger", "Review Deletions", "300"),
    ({"check": braked("kept")}, "decided", "warning", "Contacts Kept", "are kept"),
    (
        {"last": braked("accepted"), "check": braked("accepted")},
        *("decided", "info", "Deletions Accepted", "accepted"),
    ),
    ({"check": braked("verify")}, "decided", "info", "To Be Verified", "again"),
    ({"check": braked("expired")}, "decided", "warning", "Review Expired", "in time"),
    ({"check": braked("superseded")}, "decided", "info", "Asked Again", "later sync"),
    ({"check": braked("void")}, "decided", "info", "Nothing to Decide", "any more"),
    ({"last": FAILED}, "failed", "danger", "Failed", "full sync failed"),
    ({"check": FAILED}, "check_failed", "warning", "Check Failed", "failed"),
    (
        {"last": replace(FAILED, code="server_error", kind="delta")},
        *("failed", "warning", "Failed", "read of changes failed"),
    ),
    ({"cron": "off"}, "unattended", "warning", "Not Kept Up", "by schedule"),
    ({"cron": "missing"}, "unattended", "warning", "Not Kept Up", "by schedule"),
    ({"cron": "off", "scheduled": False}, "complete", "success", "Complete", "All"),
    (
        {"full_at": None, "proof": "unknown"},
        *("partial", "warning", "Incomplete", "never been read to"),
    ),
    ({"full_at": None}, "complete", "success", "Complete", "All 2,431"),
    (
        {"full_at": None, "contents_at": None},
        *("partial", "warning", "Not All Read", "not all were read"),
    ),
    (
        {"proof": "not_proven"},
        *("not_proven", "warning", "Not Proven", "counts agree"),
    ),
    (
        {"proof": "not_proven", "total": None, "total_at": None},
        *("not_proven", "warning", "Not Proven", "counts disagree"),
    ),
    (
        {"proof": "not_proven", "mirrored": 2_430},
        *("not_proven", "warning", "Not Proven", "2,430 of GoHighLevel's 2,431"),
    ),
    ({"proof": "unknown"}, "unverified", "neutral", "Not Verified", "not been verif"),
    ({"total": 1_131}, "too_many", "warning", "Too Many", "1,300 more contacts"),
    ({"total": 2_434}, "behind", "info", "Behind", "3 contacts of GoHighLevel are not"),
    ({"total": 2_434, "scheduled": False}, "behind", "warning", "Behind", "3 contacts"),
    (
        {"total": 2_434, "mirror_changed_at": NOW},
        *("recount", "info", "Counting Again", "has changed"),
    ),
    ({"mirror_changed_at": NOW}, "complete", "success", "Complete", "All 2,431"),
    ({"total": None, "total_at": None}, "outdated", "warning", "Out of Date", "known"),
    (
        {"read_at": NOW - timedelta(days=3)},
        *("outdated", "warning", "Out of Date", "longer than planned"),
    ),
    (
        {"read_at": NOW - timedelta(days=3), "scheduled": False},
        *("outdated", "neutral", "Out of Date", "when somebody asks"),
    ),
    ({"proven_at": AHEAD}, "unverified", "neutral", "Not Verified", "not been verif"),
]


@pytest.mark.parametrize("changes, code, tone, label, words", TABLE)
def test_words_and_colour(changes, code, tone, label, words):
    state = evaluate(replace(GOOD, **changes))
    assert (state.code, state.tone, state.label) == (code, tone, label)
    assert words in state.title


def test_never_read_says_so_and_counts_nothing():
    state = evaluate(NEVER)
    assert (state.code, state.tone, state.label) == ("never", "neutral", "Never Synced")
    assert state.detail is None
    assert state.figures.mirrored is None
    assert state.actions == ("sync_full",)
    told = evaluate(replace(NEVER, total=2_431, total_at=NOW))
    assert told.detail == "GoHighLevel has 2,431 contacts."


def test_complete_says_what_was_compared():
    state = evaluate(GOOD)
    assert "counted and found equal at 2026-03-04 11:50:00 UTC" in state.detail
    assert "contents of every contact were read at 2026-03-04" in state.detail
    state = evaluate(replace(GOOD, contents_at=None))
    assert "other edits show after a full sync" in state.detail
    assert "sync_full" in state.actions


def test_what_is_kept_can_be_looked_at_again_later():
    state = evaluate(replace(GOOD, proof="not_proven", kept=True))
    assert (state.code, state.actions[0]) == ("not_proven", "review_deletions")


@pytest.mark.parametrize("review", ["accepted", "kept", "verify", "expired"])
def test_a_question_that_is_decided_is_not_asked_again(review):
    run = braked(review)
    for state in (evaluate(replace(GOOD, check=run)), evaluate_run(run, NOW)):
        assert "Choose" not in " ".join(texts(state))
        # Contacts that are kept can be verified again, by their review alone.
        assert ("review_deletions" in state.actions) == (review == "kept")
        assert "verify" in state.actions
    alarms = find_alarms(replace(GOOD, check=run))
    assert bool(alarms) == (review == "expired")


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("daily_quota_spent", True),
        ("daily_reserve_reached", True),
        ("daily_share_spent", False),
    ],
)
def test_only_a_share_that_somebody_has_set_is_spent_without_an_alarm(code, told):
    late = replace(GOOD, read_at=NOW - timedelta(hours=6))
    [lagging] = find_alarms(late)
    assert (lagging.key, lagging.explained) == ("lagging", False)
    waiting = replace(late, active=replace(WAITING, code=code))
    alarms = find_alarms(waiting)
    assert [one.key for one in alarms if not one.explained] == ["quota_spent"] * told
    state = evaluate(waiting)
    assert (state.code, "try_now" in state.actions) == ("waiting", True)


@pytest.mark.parametrize(
    "stop",
    [
        {"archived": True},
        {"connection_archived": True},
        {"database_moved": True},
        {"has_credential": False},
    ],
)
def test_where_nothing_is_read_no_note_offers_to_read(stop):
    cancelled = RunFacts(8, state="cancelled")
    facts = replace(GOOD, proof="not_proven", last=cancelled, review=3, **stop)
    state = evaluate(facts)
    offered = {code for note in state.notes for code in note.actions}
    assert not offered & {"sync_full", "sync_delta", "verify", "try_now"}
    assert "review_deletions" in offered


@pytest.mark.parametrize(
    "kind, other", [("pit", "reconnect"), ("oauth", "replace_token")]
)
@pytest.mark.parametrize("code", ["token_refused", "token_invalid", "token_scope"])
def test_access_is_given_back_the_way_the_connection_has(kind, other, code):
    facts = replace(GOOD, connection_kind=kind)
    run = replace(FAILED, code=code)
    states = [
        evaluate(replace(facts, active=replace(WAITING, code=code))),
        evaluate(replace(facts, last=run)),
        evaluate(replace(facts, trouble_code=code)),
        evaluate_run(run, NOW, connection_kind=kind),
    ]
    for state in states:
        assert other not in state.actions
        assert {"reconnect", "replace_token", "test_connection"} & set(state.actions)


def test_a_failure_for_want_of_access_can_be_ordered_again():
    failed = replace(FAILED, code="token_invalid")
    assert evaluate(replace(GOOD, last=failed)).actions[0] == "sync_full"


def test_trouble_keeps_the_figures_beside_it():
    state = evaluate(replace(GOOD, last=FAILED, total=1_131))
    assert [note.code for note in state.notes] == ["figures"]
    assert "1,300 more than GoHighLevel has" in state.notes[0].text
    assert state.notes[0].tone == "warning"


def test_one_figure_of_progress():
    filling = evaluate(replace(GOOD, mirrored=490, active=RUNNING))
    assert filling.progress == 20.5
    beyond = replace(RUNNING, seen=2_587)
    assert evaluate(replace(GOOD, active=beyond)).progress is None
    delta = replace(RUNNING, kind="delta", seen=3, expected=9)
    assert evaluate(replace(GOOD, active=delta)).progress == 100.0


# === Over every combination ===

TOTALS = {
    "unknown": {"total": None, "total_at": None},
    "equal": {"total": 100},
    "lower": {"total": 40},
    "higher": {"total": 160},
    "nothing": {"total": 0},
    "stale": {"total": 100, "total_at": NOW - timedelta(days=2)},
    "stale lower": {"total": 40, "total_at": NOW - timedelta(days=2)},
    "stale higher": {"total": 160, "total_at": NOW - timedelta(days=2)},
    "unsettled": {"total": 160, "mirror_changed_at": NOW},
    "unsettled equal": {"total": 100, "mirror_changed_at": NOW},
    "ahead": {"total": 160, "total_at": AHEAD},
}
RUNS = {
    "none": {"last": None},
    "queued": {"active": RunFacts(9, state="queued")},
    "running": {"active": RUNNING},
    "stalled": {"active": replace(RUNNING, stalled=True)},
    "waiting": {"active": WAITING},
    "done": {},
    "failed": {"last": FAILED},
    "cancelled": {"last": RunFacts(8, state="cancelled")},
}
CHECKS = {
    "none": {"check": None, "full_at": None, "contents_at": None},
    "done": {},
    "failed": {"check": FAILED},
    "old contents": {"contents_at": NOW - timedelta(days=8), "promised_days": 7},
}
PROOFS = {
    "unknown": {"proof": "unknown", "proven_at": None},
    "proven": {},
    "not proven": {"proof": "not_proven"},
    "ahead": {"proven_at": AHEAD},
}
CONNECTIONS = [
    {"connection_state": state} for state in ("draft", "connected", "error")
] + [{"connection_state": "needs_reauth", "connection_message": "Invalid JWT"}]
SCHEDULES = [
    {"scheduled": scheduled, "cron": cron}
    for scheduled, cron in ((True, "ok"), (True, "off"), (False, "ok"), (False, "off"))
]


def combinations():
    for parts in itertools.product(
        TOTALS.values(),
        RUNS.values(),
        CHECKS.values(),
        PROOFS.values(),
        CONNECTIONS,
        SCHEDULES,
        ({"mirrored": None}, {"mirrored": 0}, {"mirrored": 100}),
        ({}, {"review": 12}),
    ):
        changes = {}
        for part in parts:
            changes.update(part)
        yield replace(GOOD, **changes)


def texts(state):
    yield state.label
    yield state.title
    yield state.detail or ""
    for note in state.notes:
        yield note.text


def check(facts, state):
    """Assert what must hold whatever is known."""
    figures, said = state.figures, " ".join(texts(state))
    assert state.tone in TONES
    assert 1 <= len(state.label.split()) <= 3
    assert state.title.endswith(".")
    assert set(state.actions) <= set(ACTIONS)
    complete = state.label == "Complete"
    assert complete == (state.tone == "success") == (state.code == "complete")
    if complete:
        assert figures.difference == 0
        assert facts.proof == "proven" and facts.proven_at <= NOW
        assert facts.connection_state in ("draft", "connected")
        assert not (facts.active or facts.last_failed or facts.check_failed)
        assert facts.review is None and (facts.full_at or facts.contents_at)
        assert facts.cron == "ok" or not facts.scheduled
        assert not facts.has_old_contents or facts.mirrored == 0
    else:
        assert "All" not in state.title.split() or facts.active
    if state.tone in ("warning", "danger"):
        assert state.actions
    # Unknown is not zero.
    if facts.mirrored is None:
        assert figures.coverage is None and figures.difference is None
        assert not re.search(r"\b0 (contacts are|of)\b", said)
        assert "no contacts" not in said
    if facts.total is None:
        assert figures.difference is None and figures.coverage is None
        assert "GoHighLevel has 0" not in said and "no contacts" not in said
    # Too many is not complete, and no share of anything.
    if figures.more:
        assert figures.coverage is None
        assert f"{figures.more} more" in said or facts.active
    if figures.coverage is not None:
        assert 0 <= figures.coverage <= 100
        assert (figures.coverage == 100) == (facts.mirrored == facts.total)
    assert state.progress is None or 0 <= state.progress <= 100
    assert "2031" not in said and (state.since is None or state.since <= NOW)
    # Beside a state stands no note that repeats it, and none twice.
    codes = [note.code for note in state.notes]
    assert state.code not in codes and len(codes) == len(set(codes))
    for note in state.notes:
        assert set(note.actions) <= set(ACTIONS)
    named(said, (*state.actions, *(a for note in state.notes for a in note.actions)))


def named(said, codes):
    """Assert that whatever a text names as a button is offered with it."""
    labels = {ACTIONS[code].label for code in codes}
    for quoted in re.findall(r"“([^”]+)”", said):
        assert quoted in labels or quoted == "Agency", (quoted, said)


def test_no_combination_contradicts_itself():
    count = 0
    for facts in combinations():
        check(facts, evaluate(facts))
        count += 1
    assert count > 50_000


@pytest.mark.parametrize("slug", sorted(TROUBLES))
def test_every_trouble_has_a_way_out(slug):
    run = RunFacts(8, state="failed", code=slug, error="It broke.")
    for changes in (
        {"last": run},
        {"check": run},
        {"trouble_code": slug, "trouble_message": "Refused."},
        {"active": replace(WAITING, code=slug)},
    ):
        facts = replace(GOOD, **changes)
        state = evaluate(facts)
        assert state.tone != "success"
        assert state.actions
        check(facts, state)


@pytest.mark.parametrize(
    "run, code, tone, first",
    [
        (RunFacts(1), "done", "success", "open_location"),
        (RunFacts(1, proof="not_proven"), "not_proven", "warning", "verify"),
        (RunFacts(1, state="cancelled"), "cancelled", "neutral", "sync_full"),
        (FAILED, "failed", "danger", "sync_full"),
        (WAITING, "waiting", "warning", "try_now"),
        (RUNNING, "syncing", "info", "cancel"),
        (replace(RUNNING, stalled=True), "no_worker", "danger", "open_cron"),
    ],
)
def test_a_run_has_one_state_too(run, code, tone, first):
    state = evaluate_run(run, NOW)
    assert (state.code, state.tone) == (code, tone)
    assert state.actions[0] == first and "open_run" not in state.actions
    assert "open_issues" in evaluate_run(replace(run, bad_records=2), NOW).actions


def test_sentences_of_others_end_before_ours_begin():
    state = evaluate(replace(GOOD, active=replace(WAITING, error="Too Many Requests")))
    assert "Too Many Requests. A sync that" in state.detail

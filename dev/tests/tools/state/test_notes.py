"""What stands beside the one state of a location, and what does not."""

from dataclasses import replace
from datetime import timedelta

import pytest
from known_location import FAILED, GOOD, NOW, RUNNING, WAITING

from ghl_contact_sync.tools.state.evaluate import evaluate
from ghl_contact_sync.tools.state.facts import RunFacts

CANCELLED = RunFacts(8, state="cancelled")
OLD = {"contents_at": NOW - timedelta(days=8), "promised_days": 7}


def notes_of(**changes):
    """Return (code, tone, actions) of each note, in their order."""
    notes = evaluate(replace(GOOD, **changes)).notes
    return [(note.code, note.tone, note.actions) for note in notes]


def codes_of(**changes):
    return [code for code, _tone, _actions in notes_of(**changes)]


def text_of(code, **changes):
    """Return what a note says; it stands there once."""
    [text] = [
        n.text for n in evaluate(replace(GOOD, **changes)).notes if n.code == code
    ]
    return text


def test_of_a_good_day_nothing_is_noted():
    assert notes_of() == []


@pytest.mark.parametrize(
    ("changes", "noted"),
    [
        ({"review": 300, "active": RUNNING}, ("review", "warning", "review_deletions")),
        ({"last": FAILED, "active": RUNNING}, ("failed", "warning")),
        ({"check": FAILED, "active": RUNNING}, ("failed", "warning")),
        ({"last": CANCELLED}, ("cancelled", "neutral", "sync_full", "open_run")),
        (
            {**OLD, "proof": "not_proven"},
            ("contents_old", "warning", "read_contents"),
        ),
        (
            {"proof": "not_proven", "active": RUNNING},
            ("not_proven", "warning", "verify"),
        ),
        ({"crons_off": ("Alarms",)}, ("crons_off", "warning")),
        ({"scheduled": False}, ("unscheduled", "neutral", "switch_on")),
        ({"cron": "off", "active": RUNNING}, ("unattended", "warning", "open_cron")),
        (
            {"check": RunFacts(6, bad_records=3)},
            ("issues", "info", "open_issues"),
        ),
        (
            {"webhook": "gap", "webhook_message": "Two changes came by no webhook."},
            ("webhooks", "warning", "open_webhooks"),
        ),
        (
            {"webhook_refused": "The signature is wrong."},
            ("webhooks_refused", "warning", "open_refusals"),
        ),
    ],
)
def test_what_is_noted_with_its_way_out(changes, noted):
    code, tone, *actions = noted
    assert notes_of(**changes) == [(code, tone, tuple(actions))]


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"review": 300, "check": FAILED}, "review"),
        ({"proof": "not_proven"}, "not_proven"),
        (OLD, "contents_old"),
        ({"cron": "off"}, "unattended"),
        ({"last": FAILED}, "failed"),
    ],
)
def test_what_is_the_state_is_not_noted_beside_it(changes, state):
    assert evaluate(replace(GOOD, **changes)).code == state
    assert set(codes_of(**changes)) <= {"figures"}


def test_a_cancelled_sync_is_forgotten_once_another_one_runs():
    assert codes_of(last=CANCELLED, active=RUNNING) == []


def test_what_failed_before_is_said_while_another_run_is_at_work():
    """The last run's failure first; else that of the last comparison."""
    verify = replace(FAILED, kind="verify")
    delta = replace(FAILED, kind="delta")
    told = {
        text_of("failed", active=RUNNING, last=delta, check=verify),
        text_of("failed", active=RUNNING, last=delta),
    }
    assert told == {"The last read of changes failed."}
    told = text_of("failed", active=RUNNING, check=verify)
    assert told == "The last verification failed."
    assert codes_of(active=RUNNING) == []


def test_a_worker_that_is_missing_is_said_once():
    stalled = replace(RUNNING, stalled=True)
    assert "unattended" not in codes_of(cron="late", active=stalled)
    # One at work for long has not had its cron planned anew yet.
    assert codes_of(cron="late", active=RUNNING) == []


def test_a_schedule_that_is_off_is_told_and_not_that_its_cron_is():
    assert codes_of(scheduled=False, cron="off") == ["unscheduled"]


def test_numbers_and_names_are_said():
    assert "of 300 contacts waits" in text_of("review", review=300, active=RUNNING)
    old = text_of("contents_old", proof="not_proven", **OLD)
    assert old == "Not all contents were read again within 7 days."
    crons = text_of("crons_off", crons_off=("Alarms", "Watchdog"))
    assert "are switched off: Alarms, Watchdog." in crons
    issues = text_of("issues", check=RunFacts(6, bad_records=3))
    assert issues.endswith(" 3.")
    assert text_of("webhooks_refused", webhook_refused="Wrong.") == "Wrong."


@pytest.mark.parametrize(
    "stop",
    [{"archived": True}, {"connection_archived": True}, {"database_moved": True}],
)
def test_of_the_schedule_of_what_is_put_away_nothing_is_said(stop):
    codes = codes_of(**stop, scheduled=False, crons_off=("Alarms",), cron="off")
    assert codes == ["figures"]


def test_where_the_state_speaks_of_the_schedule_no_note_does():
    old = NOW - timedelta(days=3)
    assert codes_of(read_at=old, scheduled=False) == []


@pytest.mark.parametrize("webhook", ["gap", "ok", "none"])
def test_a_gap_of_webhooks_is_noted_when_it_can_be_said_what_it_is(webhook):
    assert codes_of(webhook=webhook) == []
    noted = codes_of(webhook=webhook, webhook_message="Two came by none.")
    assert noted == (["webhooks"] if webhook == "gap" else [])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"mirrored": None, "total": None}, None),
        ({"mirrored": None}, "GoHighLevel has 2,431 contacts."),
        (
            {"total": None},
            "2,431 contacts are here; how many GoHighLevel has is not known.",
        ),
        ({}, "2,431 contacts are here, as many as GoHighLevel has."),
        (
            {"total": 2_400},
            "2,431 contacts are here, 31 more than GoHighLevel has.",
        ),
        ({"total": 2_440}, "2,431 of GoHighLevel's 2,440 contacts are here."),
        ({"total": 2_440, "mirror_changed_at": NOW}, "2,431 contacts are here."),
        ({"total": 2_400, "mirror_changed_at": NOW}, "2,431 contacts are here."),
        (
            {"mirrored": 0, "total": 0},
            "0 contacts are here, as many as GoHighLevel has.",
        ),
        (
            {"mirror_changed_at": NOW},
            "2,431 contacts are here, as many as GoHighLevel has.",
        ),
        (
            {"total_at": NOW - timedelta(hours=2)},
            "2,431 contacts are here, as many as GoHighLevel has. GoHighLevel was last"
            " asked at 2026-03-04 10:00:00 UTC.",
        ),
    ],
)
def test_trouble_leaves_the_figures_to_a_note(changes, said):
    found = codes_of(**changes, active=WAITING)
    assert found == (["figures"] if said else [])
    if said:
        assert text_of("figures", **changes, active=WAITING) == said


def test_more_than_there_should_be_is_coloured():
    assert notes_of(total=2_400, active=WAITING) == [("figures", "warning", ())]
    assert notes_of(total=2_440, active=WAITING) == [("figures", "neutral", ())]

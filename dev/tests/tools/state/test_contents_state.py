"""What is told of contents: since when they were read, and whether in time."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from ghl_contact_sync.tools.state.alarms import find_alarms
from ghl_contact_sync.tools.state.evaluate import evaluate
from ghl_contact_sync.tools.state.facts import Facts, RunFacts
from ghl_contact_sync.tools.state.late import find_late
from ghl_contact_sync.tools.state.words import Voice

NOW = datetime(2026, 3, 4, 12)
AGO = NOW - timedelta(minutes=10)
AHEAD = datetime(2031, 1, 1)
GOOD = Facts(
    now=NOW,
    mirrored=2_431,
    total=2_431,
    total_at=NOW - timedelta(seconds=5),
    proof="proven",
    proven_at=AGO,
    full_at=AGO,
    contents_at=AGO,
    read_at=AGO,
)


def test_the_two_promises_are_told_apart():
    read = NOW - timedelta(days=6)
    state = evaluate(replace(GOOD, contents_at=read, promised_days=7, drifted=12))
    assert state.code == "complete"
    assert "counted and found equal at 2026-03-04 11:50:00 UTC" in state.detail
    assert "read since 2026-02-26" in state.detail
    assert "read again within 7 days" in state.detail
    assert "12 contacts had changed without a new date" in state.detail


@pytest.mark.parametrize("read", [None, NOW - timedelta(days=8), AHEAD])
def test_contents_that_are_older_than_promised_are_trouble(read):
    old = replace(GOOD, contents_at=read, promised_days=7)
    state = evaluate(old)
    assert (state.code, state.tone) == ("contents_old", "warning")
    assert state.actions[0] == "read_contents"
    # Nothing is promised where it is switched off, or of nobody.
    assert evaluate(replace(old, promised_days=None)).code == "complete"
    assert evaluate(replace(old, mirrored=0, total=0)).code == "complete"
    # Weightier trouble comes first; this one is noted beside it.
    notes = evaluate(replace(old, proof="not_proven")).notes
    assert "contents_old" in [note.code for note in notes]


@pytest.mark.parametrize("promised, told", [(7, True), (26, False), (None, False)])
def test_an_alarm_waits_for_what_was_promised(promised, told):
    old = replace(GOOD, contents_at=NOW - timedelta(days=12), promised_days=promised)
    found = [late.state for late in find_late(old, Voice())]
    assert ("contents_old" in [state.code for state in found]) is told
    if told:
        assert found[-1].actions[0] == "read_contents"


@pytest.mark.parametrize("drifted, told", [(10, False), (25, False), (26, True)])
def test_many_edits_without_a_date_are_told(drifted, told):
    """More than one in a hundred, and than ten."""
    found = find_alarms(replace(GOOD, mirrored=2_500, total=2_500, drifted=drifted))
    assert [alarm.key for alarm in found] == (["drift"] if told else [])


BROKEN = RunFacts(1, state="failed", code="internal_error", error="It broke.")
SPENT = RunFacts(
    1, state="waiting", code="daily_quota_spent", resume_at=NOW + timedelta(hours=9)
)
SHORTLY = replace(SPENT, code="server_error", resume_at=NOW + timedelta(minutes=5))
LATE = replace(
    GOOD,
    contents_at=NOW - timedelta(days=12),
    promised_days=7,
    read_at=NOW - timedelta(hours=5),
)


@pytest.mark.parametrize(
    "cause, explained",
    [
        ({}, set()),
        ({"active": RunFacts(1, state="running")}, {"contents_old"}),
        ({"active": SHORTLY}, {"contents_old"}),
        ({"last": BROKEN}, {"contents_old", "lagging"}),
        ({"trouble_code": "token_scope"}, {"contents_old", "lagging"}),
        ({"cron": "off"}, {"contents_old", "lagging"}),
        ({"cron": "late"}, {"contents_old", "lagging"}),
        # Changes wait for the day's end; contents have been late for days.
        ({"active": SPENT}, {"lagging"}),
        # These keep no read away.
        ({"proof": "not_proven"}, set()),
        ({"review": 12, "review_run": 1}, set()),
        ({"last": RunFacts(2), "check": BROKEN}, set()),
        ({"last": BROKEN, "review": 12, "review_run": 1}, set()),
    ],
)
def test_late_is_told_unless_what_keeps_reads_away_is_told(cause, explained):
    """Told before, it is not over meanwhile either."""
    found = {one.key: one.explained for one in find_alarms(replace(LATE, **cause))}
    assert {"contents_old", "lagging"} <= found.keys()
    assert {key for key, is_explained in found.items() if is_explained} == explained

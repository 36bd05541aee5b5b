"""Which states wait for a person."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from ghl_contact_sync.tools.fleet.standing import needs_person, severity
from ghl_contact_sync.tools.state.evaluate import evaluate
from ghl_contact_sync.tools.state.facts import Facts, RunFacts

NOW = datetime(2026, 3, 4, 12)
AGO = NOW - timedelta(minutes=10)
NEVER = Facts(now=NOW)
GOOD = Facts(
    now=NOW,
    mirrored=20,
    total=20,
    total_at=AGO,
    proof="proven",
    proven_at=AGO,
    full_at=AGO,
    contents_at=AGO,
    read_at=AGO,
)
RUNNING = RunFacts(9, state="running", kind="full")


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        (NEVER, "never"),
        (replace(NEVER, mirrored=12), "partial"),
        (replace(GOOD, full_at=None, contents_at=None), "partial"),
    ],
)
def test_what_nobody_will_ever_read_needs_a_person(facts, code):
    planned = evaluate(facts)
    assert (planned.code, needs_person(planned)) == (code, False)
    left = evaluate(replace(facts, scheduled=False))
    assert (left.code, needs_person(left)) == (code, True)
    assert left.actions[:2] == ("sync_full", "switch_on")
    assert severity(left) > severity(planned)
    # The person who has ordered it has done what was to do.
    ordered = evaluate(replace(facts, scheduled=False, active=RUNNING))
    assert not needs_person(ordered)


def test_who_reads_on_demand_alone_needs_nobody_once_all_was_read():
    old = NOW - timedelta(days=3)
    state = evaluate(replace(GOOD, read_at=old, scheduled=False))
    assert ("switch_on" in state.actions, needs_person(state)) == (True, False)

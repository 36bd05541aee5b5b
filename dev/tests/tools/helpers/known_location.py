"""A location of which all is known and good, for tests of what is told about it."""

from datetime import datetime, timedelta

from ghl_contact_sync.tools.state.facts import Facts, RunFacts

NOW = datetime(2026, 3, 4, 12)
AGO = NOW - timedelta(minutes=10)
#: as a clock that was wrong has written it
AHEAD = datetime(2031, 1, 1)
GOOD = Facts(
    now=NOW,
    connection_name="Agency",
    mirrored=2_431,
    total=2_431,
    total_at=NOW - timedelta(seconds=5),
    proof="proven",
    proof_message="2,431 contacts on both sides.",
    proven_at=AGO,
    full_at=AGO,
    contents_at=AGO,
    read_at=AGO,
    last=RunFacts(7, kind="delta", finished_at=AGO),
    check=RunFacts(6, finished_at=AGO - timedelta(hours=1)),
)
FAILED = RunFacts(
    8, state="failed", code="internal_error", error="It broke.", finished_at=AGO
)
WAITING = RunFacts(
    9,
    state="waiting",
    code="daily_quota_spent",
    error="The quota is spent.",
    started_at=AGO,
    resume_at=NOW + timedelta(hours=1),
)
RUNNING = RunFacts(
    9, state="running", phase="sweep", seen=500, expected=2_431, started_at=AGO
)

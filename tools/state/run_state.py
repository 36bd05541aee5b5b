"""The state of one run, by the same words as its location's."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from .at_work import find_active
from .facts import Facts, RunFacts
from .failing import failed
from .figures import compute_figures
from .sentences import ended_title
from .state import State
from .words import Voice, _lt

# Actions that lead to the very run that is shown.
_TO_ITSELF = ("open_run",)


def evaluate_run(
    run: RunFacts,
    now: datetime,
    voice: Voice | None = None,
    connection_kind: str = "pit",
) -> State:
    """Return the state of a run, whatever else happens at its location."""
    voice = voice or Voice()
    facts = Facts(now=now, active=run, last=run, connection_kind=connection_kind)
    figures = compute_figures(facts)
    state = find_active(facts, figures, voice) if run.state not in _ENDED else None
    if run.state == "failed":
        state = failed(facts, run, voice)
    state = state or _ended(run, voice)
    actions = [code for code in state.actions if code not in _TO_ITSELF]
    if run.bad_records:
        actions.append("open_issues")
    return replace(
        state, actions=(*actions, "open_location"), run_id=run.id, figures=figures
    )


_ENDED = ("done", "failed", "cancelled")


def _ended(run: RunFacts, voice: Voice) -> State:
    say = voice.say
    if run.state == "cancelled":
        return State(
            "cancelled",
            "neutral",
            say(_lt("Cancelled")),
            say(_lt("This run was cancelled before its end; what it brought stays.")),
            detail=run.error,
            actions=("sync_full",),
        )
    if run.proof == "not_proven":
        return State(
            "not_proven",
            "warning",
            say(_lt("Not Proven")),
            say(_lt("The counts of both sides did not come out equal.")),
            detail=run.proof_message,
            actions=("verify",),
        )
    return State(
        "done",
        "success",
        say(_lt("Done")),
        ended_title(run, voice),
        detail=run.proof_message,
    )

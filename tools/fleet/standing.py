"""Grade states by how bad they are, to sort and filter a list of many locations."""

from __future__ import annotations

from ..state.state import State

# Worse is higher. Within a tone, what waits for a person comes before what passes.
_TONES = {"danger": 80, "warning": 60, "info": 30, "neutral": 20, "success": 0}
_NEEDS_PERSON = (
    *("moved", "connection", "refused", "review", "failed", "not_proven", "no_worker"),
    *("not_installed", "unattended", "too_many"),
)
# These states lack contacts, which nobody ever reads without a schedule.
_UNFILLED = ("never", "partial")
# Archived locations stand below all others: nobody wants them read.
_PUT_AWAY = ("archived", "connection_archived")


def severity(state: State) -> int:
    """Return how bad a state is, 0 for a location that is complete to 90."""
    if state.code in _PUT_AWAY:
        return -10
    return _TONES[state.tone] + (10 if needs_person(state) else 0)


def needs_person(state: State) -> bool:
    """Tell whether a state lasts until somebody does something."""
    if state.code in _UNFILLED:
        # Offered where the schedule is off.
        return "switch_on" in state.actions
    # A run that failed of what passes goes on by itself.
    passes = state.code == "failed" and state.tone != "danger"
    told = state.tone in ("danger", "warning") and not passes
    return told and state.code in _NEEDS_PERSON

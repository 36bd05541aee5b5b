"""The one state of a location, computed from what is known.

Page, backend, API and alarms show this and nothing else, so that no two of them can
contradict each other.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from .at_work import find_active
from .facts import Facts
from .failing import find_failure, find_unattended
from .figures import Figures, compute_figures, progress_percent
from .mirror import (
    complete,
    find_difference,
    find_old_contents,
    find_outdated,
    find_unfilled,
    find_unproven,
)
from .notes import make_notes
from .state import State
from .stopped import find_connection, find_refused, find_stopped
from .words import Voice

# Finders of states, the weightiest first. The first that finds its case decides.
_FINDERS: tuple[Callable[[Facts, Figures, Voice], State | None], ...] = (
    find_stopped,
    find_connection,
    find_refused,
    find_active,
    find_failure,
    find_unattended,
    find_unfilled,
    find_unproven,
    find_difference,
    find_outdated,
    find_old_contents,
    complete,
)


def evaluate(facts: Facts, voice: Voice | None = None) -> State:
    """Return the one state of a location.

    :param voice: says it in a person's language; plain English by default
    """
    voice = voice or Voice()
    figures = compute_figures(facts)
    for find in _FINDERS:
        state = find(facts, figures, voice)
        if state:
            break
    else:
        raise AssertionError("the last finder always finds")
    return State(
        code=state.code,
        tone=state.tone,
        label=state.label,
        title=state.title,
        detail=state.detail,
        since=facts.past(state.since),
        actions=state.actions,
        run_id=state.run_id or _run_id(facts),
        progress=_progress(facts, figures),
        resume_at=_later(facts, state.resume_at),
        notes=make_notes(state.code, facts, figures, voice),
        figures=figures,
    )


def _later(facts: Facts, timestamp: datetime | None) -> datetime | None:
    return timestamp if timestamp and timestamp > facts.now else None


def _progress(facts: Facts, figures: Figures) -> float | None:
    """Return the figure of the one progress bar: the fill's while it runs."""
    run = facts.active
    if run and run.kind == "full":
        return progress_percent(run.seen, run.expected)
    return figures.coverage


def _run_id(facts: Facts) -> int | None:
    """Return the run that an action is about where the state is of no run itself."""
    run = facts.active or facts.last
    return run.id if run else None

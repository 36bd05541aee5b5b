"""States of a location whose sync is on its way."""

from __future__ import annotations

from ... import const
from ..troubles import actions_for, find_trouble
from .facts import Facts, RunFacts
from .figures import Figures
from .sentences import full_stop, run_name, waiting_detail
from .state import State
from .words import Voice, _lt

_PHASES = dict(const.RUN_PHASES)


def find_active(facts: Facts, figures: Figures, voice: Voice) -> State | None:
    """Return the state when a run is at work, waits, or nobody picks it up."""
    run, say = facts.active, voice.say
    if not run:
        return None
    if run.stalled:
        return State(
            "no_worker",
            "danger",
            say(_lt("No Worker")),
            say(_lt("No worker of Odoo has picked up this sync.")),
            detail=say(
                _lt(
                    "Odoo must run with cron workers (--max-cron-threads of at least "
                    "1), and the location's scheduled action must be active."
                )
            ),
            since=run.started_at,
            actions=("open_cron", "cancel", "open_run"),
            run_id=run.id,
        )
    if run.state == "waiting":
        return _waiting(facts, run, voice)
    return State(
        "syncing",
        "info",
        say(_lt("Queued")) if run.state == "queued" else say(_lt("Syncing")),
        say(_lt("It stops after the page in hand."))
        if run.cancel_requested
        else run_name(run, voice),
        detail=None if run.state == "queued" else _doing(run, voice),
        since=run.started_at,
        actions=("cancel", "open_run"),
        run_id=run.id,
    )


def _doing(run: RunFacts, voice: Voice) -> str:
    parts = (_read_so_far(run, voice), full_stop(run.activity))
    return " ".join(filter(None, parts))


def _read_so_far(run: RunFacts, voice: Voice) -> str:
    """Return the phase and how much was read, of how many only while that is true."""
    phase = voice.say(_PHASES.get(run.phase, ""))
    seen = voice.number(run.seen)
    if run.expected and run.seen <= run.expected:
        text = _lt("%(phase)s: %(seen)s of %(expected)s contacts read so far.")
        return voice.say(
            text, phase=phase, seen=seen, expected=voice.number(run.expected)
        )
    return voice.say(
        _lt("%(phase)s: %(seen)s contacts read so far."), phase=phase, seen=seen
    )


def _waiting(facts: Facts, run: RunFacts, voice: Voice) -> State:
    due = run.resume_at if run.resume_at and run.resume_at > facts.now else None
    if due:
        title = voice.say(
            _lt("The sync waits and goes on by itself at %(time)s."),
            time=voice.timestamp(due),
        )
    else:
        title = voice.say(_lt("The sync goes on within a minute."))
    trouble = find_trouble(run.code)
    extra = actions_for(trouble, facts.connection_kind) if trouble else ()
    return State(
        "waiting",
        "warning",
        voice.say(_lt("Waiting")),
        title,
        detail=waiting_detail(run, voice),
        since=run.started_at,
        actions=tuple(dict.fromkeys(("try_now", "cancel", "open_run", *extra))),
        resume_at=due,
        run_id=run.id,
    )

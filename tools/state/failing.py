"""States in which something went wrong."""

from __future__ import annotations

from ..troubles import CONNECTION, actions_for, find_trouble
from .facts import Facts, RunFacts
from .figures import Figures
from .sentences import failed_title
from .state import State
from .words import Voice, _lt


def find_failure(facts: Facts, figures: Figures, voice: Voice) -> State | None:
    """Return what waits for a person, or what failed last."""
    if facts.review is not None:
        return State(
            "review",
            "danger",
            voice.say(_lt("Review Deletions")),
            voice.say(
                _lt(
                    "%(count)s contacts seem to be gone from GoHighLevel. Nothing was "
                    "deleted: a person decides."
                ),
                count=voice.number(facts.review),
            ),
            detail=facts.check.error if facts.check and facts.check_failed else None,
            since=facts.check.finished_at if facts.check else None,
            actions=("review_deletions", "verify", "open_run"),
            run_id=facts.review_run,
        )
    run = facts.last if facts.last_failed else facts.check
    return failed(facts, run, voice) if run and run.state == "failed" else None


def failed(facts: Facts, run: RunFacts, voice: Voice) -> State:
    """Return the state that a failed run brings about."""
    decided = _decided(run, voice)
    if decided:
        return decided
    trouble = find_trouble(run.code)
    only_check = not facts.last_failed
    tone = "danger"
    if trouble and facts.full_at:
        # The mirror stays usable; the slug says whether the trouble passes by itself.
        tone = "danger" if trouble.tone == "danger" else "warning"
    actions: tuple[str, ...] = ("sync_full", "open_run")
    if trouble:
        actions = actions_for(trouble, facts.connection_kind)
        if trouble.subject == CONNECTION and "test_connection" in actions:
            # The connection may have recovered since: then an order is what helps.
            actions = ("sync_full", *actions)
    return State(
        "check_failed" if only_check else "failed",
        "warning" if only_check else tone,
        voice.say(_lt("Check Failed")) if only_check else voice.say(_lt("Failed")),
        failed_title(run, voice),
        detail=run.error,
        since=run.finished_at,
        actions=actions,
        run_id=run.id,
    )


# Outcome of a question about deletions → tone, label, title. The run's own error asks
# for a decision, which is over.
_DECIDED = {
    "accepted": (
        "info",
        _lt("Deletions Accepted"),
        _lt(
            "A person accepted these deletions: each contact is archived once "
            "GoHighLevel has denied it again."
        ),
    ),
    "kept": (
        "warning",
        _lt("Contacts Kept"),
        _lt("Contacts that GoHighLevel no longer has are kept, as a person decided."),
    ),
    "verify": (
        "info",
        _lt("To Be Verified"),
        _lt("A person has deletions verified again; nothing was deleted."),
    ),
    "expired": (
        "warning",
        _lt("Review Expired"),
        _lt("Nobody decided on deletions in time; nothing was deleted."),
    ),
    "superseded": (
        "info",
        _lt("Asked Again"),
        _lt("A later sync asks about these deletions, and perhaps about others."),
    ),
    "void": (
        "info",
        _lt("Nothing to Decide"),
        _lt(
            "None of the contacts that seemed to be gone is missing any more; nothing "
            "was deleted."
        ),
    ),
}


_LOOK = ("verify", "open_run")


def _decided(run: RunFacts, voice: Voice) -> State | None:
    """Return the state that a question leaves which waits for nobody any more."""
    told = _DECIDED.get(run.review or "")
    if run.code != "delete_brake" or not told:
        return None
    tone, label, title = told
    return State(
        "decided",
        tone,
        voice.say(label),
        voice.say(title),
        since=run.finished_at,
        # Every verify leaves kept contacts out, but the one that the review orders.
        actions=(*(("review_deletions",) if run.review == "kept" else ()), *_LOOK),
        run_id=run.id,
    )


def find_unattended(facts: Facts, _figures: Figures, voice: Voice) -> State | None:
    """Nobody reads this location although its schedule is on."""
    if not facts.scheduled or not facts.cron_trouble:
        return None
    texts = {
        "missing": _lt("Its scheduled action is missing; Odoo makes it again shortly."),
        "off": _lt("Its scheduled action was switched off."),
        "late": _lt(
            "Its scheduled action is overdue: Odoo must run with cron workers "
            "(--max-cron-threads of at least 1)."
        ),
    }
    return State(
        "unattended",
        "warning",
        voice.say(_lt("Not Kept Up")),
        voice.say(_lt("Nothing reads this location by schedule at the moment.")),
        detail=voice.say(texts[facts.cron_trouble]),
        since=facts.read_at,
        actions=("open_cron", "sync_delta", "open_location"),
    )

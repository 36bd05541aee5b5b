"""States that tell what the mirror is worth."""

from __future__ import annotations

from datetime import timedelta

from .facts import Facts
from .figures import Figures
from .sentences import compared, counted
from .state import State
from .words import Voice, _lt

# Intervals that a read may be late before the mirror counts as not kept up. Quiet hours
# without reads come on top once: they are no interval.
LATE_FACTOR = 4
MIN_LATE = timedelta(hours=1)


def find_unfilled(facts: Facts, figures: Figures, voice: Voice) -> State | None:
    """Return the state when not every contact was read yet."""
    # A mirror that a verify has read and counted, all of it, needs no full sync.
    proven = facts.is_proven and figures.mirrored is not None
    if facts.full_at or (proven and facts.past(facts.contents_at)):
        return None
    if proven:
        title = voice.say(
            _lt("As many contacts are here as were counted; not all were read.")
        )
        return State(
            "partial", "warning", voice.say(_lt("Not All Read")), title,
            detail=counted(figures, voice), since=facts.read_at,
            actions=(*_ways_to_fill(facts), "open_location"),
        )  # fmt: skip
    if facts.mirrored is None:
        title = voice.say(_lt("This location has never been read."))
        return State(
            "never", "neutral", voice.say(_lt("Never Synced")), title,
            detail=counted(figures, voice), actions=_ways_to_fill(facts),
        )  # fmt: skip
    return State(
        "partial",
        "warning",
        voice.say(_lt("Incomplete")),
        voice.say(_lt("This location has never been read to its end.")),
        detail=counted(figures, voice),
        since=facts.read_at,
        actions=(*_ways_to_fill(facts), "open_location"),
    )


def _ways_to_fill(facts: Facts) -> tuple[str, ...]:
    """Return what has all contacts read; a schedule that is on does it by itself."""
    return ("sync_full",) if facts.scheduled else ("sync_full", "switch_on")


def find_unproven(facts: Facts, figures: Figures, voice: Voice) -> State | None:
    """Return the state when counts disagree, or were never compared."""
    say = voice.say
    if facts.proof == "not_proven":
        title = say(_lt("What GoHighLevel shows is mirrored, but its counts disagree."))
        if figures.difference:
            title = counted(figures, voice) or title
        elif figures.difference == 0:
            title = say(
                _lt(
                    "The counts agree; that each contact is the right one is not "
                    "proven."
                )
            )
        return State(
            "not_proven",
            "warning",
            say(_lt("Not Proven")),
            title,
            detail=facts.proof_message,
            since=facts.check.finished_at if facts.check else None,
            actions=(
                *(("review_deletions",) if facts.kept else ()),
                *("verify", "open_run", "open_issues"),
            ),
        )
    if not facts.is_proven:
        return State(
            "unverified",
            "neutral",
            say(_lt("Not Verified")),
            say(_lt("Whether every contact is here has not been verified yet.")),
            detail=counted(figures, voice),
            since=facts.full_at,
            actions=("verify",),
        )
    return None


def find_difference(facts: Facts, figures: Figures, voice: Voice) -> State | None:
    """Return the state when the mirror and GoHighLevel hold different numbers."""
    if figures.total is not None and figures.difference is None:
        return State(
            "recount",
            "info",
            voice.say(_lt("Counting Again")),
            voice.say(_lt("The mirror has changed since GoHighLevel told its total.")),
            detail=" ".join(
                filter(None, (counted(figures, voice), compared(facts, voice)))
            ),
            since=facts.mirror_changed_at,
            actions=("verify",),
        )
    if not figures.difference:
        return None
    detail = " ".join(filter(None, (counted(figures, voice), compared(facts, voice))))
    if figures.more:
        return State(
            "too_many",
            "warning",
            voice.say(_lt("Too Many")),
            voice.say(
                _lt("%(count)s more contacts are here than GoHighLevel has."),
                count=voice.number(figures.more),
            ),
            detail=detail,
            since=figures.total_at,
            actions=("verify", "sync_full"),
        )
    soon = facts.scheduled and figures.age == "fresh"
    return State(
        "behind",
        "info" if soon else "warning",
        voice.say(_lt("Behind")),
        voice.say(
            _lt("%(count)s contacts of GoHighLevel are not here yet."),
            count=voice.number(figures.missing),
        ),
        detail=detail,
        since=figures.total_at,
        actions=("sync_delta", "verify", "sync_full"),
    )


def allowed_lag(facts: Facts) -> timedelta:
    """Return for how long changes may be unread, as the schedule has it."""
    usual = max(MIN_LATE, LATE_FACTOR * timedelta(minutes=facts.delta_minutes))
    return usual + timedelta(minutes=facts.quiet_minutes)


def find_outdated(facts: Facts, figures: Figures, voice: Voice) -> State | None:
    """Return the state when nothing was read for longer than the schedule allows."""
    read = facts.past(facts.read_at) or facts.past(facts.proven_at)
    if read and facts.now - read <= allowed_lag(facts) and figures.total is not None:
        return None
    if figures.total is None:
        title = voice.say(_lt("How many contacts GoHighLevel has now is not known."))
    elif facts.scheduled:
        title = voice.say(
            _lt("This location has not been read for longer than planned.")
        )
    else:
        title = voice.say(_lt("This location is read only when somebody asks."))
    return State(
        "outdated",
        "warning" if facts.scheduled else "neutral",
        voice.say(_lt("Out of Date")),
        title,
        detail=compared(facts, voice),
        since=read,
        actions=("sync_delta", "verify")
        if facts.scheduled
        else ("sync_delta", "switch_on", "verify"),
    )


def find_old_contents(facts: Facts, figures: Figures, voice: Voice) -> State | None:
    """Return the state when not all contents were read within the promised time."""
    if not facts.has_old_contents:
        return None
    return State(
        "contents_old",
        "warning",
        voice.say(_lt("Contents Old")),
        voice.say(
            _lt(
                "The contents of some contacts were not read again within the "
                "%(days)s days promised."
            ),
            days=voice.number(facts.promised_days or 0),
        ),
        detail=" ".join(
            filter(None, (counted(figures, voice), compared(facts, voice)))
        ),
        since=facts.past(facts.contents_at),
        actions=("read_contents", "open_location"),
    )


def complete(facts: Facts, figures: Figures, voice: Voice) -> State:
    """Return the state of a location of which nothing is left to say: all is here."""
    if figures.mirrored == 0:
        title = voice.say(_lt("GoHighLevel has no contacts in this location."))
    else:
        title = voice.say(
            _lt("All %(count)s contacts of GoHighLevel are here."),
            count=voice.number(figures.mirrored or 0),
        )
    return State(
        "complete",
        "success",
        voice.say(_lt("Complete")),
        title,
        detail=compared(facts, voice),
        since=facts.proven_at,
        actions=("verify", "sync_full"),
    )

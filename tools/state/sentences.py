"""Sentences on figures, proofs and runs that several states share."""

from __future__ import annotations

from .facts import Facts, RunFacts
from .figures import Figures
from .words import Voice, _lt

KINDS = {
    "full": _lt("All contacts are being read."),
    "delta": _lt("What changed is being read."),
    "verify": _lt("The mirror is being verified."),
    "audit": _lt("Contents are being read again."),
}
QUEUED = {
    "full": _lt("A sync of all contacts has been ordered."),
    "delta": _lt("A sync of what changed has been ordered."),
    "verify": _lt("A verification has been ordered."),
    "audit": _lt("Contents are to be read again."),
}
ENDED = {
    "full": _lt("All contacts were read."),
    "delta": _lt("What had changed was read."),
    "verify": _lt("Both sides were compared."),
    "audit": _lt("Contents were read again."),
}
FAILED = {
    "full": _lt("The last full sync failed."),
    "delta": _lt("The last read of changes failed."),
    "verify": _lt("The last verification failed."),
    "audit": _lt("The last reading of contents failed."),
}


def counted(figures: Figures, voice: Voice) -> str | None:
    """Return what is here and what GoHighLevel has, as one sentence."""
    say, number = voice.say, voice.number
    here, total = figures.mirrored, figures.total
    if here is None and total is None:
        return None
    if here is None:
        text, values = _lt("GoHighLevel has %(total)s contacts."), {"total": total}
    elif total is None:
        text = _lt("%(here)s contacts are here; how many GoHighLevel has is not known.")
        values = {"here": here}
    elif figures.age == "unsettled" and here != total:
        text, values = _lt("%(here)s contacts are here."), {"here": here}
    elif figures.more:
        text = _lt("%(here)s contacts are here, %(more)s more than GoHighLevel has.")
        values = {"here": here, "more": figures.more}
    elif here == total:
        text = _lt("%(here)s contacts are here, as many as GoHighLevel has.")
        values = {"here": here}
    else:
        text = _lt("%(here)s of GoHighLevel's %(total)s contacts are here.")
        values = {"here": here, "total": total}
    sentence = say(text, **{key: number(value or 0) for key, value in values.items()})
    if total is not None and figures.age == "stale" and figures.total_at:
        sentence += " " + say(
            _lt("GoHighLevel was last asked at %(time)s."),
            time=voice.timestamp(figures.total_at),
        )
    return sentence


def compared(facts: Facts, voice: Voice) -> str | None:
    """Return what was compared and when: never more than was done."""
    say = voice.say
    parts = []
    proven = facts.past(facts.proven_at)
    if facts.is_proven and proven:
        parts.append(
            say(
                _lt("Both sides were counted and found equal at %(time)s."),
                time=voice.timestamp(proven),
            )
        )
        parts.append(facts.proof_message or "")
    parts.append(contents_read(facts, voice) or "")
    return " ".join(filter(None, parts)) or None


def contents_read(facts: Facts, voice: Voice) -> str | None:
    """Return since when contents were read, and what that found: no more than that."""
    say = voice.say
    parts = []
    contents = facts.past(facts.contents_at)
    if contents and facts.promised_days:
        parts.append(
            say(
                _lt(
                    "The contents of every contact were read since %(time)s and are "
                    "read again within %(days)s days; before that, those that "
                    "GoHighLevel dates or reports as changed."
                ),
                time=voice.timestamp(contents),
                days=voice.number(facts.promised_days),
            )
        )
    elif contents:
        parts.append(
            say(
                _lt(
                    "The contents of every contact were read at %(time)s; since then, "
                    "of those that GoHighLevel dated or reported as changed."
                ),
                time=voice.timestamp(contents),
            )
        )
    elif facts.past(facts.proven_at):
        parts.append(
            say(
                _lt(
                    "Contents are read when GoHighLevel dates or reports a contact as "
                    "changed; other edits show after a full sync."
                )
            )
        )
    if facts.drifted:
        parts.append(
            say(
                _lt(
                    "%(count)s contacts had changed without a new date when they were "
                    "last read; they were repaired."
                ),
                count=voice.number(facts.drifted),
            )
        )
    return " ".join(filter(None, parts)) or None


def run_name(run: RunFacts, voice: Voice) -> str:
    """Return what an active run does, as a sentence."""
    texts = QUEUED if run.state == "queued" else KINDS
    return voice.say(texts.get(run.kind, KINDS["full"]))


def ended_title(run: RunFacts, voice: Voice) -> str:
    """Return what a run that is done has done, as a sentence."""
    return voice.say(ENDED.get(run.kind, ENDED["full"]))


def full_stop(text: str | None) -> str:
    """Return a text of others so that another sentence can follow it."""
    text = (text or "").strip()
    return text if not text or text[-1] in ".!?…)" else f"{text}."


def failed_title(run: RunFacts, voice: Voice) -> str:
    """Return which run failed, as a sentence."""
    return voice.say(FAILED.get(run.kind, FAILED["full"]))


def waiting_detail(run: RunFacts, voice: Voice) -> str | None:
    """Return why a run waits, and what ordering a sync does meanwhile."""
    parts = [
        full_stop(run.error),
        voice.say(
            _lt(
                "A sync that is ordered meanwhile joins this one; “Try Now” makes one "
                "attempt at once."
            )
        ),
    ]
    return " ".join(filter(None, parts))

"""Notes about a location that stand beside its state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from .facts import Facts
from .figures import Figures
from .sentences import counted, failed_title
from .words import Voice, _lt

# States that say nothing of the figures themselves.
_WITHOUT_FIGURES = (
    *("archived", "connection_archived", "moved", "no_credential", "connection"),
    *("not_installed", "refused", "no_worker", "waiting"),
    *("review", "decided", "failed", "check_failed", "unattended"),
)
# States in which an order would be refused: no note offers one.
_UNREADABLE = ("archived", "connection_archived", "moved", "no_credential")
_ORDERS = ("sync_full", "sync_delta", "verify", "read_contents", "try_now")
# States in which the schedule does not matter, or which speak of it.
_STOPPED = ("archived", "connection_archived", "moved", "outdated")


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence beside the state, with its own way out."""

    code: str
    tone: str
    text: str
    actions: tuple[str, ...] = ()


def make_notes(
    code: str, facts: Facts, figures: Figures, voice: Voice
) -> tuple[Note, ...]:
    """Return the notes that belong beside the state `code`; none repeats it."""
    notes = (
        *_of_figures(code, facts, figures, voice),
        *_of_trouble(code, facts, voice),
        *_of_schedule(code, facts, voice),
        *_of_records(facts, voice),
    )
    if code not in _UNREADABLE:
        return notes
    return tuple(replace(note, actions=_without_orders(note)) for note in notes)


def _without_orders(note: Note) -> tuple[str, ...]:
    return tuple(action for action in note.actions if action not in _ORDERS)


def _of_figures(
    code: str, facts: Facts, figures: Figures, voice: Voice
) -> Iterator[Note]:
    text = counted(figures, voice) if code in _WITHOUT_FIGURES else None
    if text:
        tone = "warning" if figures.more else "neutral"
        yield Note("figures", tone, text)


def _of_trouble(code: str, facts: Facts, voice: Voice) -> Iterator[Note]:
    say = voice.say
    if facts.review is not None and code != "review":
        yield Note(
            "review",
            "warning",
            say(
                _lt("The deletion of %(count)s contacts waits for a decision."),
                count=voice.number(facts.review),
            ),
            ("review_deletions",),
        )
    # A failure is a note while another run is at work; otherwise it is the state.
    run = facts.last if facts.last_failed else facts.check
    if facts.active and run and run.state == "failed":
        yield Note("failed", "warning", failed_title(run, voice))
    if facts.last and facts.last.state == "cancelled" and not facts.active:
        yield Note(
            "cancelled",
            "neutral",
            say(_lt("The last sync was cancelled before its end.")),
            ("sync_full", "open_run"),
        )
    if facts.has_old_contents and code != "contents_old":
        yield Note(
            "contents_old",
            "warning",
            say(
                _lt("Not all contents were read again within %(days)s days."),
                days=voice.number(facts.promised_days or 0),
            ),
            ("read_contents",),
        )
    if facts.proof == "not_proven" and code != "not_proven":
        yield Note(
            "not_proven",
            "warning",
            say(_lt("The last comparison of both sides did not come out equal.")),
            ("verify",),
        )


def _of_schedule(code: str, facts: Facts, voice: Voice) -> Iterator[Note]:
    if code in _STOPPED:
        return
    if facts.crons_off:
        yield Note(
            "crons_off",
            "warning",
            voice.say(
                _lt(
                    "Trouble may go unnoticed: these scheduled actions are switched "
                    "off: %(names)s. An administrator finds them in Settings › "
                    "Technical › Scheduled Actions."
                ),
                names=", ".join(facts.crons_off),
            ),
        )
    if not facts.scheduled:
        yield Note(
            "unscheduled",
            "neutral",
            voice.say(_lt("The schedule is off: it is read only when ordered.")),
            ("switch_on",),
        )
    elif facts.cron_trouble and code not in ("unattended", "no_worker"):
        yield Note(
            "unattended",
            "warning",
            voice.say(_lt("Nothing reads this location by schedule at the moment.")),
            ("open_cron",),
        )


def _of_records(facts: Facts, voice: Voice) -> Iterator[Note]:
    say = voice.say
    if facts.check and facts.check.bad_records:
        yield Note(
            "issues",
            "info",
            say(
                _lt("Issues of the last sync of all contacts or verify: %(count)s."),
                count=voice.number(facts.check.bad_records),
            ),
            ("open_issues",),
        )
    if facts.webhook == "gap" and facts.webhook_message:
        yield Note("webhooks", "warning", facts.webhook_message, ("open_webhooks",))
    if facts.webhook_refused:
        yield Note(
            "webhooks_refused", "warning", facts.webhook_refused, ("open_refusals",)
        )

"""The one state of a location, computed from what is known; see `judge`.

Page, backend, API and alarms show this and nothing else, so that no two of them can
contradict each other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ..troubles import find_trouble
from .facts import Facts, RunFacts
from .figures import Figures, compute_figures, progress_percent
from .notes import Note, make_notes
from .sentences import compared, counted, failed_title, run_name, waiting_detail
from .words import Voice, _

TONES = ("success", "info", "warning", "danger", "neutral")
# How often a read may be late before the mirror counts as not kept up.
LATE_FACTOR = 4
MIN_LATE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class State:
    """What a person is shown of a location.

    :param str code: slug, of `CODES`
    :param str tone: success, info, warning, danger or neutral
    :param str label: one to three words
    :param str title: one sentence
    :param str | None detail: further sentences
    :param since: since when, or as of when
    :param tuple actions: codes of `tools.actions`, the most helpful first
    :param float | None progress: the one figure of a progress bar, in per cent
    """

    code: str
    tone: str
    label: str
    title: str
    detail: str | None = None
    since: datetime | None = None
    actions: tuple[str, ...] = ()
    run_id: int | None = None
    progress: float | None = None
    notes: tuple[Note, ...] = ()
    figures: Figures | None = field(default=None, repr=False)


# What can be the case, what matters most first: the first that finds its case is it.
_Finder = Callable[[Facts, Figures, Voice], State | None]


def judge(facts: Facts, voice: Voice | None = None) -> State:
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
        run_id=state.run_id or _run_id(facts, state.code),
        progress=_progress(facts, figures),
        notes=make_notes(state.code, facts, figures, voice),
        figures=figures,
    )


def _progress(facts: Facts, figures: Figures) -> float | None:
    """Return the figure of the one progress bar: the fill's while it runs."""
    run = facts.active
    if run and run.kind == "full":
        return progress_percent(run.seen, run.expected)
    return figures.coverage


def _run_id(facts: Facts, code: str) -> int | None:
    """Return the run that an action such as “Open the Sync Run” is about."""
    if code == "review" and facts.review_run:
        return facts.review_run
    run = facts.active
    if not run and code == "check_failed":
        run = facts.check
    run = run or facts.last
    return run.id if run else None


# === Nothing is read at all ===


def _find_stopped(facts: Facts, _figures: Figures, voice: Voice) -> State | None:
    say = voice.say
    if facts.archived:
        return State(
            "archived",
            "neutral",
            say(_("Archived")),
            say(_("This location is archived: nothing is read.")),
            actions=("unarchive",),
        )
    if facts.connection_archived:
        return State(
            "connection_archived",
            "neutral",
            say(_("Connection Archived")),
            say(
                _("The connection “%(name)s” is archived: nothing is read."),
                name=facts.connection_name,
            ),
            actions=("unarchive_connection", "open_connection"),
        )
    if facts.database_moved:
        return State(
            "moved",
            "warning",
            say(_("Copied Database")),
            say(
                _(
                    "This database looks like a copy of the one that is connected: "
                    "nothing is read."
                )
            ),
            detail=facts.moved_message,
            actions=("confirm_move", "open_connection"),
        )
    return None


def _find_connection(facts: Facts, _figures: Figures, voice: Voice) -> State | None:
    say = voice.say
    heal = "reconnect" if facts.connection_kind == "oauth" else "replace_token"
    if not facts.has_credential:
        return State(
            "no_credential",
            "neutral",
            say(_("Not Connected")),
            say(
                _("The connection “%(name)s” has no access to GoHighLevel yet."),
                name=facts.connection_name,
            ),
            actions=(heal, "open_connection"),
        )
    if facts.connection_state not in ("needs_reauth", "error"):
        return None
    detail = [facts.connection_message or ""]
    if facts.connection_probe_at and facts.connection_probe_at > facts.now:
        detail.append(
            say(
                _("It is tried again by itself at %(time)s."),
                time=voice.moment(facts.connection_probe_at),
            )
        )
    if facts.connection_state == "needs_reauth":
        label = say(_("Reconnect"))
        title = say(
            _("GoHighLevel does not accept the connection “%(name)s”."),
            name=facts.connection_name,
        )
    else:
        label = say(_("Connection Trouble"))
        title = say(
            _("The connection “%(name)s” does not work."), name=facts.connection_name
        )
    return State(
        "connection",
        "danger",
        label,
        title,
        detail=" ".join(filter(None, detail)) or None,
        since=facts.connection_since,
        actions=(heal, "test_connection", "open_connection"),
    )


def _find_refused(facts: Facts, _figures: Figures, voice: Voice) -> State | None:
    say = voice.say
    if not facts.installed:
        return State(
            "not_installed",
            "warning",
            say(_("Not Installed")),
            say(_("The app is not installed on this location: nothing is read.")),
            detail=say(
                _(
                    "Its contacts stay as they were. Install the app there from "
                    "GoHighLevel's marketplace."
                )
            ),
            actions=("open_connection",),
        )
    trouble = find_trouble(facts.trouble_code)
    if not trouble:
        return None
    detail = [facts.trouble_message or ""]
    if facts.trouble_probe_at and facts.trouble_probe_at > facts.now:
        detail.append(
            say(
                _("It is tried again by itself at %(time)s."),
                time=voice.moment(facts.trouble_probe_at),
            )
        )
    return State(
        "refused",
        trouble.tone,
        say(_("Refused")),
        say(_("GoHighLevel refuses to show this location.")),
        detail=" ".join(filter(None, detail)) or None,
        since=facts.trouble_at,
        actions=trouble.actions,
    )


# === Something runs ===


def _find_active(facts: Facts, figures: Figures, voice: Voice) -> State | None:
    run, say = facts.active, voice.say
    if not run:
        return None
    if run.stalled:
        return State(
            "no_worker",
            "danger",
            say(_("No Worker")),
            say(_("No worker of Odoo has picked up this sync.")),
            detail=say(
                _(
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
    read = say(_("%(count)s contacts read so far."), count=voice.number(run.seen))
    return State(
        "syncing",
        "info",
        say(_("Queued")) if run.state == "queued" else say(_("Syncing")),
        say(_("It stops after the page in hand."))
        if run.cancel_requested
        else run_name(run, voice),
        detail=None if run.state == "queued" else read,
        since=run.started_at,
        actions=("cancel", "open_run"),
        run_id=run.id,
    )


def _waiting(facts: Facts, run: RunFacts, voice: Voice) -> State:
    due = run.resume_at if run.resume_at and run.resume_at > facts.now else None
    if due:
        title = voice.say(
            _("The sync waits and goes on by itself at %(time)s."),
            time=voice.moment(due),
        )
    else:
        title = voice.say(_("The sync goes on within a minute."))
    trouble = find_trouble(run.code)
    extra = trouble.actions if trouble else ()
    return State(
        "waiting",
        "warning",
        voice.say(_("Waiting")),
        title,
        detail=waiting_detail(run, voice),
        since=run.started_at,
        actions=tuple(dict.fromkeys(("try_now", "cancel", "open_run", *extra))),
        run_id=run.id,
    )


# === Something went wrong ===


def _find_failure(facts: Facts, figures: Figures, voice: Voice) -> State | None:
    if facts.review is not None:
        return State(
            "review",
            "danger",
            voice.say(_("Review Deletions")),
            voice.say(
                _(
                    "%(count)s contacts seem to be gone from GoHighLevel. Nothing was "
                    "deleted: a person decides."
                ),
                count=voice.number(facts.review),
            ),
            detail=facts.check.error if facts.check_failed else None,
            since=facts.check.finished_at if facts.check else None,
            actions=("review_deletions", "verify", "open_run"),
            run_id=facts.review_run,
        )
    if facts.last_failed or facts.check_failed:
        run = facts.last if facts.last_failed else facts.check
        return _failed(facts, run, voice)
    return None


def _failed(facts: Facts, run: RunFacts, voice: Voice) -> State:
    trouble = find_trouble(run.code)
    only_check = not facts.last_failed
    tone = "danger"
    if trouble and facts.full_at:
        # What is mirrored stays usable; whether it passes by itself is the slug's say.
        tone = "danger" if trouble.tone == "danger" else "warning"
    return State(
        "check_failed" if only_check else "failed",
        "warning" if only_check else tone,
        voice.say(_("Check Failed")) if only_check else voice.say(_("Failed")),
        failed_title(run, voice),
        detail=run.error,
        since=run.finished_at,
        actions=trouble.actions if trouble else ("sync_full", "open_run"),
        run_id=run.id,
    )


def _find_unattended(facts: Facts, _figures: Figures, voice: Voice) -> State | None:
    """Nobody reads this location although its schedule is on."""
    if not facts.scheduled or facts.cron == "ok":
        return None
    texts = {
        "missing": _("Its scheduled action is missing; Odoo makes it again shortly."),
        "off": _("Its scheduled action was switched off."),
        "late": _(
            "Its scheduled action is overdue: Odoo must run with cron workers "
            "(--max-cron-threads of at least 1)."
        ),
    }
    return State(
        "unattended",
        "warning",
        voice.say(_("Not Kept Up")),
        voice.say(_("Nothing reads this location by schedule at the moment.")),
        detail=voice.say(texts[facts.cron]),
        since=facts.read_at,
        actions=("open_cron", "sync_delta", "open_location"),
    )


# === What the mirror is worth ===


def _find_unfilled(facts: Facts, figures: Figures, voice: Voice) -> State | None:
    if facts.full_at:
        return None
    if facts.mirrored is None:
        title = voice.say(_("This location has never been read."))
        return State(
            "never", "neutral", voice.say(_("Never Synced")), title,
            detail=counted(figures, voice), actions=("sync_full",),
        )  # fmt: skip
    return State(
        "partial",
        "warning",
        voice.say(_("Incomplete")),
        voice.say(_("This location has never been read to its end.")),
        detail=counted(figures, voice),
        since=facts.read_at,
        actions=("sync_full", "open_location"),
    )


def _find_unproven(facts: Facts, figures: Figures, voice: Voice) -> State | None:
    say = voice.say
    if facts.proof == "not_proven":
        title = say(_("What GoHighLevel shows is mirrored, but its counts disagree."))
        if figures.difference:
            title = counted(figures, voice) or title
        return State(
            "not_proven",
            "warning",
            say(_("Not Proven")),
            title,
            detail=facts.proof_message,
            since=facts.check.finished_at if facts.check else None,
            actions=("verify", "open_run", "open_issues"),
        )
    if not facts.is_proven:
        return State(
            "unverified",
            "neutral",
            say(_("Not Verified")),
            say(_("Whether every contact is here has not been verified yet.")),
            detail=counted(figures, voice),
            since=facts.full_at,
            actions=("verify",),
        )
    return None


def _find_difference(facts: Facts, figures: Figures, voice: Voice) -> State | None:
    if figures.total is not None and figures.difference is None:
        return State(
            "recount",
            "info",
            voice.say(_("Counting Again")),
            voice.say(_("The mirror has changed since GoHighLevel told its total.")),
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
            voice.say(_("Too Many")),
            voice.say(
                _("%(count)s more contacts are here than GoHighLevel has."),
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
        voice.say(_("Behind")),
        voice.say(
            _("%(count)s contacts of GoHighLevel are not here yet."),
            count=voice.number(figures.missing),
        ),
        detail=detail,
        since=figures.total_at,
        actions=("sync_delta", "verify", "sync_full"),
    )


def _find_outdated(facts: Facts, figures: Figures, voice: Voice) -> State | None:
    read = facts.past(facts.read_at) or facts.past(facts.proven_at)
    allowed = max(MIN_LATE, LATE_FACTOR * timedelta(minutes=facts.delta_minutes))
    if read and facts.now - read <= allowed and figures.total is not None:
        return None
    if figures.total is None:
        title = voice.say(_("How many contacts GoHighLevel has now is not known."))
    elif facts.scheduled:
        title = voice.say(_("This location has not been read for longer than planned."))
    else:
        title = voice.say(_("This location is read only when somebody asks."))
    return State(
        "outdated",
        "warning" if facts.scheduled else "neutral",
        voice.say(_("Out of Date")),
        title,
        detail=compared(facts, voice),
        since=read,
        actions=("sync_delta", "verify")
        if facts.scheduled
        else ("sync_delta", "switch_on", "verify"),
    )


def _complete(facts: Facts, figures: Figures, voice: Voice) -> State:
    if figures.mirrored == 0:
        title = voice.say(_("GoHighLevel has no contacts in this location."))
    else:
        title = voice.say(
            _("All %(count)s contacts of GoHighLevel are here."),
            count=voice.number(figures.mirrored or 0),
        )
    return State(
        "complete",
        "success",
        voice.say(_("Complete")),
        title,
        detail=compared(facts, voice),
        since=facts.proven_at,
        actions=("verify",),
    )


_FINDERS: tuple[_Finder, ...] = (
    _find_stopped,
    _find_connection,
    _find_refused,
    _find_active,
    _find_failure,
    _find_unattended,
    _find_unfilled,
    _find_unproven,
    _find_difference,
    _find_outdated,
    _complete,
)

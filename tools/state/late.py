"""Promises that are not kept although every run ends well: lag, age, drift, webhooks.

They make no state of a location, which tells what its mirror is worth; they are told
to whoever is responsible for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from .facts import Facts
from .mirror import allowed_lag
from .state import State
from .words import Voice, _lt

# A comparison that repairs more than this share, and this number, of contacts tells of
# changes that nobody brings. What changed while it ran is below.
DRIFT_SHARE = 0.01
DRIFT_LEAST = 10
# Anybody may send a single delivery that is refused.
REFUSED_LEAST = 3
# Contents that are a day older than promised are no trouble yet.
CONTENTS_SLACK = timedelta(days=1)
# Trouble of the vendor or the server passes, as a rule before the next run by schedule;
# a cron that is missing is made again by the watchdog. And what a trouble has kept away
# is made up for in that time after it.
GRACE = timedelta(minutes=20)
# A run that goes on later than this is not at work.
LONG_WAIT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Late:
    """A promise that is not kept.

    :param explained: nobody is told of it anew, since another trouble is its cause, or
        a run is at work on it; who was told before is not told that it is over
    """

    state: State
    explained: bool = False


def find_late(
    facts: Facts, voice: Voice, stopped: bool = False, waits: bool = False
) -> Iterator[Late]:
    """Return what is later, or differs by more, than was promised.

    :param stopped: another trouble is told that keeps every read away
    :param waits: it is told that changes wait for the next day's quota
    """
    for found in (_drift(facts, voice), _webhooks(facts, voice)):
        yield from map(Late, found)
    if not facts.scheduled or not facts.installed or not facts.full_at:
        return
    stopped = stopped or _catches_up(facts)
    for state in _lagging(facts, voice):
        yield Late(state, stopped or waits)
    # A day's quota brings no contents that are days late.
    for state in _contents_old(facts, voice):
        yield Late(state, stopped or _is_at_work(facts))


def _is_at_work(facts: Facts) -> bool:
    """Tell whether a run reads now, or shortly."""
    run = facts.active
    if run is None or run.state != "waiting" or run.resume_at is None:
        return run is not None
    return run.resume_at - facts.now <= LONG_WAIT


def _catches_up(facts: Facts) -> bool:
    """Tell whether reads were kept away until lately, and are being made up for.

    A long run that was there then, or came at once, does so for as long as it gets on.
    """
    free = facts.past(facts.free_since)
    if free is None:
        return False
    run, latest = facts.active, free
    if run and run.state == "running" and run.started_at:
        progress = facts.past(run.progress_at)
        if progress and run.started_at <= free + GRACE:
            latest = max(free, progress)
    return facts.now - latest < GRACE


def _drift(facts: Facts, voice: Voice) -> Iterator[State]:
    much = max(DRIFT_LEAST, DRIFT_SHARE * (facts.mirrored or 0))
    run = facts.check
    compared = run is not None and run.kind != "full" and run.state == "done"
    if not run or not compared or run.repaired <= much:
        if facts.drifted > much:
            yield _undated(facts, voice)
        return
    title = voice.say(
        _lt("%(count)s contacts differed and were repaired by the last comparison."),
        count=voice.number(run.repaired),
    )
    detail = voice.say(
        _lt("Neither reads of changes nor webhooks had brought these changes.")
    )
    yield _told("drift", title, detail, ("open_run", "verify"), run_id=run.id)


def _undated(facts: Facts, voice: Voice) -> State:
    """Return that an audit has found many edits that no date tells of."""
    title = voice.say(
        _lt(
            "%(count)s contacts differed without a new date, and were repaired when "
            "their contents were last read."
        ),
        count=voice.number(facts.drifted),
    )
    detail = voice.say(
        _lt(
            "Neither reads of changes nor webhooks bring such edits. To have them "
            "sooner, let every contact be read within fewer days."
        )
    )
    return _told("drift", title, detail, ("open_location", "read_contents"))


def _webhooks(facts: Facts, voice: Voice) -> Iterator[State]:
    if facts.webhook == "none":
        return
    if facts.webhook == "gap" and facts.webhook_message:
        title = voice.say(_lt("Webhooks do not tell of every change."))
        yield _told("webhook_gap", title, facts.webhook_message, ("open_webhooks",))
    if facts.webhook_refused and facts.webhook_refusals >= REFUSED_LEAST:
        title = voice.say(_lt("Webhooks are refused since the last one was accepted."))
        yield _told(
            "webhooks_refused", title, facts.webhook_refused, ("open_refusals",)
        )


def _lagging(facts: Facts, voice: Voice) -> Iterator[State]:
    read = facts.past(facts.read_at)
    if read and facts.now - read <= allowed_lag(facts):
        return
    title = voice.say(_lt("This location has not been read for longer than planned."))
    detail = None
    if read:
        text = _lt("Changes were last read at %(time)s.")
        detail = voice.say(text, time=voice.timestamp(read))
    yield _told("lagging", title, detail, ("sync_delta", "open_location"))


def _contents_old(facts: Facts, voice: Voice) -> Iterator[State]:
    days, told = facts.promised_days, facts.past(facts.contents_at)
    # Contents of which some were never shown are as old as the last full sync at least.
    read = told or facts.past(facts.full_at)
    if days is None or not read or not facts.mirrored:
        return
    if facts.now - read <= timedelta(days=days) + CONTENTS_SLACK:
        return
    title = voice.say(
        _lt("The contents of contacts are older than promised: %(days)s days."),
        days=voice.number(days),
    )
    text = _lt("Some were last read at %(time)s.")
    if not told:
        text = _lt("Some were never read, also not by the full sync of %(time)s.")
    detail = voice.say(text, time=voice.timestamp(read))
    yield _told("contents_old", title, detail, ("read_contents", "open_location"))


def _told(
    code: str,
    title: str,
    detail: str | None,
    actions: tuple[str, ...],
    run_id: int | None = None,
) -> State:
    return State(code, "warning", code, title, detail, actions=actions, run_id=run_id)

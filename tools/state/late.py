"""Promises that are not kept although every run ends well: lag, age, drift, webhooks.

They make no state of a location, which tells what its mirror is worth; they are told
to whoever is responsible for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from .facts import Facts
from .mirror import LATE_FACTOR, MIN_LATE
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


def find_late(facts: Facts, voice: Voice, explained: bool) -> Iterator[State]:
    """Return what is later, or differs by more, than was promised.

    :param explained: another trouble is known that keeps changes away
    """
    yield from _drift(facts, voice)
    yield from _webhooks(facts, voice)
    if not facts.scheduled or explained or not facts.full_at:
        return
    yield from _lagging(facts, voice)
    yield from _contents_old(facts, voice)


def _drift(facts: Facts, voice: Voice) -> Iterator[State]:
    run = facts.check
    if not run or run.kind == "full" or run.state != "done":
        return
    if run.repaired <= max(DRIFT_LEAST, DRIFT_SHARE * (facts.mirrored or 0)):
        return
    title = voice.say(
        _lt("%(count)s contacts differed and were repaired by the last comparison."),
        count=voice.number(run.repaired),
    )
    detail = voice.say(
        _lt("Neither reads of changes nor webhooks had brought these changes.")
    )
    yield _told("drift", title, detail, ("open_run", "verify"), run_id=run.id)


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
    allowed = max(MIN_LATE, LATE_FACTOR * timedelta(minutes=facts.delta_minutes))
    if read and facts.now - read <= allowed:
        return
    title = voice.say(_lt("This location has not been read for longer than planned."))
    detail = None
    if read:
        text = _lt("Changes were last read at %(time)s.")
        detail = voice.say(text, time=voice.timestamp(read))
    yield _told("lagging", title, detail, ("sync_delta", "open_location"))


def _contents_old(facts: Facts, voice: Voice) -> Iterator[State]:
    days, read = facts.promised_days, facts.past(facts.contents_at)
    if days is None or not read or facts.active:
        return
    if facts.now - read <= timedelta(days=days) + CONTENTS_SLACK:
        return
    title = voice.say(
        _lt("The contents of contacts are older than promised: %(days)s days."),
        days=voice.number(days),
    )
    text = _lt("Some were last read at %(time)s.")
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

"""Trouble that a person has to be told of, because it does not heal by itself.

Unlike the one state of a location, in which the weightiest trouble hides the others,
every trouble counts here by itself: one that is hidden for a while is not over.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ..troubles import CONNECTION, SERVER, VENDOR, find_trouble
from .at_work import find_active
from .facts import Facts
from .failing import find_failure, find_unattended
from .figures import compute_figures
from .late import GRACE, find_late
from .mirror import find_unproven
from .state import State
from .stopped import find_connection, find_refused, find_stopped
from .words import Voice

# Troubles behind which nothing can be said of a location itself.
HIDING = ("moved", "connection")
# Troubles of a location while which nothing of it is read.
STOPPING = ("refused", "no_worker", "unattended")
# Reasons for a wait that nobody has wished: the day's quota is spent, or its rest is
# kept for others.
_QUOTA_CODES = ("daily_quota_spent", "daily_reserve_reached")
# Questions about deletions that a person has seen to.
_SETTLED = ("accepted", "kept", "verify", "superseded", "void")


@dataclass(frozen=True, slots=True)
class Alarm:
    """One trouble.

    :param str key: what kind of trouble; the same for as long as it lasts
    :param bool of_connection: it has one cause for every location of the connection
    :param bool hides: nothing can be said of the location itself meanwhile
    :param timedelta grace: for how long it may last before anybody is told
    :param bool explained: it is not told anew, and is not over either
    """

    key: str
    text: str
    actions: tuple[str, ...]
    of_connection: bool
    hides: bool
    grace: timedelta
    since: datetime | None
    run_id: int | None
    explained: bool = False


def is_silent(facts: Facts) -> bool:
    """Tell whether nothing of the location matters: somebody has put it away."""
    state = find_stopped(facts, compute_figures(facts), Voice())
    return state is not None and state.code != "moved"


def is_frozen(alarms: tuple[Alarm, ...]) -> bool:
    """Tell whether nothing can be said of the location itself meanwhile."""
    return any(alarm.hides for alarm in alarms)


def find_alarms(facts: Facts, voice: Voice | None = None) -> tuple[Alarm, ...]:
    """Return every trouble of a location; of its connection's, that alone."""
    if is_silent(facts):
        return ()
    voice = voice or Voice()
    figures = compute_figures(facts)
    for find in (find_stopped, find_connection):
        state = find(facts, figures, voice)
        if state:
            # Nothing to tell of what was never connected.
            told = state.code != "no_credential"
            whole = _alarm(state.code, state, of_connection=True, hides=True)
            return (whole,) if told else ()
    alarms = _of_reading(facts, voice)
    stopped, waits = _is_stopped(alarms, facts), _is_waiting(alarms, facts)
    state = find_unproven(facts, figures, voice)
    if state and state.code == "not_proven":
        alarms.append(_alarm("not_proven", state, facts=facts))
    for late in find_late(facts, voice, stopped, waits):
        common = late.state.code == "webhooks_refused"
        alarm = _alarm(late.state.code, late.state, of_connection=common)
        alarms.append(replace(alarm, explained=late.explained))
    return tuple(alarms)


def is_hindered(facts: Facts) -> bool:
    """Tell whether changes are not read for a reason that is told, or is wished."""
    if not facts.scheduled or not facts.installed:
        return True
    voice, figures = Voice(), compute_figures(facts)
    if find_stopped(facts, figures, voice) or find_connection(facts, figures, voice):
        return True
    alarms = _of_reading(facts, voice)
    return _is_stopped(alarms, facts) or _is_waiting(alarms, facts)


def _of_reading(facts: Facts, voice: Voice) -> list[Alarm]:
    """Return the troubles that a location has with being read."""
    found = (
        _refused(facts, voice),
        _no_worker(facts, voice),
        _failure(facts, voice),
        _quota(facts, voice),
    )
    return [alarm for alarm in found if alarm]


def _is_stopped(alarms: list[Alarm], facts: Facts) -> bool:
    """Tell whether a trouble is told that keeps every read away."""
    return any(_stops(alarm, facts) for alarm in alarms)


def _is_waiting(alarms: list[Alarm], facts: Facts) -> bool:
    """Tell whether changes wait for the next day's quota."""
    return any(alarm.key == "quota_spent" for alarm in alarms) or _is_rationed(facts)


def _stops(alarm: Alarm, facts: Facts) -> bool:
    """Tell whether a trouble keeps reads away; counts that disagree do not."""
    if alarm.key == "failed":
        # After a comparison that failed, changes are read all the same.
        return _without_unread(facts).last_failed
    return alarm.key in STOPPING


def _refused(facts: Facts, voice: Voice) -> Alarm | None:
    state = find_refused(facts, compute_figures(facts), voice)
    # An app that was removed from a location was removed by a person.
    return _alarm("refused", state) if state and state.code == "refused" else None


def _no_worker(facts: Facts, voice: Voice) -> Alarm | None:
    """Return that nobody works on the location.

    Workers that are missing are missing for all locations; a cron that is off, or is
    missing itself, concerns one.
    """
    figures = compute_figures(facts)
    state = find_active(facts, figures, voice)
    if not state or state.code != "no_worker":
        state = find_unattended(facts, figures, voice)
    if not state:
        return None
    common = facts.cron in ("ok", "late")
    key = "no_worker" if common else "unattended"
    # One that somebody has switched off does not come back by itself.
    grace = timedelta(0) if facts.cron == "off" else GRACE
    return _alarm(key, state, of_connection=common, grace=grace)


def _quota(facts: Facts, voice: Voice) -> Alarm | None:
    run = facts.active
    if not run or run.state != "waiting" or run.code not in _QUOTA_CODES:
        return None
    state = find_active(facts, compute_figures(facts), voice)
    return _alarm("quota_spent", state) if state and not run.stalled else None


def _is_rationed(facts: Facts) -> bool:
    """Tell whether a sync waits since its share of the day is spent, as was set.

    That is no trouble, and says why changes are not read.
    """
    run = facts.active
    if run is None or run.state != "waiting" or run.stalled:
        return False
    return run.code == "daily_share_spent"


def _failure(facts: Facts, voice: Voice) -> Alarm | None:
    """Return what the last run, or the last comparison, failed of.

    What runs now may heal it; until it has ended, nothing is over.
    """
    facts = _without_unread(facts)
    state = find_failure(facts, compute_figures(facts), voice)
    if not state:
        return None
    if state.code == "review":
        return _alarm("review", state)
    run = facts.last if facts.last_failed else facts.check
    if run and run.review in _SETTLED:
        return None
    trouble = find_trouble(run.code) if run else None
    if trouble and trouble.subject == CONNECTION:
        # The connection tells, and has recovered if it does not.
        return None
    if run and run.code == "delete_brake":
        return _alarm("review", state)
    passes = trouble is not None and trouble.tone != "danger"
    passes = passes and trouble.subject in (VENDOR, SERVER)  # type: ignore[union-attr]
    return _alarm("failed", state, grace=GRACE if passes else timedelta(0))


def _without_unread(facts: Facts) -> Facts:
    """Return the facts without a last audit that was not shown every contact.

    It keeps no change away, and each read of changes would seem to heal it: that
    contents grow old is told instead, once, until they are read. What an older
    comparison failed of is not over by it.
    """
    if facts.last and facts.last.code == "contents_unread":
        return replace(facts, last=None)
    return facts


def _alarm(
    key: str,
    state: State,
    of_connection: bool = False,
    hides: bool = False,
    grace: timedelta = timedelta(0),
    facts: Facts | None = None,
) -> Alarm:
    run_id = state.run_id
    if facts is not None and facts.check:
        run_id = facts.check.id
    return Alarm(
        key=key,
        text=" ".join(filter(None, (state.title, state.detail))),
        actions=state.actions,
        of_connection=of_connection,
        hides=hides,
        grace=grace,
        since=state.since,
        run_id=run_id,
    )

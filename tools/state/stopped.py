"""States in which nothing is read, or nothing can be."""

from __future__ import annotations

from ..troubles import actions_for, find_trouble
from .facts import Facts
from .figures import Figures
from .sentences import full_stop
from .state import State
from .words import Voice, _lt


def find_stopped(facts: Facts, _figures: Figures, voice: Voice) -> State | None:
    """Return the state when it is archived, or its database has moved."""
    say = voice.say
    if facts.archived:
        return State(
            "archived",
            "neutral",
            say(_lt("Archived")),
            say(_lt("This location is archived: nothing is read.")),
            actions=("unarchive",),
        )
    if facts.connection_archived:
        return State(
            "connection_archived",
            "neutral",
            say(_lt("Connection Archived")),
            say(
                _lt("The connection “%(name)s” is archived: nothing is read."),
                name=facts.connection_name,
            ),
            actions=("unarchive_connection", "open_connection"),
        )
    if facts.database_moved:
        return State(
            "moved",
            "warning",
            say(_lt("Copied Database")),
            say(
                _lt(
                    "This database looks like a copy of the one that is connected: "
                    "nothing is read."
                )
            ),
            detail=facts.moved_message,
            actions=("confirm_move", "open_connection"),
        )
    return None


def find_connection(facts: Facts, _figures: Figures, voice: Voice) -> State | None:
    """Return the state when the connection lacks a credential, or it is refused."""
    say = voice.say
    heal = "reconnect" if facts.connection_kind == "oauth" else "replace_token"
    if not facts.has_credential:
        return State(
            "no_credential",
            "neutral",
            say(_lt("Not Connected")),
            say(
                _lt("The connection “%(name)s” has no access to GoHighLevel yet."),
                name=facts.connection_name,
            ),
            actions=(heal, "open_connection"),
        )
    if facts.connection_state not in ("needs_reauth", "error"):
        return None
    detail = [full_stop(facts.connection_message)]
    if facts.connection_probe_at and facts.connection_probe_at > facts.now:
        detail.append(
            say(
                _lt("It is tried again by itself at %(time)s."),
                time=voice.timestamp(facts.connection_probe_at),
            )
        )
    if facts.connection_state == "needs_reauth":
        label = say(_lt("Reconnect"))
        title = say(
            _lt("GoHighLevel does not accept the connection “%(name)s”."),
            name=facts.connection_name,
        )
    else:
        label = say(_lt("Connection Trouble"))
        title = say(
            _lt("The connection “%(name)s” does not work."), name=facts.connection_name
        )
    return State(
        "connection",
        "danger",
        label,
        title,
        detail=" ".join(filter(None, detail)) or None,
        since=facts.connection_since,
        resume_at=facts.connection_probe_at,
        actions=(heal, "test_connection", "open_connection"),
    )


def find_refused(facts: Facts, _figures: Figures, voice: Voice) -> State | None:
    """Return the state when GoHighLevel refuses to show this very location."""
    say = voice.say
    if not facts.installed:
        return State(
            "not_installed",
            "warning",
            say(_lt("Not Installed")),
            say(_lt("The app is not installed on this location: nothing is read.")),
            detail=say(
                _lt(
                    "Its contacts stay as they were. Install the app there from "
                    "GoHighLevel's marketplace."
                )
            ),
            actions=("open_connection",),
        )
    trouble = find_trouble(facts.trouble_code)
    if not trouble:
        return None
    detail = [full_stop(facts.trouble_message)]
    if facts.trouble_probe_at and facts.trouble_probe_at > facts.now:
        detail.append(
            say(
                _lt("It is tried again by itself at %(time)s."),
                time=voice.timestamp(facts.trouble_probe_at),
            )
        )
    return State(
        "refused",
        trouble.tone,
        say(_lt("Refused")),
        say(_lt("GoHighLevel refuses to show this location.")),
        detail=" ".join(filter(None, detail)) or None,
        since=facts.trouble_at,
        resume_at=facts.trouble_probe_at,
        actions=actions_for(trouble, facts.connection_kind),
    )

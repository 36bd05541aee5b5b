"""Actions of a person: labels, where each leads, who may do it.

A message that names an action carries its code; page, backend, API and mails turn codes
into buttons and links by this one table. Labels are English here and are translated by
whoever shows them (`words`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from .. import const

# Access rights that an action needs. The stronger imply the weaker ones.
READER = "reader"
MANAGER = "manager"
SYSTEM = "system"
# No right of Odoo's helps: it is done on the server, or at GoHighLevel.
ROLES = (READER, MANAGER, SYSTEM)


def _lt(text: str) -> str:
    """Mark a text for the catalogue of translations."""
    return text


@dataclass(frozen=True, slots=True)
class Kind:
    """One row of the table of actions.

    :param str label: what the button says
    :param str who: the access right that it needs
    :param str | None path: route of the JSON API that does it
    :param str | None url: address in Odoo where it is done, with `{name}`s of `Target`
    :param tuple sends: fields of `Target` that the API wants
    :param dict fixed: what is sent besides
    :param str | None button: method of the backend's record that does it, as
        ``model.method``; views have a button of that name
    """

    label: str
    who: str = READER
    path: str | None = None
    method: str = "POST"
    url: str | None = None
    sends: tuple[str, ...] = ()
    fixed: tuple[tuple[str, str], ...] = ()
    button: str | None = None


_LOCATION = "/odoo/ghl-locations/{location_id}"
_CONNECTION = "/odoo/ghl-connections/{connection_id}"
_RUN = "/odoo/ghl-sync-runs/{run_id}"


def _order(label: str, kind: str, button: str) -> Kind:
    return Kind(
        label,
        path=const.ROUTE_SYNC,
        url=_LOCATION,
        sends=("location",),
        fixed=(("kind", kind),),
        button=f"ghl.location.{button}",
    )


ACTIONS: dict[str, Kind] = {
    "sync_full": _order(_lt("Sync All Contacts"), "full", "action_sync_all"),
    "sync_delta": _order(_lt("Sync Changes"), "delta", "action_sync_delta"),
    "verify": _order(_lt("Verify"), "verify", "action_verify"),
    "read_contents": _order(
        _lt("Read All Contents Now"), "audit", "action_read_contents"
    ),
    "try_now": Kind(
        _lt("Try Now"),
        path=const.ROUTE_RESUME,
        url=_RUN,
        sends=("location",),
        button="ghl.location.action_try_now",
    ),
    "cancel": Kind(
        _lt("Cancel Sync"),
        path=const.ROUTE_CANCEL,
        url=_LOCATION,
        sends=("location",),
        button="ghl.location.action_cancel_sync",
    ),
    "review_deletions": Kind(
        _lt("Review Deletions"),
        who=MANAGER,
        path=const.ROUTE_DELETIONS,
        method="GET",
        url=_RUN,
        sends=("location", "run_id"),
        button="ghl.sync.run.action_review_deletions",
    ),
    "open_run": Kind(_lt("Open the Sync Run"), url=_RUN),
    "open_issues": Kind(_lt("See the Issues"), url=_RUN),
    "open_location": Kind(_lt("Open the Location"), url=_LOCATION),
    "open_connection": Kind(_lt("Open the Connection"), url=_CONNECTION),
    "open_settings": Kind(_lt("Open Settings"), SYSTEM, url="/odoo/ghl-settings"),
    "open_refusals": Kind(
        _lt("See Refused Webhooks"), MANAGER, url="/odoo/ghl-refused-webhooks"
    ),
    "open_webhooks": Kind(_lt("See Webhooks"), url="/odoo/ghl-webhooks"),
    "open_cron": Kind(
        _lt("Open the Scheduled Action"),
        SYSTEM,
        url="/odoo/action-base.ir_cron_act/{cron_id}",
    ),
    "switch_on": Kind(
        _lt("Switch On the Schedule"),
        MANAGER,
        url=_LOCATION,
        button="ghl.location.action_switch_on",
    ),
    "unarchive": Kind(_lt("Unarchive the Location"), MANAGER, url=_LOCATION),
    "unarchive_connection": Kind(
        _lt("Unarchive the Connection"), MANAGER, url=_CONNECTION
    ),
    # Both begin with a button on the connection: connecting needs its ticket.
    "reconnect": Kind(
        _lt("Connect to GoHighLevel"),
        MANAGER,
        url=_CONNECTION,
        button="ghl.connection.action_connect",
    ),
    "replace_token": Kind(_lt("Replace the Token"), MANAGER, url=_CONNECTION),
    "test_connection": Kind(
        _lt("Test Connection"),
        MANAGER,
        url=_CONNECTION,
        button="ghl.connection.action_test_connection",
    ),
    "confirm_move": Kind(
        _lt("This Database Has Moved"),
        MANAGER,
        url=_CONNECTION,
        button="ghl.connection.action_confirm_move",
    ),
    "get_access": Kind(_lt("Get Access"), SYSTEM, url="/odoo/users"),
    "reload": Kind(_lt("Reload"), url=const.ROUTE_PAGE),
    "login": Kind(_lt("Log In"), url="/web/login?redirect=" + const.ROUTE_PAGE),
}


# Slug of an error of the JSON API → what helps. What passes by itself, and what a
# program has to send otherwise, needs nobody.
ERROR_ACTIONS: dict[str, tuple[str, ...]] = {
    "unauthorized": ("login",),
    "forbidden": ("get_access",),
    "foreign_origin": ("open_settings",),
    "origin_unproven": ("reload",),
    "unknown_location": ("reload",),
    "unknown_review": ("reload",),
    "review_ambiguous": ("reload",),
    "not_found": ("reload",),
}


@dataclass(frozen=True, slots=True)
class Target:
    """The ids of what an action is about.

    :param str | None location: GoHighLevel's id, which the API takes
    """

    location: str | None = None
    location_id: int | None = None
    connection_id: int | None = None
    run_id: int | None = None
    cron_id: int | None = None

    def value(self, name: str) -> Any:
        """Return one id by its name."""
        return {
            "location": self.location,
            "location_id": self.location_id,
            "connection_id": self.connection_id,
            "run_id": self.run_id,
            "cron_id": self.cron_id,
        }[name]


@dataclass(frozen=True, slots=True)
class Viewer:
    """The person who looks: their rights, and whom they would have to ask.

    :param roles: of `ROLES`
    :param ask: role → a sentence that names who has it
    :param words: translates a label
    """

    roles: Collection[str] = ROLES
    ask: Mapping[str, str] = ()  # type: ignore[assignment]
    words: Callable[[str], str] = str


# A person who may not do it is told at least this.
_DEFAULT_ASK = {
    READER: _lt("Ask somebody with the access right “GoHighLevel: User”."),
    MANAGER: _lt("Ask somebody with the access right “GoHighLevel: Administrator”."),
    SYSTEM: _lt("Ask an administrator of this Odoo."),
}


def describe(code: str, target: Target, viewer: Viewer) -> dict[str, Any] | None:
    """Return an action as the API shows it, ``None`` when it has nothing to act on.

    :param str code: a key of `ACTIONS`
    """
    kind = ACTIONS[code]
    url = _address(kind.url, target)
    sent = {_PARAMS[name]: target.value(name) for name in kind.sends}
    usable = bool(kind.path) and None not in sent.values()
    if not usable and url is None:
        return None
    allowed = kind.who in viewer.roles
    path, body = kind.path if usable else None, None
    if usable and kind.method == "POST":
        body = {**sent, **dict(kind.fixed)}
    elif usable:
        path = f"{path}?{urlencode(sent)}"
    asks = {**_DEFAULT_ASK, **dict(viewer.ask)}
    return {
        "code": code,
        "label": viewer.words(kind.label),
        "kind": "api" if usable else "link",
        "method": kind.method if usable else None,
        "path": path,
        "body": body,
        "url": url,
        "allowed": allowed,
        "ask": None if allowed else viewer.words(asks[kind.who]),
    }


def describe_all(
    codes: Iterable[str], target: Target, viewer: Viewer
) -> list[dict[str, Any]]:
    """Return actions as the API shows them, each once, in the order given."""
    shown = (describe(code, target, viewer) for code in dict.fromkeys(codes))
    return [action for action in shown if action]


# Names of ids here → names of parameters there.
_PARAMS = {"location": "location_id", "run_id": "run_id"}


def _address(template: str | None, target: Target) -> str | None:
    if template is None:
        return None
    for name in ("location_id", "connection_id", "run_id", "cron_id"):
        if f"{{{name}}}" in template:
            value = target.value(name)
            if value is None:
                return None
            template = template.replace(f"{{{name}}}", str(value))
    return template

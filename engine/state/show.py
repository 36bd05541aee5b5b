"""A location's state as a person, a page or a program is shown it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from odoo import fields
from odoo.tools import format_datetime, formatLang
from odoo.tools.translate import get_translation

from ...tools.actions import MANAGER, READER, SYSTEM, Target, Viewer, describe_all
from ...tools.dates import iso_seconds
from ...tools.state.evaluate import evaluate
from ...tools.state.run_state import evaluate_run
from ...tools.state.state import State
from ...tools.state.words import Voice, _lt
from ..location.writer_lock import locations_with_writer
from .facts import collect_facts, run_facts

MODULE = "ghl_contact_sync"
# Names are listed in full while they are few.
MAX_NAMES = 3


def make_voice(env: Any) -> Voice:
    """Return a voice in the language and time zone of the environment's user."""
    lang = env.lang or "en_US"

    def timestamp(value: datetime) -> str:
        zone = env.context.get("tz") or env.user.tz or "UTC"
        reader = env.user.with_context(tz=zone)
        name = fields.Datetime.context_timestamp(reader, value).tzname()
        return f"{format_datetime(env, value, tz=zone)} {name}"

    return Voice(
        say=lambda text, **values: get_translation(MODULE, lang, text, values),
        number=lambda value: formatLang(env, value, digits=0),
        timestamp=timestamp,
    )


def make_words(env: Any) -> Callable[[str], str]:
    """Return what translates a label into the language of the environment."""
    lang = env.lang or "en_US"
    return lambda text: get_translation(MODULE, lang, text, ())


def make_viewer(env: Any, company: Any = None) -> Viewer:
    """Return what the environment's user may do, and whom they would have to ask."""
    roles = set()
    if env.su or env.user.has_group("ghl_contact_sync.group_user"):
        roles.add(READER)
    if env.su or env.user.has_group("ghl_contact_sync.group_manager"):
        roles.add(MANAGER)
    if env.su or env.user.has_group("base.group_system"):
        roles.add(SYSTEM)
    lang = env.lang or "en_US"
    asked = {}
    for role, group in (
        (MANAGER, "ghl_contact_sync.group_manager"),
        (SYSTEM, "base.group_system"),
    ):
        names = [] if role in roles else _names_of(env, group, company)
        if names:
            text = get_translation(MODULE, lang, _lt("Ask %(names)s."), {})
            asked[role] = text % {"names": ", ".join(names)}
    return Viewer(
        roles=frozenset(roles),
        ask=asked,
        words=make_words(env),
    )


def _names_of(env: Any, group: str, company: Any) -> list[str]:
    domain: list[Any] = [
        ("all_group_ids", "in", env.ref(group).ids),
        ("share", "=", False),
        ("id", "!=", env.ref("base.user_root").id),
    ]
    if company:
        domain.append(("company_ids", "in", company.ids))
    # sudo: whom to ask is told to everybody who may see the location.
    users = env["res.users"].sudo().search(domain, limit=MAX_NAMES, order="id")
    return list(users.mapped("name"))


def states_of(locations: Any) -> dict[int, State]:
    """Return {location id: its one state} in the user's language."""
    voice = make_voice(locations.env)
    return {
        location_id: evaluate(facts, voice)
        for location_id, facts in collect_facts(locations).items()
    }


def make_target(location: Any, run_id: int | None) -> Target:
    """Return the ids that actions on a location need."""
    location = location.sudo()
    return Target(
        location=location.ghl_id,
        location_id=location.id,
        connection_id=location.connection_id.id or None,
        run_id=run_id,
        cron_id=location.cron_id.id or None,
    )


def run_to_api(run: Any) -> dict[str, Any]:
    """Return the state of one run, in the shape of a location's `status`."""
    env = run.env
    facts = run_facts(run.sudo(), locations_with_writer(env))
    kind = run.sudo().location_id.connection_id.auth_kind
    state = evaluate_run(facts, fields.Datetime.now(), make_voice(env), kind)
    target = make_target(run.location_id, run.id)
    return _object(state, target, make_viewer(env, run.company_id))


def to_api(locations: Any) -> dict[int, dict[str, Any]]:
    """Return {location id: the object `status` of the JSON API}."""
    viewers: dict[int, Viewer] = {}
    shown = {}
    for location_id, state in states_of(locations).items():
        location = locations.browse(location_id)
        company = location.company_id
        if company.id not in viewers:
            viewers[company.id] = make_viewer(locations.env, company)
        target = make_target(location, state.run_id)
        shown[location_id] = _object(state, target, viewers[company.id])
    return shown


def _object(state: State, target: Target, viewer: Viewer) -> dict[str, Any]:
    figures = state.figures
    return {
        "code": state.code,
        "tone": state.tone,
        "label": state.label,
        "title": state.title,
        "detail": state.detail,
        "since": iso_seconds(state.since),
        "resume_at": iso_seconds(state.resume_at),
        "progress": state.progress,
        "actions": describe_all(state.actions, target, viewer),
        "notes": [
            {
                "code": note.code,
                "tone": note.tone,
                "text": note.text,
                "actions": describe_all(note.actions, target, viewer),
            }
            for note in state.notes
        ],
        "counts": {
            "mirrored": figures.mirrored,
            "ghl_total": figures.total,
            "ghl_total_at": iso_seconds(figures.total_at),
            "difference": figures.difference,
            "coverage": figures.coverage,
        },
    }

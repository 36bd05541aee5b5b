"""The change feed as people and programs read it: of a contact, or of a run."""

from __future__ import annotations

from typing import Any

from ...tools.dates import iso_seconds

# Shown of a value in a list; the API tells all that is kept.
_SHOWN = 60
_CUSTOM = "custom_fields."


def list_changes(
    location: Any,
    contact_id: str | None,
    run_id: int | None,
    before: int | None,
    limit: int,
) -> dict[str, Any]:
    """Return the newest changes of a location, of one contact or run if that is named.

    :param contact_id: GHL id
    :param before: id of a change: those that are older
    """
    domain: list[Any] = [("location_id", "=", location.id)]
    if contact_id:
        domain.append(("ghl_id", "=", contact_id))
    if run_id:
        domain.append(("run_id", "=", run_id))
    if before:
        domain.append(("id", "<", before))
    # One more than is shown tells whether there are more.
    found = location.env["ghl.contact.change"].search(
        domain, order="id desc", limit=limit + 1
    )
    shown = found[:limit]
    events = _events(shown)
    labels = field_labels(shown)
    return {
        "changes": [_entry(change, labels, events) for change in shown],
        "next_before": shown[-1].id if len(found) > limit else None,
    }


def _entry(
    change: Any, labels: dict[tuple[int, str], str], events: dict[int, Any]
) -> dict[str, Any]:
    run, event = change.run_id, events.get(change.event_id)
    return {
        "id": change.id,
        "contact_id": change.ghl_id or None,
        "changed_at": iso_seconds(change.changed_at),
        "action": change.action,
        "origin": change.origin,
        "origin_text": origin_text(change),
        "run_id": run.id or None,
        "user": change.user_id.sudo().name or None,
        "event": event
        and {
            "id": event.id,
            "type": event.event_type,
            "happened_at": iso_seconds(event.event_at),
        },
        "fields": [
            {
                "field": name,
                "label": label_of(change, name, labels),
                "before": values[0],
                "after": values[1],
            }
            for name, values in (change.changes or {}).items()
        ],
        "reason": change.reason or None,
        "payload": change.payload or None,
    }


def _events(changes: Any) -> dict[int, Any]:
    """Return the webhook events that are still there."""
    ids = list({change.event_id for change in changes if change.event_id})
    events = changes.env["ghl.webhook.event"].browse(ids).exists()
    return {event.id: event for event in events}


def field_labels(changes: Any) -> dict[tuple[int, str], str]:
    """Return {(location id, GHL id): name} of the custom fields of these locations."""
    custom = changes.env["ghl.custom.field"].with_context(active_test=False)
    found = custom.search([("location_id", "in", changes.location_id.ids)])
    return {(one.location_id.id, one.ghl_id): one.name for one in found}


def label_of(change: Any, name: str, labels: dict[tuple[int, str], str]) -> str:
    """Return what people call a field of a change."""
    if name.startswith(_CUSTOM):
        key = name.removeprefix(_CUSTOM)
        return labels.get((change.location_id.id, key), key)
    column, _dot, key = name.partition(".")
    if name == "tags":
        column = "tag_ids"
    field = change.env["ghl.contact"]._fields.get(column)
    label = field.get_description(change.env, ["string"])["string"] if field else column
    if column == "extra":
        return key
    return f"{label}: {key}" if key else str(label)


def describe(change: Any, labels: dict[tuple[int, str], str]) -> str:
    """Return a line for each field: before → after."""
    lines = [
        f"{label_of(change, name, labels)}: {_shown(values[0])} → {_shown(values[1])}"
        for name, values in (change.changes or {}).items()
    ]
    return "\n".join(lines)


def origin_text(change: Any) -> str:
    """Return by whom and why a contact was changed, in a sentence for a person."""
    env = change.env
    who = change.user_id.sudo().name
    if change.run_id:
        kinds = dict(env["ghl.sync.run"]._fields["kind"]._description_selection(env))
        words = env._(
            "%(kind)s sync %(number)s. %(why)s",
            kind=kinds[change.run_id.kind],
            number=change.run_id.id,
            why=change.run_id.origin_text or "",
        ).strip()
    elif change.event_id:
        words = env._("Webhook event %s.", change.event_id)
    else:
        origins = dict(change._fields["origin"]._description_selection(env))
        words = f"{origins.get(change.origin, change.origin)}."
    return f"{words} {who}." if who else str(words)


def _shown(value: Any) -> str:
    if value in (None, "", []):
        return "–"
    if isinstance(value, list):
        value = ", ".join(map(str, value))
    text = str(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"

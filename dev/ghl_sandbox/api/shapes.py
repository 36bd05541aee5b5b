"""The forms in which the endpoints show one and the same contact."""

from typing import Any

import orjson

from ..dialects import Dialect
from ..web import jsonio
from ..world.store import Record

Contact = dict[str, Any]
LOWER = {
    "Call": "call",
    "Email": "email",
    "SMS": "sms",
    "WhatsApp": "whatsApp",
    "GMB": "gmb",
    "FB": "fb",
}
SNAKE = {
    "pipelineId": "pipeline_id",
    "pipelineStageId": "pipeline_stage_id",
    "monetaryValue": "monetary_value",
}
CANONICAL = {lower: name for name, lower in LOWER.items()}
SEARCH_ONLY = ("address", "contactName", "opportunities", "phoneLabel", "searchAfter")


def hit_json(record: Record, dialect: Dialect) -> bytes:
    """A search hit without its cursor, as complete JSON."""
    if not _reshapes(dialect) or record.plain:
        return record.raw()
    contact = record.contact()
    if dialect.dnd_settings_missing:
        contact.pop("dndSettings", None)
    elif dialect.dnd_lowercase and "dndSettings" in contact:
        contact["dndSettings"] = lower_dnd(contact["dndSettings"])
    if dialect.names_lowercase:
        for name in ("firstName", "lastName", "contactName"):
            if isinstance(contact.get(name), str):
                contact[name] = contact[name].lower()
    deals = contact.get("opportunities")
    if dialect.opportunities_snake and isinstance(deals, list):
        contact["opportunities"] = [
            {SNAKE.get(key, key): value for key, value in deal.items()}
            for deal in deals
            if isinstance(deal, dict)
        ]
    return jsonio.dumps(contact)


def _reshapes(dialect: Dialect) -> bool:
    return (
        dialect.dnd_settings_missing
        or dialect.dnd_lowercase
        or dialect.names_lowercase
        or dialect.opportunities_snake
    )


def hits_json(
    records: list[Record], cursors: list[list[Any]], dialect: Dialect
) -> bytes:
    """The ``contacts`` array of a search answer; the hot path of the server."""
    if not records:
        return b"[]"
    if _reshapes(dialect):
        raws = [hit_json(record, dialect) for record in records]
        heads = [r if p.plain else r[:-1] for r, p in zip(raws, records, strict=True)]
    else:
        heads = [record.head for record in records]
    if dialect.cursor_top_level:
        tails = [b"},"] * len(records)
    else:
        dump = orjson.dumps
        tails = [b',"searchAfter":' + dump(cursor) + b"}," for cursor in cursors]
    for position, record in enumerate(records):
        if record.plain:
            tails[position] = b","
    tails[-1] = tails[-1][:-1]
    pieces = [b""] * (2 * len(records))
    pieces[::2] = heads
    pieces[1::2] = tails
    return b"[" + b"".join(pieces) + b"]"


def lower_dnd(value: Any) -> Any:
    """dndSettings with v3's keys."""
    if not isinstance(value, dict):
        return value
    return {LOWER.get(key, key): item for key, item in value.items()}


def by_id(contact: Contact, v3: bool) -> Contact:
    """``GET /contacts/{id}``: address1 instead of address, more names, no cursor."""
    result = {k: v for k, v in contact.items() if k not in SEARCH_ONLY}
    result["name"] = contact.get("contactName")
    result["address1"] = contact.get("address")
    email = contact.get("email")
    result["emailLowerCase"] = email.lower() if isinstance(email, str) else email
    name = contact.get("contactName")
    result["fullNameLowerCase"] = name.lower() if isinstance(name, str) else name
    for source in ("attributionSource", "lastAttributionSource"):
        if isinstance(contact.get(source), dict):
            result.setdefault("attributions", []).append(
                {**contact[source], "isFirst": source == "attributionSource"}
            )
    if v3 and "dndSettings" in result:
        result["dndSettings"] = lower_dnd(result["dndSettings"])
    return {key: value for key, value in result.items() if value is not None}


def listed(contact: Contact) -> Contact:
    """``GET /contacts/``: names lower-cased beside their raw form."""
    result = by_id(contact, v3=False)
    result.pop("name", None)
    result["contactName"] = contact.get("contactName")
    for name in ("firstName", "lastName"):
        value = contact.get(name)
        result[f"{name}Raw"] = value
        result[name] = value.lower() if isinstance(value, str) else value
    return result


def from_api(body: Contact) -> Contact:
    """Fields of a write, in the form in which search shows them."""
    known = {k: v for k, v in body.items() if k not in ("locationId", "id")}
    if "address1" in known:
        known["address"] = known.pop("address1")
    if "name" in known:
        name = known.pop("name")
        known["contactName"] = name
        if name and "firstName" not in known:
            known["firstName"], _, last = str(name).partition(" ")
            known["lastName"] = last or None
    for name in ("firstName", "lastName"):
        if name in known:
            value = known[name]
            lower = value.lower() if isinstance(value, str) else value
            known[f"{name}LowerCase"] = lower
    if isinstance(known.get("email"), str):
        known["email"] = known["email"].lower()
    if isinstance(known.get("dndSettings"), dict):
        settings = known["dndSettings"]
        known["dndSettings"] = {CANONICAL.get(k, k): v for k, v in settings.items()}
    if isinstance(known.get("customFields"), list):
        known["customFields"] = [
            _custom(item) for item in known["customFields"] if isinstance(item, dict)
        ]
    return known


def _custom(item: Contact) -> Contact:
    value = item.get("field_value", item.get("fieldValue", item.get("value")))
    return {"id": item.get("id"), "value": value}

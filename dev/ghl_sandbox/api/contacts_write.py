"""Writing contacts, as any other integration of the account does."""

from typing import Any

from ..pipeline import Call, reply
from ..web.errors import Refusal, bad_request, invalid
from ..web.wire import Answer
from .contacts import find_by, own_contact
from .shapes import by_id, from_api

REMOVED = ("remove", "delete")


def _body(call: Call) -> dict[str, Any]:
    body = call.json()
    if not isinstance(body, dict):
        raise bad_request("Unexpected token in JSON")
    return body


def _blank(location_id: str) -> dict[str, Any]:
    """Defaults of a new contact, besides the fields that were given."""
    return {
        "locationId": location_id,
        "type": "lead",
        "tags": [],
        "customFields": [],
        "followers": [],
        "additionalEmails": [],
        "additionalPhones": [],
        "opportunities": [],
        "dnd": False,
    }


def _created(call: Call, body: dict[str, Any]) -> Answer:
    location = call.location(body.get("locationId"))
    contact = _blank(location.id) | from_api(body)
    _complete_name(contact)
    key = call.sandbox.editor.create(location, contact)
    shown = by_id(location.store.records[key].contact(), call.v3)
    return reply({"contact": shown, "traceId": call.trace_id}, 201)


def _complete_name(contact: dict[str, Any]) -> None:
    names = [contact.get("firstName"), contact.get("lastName")]
    full = " ".join(name for name in names if isinstance(name, str) and name)
    if full and not contact.get("contactName"):
        contact["contactName"] = full


async def create(call: Call) -> Answer:
    """``POST /contacts/``."""
    return _created(call, _body(call))


async def upsert(call: Call) -> Answer:
    """``POST /contacts/upsert``: by e-mail, then by phone."""
    body = _body(call)
    location = call.location(body.get("locationId"))
    wanted = {name: body[name] for name in ("email", "phone") if body.get(name)}
    found = find_by(location, wanted)
    if found is None:
        answer = _created(call, body)
        answer.body = answer.body[:-1] + b',"new":true}'
        return answer
    contact = call.sandbox.editor.update(location, found.key, from_api(body))
    shown = by_id(contact, call.v3)
    return reply({"contact": shown, "new": False, "traceId": call.trace_id})


async def update(call: Call) -> Answer:
    """``PUT /contacts/{id}``; custom fields that are not named stay."""
    location, record = own_contact(call)
    changes = from_api(_body(call))
    if "customFields" in changes:
        named = {item["id"] for item in changes["customFields"]}
        held = record.contact().get("customFields")
        kept = [
            item
            for item in (held if isinstance(held, list) else [])
            if isinstance(item, dict) and item.get("id") not in named
        ]
        changes["customFields"] = kept + changes["customFields"]
    contact = call.sandbox.editor.update(location, record.key, changes)
    return reply(
        {
            "succeded": True,
            "contact": by_id(contact, call.v3),
            "traceId": call.trace_id,
        }
    )


async def delete(call: Call) -> Answer:
    """``DELETE /contacts/{id}``; the misspelt word is the vendor's."""
    location, record = own_contact(call)
    call.sandbox.editor.delete(location, record.key)
    body = {"succeded": True, "traceId": call.trace_id}
    if call.v3:
        body["succeeded"] = True
    return reply(body)


def _names(call: Call, key: str) -> list[str]:
    names = _body(call).get(key)
    if not isinstance(names, list) or not all(isinstance(n, str) for n in names):
        raise invalid(f"{key} must be an array")
    return names


def _change_list(call: Call, key: str, add: bool) -> list[str]:
    location, record = own_contact(call)
    held = record.contact().get(key)
    now = [item for item in (held if isinstance(held, list) else [])]
    names = _names(call, key)
    if add:
        now += [name for name in names if name not in now]
    else:
        now = [name for name in now if name not in names]
    call.sandbox.editor.update(location, record.key, {key: now})
    return now


async def add_tags(call: Call) -> Answer:
    """``POST /contacts/{id}/tags``; the vendor lower-cases tags."""
    call.json()
    tags = _change_list(call, "tags", add=True)
    return reply({"tags": tags, "traceId": call.trace_id}, 201)


async def remove_tags(call: Call) -> Answer:
    """``DELETE /contacts/{id}/tags``."""
    tags = _change_list(call, "tags", add=False)
    return reply({"tags": tags, "traceId": call.trace_id})


async def add_followers(call: Call) -> Answer:
    """``POST /contacts/{id}/followers``."""
    followers = _change_list(call, "followers", add=True)
    return reply(
        {"followers": followers, "followersAdded": _body(call)["followers"]}, 201
    )


async def remove_followers(call: Call) -> Answer:
    """``DELETE /contacts/{id}/followers``."""
    followers = _change_list(call, "followers", add=False)
    return reply({"followers": followers})


async def bulk_tags(call: Call) -> Answer:
    """``POST /contacts/bulk/tags/update/{add|remove}``."""
    kind = call.request.match_info["kind"]
    if kind not in ("add", *REMOVED):
        raise Refusal(422, ["type must be one of the following values: add, remove"])
    body = _body(call)
    location = call.location(body.get("locationId"))
    names, ids = _names(call, "tags"), _names(call, "contacts")
    answers = []
    for key in ids:
        record = location.store.records.get(key)
        if record is None:
            continue
        held = record.contact().get("tags") or []
        old = [] if kind == "remove" and body.get("removeAllTags") else list(held)
        if kind == "add":
            new = [*old, *(name for name in names if name not in old)]
        else:
            new = [name for name in old if name not in names]
        call.sandbox.editor.update(location, key, {"tags": new})
        answers.append({"contactId": key, "message": "Tags updated", "type": "success"})
    return reply({"succeeded": True, "errorCount": 0, "responses": answers}, 201)

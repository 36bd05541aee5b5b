"""Locations, their truth, and edits."""

import asyncio
import random
from typing import Any

from aiohttp import web

from .. import population
from ..api.shapes import hit_json
from ..world.clock import to_iso
from ..world.index import DateIndex
from ..world.store import Record
from ..world.world import Location, LocationSpec
from .common import ControlError, body_of, flag, location_of, respond, sandbox_of

CHUNK = 1000
SPEC_KEYS = {
    "name",
    "size",
    "id",
    "seed",
    "pit",
    "clean",
    "surrogates",
    "bad",
    "installed",
    "imports",
    "untouched",
}


def spec_of(values: dict[str, Any]) -> LocationSpec:
    """A location's recipe from JSON; raises ``ValueError`` for unknown keys."""
    if unknown := set(values) - SPEC_KEYS:
        raise ValueError(f"A location has no {sorted(unknown)[0]!r}.")
    spec = LocationSpec(**{k: v for k, v in values.items() if k != "bad"})
    spec.size, spec.seed = int(spec.size), str(spec.seed)
    spec.imports = str(spec.imports)
    population.parse_imports(spec.imports)
    if values.get("bad"):
        spec.bad = population.bad_kinds(values["bad"])
    return spec


async def list_locations(request: web.Request) -> web.Response:
    """``GET /_sandbox/locations``."""
    world = sandbox_of(request).world
    return respond([location.to_json() for location in world.locations.values()])


async def add_location(request: web.Request) -> web.Response:
    """``POST /_sandbox/locations``."""
    sandbox = sandbox_of(request)
    location = sandbox.world.add_location(spec_of(await body_of(request)))
    sandbox.oauth.changed()
    return respond(location.to_json(), 201)


async def remove_location(request: web.Request) -> web.Response:
    """``DELETE /_sandbox/locations/{id}``."""
    sandbox_of(request).world.remove_location(location_of(request).id)
    return respond({})


async def truth(request: web.Request) -> web.StreamResponse:
    """``GET …/truth``: NDJSON of the live contacts, as a search hit shows them."""
    location = location_of(request)
    dialect = sandbox_of(request).settings.dialect
    ids_only = flag(request.query.get("ids"), False)
    records = _chosen(request, location)
    response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
    await response.prepare(request)
    for start in range(0, len(records), CHUNK):
        chunk = records[start : start + CHUNK]
        if ids_only:
            lines = [record.key.encode() for record in chunk]
        else:
            lines = [hit_json(record, dialect) for record in chunk]
        await response.write(b"\n".join(lines) + b"\n")
    await response.write_eof()
    return response


def _chosen(request: web.Request, location: Location) -> list[Record]:
    """The records of one instant: edits meanwhile do not mix in."""
    if ids := request.query.getall("id", []):
        live = location.store.records
        return [live[key] for key in ids if key in live]
    if request.query.get("view") == "index":
        location.store.catch_up()
        return list(location.store.visible())
    return list(location.store.records.values())


async def summary(request: web.Request) -> web.Response:
    """``GET …/summary``."""
    location = location_of(request)
    store = location.store
    store.catch_up()
    total = len(store.records)
    return respond(
        {
            "total": total,
            "indexed": len(store.added),
            "without_date_added": len(store.added) - store.added.dated(),
            "without_date_updated": len(store.updated) - store.updated.dated(),
            "bad": location.bad,
            "date_added": _extent(store.added),
            "date_updated": _extent(store.updated),
            "pending_index": store.pending,
        }
    )


def _extent(index: DateIndex) -> dict[str, str | None]:
    count = index.dated()
    if not count:
        return {"min": None, "max": None}
    return {"min": to_iso(index.at(0)[0]), "max": to_iso(index.at(count - 1)[0])}


async def edits(request: web.Request) -> web.Response:
    """``POST …/edits``: many random edits at once."""
    location = location_of(request)
    editor = sandbox_of(request).editor
    return respond(editor.random_edits(location.id, await body_of(request)))


async def bad(request: web.Request) -> web.Response:
    """``POST …/bad``: records that no client should trip over."""
    body = await body_of(request)
    kinds = population.bad_kinds(body.get("kinds", "all"))
    return respond({"records": location_of(request).add_bad(kinds)}, 201)


async def create_contact(request: web.Request) -> web.Response:
    """``POST …/contacts``: fields are stored as given."""
    body = await body_of(request)
    contact = body.get("contact")
    if not isinstance(contact, dict):
        raise ControlError("`contact` must be an object.")
    editor = sandbox_of(request).editor
    hook = bool(body.get("webhooks", True))
    return respond({"id": editor.create(location_of(request), contact, hook)}, 201)


async def get_contact(request: web.Request) -> web.Response:
    """``GET …/contacts/{id}``."""
    record = location_of(request).store.records[request.match_info["contact"]]
    return respond(record.contact())


async def patch_contact(request: web.Request) -> web.Response:
    """``PATCH …/contacts/{id}``: ``set``, ``unset``, ``keep_updated``, ``webhooks``."""
    body = await body_of(request)
    contact = sandbox_of(request).editor.update(
        location_of(request),
        request.match_info["contact"],
        body.get("set") or {},
        unset=tuple(body.get("unset") or ()),
        keep_updated=bool(body.get("keep_updated")),
        webhooks=bool(body.get("webhooks", True)),
    )
    return respond(contact)


async def delete_contact(request: web.Request) -> web.Response:
    """``DELETE …/contacts/{id}?webhooks=0``."""
    hook = flag(request.query.get("webhooks"))
    editor = sandbox_of(request).editor
    editor.delete(location_of(request), request.match_info["contact"], hook)
    return respond({})


async def restore_contact(request: web.Request) -> web.Response:
    """``POST …/contacts/{id}/restore`` ``{contact}``: back under its old id."""
    body = await body_of(request)
    contact = {**(body.get("contact") or {}), "id": request.match_info["contact"]}
    editor = sandbox_of(request).editor
    hook = bool(body.get("webhooks", False))
    return respond({"id": editor.create(location_of(request), contact, hook)}, 201)


async def hide(request: web.Request) -> web.Response:
    """``POST …/hidden`` ``{ids}``: search loses sight of them, ``GET`` by id does not.

    ``DELETE`` shows them again.
    """
    store, body = location_of(request).store, await body_of(request)
    ids = [str(key) for key in body.get("ids") or []]
    if request.method == "DELETE":
        store.show(ids)
    else:
        store.hide(ids)
    return respond({"indexed": len(store.added)})


async def start_churn(request: web.Request) -> web.Response:
    """``POST …/churn``: edits in the background, while a client reads."""
    location, sandbox = location_of(request), sandbox_of(request)
    body = await body_of(request)
    if location.churn and not location.churn.done():
        raise ControlError("This location is being edited already.", 409)
    total = {"updated": 0, "created": 0, "deleted": 0, "merged": 0}
    location.churn_counts = total
    location.churn = asyncio.create_task(_churn(sandbox.editor, location, body, total))
    return respond({}, 202)


async def _churn(editor: Any, location: Location, body: dict, total: dict) -> None:
    rng = random.Random(f"churn/{body.get('seed', 0)}")
    per_second = float(body.get("per_second", 20))
    count = int(float(body.get("seconds", 10)) * per_second)
    weights = body.get("mix") or {"update": 6, "create": 2, "delete": 1, "merge": 1}
    hook = bool(body.get("webhooks", True))
    for number in range(count):
        kind = rng.choices(list(weights), list(weights.values()))[0]
        spec = {kind: 1, "seed": f"{body.get('seed', 0)}/{number}", "webhooks": hook}
        result = editor.random_edits(location.id, spec)
        for name in total:
            total[name] += len(result[name])
        await asyncio.sleep(1 / per_second)


async def churn_state(request: web.Request) -> web.Response:
    """``GET …/churn``."""
    location = location_of(request)
    running = location.churn is not None and not location.churn.done()
    return respond({"running": running, **location.churn_counts})


async def stop_churn(request: web.Request) -> web.Response:
    """``DELETE …/churn``."""
    location = location_of(request)
    if location.churn is not None:
        location.churn.cancel()
    return respond(location.churn_counts)

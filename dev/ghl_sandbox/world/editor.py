"""Live edits of contacts, by the API, by the control API or at random."""

import random
from collections.abc import Callable
from typing import Any

from .. import population
from ..population import words
from .store import Record
from .world import Location, World

Contact = dict[str, Any]
# (event type, location, contact as it is after, or was before a delete)
Listener = Callable[[str, Location, Contact], None]
QUIET_FIELDS = frozenset(("timezone", "website", "dnd", "dndSettings"))
KINDS = (
    *("update", "create", "delete", "merge", "retag", "dnd"),
    *("opportunity", "workflow"),
)
# Fields of a search hit that never move `dateUpdated`: so it was recorded.
UNDATED_FIELDS = frozenset(("opportunities", "activeWorkflows"))
OPTIONS = frozenset(("seed", "webhooks", "keep_updated", "ids", "bulk"))


class Editor:
    """Changes contacts and tells the listeners."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.listeners: list[Listener] = []

    def get(self, location: Location, key: str) -> Contact:
        """A live contact; raises ``KeyError`` when there is none."""
        contact = location.store.records[key].contact()
        if not isinstance(contact, dict):
            raise KeyError(key)
        return contact

    def create(
        self, location: Location, contact: Contact, webhooks: bool = True
    ) -> str:
        """Store a contact as given; id and dates default to fresh ones."""
        now = self.world.clock.now_iso()
        rng = random.Random()  # noqa: S311 - an id, not a secret
        contact = {"id": population.new_id(rng), "locationId": location.id} | contact
        contact.setdefault("dateAdded", now)
        contact.setdefault("dateUpdated", contact["dateAdded"])
        key = str(contact["id"])
        if key in location.store.records:
            raise ValueError(f"There is already a contact {key}.")
        location.store.put(Record.of(key, contact))
        location.know_tags(contact.get("tags"))
        self._tell("ContactCreate", location, contact, webhooks)
        return key

    def update(
        self,
        location: Location,
        key: str,
        changes: Contact,
        *,
        unset: tuple[str, ...] = (),
        keep_updated: bool = False,
        webhooks: bool = True,
    ) -> Contact:
        """Change fields; raises ``KeyError`` when there is no such contact."""
        contact = self.get(location, key)
        touched = {name for name in changes if contact.get(name) != changes[name]}
        touched |= {name for name in unset if name in contact}
        contact |= changes
        for name in unset:
            contact.pop(name, None)
        if not keep_updated and "dateUpdated" not in changes and self._bumps(touched):
            contact["dateUpdated"] = self.world.clock.now_iso()
        location.store.put(Record.of(key, contact))
        location.know_tags(contact.get("tags"))
        if touched and not self._unheard(touched):
            self._tell(_event_of(touched), location, contact, webhooks)
        return contact

    def delete(self, location: Location, key: str, webhooks: bool = True) -> None:
        """Remove a contact; raises ``KeyError`` when there is none."""
        record = location.store.records[key]
        contact = record.contact() if webhooks and self.listeners else None
        location.store.delete(key)
        if isinstance(contact, dict):
            self._tell("ContactDelete", location, contact, webhooks)

    def merge(
        self, location: Location, kept: str, gone: str, webhooks: bool = True
    ) -> None:
        """Merge two contacts that are one person, as the vendor does."""
        winner, loser = self.get(location, kept), self.get(location, gone)
        tags = [*_list(winner, "tags"), *_list(loser, "tags")]
        emails = [*_list(winner, "additionalEmails")]
        if loser.get("email"):
            emails.append(loser["email"])
        missing = {
            name: value
            for name, value in loser.items()
            if winner.get(name) in (None, "", []) and name not in ("id", "dateAdded")
        }
        changes = missing | {
            "tags": list(dict.fromkeys(t for t in tags if isinstance(t, str))),
            "additionalEmails": emails,
        }
        changes.pop("dateUpdated", None)
        self.delete(
            location, gone, webhooks and not self.world.settings.dialect.merge_silent
        )
        self.update(location, kept, changes, webhooks=webhooks)

    def random_edits(self, location_id: str, spec: dict[str, Any]) -> dict[str, Any]:
        """Many edits at once, the same ones for the same seed.

        ``spec`` has counts by kind (``update``, ``create``, ``delete``, ``merge``,
        ``retag``, ``dnd``, ``opportunity``, ``workflow``), ``seed``, ``webhooks`` and
        ``keep_updated`` (silent).
        Raises ``ValueError`` for anything else, ``KeyError`` for an unknown location.
        """
        if unknown := set(spec) - set(KINDS) - OPTIONS:
            raise ValueError(f"There is no edit {sorted(unknown)[0]!r}.")
        location = self.world.locations[location_id]
        batch = _Batch(self, location, spec)
        return batch.run()

    def _bumps(self, touched: set[str]) -> bool:
        """Does an edit of these fields move ``dateUpdated``?"""
        dialect = self.world.settings.dialect
        still = set(UNDATED_FIELDS)
        if dialect.tags_keep_updated:
            still.add("tags")
        if dialect.dnd_keep_updated:
            still |= {"dnd", "dndSettings", "inboundDndSettings"}
        if dialect.custom_fields_keep_updated:
            still.add("customFields")
        return not touched or not touched <= still

    def _unheard(self, touched: set[str]) -> bool:
        if touched <= UNDATED_FIELDS:
            return True
        partial = self.world.settings.dialect.update_events_partial
        return partial and touched <= QUIET_FIELDS

    def _tell(
        self, event: str, location: Location, contact: Contact, webhooks: bool
    ) -> None:
        if webhooks:
            for listener in self.listeners:
                listener(event, location, contact)


class _Batch:
    """One set of random edits."""

    def __init__(
        self, editor: Editor, location: Location, spec: dict[str, Any]
    ) -> None:
        self.editor = editor
        self.location = location
        self.spec = spec
        self.rng = random.Random(f"{editor.world.seed}/edits/{spec.get('seed', 0)}")
        self.keep = bool(spec.get("keep_updated"))
        silent = editor.world.settings.dialect.bulk_silent
        self.webhooks = bool(spec.get("webhooks", True)) and not silent

    def run(self) -> dict[str, Any]:
        """Draw all contacts first, so that no two edits meet on one."""
        counts = {kind: int(self.spec.get(kind, 0)) for kind in KINDS}
        needed = sum(counts.values()) - counts["create"] + counts["merge"]
        keys = self._drawn(needed)
        take = iter(keys)
        result: dict[str, Any] = {"updated": [], "created": [], "deleted": []}
        result |= {"merged": [], "retagged": [], "dnd": []}
        result |= {"opportunities": [], "workflows": []}
        for kind, name in (
            ("update", "updated"),
            ("retag", "retagged"),
            ("dnd", "dnd"),
            ("opportunity", "opportunities"),
            ("workflow", "workflows"),
        ):
            for key in _next(take, counts[kind]):
                self._change(kind, key)
                result[name].append(key)
        for key in _next(take, counts["delete"]):
            self.editor.delete(self.location, key, self.webhooks)
            result["deleted"].append(key)
        for _ in range(counts["merge"]):
            pair = _next(take, 2)
            if len(pair) == 2:
                self.editor.merge(self.location, pair[0], pair[1], self.webhooks)
                result["merged"].append({"kept": pair[0], "gone": pair[1]})
        for _ in range(counts["create"]):
            result["created"].append(self._create())
        return result

    def _drawn(self, needed: int) -> list[str]:
        if ids := self.spec.get("ids"):
            return list(ids)
        store = self.location.store
        keys = store.sample(self.rng, needed)
        return [key for key in keys if not store.records[key].plain]

    def _create(self) -> str:
        now = self.editor.world.clock.now_ms()
        contact = population.one_contact(self.location.plan, self.rng, now)
        contact["id"] = self._own_id(contact["id"])
        while contact["id"] in self.location.store.records:
            contact["id"] = self._own_id(population.new_id(self.rng))
        return self.editor.create(self.location, contact, self.webhooks)

    def _own_id(self, drawn: str) -> str:
        """The vendor's ids are unique: the same edits elsewhere make other ones."""
        return population.new_id(random.Random(f"{self.location.id}/{drawn}"))  # noqa: S311

    def _change(self, kind: str, key: str) -> None:
        contact = self.editor.get(self.location, key)
        if kind == "retag":
            tags = [tag for tag in _list(contact, "tags") if isinstance(tag, str)]
            tag = self.rng.choice(words.TAGS)
            tags = [t for t in tags if t != tag] if tag in tags else [*tags, tag]
            changes: Contact = {"tags": tags}
        elif kind == "dnd":
            status = "inactive" if contact.get("dnd") else "active"
            changes = {
                "dnd": not contact.get("dnd"),
                "dndSettings": {"SMS": {"status": status, "message": "", "code": ""}},
            }
        elif kind == "opportunity":
            changes = {"opportunities": self._moved_deals(contact)}
        elif kind == "workflow":
            joined = _list(contact, "activeWorkflows")
            changes = {"activeWorkflows": [*joined, population.new_id(self.rng)]}
        else:
            changes = self._random_change(contact)
        self.editor.update(
            self.location,
            key,
            changes,
            keep_updated=self.keep,
            webhooks=self.webhooks,
        )

    def _moved_deals(self, contact: Contact) -> list[Any]:
        """Return the contact's opportunities after a stage was changed, or with one."""
        shown = _list(contact, "opportunities")
        deals = [deal for deal in shown if isinstance(deal, dict)]
        if not deals:
            ids = {name: population.new_id(self.rng) for name in ("id", "pipelineId")}
            deals = [{**ids, "status": "open"}]
        return [{**deals[0], "monetaryValue": self.rng.randrange(10**6)}, *deals[1:]]

    def _random_change(self, contact: Contact) -> Contact:
        rng = self.rng
        mark = f"{rng.getrandbits(32):08x}"
        choice = rng.randrange(5)
        if choice == 0:
            first, last = rng.choice(words.FIRST), contact.get("lastName")
            return {
                "firstName": f"{first} {mark}",
                "firstNameLowerCase": f"{first} {mark}".lower(),
                "contactName": f"{first} {mark} {last or ''}".strip(),
            }
        if choice == 1:
            return {"email": f"new.{mark}@example.com"}
        if choice == 2:
            field = rng.choice(self.location.fields[:3])
            kept = [f for f in _list(contact, "customFields") if isinstance(f, dict)]
            kept = [f for f in kept if f.get("id") != field["id"]]
            return {"customFields": [*kept, {"id": field["id"], "value": mark}]}
        if choice == 3:
            return {"address": None, "city": f"City {mark}", "postalCode": None}
        return {
            "companyName": f"Company {mark}",
            "tags": [mark, rng.choice(words.TAGS)],
        }


def _next(keys: Any, count: int) -> list[str]:
    taken = []
    for _ in range(count):
        key = next(keys, None)
        if key is not None:
            taken.append(key)
    return taken


def _list(contact: Contact, name: str) -> list[Any]:
    value = contact.get(name)
    return value if isinstance(value, list) else []


def _event_of(touched: set[str]) -> str:
    if touched <= {"tags"}:
        return "ContactTagUpdate"
    if touched <= {"dnd", "dndSettings", "inboundDndSettings"}:
        return "ContactDndUpdate"
    return "ContactUpdate"

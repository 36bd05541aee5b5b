"""The agency, its locations and their contacts."""

import asyncio
import gc
import random
from dataclasses import dataclass, field
from typing import Any

from .. import population
from ..search import SearchEngine
from ..settings import Settings
from ..stages.tokens import TokenRegistry
from .clock import Clock, to_iso
from .store import ContactStore

MANY = 10_000


@dataclass
class LocationSpec:
    """The specification that a location is made from."""

    name: str = ""
    size: int = 100
    id: str = ""
    seed: str = ""
    pit: str = ""
    clean: bool = False
    surrogates: bool = False
    bad: list[str] = field(default_factory=list)
    installed: bool = True
    # As `parse_imports` reads it.
    imports: str = ""
    untouched: bool = False


class Location:
    """A sub-account."""

    def __init__(self, spec: LocationSpec, world: "World", number: int) -> None:
        rng = random.Random(f"{world.seed}/location/{number}/{spec.seed}")
        self.spec = spec
        self.world = world
        self.id = spec.id or population.new_id(rng)
        self.name = spec.name or f"Location {number + 1}"
        self.company_id = world.company_id
        self.pit = ""
        self.installed = spec.installed
        self.paused = False
        self.installed_at = to_iso(world.anchor_ms)
        self.fields = population.custom_fields(self.id, rng)
        self.tags = population.tags(self.id, rng)
        self._tag_names = {tag["name"] for tag in self.tags}
        self.users = population.users(self.id, world.company_id, rng)
        self.plan = population.Plan(
            self.id,
            spec.size,
            f"{world.seed}/{spec.seed}",
            world.anchor_ms,
            clean=spec.clean,
            surrogates=spec.surrogates,
            fields=self.fields,
            users=self.users,
            imports=population.parse_imports(spec.imports),
            untouched=spec.untouched,
        )
        self.store = ContactStore(world.clock)
        self.store.lag = world.settings.lag
        self.search = SearchEngine(self.store)
        self.bad: list[dict[str, str]] = []
        self.churn: asyncio.Task | None = None
        self.churn_counts: dict[str, int] = {}

    def populate(self) -> None:
        """(Re)make the contacts from the plan."""
        self.store.load(population.build(self.plan))
        if self.spec.size >= MANY:
            # They are no garbage: keep the collector from walking them.
            gc.freeze()
        self.bad = []
        self.add_bad(self.spec.bad)
        self._built = (self.store.version, self.store.pending)

    def repopulate(self) -> None:
        """Undo all edits; free when there were none."""
        if self._built != (self.store.version, self.store.pending):
            self.populate()

    def add_bad(self, kinds: list[str]) -> list[dict[str, str]]:
        """Put bad records in; returns their kinds and keys."""
        rng = self.plan.rng(f"bad/{len(self.bad)}")
        added = []
        for kind in kinds:
            record = population.bad_record(
                kind, self.plan, rng, self.world.clock.now_ms()
            )
            self.store.put(record)
            added.append({"kind": kind, "id": record.key})
        self.bad += added
        return added

    def know_tags(self, names: Any) -> None:
        """Tags used by an edit appear in the location's list of tags."""
        for name in names if isinstance(names, list) else []:
            if isinstance(name, str) and name and name not in self._tag_names:
                self._tag_names.add(name)
                key = population.new_id(random.Random(f"{self.id}/{name!r}"))
                self.tags.append({"id": key, "name": name, "locationId": self.id})

    def to_json(self) -> dict[str, Any]:
        """As shown by the control API."""
        return {
            "id": self.id,
            "name": self.name,
            "size": len(self.store.records),
            "pit": self.pit,
            "installed": self.installed,
        }


class World:
    """Everything behind the API."""

    def __init__(self, seed: str, anchor_ms: int, settings: Settings) -> None:
        self.seed = seed
        self.anchor_ms = anchor_ms
        self.settings = settings
        self.clock = Clock()
        rng = random.Random(f"{seed}/company")
        self.company_id = population.new_id(rng)
        self.company_name = "Sandbox Agency"
        self.tokens = TokenRegistry(self.clock)
        self.agency_pit = ""
        self.locations: dict[str, Location] = {}
        self._made = 0

    def add_location(self, spec: LocationSpec) -> Location:
        """Make a location with its contacts and its token."""
        location = Location(spec, self, self._made)
        if location.id in self.locations:
            raise ValueError(f"There is already a location {location.id}.")
        self._made += 1
        location.populate()
        self.locations[location.id] = location
        location.pit = spec.pit or self._kept_pit(location.id)
        self.tokens.add_pit(self.company_id, location.id, location.pit)
        return location

    def _kept_pit(self, location_id: str) -> str:
        """The token a state file brought back, else a new one."""
        for token in self.tokens.tokens.values():
            if token.kind == "pit" and token.location_id == location_id:
                return token.value
        return self.tokens.add_pit(self.company_id, location_id).value

    def add_agency_pit(self) -> None:
        """The agency's own private integration token."""
        for token in self.tokens.tokens.values():
            if token.kind == "pit" and token.location_id is None:
                self.agency_pit = token.value
                return
        self.agency_pit = self.tokens.add_pit(self.company_id, None).value

    def remove_location(self, location_id: str) -> None:
        """Forget a location; raises ``KeyError`` when there is none."""
        del self.locations[location_id]

    def apply_settings(self) -> None:
        """Hand changed settings on to those that keep a copy."""
        self.clock.offset = self.settings.clock_offset
        for location in self.locations.values():
            location.store.lag = self.settings.lag

"""The parts of one running sandbox, tied together."""

import copy

from .oauth.service import OAuth
from .settings import Settings
from .stages.faults import Faults
from .stages.limits import RateLimiter
from .stages.stats import Stats
from .webhooks.payload import install_payload
from .webhooks.service import Webhooks
from .world.editor import Editor
from .world.world import Location, World


class Sandbox:
    """Everything that request handlers need."""

    def __init__(self, seed: str, anchor_ms: int, settings: Settings) -> None:
        self.settings = settings
        self._first_settings = copy.deepcopy(settings.to_json())
        self._first_faults: list[dict] = []
        self.world = World(seed, anchor_ms, settings)
        self.limiter = RateLimiter(self.world.clock, settings)
        self.stats = Stats()
        self.faults = Faults(seed)
        self.editor = Editor(self.world)
        self.oauth = OAuth(self.world, settings)
        self.webhooks = Webhooks(self.world, self.oauth)
        self.editor.listeners.append(self.webhooks.contact_event)
        self.url = ""
        self.log_requests = False

    def start_with_faults(self, specs: list[dict]) -> None:
        """Rules from the command line; a reset brings them back."""
        self._first_faults = specs
        for spec in specs:
            self.faults.add(spec)

    def reset(self) -> None:
        """Behaviour as at the start: settings, faults, counters, budgets."""
        self.settings.patch(copy.deepcopy(self._first_settings))
        self.world.apply_settings()
        self.faults = Faults(self.world.seed)
        self.start_with_faults(self._first_faults)
        self.stats.reset()
        self.limiter.reset()
        self.webhooks.reset()
        for location in self.world.locations.values():
            location.paused = False
            if location.churn is not None:
                location.churn.cancel()

    def approve(self, locations: list[str], company: bool, redirect_uri: str) -> str:
        """A user approved the app; returns the authorization code."""
        for location_id in locations:
            self.install(self.world.locations[location_id])
        return self.oauth.authorize(locations, company, redirect_uri)

    def install(self, location: Location, webhooks: bool = True) -> None:
        """The app is on a location from now on."""
        location.installed = True
        location.installed_at = self.world.clock.now_iso()
        if webhooks:
            self._install_event("INSTALL", location)

    def uninstall(self, location: Location, webhooks: bool = True) -> None:
        """The app is off a location; its OAuth tokens are dead."""
        location.installed = False
        self.oauth.end_location(location.id)
        if webhooks:
            self._install_event("UNINSTALL", location)

    def _install_event(self, event: str, location: Location) -> None:
        world = self.world
        user = location.users[0]["id"]
        self.webhooks.send(
            install_payload(
                event, world.company_id, world.company_name, location.id, user
            )
        )

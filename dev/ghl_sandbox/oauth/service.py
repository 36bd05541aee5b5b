"""The app, its grants, and the tokens they give: refresh tokens work once."""

import secrets
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from ..settings import Settings
from ..stages.tokens import ALL_SCOPES, Token
from ..web.errors import Refusal
from ..world.world import World

CODE_TTL = 600
GRACE_DIALECT = 30.0


@dataclass
class App:
    """A marketplace app; ``client_id`` starts with the app's id."""

    app_id: str = field(default_factory=lambda: secrets.token_hex(12))
    suffix: str = field(default_factory=lambda: secrets.token_hex(4))
    client_secret: str = field(default_factory=lambda: str(uuid.uuid4()), repr=False)
    version_id: str = field(default_factory=lambda: secrets.token_hex(12))
    redirect_uris: list[str] = field(default_factory=list)

    @property
    def client_id(self) -> str:
        """The public id of the app's key."""
        return f"{self.app_id}-{self.suffix}"

    def to_json(self, base_url: str) -> dict[str, Any]:
        """For the ready line."""
        return {
            "clientId": self.client_id,
            "clientSecret": self.client_secret,
            "appId": self.app_id,
            "versionId": self.version_id,
            "chooserUrl": f"{base_url}/v2/oauth/chooselocation",
            "redirectUris": self.redirect_uris,
        }


@dataclass
class Grant:
    """One installation that someone approved."""

    user_type: str
    location_id: str | None
    refresh_token: str
    approved: list[str] = field(default_factory=list)
    scopes: list[str] = field(default_factory=lambda: list(ALL_SCOPES))
    user_id: str = ""
    bulk: bool = False
    future: bool = False
    access: list[str] = field(default_factory=list, repr=False)
    ended: bool = False
    # The refresh token used last, when, and what came of it.
    used_token: str = field(default="", repr=False)
    used_at: float = 0.0
    used_answer: dict[str, Any] | None = field(default=None, repr=False)


@dataclass
class Code:
    """An authorization code, good once."""

    grant: Grant
    redirect_uri: str
    expires_at: float


class OAuth:
    """Codes in, token pairs out."""

    def __init__(self, world: World, settings: Settings) -> None:
        self.world = world
        self.settings = settings
        self.app = App()
        self.grants: list[Grant] = []
        self.codes: dict[str, Code] = {}
        self.counters: Counter = Counter()
        self.refreshes: Counter = Counter()
        self.on_change: Callable[[], None] = lambda: None

    def changed(self) -> None:
        """Something worth keeping over a restart changed."""
        self.on_change()

    def authorize(
        self,
        locations: list[str],
        company: bool,
        redirect_uri: str,
        future: bool = False,
    ) -> str:
        """Someone approved the app: an authorization code."""
        single = None if company else locations[0]
        grant = Grant(
            "Company" if company else "Location",
            single,
            "",
            approved=list(locations),
            user_id=secrets.token_hex(10),
            bulk=company,
            future=future,
        )
        code = secrets.token_hex(20)
        self.codes[code] = Code(grant, redirect_uri, time.time() + CODE_TTL)
        return code

    def exchange(self, code: str, redirect_uri: str | None) -> dict[str, Any]:
        """``grant_type=authorization_code``."""
        self.counters["exchanges"] += 1
        held = self.codes.pop(code, None)
        if held is None or held.expires_at < time.time():
            raise _no_code()
        if redirect_uri and held.redirect_uri and redirect_uri != held.redirect_uri:
            raise Refusal(400, "Invalid parameter: redirectUri")
        self.grants.append(held.grant)
        answer = self._pair(held.grant)
        self.changed()
        return answer

    def refresh(self, token: str) -> dict[str, Any]:
        """``grant_type=refresh_token``: a new pair; the old token is dead."""
        self.counters["refreshes"] += 1
        self.refreshes[token[-8:]] += 1
        for grant in self.grants:
            if grant.ended:
                continue
            if token == grant.refresh_token:
                self._check_active(grant)
                return self._rotate(grant)
            if token == grant.used_token and self._in_grace(grant):
                return grant.used_answer or {}
        self.counters["refused"] += 1
        raise Refusal(400, "Invalid grant: refresh token is invalid")

    def _rotate(self, grant: Grant) -> dict[str, Any]:
        used = grant.refresh_token
        answer = self._pair(grant)
        grant.used_token, grant.used_at, grant.used_answer = used, time.time(), answer
        self.changed()
        return answer

    def _in_grace(self, grant: Grant) -> bool:
        grace = self.settings.refresh_grace
        if self.settings.dialect.refresh_grace_30:
            grace = max(grace, GRACE_DIALECT)
        return grace > 0 and time.time() - grant.used_at <= grace

    def _check_active(self, grant: Grant) -> None:
        if grant.location_id and grant.location_id in self.paused:
            raise Refusal(400, "Location is not active")

    @property
    def paused(self) -> set[str]:
        """Locations whose account is paused."""
        return {key for key, item in self.world.locations.items() if item.paused}

    def _pair(self, grant: Grant) -> dict[str, Any]:
        """A new access token and a new refresh token."""
        ttl = self.settings.token_ttl
        access = self._access(grant.user_type, grant.location_id, grant.scopes)
        grant.refresh_token = secrets.token_urlsafe(48)
        grant.access = [*grant.access[-20:], access.value]
        answer: dict[str, Any] = {
            "access_token": access.value,
            "token_type": "Bearer",
            "expires_in": int(ttl),
            "refresh_token": grant.refresh_token,
            "refreshTokenId": secrets.token_hex(12),
            "scope": " ".join(grant.scopes),
            "userType": grant.user_type,
            "companyId": self.world.company_id,
            "userId": grant.user_id,
            "isBulkInstallation": grant.bulk,
            "traceId": str(uuid.uuid4()),
        }
        if grant.location_id:
            answer["locationId"] = grant.location_id
        else:
            answer["approvedLocations"] = grant.approved
            answer["installToFutureLocations"] = grant.future
            answer["approveAllLocations"] = False
        return answer

    def _access(
        self, user_type: str, location_id: str | None, scopes: list[str]
    ) -> Token:
        return self.world.tokens.add_access(
            self.settings.token_ttl,
            user_type=user_type,
            company_id=self.world.company_id,
            location_id=location_id,
            app_id=self.app.app_id,
            scopes=list(scopes),
        )

    def location_token(self, company_id: str, location_id: str) -> dict[str, Any]:
        """A location's token for an agency's one."""
        self.counters["location_tokens"] += 1
        location = self.world.locations.get(location_id)
        if company_id != self.world.company_id or location is None:
            raise Refusal(400, "Location not found")
        if not location.installed:
            raise Refusal(400, "App is not installed on the location")
        if location.paused:
            raise Refusal(400, "Location is not active")
        grant = Grant("Location", location_id, "", user_id=secrets.token_hex(10))
        answer = self._pair(grant)
        self.grants.append(grant)
        answer |= {"appId": self.app.app_id, "versionId": self.app.version_id}
        answer["planId"] = ""
        del answer["isBulkInstallation"]
        if self.settings.dialect.location_token_no_refresh:
            del answer["refresh_token"], answer["refreshTokenId"]
        self.changed()
        return answer

    def end_grants(self, selector: dict[str, Any], tokens: list[Token]) -> int:
        """Refresh tokens of the selected grants are dead too."""
        values = {token.value for token in tokens}
        count = 0
        for grant in self.grants:
            mine = selector.get("all") or values & set(grant.access)
            mine = mine or grant.location_id == selector.get("location", 0)
            mine = mine or (selector.get("company") and grant.user_type == "Company")
            if mine and not grant.ended:
                grant.ended = True
                count += 1
        return count

    def end_location(self, location_id: str) -> None:
        """An uninstall ends the tokens of that location."""
        for token in self.world.tokens.tokens.values():
            if token.kind == "oauth" and token.location_id == location_id:
                token.revoked = True
        for grant in self.grants:
            if grant.location_id == location_id:
                grant.ended = True
        self.changed()

    def state(self) -> dict[str, Any]:
        """For the state file."""
        live = [asdict(grant) for grant in self.grants if not grant.ended]
        return {"app": asdict(self.app), "grants": live}

    def restore(self, state: dict[str, Any]) -> None:
        """From the state file."""
        self.app = App(**state["app"])
        self.grants = [Grant(**item) for item in state["grants"]]


def _no_code() -> Refusal:
    body = {
        "error": "UnAuthorized!",
        "error_description": "Authorization code not found",
    }
    return Refusal(401, "Authorization code not found", body=body)

"""Credentials: private integration tokens, OAuth access tokens, and who they are."""

import hashlib
import hmac
import secrets
import uuid
from base64 import urlsafe_b64encode
from dataclasses import asdict, dataclass, field
from typing import Any

from ..web import jsonio
from ..world.clock import Clock

ALL_SCOPES = (
    "contacts.readonly",
    "contacts.write",
    "locations.readonly",
    "locations/customFields.readonly",
    "locations/tags.readonly",
    "users.readonly",
    "oauth.readonly",
    "oauth.write",
)


@dataclass
class Token:
    """One bearer token and what it may do."""

    value: str
    kind: str  # "pit" or "oauth"
    user_type: str  # "Location" or "Company"
    company_id: str
    location_id: str | None = None
    app_id: str = ""
    scopes: list[str] = field(default_factory=lambda: list(ALL_SCOPES))
    expires_at: float | None = None
    revoked: bool = False

    @property
    def resource(self) -> str:
        """The key by which the rate limit counts."""
        return self.location_id or self.company_id

    @property
    def integration(self) -> str:
        """Whose burst it is: a private integration's own, or an app's."""
        return self.value if self.kind == "pit" else self.app_id


def new_pit() -> str:
    """A private integration token in the vendor's shape."""
    return f"pit-{uuid.UUID(bytes=secrets.token_bytes(16), version=4)}"


class TokenRegistry:
    """All bearer tokens that the sandbox ever gave out."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.tokens: dict[str, Token] = {}
        self._signing_key = secrets.token_bytes(32)

    def add(self, token: Token) -> Token:
        """Make a token known."""
        self.tokens[token.value] = token
        return token

    def add_pit(
        self, company_id: str, location_id: str | None, value: str | None = None
    ) -> Token:
        """A private integration token of a location, or of the agency."""
        kind = "Location" if location_id else "Company"
        return self.add(Token(value or new_pit(), "pit", kind, company_id, location_id))

    def add_access(self, ttl: float, **about: Any) -> Token:
        """An OAuth access token that dies after ``ttl`` seconds."""
        expires_at = self.clock.now() + ttl
        token = Token("", "oauth", expires_at=expires_at, **about)
        token.value = self._jwt(token)
        return self.add(token)

    def find(self, value: str) -> Token | None:
        """A token that is good now."""
        token = self.tokens.get(value)
        if token is None or token.revoked:
            return None
        if token.expires_at is not None and token.expires_at <= self.clock.now():
            return None
        return token

    def chosen(self, selector: dict[str, Any]) -> list[Token]:
        """Tokens by ``token``, ``location``, ``company`` or ``all``."""
        if value := selector.get("token"):
            found = self.tokens.get(value)
            return [found] if found else []
        if location := selector.get("location"):
            return [t for t in self.tokens.values() if t.location_id == location]
        if selector.get("company"):
            return [t for t in self.tokens.values() if t.user_type == "Company"]
        return list(self.tokens.values()) if selector.get("all") else []

    def _jwt(self, token: Token) -> str:
        """Shaped like the vendor's JWT: long, three parts, a readable payload."""
        now = int(self.clock.now())
        owner = token.resource
        payload = {
            "authClass": token.user_type,
            "authClassId": owner,
            "source": "INTEGRATION",
            "sourceId": token.app_id,
            "channel": "OAUTH",
            "primaryAuthClassId": owner,
            "oauthMeta": {"scopes": token.scopes, "client": token.app_id},
            "iat": now,
            "exp": int(token.expires_at or now),
            "uniqueId": str(uuid.uuid4()),
        }
        parts = [_part({"alg": "HS256", "typ": "JWT"}), _part(payload)]
        signed = ".".join(parts).encode()
        digest = hmac.digest(self._signing_key, signed, hashlib.sha256)
        return ".".join([*parts, _encoded(digest)])

    def state(self) -> list[dict[str, Any]]:
        """For the state file."""
        return [asdict(token) for token in self.tokens.values()]

    def restore(self, state: list[dict[str, Any]]) -> None:
        """From the state file."""
        for item in state:
            self.add(Token(**item))


def _encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _part(value: Any) -> str:
    return _encoded(jsonio.dumps(value))

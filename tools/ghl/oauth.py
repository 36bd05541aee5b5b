"""OAuth with GoHighLevel: codes, refreshes, location tokens, installed locations.

The API speaks two languages: that of version 2021-07-28 (``client_id``,
``/oauth/locationToken``, ``skip``) and that of v3 (``clientId``,
``/oauth/location-token``, ``pageToken``). Calls begin with the one that the version in
use belongs to; an account that refuses it is asked in the other. Answers are read in
both casings (https://github.com/GoHighLevel/highlevel-api-docs/blob/main/apps/oauth.json).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from ..errors import (
    GhlAuthError,
    GhlError,
    GhlNotFound,
    GhlPayloadError,
    GhlRateLimited,
    GhlRequestError,
    GhlScopeError,
    GhlServerError,
    GhlTransportError,
)
from ..foreign_text import clean
from .caller import GhlCaller
from .responses import wrong_shape

T = TypeVar("T")

OLD, V3 = "2021-07-28", "v3"
CHOOSER_URL = "https://marketplace.gohighlevel.com/v2/oauth/chooselocation"
# What the addon reads: https://github.com/GoHighLevel/highlevel-api-docs/blob/main/docs/oauth/Scopes.md
SCOPES = (
    "contacts.readonly",
    "locations.readonly",
    "locations/customFields.readonly",
    "locations/tags.readonly",
    "users.readonly",
)
# What an agency's install needs besides: its list of locations, and their tokens. An
# app for sub-accounts alone cannot have them: a link that asks for them is refused.
AGENCY_SCOPES = ("oauth.readonly", "oauth.write")
# The documented maximum of v3; the older call documents none.
LIST_SIZE = 100
SMALL_LIST_SIZE = 20
MAX_LIST_PAGES = 1_000
DEFAULT_LIFETIME = 86_399

_PAUSED = re.compile(r"location is not active", re.IGNORECASE)
_DEAD = re.compile(
    r"invalid[ _]grant|refresh ?token\b.{0,200}"
    r"\b(?:invalid|expired|revoked|not found|used)"
    r"|(?:invalid|expired|revoked|unknown) refresh ?token"
    r"|authorization code",
    re.IGNORECASE,
)
_CLIENT = re.compile(r"client|secret|app(?:lication)? not", re.IGNORECASE)
_NOT_HERE = re.compile(
    r"not installed|location (?:was )?not found|invalid location", re.IGNORECASE
)
_OTHER_LANGUAGE = re.compile(
    r"missing parameter|invalid parameter: ?grant|api version|version header"
    r"|cannot (?:get|post)|should not exist|should not be empty",
    re.IGNORECASE,
)


class GhlGrantRefused(GhlAuthError):
    """The refresh token or authorization code is dead: a person must connect again.

    `certain` is ``False`` when the answer does not name it: that may be a slip.
    """

    code = "needs_reauth"
    token_expired = False
    certain = True


class GhlLocationPaused(GhlError):
    """The sub-account is paused; the very same token works again later."""

    code = "location_paused"
    retryable = True


class GhlNotInstalled(GhlError):
    """The app is not installed on that location (any more)."""

    code = "not_installed"


@dataclass(frozen=True, slots=True, repr=False)
class TokenSet:
    """What a token call brought. `lifetime` is in seconds."""

    access_token: str
    refresh_token: str | None
    lifetime: int
    user_type: str | None
    company_id: str | None
    location_id: str | None
    scopes: str
    language: str

    def __repr__(self) -> str:
        # Never the tokens: a repr ends up in logs.
        return f"TokenSet({self.user_type}, {self.lifetime} s)"


@dataclass(frozen=True, slots=True)
class InstalledLocation:
    """One row of the list of locations on which the app is installed."""

    ghl_id: str
    name: str
    address: str | None = None


def app_id_of(client_id: str) -> str:
    """Return the app's id: what stands before the first dash of its client id."""
    return client_id.strip().partition("-")[0]


def scopes_for(user_type: str | None) -> tuple[str, ...]:
    """Return the scopes of an install for an agency (``Company``) or a sub-account."""
    return SCOPES + AGENCY_SCOPES if user_type == "Company" else SCOPES


def missing_scopes(user_type: str | None, granted: str | None) -> list[str]:
    """Return what an install lacks; nothing when it is not told what it has."""
    have = (granted or "").replace(",", " ").split()
    return [one for one in scopes_for(user_type) if have and one not in have]


def chooser_url(
    install_url: str | None,
    client_id: str,
    redirect_uri: str,
    state: str,
    user_type: str | None = None,
) -> str:
    """Return the address of the page on which a person picks account and locations.

    An install link as the app's page shows it goes before one made from the parts: some
    apps need more in it, such as ``version_id``. What it says itself is kept.

    :param install_url: the exact link from the app's page, empty for the default
    :param user_type: ``Company`` for an agency's install, else a sub-account's
    """
    parts = urlsplit((install_url or "").strip() or CHOOSER_URL)
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    wanted = {
        "response_type": "code",
        "redirect_uri": redirect_uri,
        "client_id": client_id.strip(),
        "scope": " ".join(scopes_for(user_type)),
    }
    query = {**wanted, **given, "redirect_uri": redirect_uri, "state": state}
    # The vendor documents spaces as %20.
    text = urlencode(query).replace("+", "%20")
    return urlunsplit((parts.scheme, parts.netloc, parts.path, text, ""))


class GhlOAuth:
    """The calls of one app.

    :param caller: sends them; its token is that of the agency where one is needed
    :param version: the API version in use, which tells the language to begin with
    """

    def __init__(
        self,
        caller: GhlCaller,
        *,
        client_id: str,
        client_secret: str = "",
        version: str = OLD,
    ) -> None:
        self._caller = caller
        self._client_id = client_id.strip()
        self._client_secret = client_secret.strip()
        first = V3 if version == V3 else OLD
        self._version = version
        self.languages = (first, OLD if first == V3 else V3)

    def __repr__(self) -> str:
        return f"GhlOAuth({self._caller!r})"

    # === TOKENS === #

    def exchange(
        self, code: str, redirect_uri: str, user_type: str | None = None
    ) -> TokenSet:
        """Turn an authorization code into tokens. A code works once.

        :raise GhlGrantRefused: the code is unknown, used or too old
        :raise GhlScopeError: the vendor does not accept the client id or its secret
        """
        return self._token(
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": redirect_uri,
                "user_type": user_type,
            }
        )

    def refresh(self, refresh_token: str, user_type: str | None = None) -> TokenSet:
        """Return a new pair of tokens; `refresh_token` is dead from then on.

        An answer that was lost on the way is asked for once more: some accounts give
        the same pair again for half a minute, others answer `GhlGrantRefused`.

        :raise GhlGrantRefused: the refresh token is dead
        :raise GhlLocationPaused: it works again when the account does
        """
        return self._token(
            {
                "grant_type": "refresh_token",
                "refresh_token": refresh_token,
                "user_type": user_type,
            }
        )

    def location_token(self, company_id: str, location_id: str) -> TokenSet:
        """Exchange the agency's token, which the caller has, for one of a location.

        :raise GhlNotInstalled: the app is not on that location
        :raise GhlLocationPaused: the location's account is paused
        """

        def ask(language: str) -> TokenSet:
            path = "/oauth/location-token" if language == V3 else "/oauth/locationToken"
            body = {"companyId": company_id, "locationId": location_id}
            answer = self._send("location_token", path, body, language)
            return _token_set(answer, language)

        try:
            return self._either(ask)
        except (GhlRequestError, GhlNotFound, GhlScopeError) as err:
            raise _location_trouble(err) from err

    def _token(self, fields: Mapping[str, str | None]) -> TokenSet:
        body = {
            "client_id": self._client_id,
            "client_secret": self._client_secret,
            **{key: value for key, value in fields.items() if value},
        }

        def ask(language: str) -> TokenSet:
            named = _camel_keys(body) if language == V3 else body
            answer = self._send(
                "token", "/oauth/token", named, language, authorize=False
            )
            return _token_set(answer, language)

        try:
            return self._either(ask)
        except (GhlRateLimited, GhlServerError, GhlTransportError, GhlPayloadError):
            raise
        except GhlError as err:
            raise _grant_trouble(err) from err

    # === LOCATIONS === #

    def installed_locations(self, company_id: str) -> Iterator[InstalledLocation]:
        """Yield the locations on which the app is installed, page by page.

        :raise GhlError: the list is not complete then, and proves no absence
        """
        pages = self._either(self._list_pages(company_id, LIST_SIZE))
        for rows in pages:
            for row in rows:
                location = _installed(row)
                if location is not None:
                    yield location

    def location_name(self, location_id: str | None) -> str | None:
        """Return what a location is called, asked with a token of its own."""
        answer = self._caller.request(
            "GET",
            f"/locations/{quote(location_id or '', safe='')}",
            headers={"Version": self._version},
            kind="location",
        )
        inner = answer.get("location") if isinstance(answer, dict) else None
        return _text(inner, "name") if isinstance(inner, dict) else None

    def _list_pages(
        self, company_id: str, size: int
    ) -> Callable[[str], Iterator[list[dict[str, Any]]]]:
        """Return how a language begins the list, which asks for the first page."""

        def begin(language: str) -> Iterator[list[dict[str, Any]]]:
            walk = self._walk_v3 if language == V3 else self._walk_old
            try:
                pages = walk(company_id, size)
                first = next(pages, [])
            except GhlRequestError as err:
                if size <= SMALL_LIST_SIZE or _OTHER_LANGUAGE.search(str(err)):
                    raise
                # The largest size is not documented.
                pages = walk(company_id, SMALL_LIST_SIZE)
                first = next(pages, [])
            return _chain(first, pages)

        return begin

    def _walk_old(self, company_id: str, size: int) -> Iterator[list[dict[str, Any]]]:
        skip = 0
        seen: set[str | None] = set()
        for _page in range(MAX_LIST_PAGES):
            answer = self._list(
                "/oauth/installedLocations",
                {**self._whose(company_id), "skip": str(skip), "limit": str(size)},
                OLD,
            )
            rows = _rows(answer, "locations")
            fresh = [row for row in rows if _row_id(row) not in seen]
            seen.update(map(_row_id, fresh))
            yield fresh
            skip += len(rows)
            count = answer.get("count")
            # A vendor that ignores `skip` repeats itself: nothing new ends the walk.
            if not fresh or (type(count) is int and skip >= count):
                return
        raise GhlPayloadError("GoHighLevel's list of locations does not end.")

    def _walk_v3(self, company_id: str, size: int) -> Iterator[list[dict[str, Any]]]:
        query = {**self._whose(company_id), "pageSize": str(size)}
        tokens: set[str] = set()
        while True:
            answer = self._list("/oauth/installed-locations", query, V3)
            rows = _rows(answer, "items")
            yield rows
            pagination = answer.get("pagination")
            pagination = pagination if isinstance(pagination, dict) else {}
            token = pagination.get("nextPageToken")
            if not pagination.get("hasNextPage", bool(token)) or not token:
                return
            if token in tokens or len(tokens) >= MAX_LIST_PAGES:
                raise GhlPayloadError("GoHighLevel's list of locations does not end.")
            tokens.add(token)
            query["pageToken"] = token

    def _whose(self, company_id: str) -> dict[str, str]:
        return {
            "companyId": company_id,
            "appId": app_id_of(self._client_id),
            "isInstalled": "true",
        }

    def _list(
        self, path: str, query: Mapping[str, str], language: str
    ) -> dict[str, Any]:
        answer = self._caller.request(
            "GET",
            path,
            params=query,
            headers={"Version": self._header(language)},
            kind="installed_locations",
        )
        if not isinstance(answer, dict):
            raise wrong_shape("the list of locations")
        return answer

    # === BOTH LANGUAGES === #

    def _send(
        self,
        kind: str,
        path: str,
        body: Mapping[str, str],
        language: str,
        authorize: bool = True,
    ) -> Any:
        return self._caller.request(
            "POST",
            path,
            data=body,
            headers={"Version": self._header(language)},
            # Repeated when no answer came: see `refresh`.
            idempotent=True,
            kind=kind,
            authorize=authorize,
        )

    def _header(self, language: str) -> str:
        """Return the version to ask for: the one in use where it speaks `language`."""
        return self._version if language == self.languages[0] else language

    def _either(self, ask: Callable[[str], T]) -> T:
        """Return `ask(language)` in the language that the account understands."""
        first, second = self.languages
        try:
            return ask(first)
        except (GhlRequestError, GhlNotFound, GhlScopeError) as err:
            if not _speaks_otherwise(err):
                raise
            try:
                return ask(second)
            except (GhlRequestError, GhlNotFound, GhlScopeError) as other:
                # The first answer is the one that explains, if both are unknown.
                raise err if _speaks_otherwise(other) else other from None


def _speaks_otherwise(err: GhlError) -> bool:
    if isinstance(err, GhlNotFound):
        return not _NOT_HERE.search(str(err))
    return bool(_OTHER_LANGUAGE.search(str(err)))


def _grant_trouble(err: GhlError) -> GhlError:
    """Return what a refused token call means for the connection."""
    common: dict[str, Any] = {"status": err.status, "request_id": err.request_id}
    if _PAUSED.search(str(err)):
        return GhlLocationPaused(
            "GoHighLevel has paused this account; its connection works again as soon "
            "as the account does.",
            **common,
        )
    if _DEAD.search(str(err)):
        return GhlGrantRefused(str(err), **common)
    if _CLIENT.search(str(err)):
        return GhlScopeError(
            "GoHighLevel does not accept the app's client id or client secret. "
            f"Check both. ({err})",
            code="bad_client",
            **common,
        )
    if err.status in (400, 401, 403) and not err.retryable:
        refused = GhlGrantRefused(str(err), **common)
        refused.certain = False
        return refused
    return err


def _location_trouble(err: GhlError) -> GhlError:
    common: dict[str, Any] = {"status": err.status, "request_id": err.request_id}
    if _PAUSED.search(str(err)):
        return GhlLocationPaused(
            "GoHighLevel has paused this location; its sync goes on when it is "
            "active again.",
            **common,
        )
    if _NOT_HERE.search(str(err)):
        return GhlNotInstalled(
            "The app is not installed on this location. Install it there from "
            "GoHighLevel's marketplace.",
            **common,
        )
    return err


def _token_set(answer: Any, language: str) -> TokenSet:
    if not isinstance(answer, dict):
        raise wrong_shape("a token")
    access = _text(answer, "access_token")
    if not access:
        raise wrong_shape("a token")
    lifetime = _either_key(answer, "expires_in")
    if isinstance(lifetime, str) and lifetime.isascii() and lifetime.isdigit():
        lifetime = int(lifetime[:9])
    if type(lifetime) not in (int, float) or lifetime <= 0:
        lifetime = DEFAULT_LIFETIME
    return TokenSet(
        access_token=access,
        refresh_token=_text(answer, "refresh_token"),
        lifetime=int(lifetime),
        user_type=_text(answer, "user_type"),
        company_id=_text(answer, "company_id"),
        location_id=_text(answer, "location_id"),
        scopes=_text(answer, "scope") or "",
        language=language,
    )


def _text(answer: Mapping[str, Any], key: str) -> str | None:
    value = _either_key(answer, key)
    # Long enough for any token; a token with such signs is refused when it is used.
    return clean(value, 20_000).strip() or None if isinstance(value, str) else None


def _either_key(answer: Mapping[str, Any], key: str) -> Any:
    value = answer.get(key)
    return answer.get(_camel(key)) if value is None else value


def _camel(key: str) -> str:
    head, *rest = key.split("_")
    return head + "".join(part.title() for part in rest)


def _camel_keys(fields: Mapping[str, str]) -> dict[str, str]:
    return {_camel(key): value for key, value in fields.items()}


def _rows(answer: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    rows = answer.get(key, answer.get("items" if key == "locations" else "locations"))
    if not isinstance(rows, list):
        raise wrong_shape("the list of locations")
    return [row for row in rows if isinstance(row, dict)]


def _row_id(row: Mapping[str, Any]) -> str | None:
    for key in ("_id", "id", "locationId"):
        value = row.get(key)
        if isinstance(value, str) and value:
            return value
    return None


def _installed(row: Mapping[str, Any]) -> InstalledLocation | None:
    ghl_id = _row_id(row)
    # Some accounts list others as well, whatever was asked for.
    if ghl_id is None or row.get("isInstalled") is False:
        return None
    name, address = row.get("name"), row.get("address")
    return InstalledLocation(
        ghl_id,
        name.strip() if isinstance(name, str) and name.strip() else ghl_id,
        address if isinstance(address, str) and address else None,
    )


def _chain(
    first: list[dict[str, Any]], rest: Iterator[list[dict[str, Any]]]
) -> Iterator[list[dict[str, Any]]]:
    yield first
    yield from rest

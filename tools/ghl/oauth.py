"""OAuth with GoHighLevel: codes, refreshes, location tokens, installed locations.

The API speaks two languages: that of version 2021-07-28 (``client_id``,
``/oauth/locationToken``, ``skip``) and that of v3 (``clientId``,
``/oauth/location-token``, ``pageToken``). Calls begin with the one that the version in
use belongs to; an account that refuses it is asked in the other. Answers are read in
both casings (https://github.com/GoHighLevel/highlevel-api-docs/blob/main/apps/oauth.json).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar
from urllib.parse import quote

from ..errors import (
    GhlError,
    GhlNotFound,
    GhlPayloadError,
    GhlRateLimited,
    GhlRequestError,
    GhlScopeError,
    GhlServerError,
    GhlTransportError,
)
from .oauth_answers import (
    InstalledLocation,
    TokenSet,
    camel_keys,
    read_location,
    read_rows,
    read_text,
    read_tokens,
    row_id,
)
from .oauth_install import app_id_of
from .oauth_refusals import grant_refusal, location_refusal, speaks_otherwise
from .responses import wrong_shape
from .send_request import GhlCaller

T = TypeVar("T")

OLD, V3 = "2021-07-28", "v3"
# The documented maximum of v3; the older call documents none.
LIST_SIZE = 100
SMALL_LIST_SIZE = 20
MAX_LIST_PAGES = 1_000


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
        """Return a new pair of tokens; `refresh_token` is void from then on.

        An answer that was lost on the way is asked for once more: some accounts give
        the same pair again for half a minute, others answer `GhlGrantRefused`.

        :raise GhlGrantRefused: the refresh token is refused
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
            return read_tokens(answer, language)

        try:
            return self._either(ask)
        except (GhlRequestError, GhlNotFound, GhlScopeError) as err:
            raise location_refusal(err) from err

    def _token(self, fields: Mapping[str, str | None]) -> TokenSet:
        body = {
            "client_id": self._client_id,
            "client_secret": self._client_secret,
            **{key: value for key, value in fields.items() if value},
        }

        def ask(language: str) -> TokenSet:
            named = camel_keys(body) if language == V3 else body
            answer = self._send(
                "token", "/oauth/token", named, language, authorize=False
            )
            return read_tokens(answer, language)

        try:
            return self._either(ask)
        except (GhlRateLimited, GhlServerError, GhlTransportError, GhlPayloadError):
            raise
        except GhlError as err:
            raise grant_refusal(err) from err

    # === LOCATIONS === #

    def installed_locations(self, company_id: str) -> Iterator[InstalledLocation]:
        """Yield the locations on which the app is installed, page by page.

        :raise GhlError: the list is not complete then, and proves no absence
        """
        pages = self._either(self._list_pages(company_id, LIST_SIZE))
        for rows in pages:
            for row in rows:
                location = read_location(row)
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
        return read_text(inner, "name") if isinstance(inner, dict) else None

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
                if size <= SMALL_LIST_SIZE or speaks_otherwise(err):
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
            rows = read_rows(answer, "locations")
            fresh = [row for row in rows if row_id(row) not in seen]
            seen.update(map(row_id, fresh))
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
            rows = read_rows(answer, "items")
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
            if not speaks_otherwise(err):
                raise
            try:
                return ask(second)
            except (GhlRequestError, GhlNotFound, GhlScopeError) as other:
                # The first answer is the one that explains, if both are unknown.
                raise err if speaks_otherwise(other) else other from None


def _chain(
    first: list[dict[str, Any]], rest: Iterator[list[dict[str, Any]]]
) -> Iterator[list[dict[str, Any]]]:
    yield first
    yield from rest

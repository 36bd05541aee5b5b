"""Answers to OAuth calls, read in both casings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..foreign_text import clean
from .responses import wrong_shape

DEFAULT_LIFETIME = 86_399


@dataclass(frozen=True, slots=True, repr=False)
class TokenSet:
    """The answer to a token call. `lifetime` is in seconds."""

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


def read_tokens(answer: Any, language: str) -> TokenSet:
    """Return the tokens of an answer.

    :raise GhlPayloadError: there are none in it
    """
    if not isinstance(answer, dict):
        raise wrong_shape("a token")
    access = read_text(answer, "access_token")
    if not access:
        raise wrong_shape("a token")
    lifetime = _either_key(answer, "expires_in")
    if isinstance(lifetime, str) and lifetime.isascii() and lifetime.isdigit():
        lifetime = int(lifetime[:9])
    if type(lifetime) not in (int, float) or lifetime <= 0:
        lifetime = DEFAULT_LIFETIME
    return TokenSet(
        access_token=access,
        refresh_token=read_text(answer, "refresh_token"),
        lifetime=int(lifetime),
        user_type=read_text(answer, "user_type"),
        company_id=read_text(answer, "company_id"),
        location_id=read_text(answer, "location_id"),
        scopes=read_text(answer, "scope") or "",
        language=language,
    )


def read_text(answer: Mapping[str, Any], key: str) -> str | None:
    """Return the text under a key, in either casing."""
    value = _either_key(answer, key)
    # Long enough for any token; a token with such signs is refused when it is used.
    return clean(value, 20_000).strip() or None if isinstance(value, str) else None


def _either_key(answer: Mapping[str, Any], key: str) -> Any:
    value = answer.get(key)
    return answer.get(_camel(key)) if value is None else value


def _camel(key: str) -> str:
    head, *rest = key.split("_")
    return head + "".join(part.title() for part in rest)


def camel_keys(fields: Mapping[str, str]) -> dict[str, str]:
    """Return the fields under the names of v3."""
    return {_camel(key): value for key, value in fields.items()}


def read_rows(answer: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    """Return the rows of a list of locations.

    :raise GhlPayloadError: it is none
    """
    rows = answer.get(key, answer.get("items" if key == "locations" else "locations"))
    if not isinstance(rows, list):
        raise wrong_shape("the list of locations")
    return [row for row in rows if isinstance(row, dict)]


def row_id(row: Mapping[str, Any]) -> str | None:
    """Return the id of a listed location."""
    for key in ("_id", "id", "locationId"):
        value = row.get(key)
        if isinstance(value, str) and value:
            return value
    return None


def read_location(row: Mapping[str, Any]) -> InstalledLocation | None:
    """Return a listed location, None when the app is not on it."""
    ghl_id = row_id(row)
    # Some accounts list others as well, whatever was asked for.
    if ghl_id is None or row.get("isInstalled") is False:
        return None
    name, address = row.get("name"), row.get("address")
    return InstalledLocation(
        ghl_id,
        name.strip() if isinstance(name, str) and name.strip() else ghl_id,
        address if isinstance(address, str) and address else None,
    )

"""The dialect of an account's API, where the vendor's documents leave it open.

The engine always thinks in one way: half-open ranges to the millisecond.
`Capabilities` holds what calibration found out (`calibration`), and `DialectClient`
speaks accordingly. The defaults are what documents and public code make likely.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import requests

from ..dates import parse_ms
from ..foreign_text import clean
from .client import GhlClient
from .responses import SearchPage

# Names of headers that are kept; the vendor has six.
MAX_NAMES = 30
# Up to here every account's `total` is taken at its word.
COUNT_LIMIT = 10_000


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Capabilities of an account's API, as far as calibration found them out.

    Each says how well its other values are known: *documented* by the vendor, *seen* in
    answers that were recorded live, *reported* by others, or only *imagined*: nobody
    told of such an account, and it would go wrong unnoticed. What is imagined costs a
    question and a flag; there is no code to make up for it.
    """

    #: The API version that answers; empty: the configured one. *Documented*: there are
    #: several (https://github.com/GoHighLevel/highlevel-api-docs/tree/main/apps/v3),
    #: and old ones end.
    version: str = ""
    #: The version that was configured when that was found out.
    configured_version: str = ""
    #: The largest page accepted, None: not known. *Documented*: 500. *Reported*: less
    #: (100) for some accounts.
    page_limit: int | None = None
    #: Whether searches heed filters. *Documented*, but not in the API's own schema
    #: (https://doc.clickup.com/8631005/d/h/87cpx-158396/6e629989abe7fad). *Imagined*:
    #: an account without.
    filters: bool = True
    #: Whether ranges of dates select exactly. Operators are *documented*, their bounds
    #: and precision are not. *Imagined*: other bounds, whole seconds, ignored ranges.
    date_filters: bool = True
    #: Whether ``not_exists`` selects contacts without a date. *Documented*. *Imagined*:
    #: an account without.
    exists_filters: bool = True
    #: Whether a filtered search can be paged. *Documented* apart, not together.
    #: *Imagined*: a refusal.
    cursor_with_filters: bool = True
    #: The form of dates in filters. *Reported*: both, as ISO 8601 and as epoch ms.
    range_format: str = "iso"
    #: Whether searches tell how many hits there are. *Seen* in each. *Imagined*: not.
    total: bool = True
    #: Up to which number the total is exact, None: always. *Documented* of pages by
    #: number: they end at 10,000; of the total beyond, nothing is.
    count_limit: int | None = None
    #: Whether a cursor that no answer has shown is honoured. *Imagined* until a trial
    #: tells: the vendor calls cursors opaque.
    made_up_cursors: bool = False
    #: The status for an unknown id. *Reported*: 400 and 404. For people to read only.
    deleted_status: int | None = None
    #: Names of the headers that tell limits. *Seen*. For people to read only.
    rate_headers: tuple[str, ...] = ()
    #: False while something could not be tried, as in a location without contacts.
    complete: bool = True

    @property
    def can_split(self) -> bool:
        """Whether contacts can be read by ranges of dates, side by side."""
        return self.can_select_dates and self.exists_filters

    @property
    def can_select_dates(self) -> bool:
        """Whether one range of dates can be read page by page."""
        return self.filters and self.date_filters and self.cursor_with_filters

    @property
    def can_count_ranges(self) -> bool:
        """Whether the contacts of a range of dates can be counted."""
        return self.filters and self.date_filters and self.exists_filters

    def reads_like(self, other: Capabilities) -> bool:
        """Whether contacts are read in the same way, so that none was missed."""
        names = (
            *("version", "filters", "date_filters", "exists_filters"),
            *("cursor_with_filters", "range_format"),
        )
        return all(getattr(self, name) == getattr(other, name) for name in names)

    def adapt(self, filters: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """Return the filters as this account understands them.

        :param filters: with ranges as ``{"gte": ISO, "lt": ISO}``, the engine's way
        """
        return [self._adapt(node) for node in filters]

    def _adapt(self, node: Mapping[str, Any]) -> Mapping[str, Any]:
        if "group" in node:
            return {**node, "filters": self.adapt(node.get("filters") or ())}
        if node.get("operator") != "range" or self.range_format != "epoch":
            return node
        return {
            **node,
            "value": {name: parse_ms(value) for name, value in node["value"].items()},
        }

    def to_json(self) -> dict[str, Any]:
        """Return a value for a JSON column; see `from_json`."""
        return {**asdict(self), "rate_headers": list(self.rate_headers)}

    @classmethod
    def from_json(cls, value: Any) -> Capabilities:
        """Inverse of `to_json`; whatever is unknown or unusable keeps its default."""
        if not isinstance(value, dict):
            return cls()
        default = cls()
        known: dict[str, Any] = {}
        for field in fields(cls):
            given, usual = value.get(field.name), getattr(default, field.name)
            if field.name == "rate_headers" and isinstance(given, list):
                known[field.name] = tuple(str(name) for name in given)
            elif type(given) is type(usual) or (usual is None and type(given) is int):
                known[field.name] = given
        return cls(**known)


USUAL = Capabilities()


class _HeaderNames:
    """Collects the names of rate limit headers."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._lock = threading.Lock()

    def watch(self, session: requests.Session) -> requests.Session:
        """Look at every answer of `session`."""
        session.hooks["response"].append(self._look)
        return session

    def _look(self, response: requests.Response, **_kw: Any) -> None:
        with self._lock:
            for name in response.headers:
                if len(self._names) >= MAX_NAMES:
                    return
                if "ratelimit" in name.lower() or name.lower() == "retry-after":
                    self._names[name.lower()] = clean(name, 100)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of headers that were seen, in alphabetical order."""
        return tuple(self._names[key] for key in sorted(self._names))


class DialectClient(GhlClient):
    """A client that is spoken to in the engine's way, and speaks the account's.

    :param capabilities: what is known of the account
    """

    def __init__(self, *, capabilities: Capabilities = USUAL, **kw: Any) -> None:
        super().__init__(**kw)
        self._configured_version = self._version
        self._headers = _HeaderNames()
        plain_session = self._new_session
        self._new_session = lambda: self._headers.watch(plain_session())
        self.set_capabilities(capabilities)

    def set_capabilities(self, capabilities: Capabilities) -> None:
        """Speak so from the next call on."""
        self.capabilities = capabilities
        self.use_version(self._configured_version)
        # A version that was found under another setting says nothing of this one.
        if capabilities.configured_version == self._configured_version:
            self.use_version(capabilities.version or self._configured_version)

    @property
    def header_names(self) -> tuple[str, ...]:
        """The rate limit headers that answers had so far."""
        return self._headers.names

    @property
    def version(self) -> str:
        """The API version that is asked for."""
        return self._version

    def use_version(self, version: str) -> None:
        """Ask for another API version from the next call on."""
        self._version = version

    def search(
        self,
        *,
        filters: Sequence[Mapping[str, Any]] = (),
        **kw: Any,
    ) -> SearchPage:
        """Do as `GhlClient.search` does, in the account's dialect."""
        return super().search(filters=self.capabilities.adapt(filters), **kw)

    def count(self, filters: Sequence[Mapping[str, Any]] = ()) -> int | None:
        """Return how many contacts match, None when the vendor does not really say.

        It does not where its counts end: that many, and any number more, look the same.
        """
        total, limit = super().count(filters), self.capabilities.count_limit
        if total is None or limit is None or total < limit:
            return total
        return None

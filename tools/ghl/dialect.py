"""What an account's API really does, where the vendor's documents leave it open.

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

from ..dates import format_ms, parse_ms
from ..foreign_text import clean
from .client import NEUTRAL_SORT, GhlClient
from .responses import SearchPage

# Names of headers that are kept; the vendor has six.
MAX_NAMES = 30
# Up to here every account's `total` is taken at its word.
COUNT_LIMIT = 10_000


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What an account's API can do.

    `version` is the API version that answers, empty for the configured one.
    `page_limit` is the largest page accepted, None when not known. The bounds say how
    ``gte`` and ``lt`` behave; `resolution_ms` is 1000 when ranges ignore milliseconds.
    `total` tells whether searches say how many hits there are, `count_limit` up to
    which number that is exact (None: always). `undated_listed` is False when a search
    that is sorted by a date leaves out contacts without it. `made_up_cursors` tells
    whether a cursor that no answer has shown is honoured; nobody's documents say so,
    hence only a trial does. `deleted_status` is the status for an unknown id.
    `complete` is False while something could not be tried, as in a location without
    contacts.
    """

    version: str = ""
    configured_version: str = ""
    page_limit: int | None = None
    filters: bool = True
    date_filters: bool = True
    exists_filters: bool = True
    cursor_with_filters: bool = True
    range_format: str = "iso"
    lower_inclusive: bool = True
    upper_inclusive: bool = False
    resolution_ms: int = 1
    total: bool = True
    count_limit: int | None = None
    undated_listed: bool = True
    made_up_cursors: bool = False
    deleted_status: int | None = None
    rate_headers: tuple[str, ...] = ()
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

    def align(self, moment: int) -> int:
        """Return the latest moment up to `moment` (epoch ms) that a range can name."""
        return moment - moment % self.resolution_ms

    def adapt(self, filters: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """Return the filters as this account understands them.

        :param filters: with ranges as ``{"gte": ISO, "lt": ISO}``, the engine's way
        """
        return [self._adapt(node) for node in filters]

    def _adapt(self, node: Mapping[str, Any]) -> Mapping[str, Any]:
        if "group" in node:
            return {**node, "filters": self.adapt(node.get("filters") or ())}
        if node.get("operator") != "range":
            return node
        return {
            **node,
            "value": {
                name: self._bound(name, value) for name, value in node["value"].items()
            },
        }

    def _bound(self, name: str, value: Any) -> Any:
        moment = parse_ms(value)
        if moment is None:
            return value
        if (name == "gte" and not self.lower_inclusive) or (
            name == "lt" and self.upper_inclusive
        ):
            moment -= 1
        return moment if self.range_format == "epoch" else format_ms(moment)

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
        if known.get("resolution_ms", 1) < 1:
            del known["resolution_ms"]
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
        """What was seen, in alphabetical order."""
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
        sort: Sequence[Mapping[str, str]],
        **kw: Any,
    ) -> SearchPage:
        """Do as `GhlClient.search` does, in the account's dialect."""
        able = self.capabilities
        if not able.undated_listed and _selects_undated(filters, sort):
            sort = NEUTRAL_SORT
        return super().search(filters=able.adapt(filters), sort=sort, **kw)

    def count(self, filters: Sequence[Mapping[str, Any]] = ()) -> int | None:
        """Return how many contacts match, None when the vendor does not really say.

        It does not where its counts end: that many, and any number more, look the same.
        """
        able = self.capabilities
        if able.undated_listed:
            total = super().count(filters)
        else:
            # A search that is sorted by a date would not count contacts without it.
            page = self.search(
                filters=filters, sort=NEUTRAL_SORT, page_limit=1, kind="count"
            )
            total = page.total
        if total is None or able.count_limit is None or total < able.count_limit:
            return total
        return None


def _selects_undated(
    filters: Sequence[Mapping[str, Any]], sort: Sequence[Mapping[str, str]]
) -> bool:
    names = {key.get("field") for key in sort}
    return any(
        node.get("operator") == "not_exists" and node.get("field") in names
        for node in filters
    )

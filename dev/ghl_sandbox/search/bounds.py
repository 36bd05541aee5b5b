"""Date conditions that an index can answer: intervals and presence."""

from dataclasses import dataclass
from typing import Any

from ..dialects import Dialect
from ..web.errors import bad_request
from ..world.clock import to_ms

DATE_FIELDS = {"dateAdded": "added", "dateUpdated": "updated"}
BOUNDS = ("gt", "gte", "lt", "lte")
FOREVER = 2**62


@dataclass
class DateBounds:
    """``low <= value < high`` in ms; ``present`` None means "dated or not"."""

    low: int = -FOREVER
    high: int = FOREVER
    present: bool | None = None
    impossible: bool = False

    @property
    def free(self) -> bool:
        """No condition at all."""
        return self.present is None and not self.impossible

    def demand(self, present: bool) -> None:
        """Add "has the date" or "has no date"."""
        if self.present is not None and self.present != present:
            self.impossible = True
        self.present = present

    def narrow(self, low: int, high: int) -> None:
        """Add ``low <= value < high``."""
        self.demand(True)
        self.low = max(self.low, low)
        self.high = min(self.high, high)

    def holds(self, value: int | None) -> bool:
        """Does a date meet the conditions?"""
        if self.impossible:
            return False
        if self.present is None:
            return True
        if value is None:
            return not self.present
        return self.present and self.low <= value < self.high


def range_of(field: str, value: Any, dialect: Dialect) -> tuple[int, int]:
    """``{"gte": …, "lt": …}`` -> half-open interval in ms; refuses anything else."""
    if not isinstance(value, dict) or not value:
        raise bad_request(f"Invalid value for field {field}")
    low, high = -FOREVER, FOREVER
    for bound, raw in value.items():
        if bound not in BOUNDS:
            raise bad_request(f"Invalid range bound {bound} for field {field}")
        timestamp = _bound_ms(field, raw, dialect)
        if _ignored(bound, dialect):
            continue
        bound = _spoken(bound, dialect)
        # Bounds are compared by steps of so many ms.
        step = 1000 if dialect.range_seconds else 1
        timestamp -= timestamp % step
        if bound in ("gt", "lte"):
            timestamp += step
        if bound in ("gt", "gte"):
            low = max(low, timestamp)
        else:
            high = min(high, timestamp)
    return low, high


def _bound_ms(field: str, raw: Any, dialect: Dialect) -> int:
    numeric = isinstance(raw, int | float) and not isinstance(raw, bool)
    if dialect.range_epoch_only and not numeric:
        raise bad_request(f"Invalid value for field {field}: number expected")
    if dialect.range_iso_only and numeric:
        raise bad_request(f"Invalid value for field {field}: ISO date expected")
    timestamp = to_ms(raw)
    if timestamp is None and isinstance(raw, str) and raw.lstrip("-").isdigit():
        timestamp = int(raw)
    if timestamp is None:
        raise bad_request(f"Invalid value for field {field}")
    return timestamp


def _spoken(bound: str, dialect: Dialect) -> str:
    if dialect.range_exclusive:
        return bound[:2]
    if dialect.range_inclusive:
        return bound[:2] + "e"
    return bound


def _ignored(bound: str, dialect: Dialect) -> bool:
    if bound in ("gt", "gte"):
        return dialect.range_lower_ignored
    return dialect.range_upper_ignored

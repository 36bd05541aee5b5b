"""In which order contacts are listed, told so that an index has just this order.

A list has two zones: contacts with a value, and those without. Of texts the empty ones
come last in either direction; a date that is missing counts as the oldest. Within a
zone one index serves both directions; contacts with equal values are ordered by id.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

from odoo.tools import SQL

from ..mirror.late_indexes import sorted_sql

# Name in the API → column. By milliseconds, as they order years that no Datetime holds.
TIMESTAMPS = {"date_added": "date_added_ms", "date_updated": "date_updated_ms"}

MAX_ID = 2**31 - 1


class Place(NamedTuple):
    """A contact's place in an order: its value (None: it has none), and its id."""

    value: Any
    id: int


@dataclass(frozen=True)
class Order:
    """One order of contacts.

    :param sort: one of `SORT_KEYS`
    """

    sort: str
    descending: bool
    #: by date, along a tag: of `tagged`, its relation
    tagged: bool = False

    @property
    def is_by_date(self) -> bool:
        """Whether contacts are ordered by a date."""
        return self.sort in TIMESTAMPS

    @property
    def key(self) -> SQL:
        """The SQL of the value by which contacts are ordered."""
        if self.tagged:
            return SQL.identifier("tagged", "added_ms")
        if self.is_by_date:
            return SQL.identifier("ghl_contact", TIMESTAMPS[self.sort])
        # A name of `SORT_KEYS`, so a constant.
        return SQL(sorted_sql(f"ghl_contact.{self.sort}"))  # pylint: disable=sql-injection

    @property
    def number(self) -> SQL:
        """The id of a contact, by which equal ones are ordered."""
        if self.tagged:
            return SQL.identifier("tagged", "ghl_contact_id")
        return SQL.identifier("ghl_contact", "id")

    @property
    def zones(self) -> tuple[bool, bool]:
        """Whether the contacts of the first and of the second zone have a value."""
        first = self.descending or not self.is_by_date
        return first, not first

    def in_zone(self, filled: bool) -> SQL:
        """Return the condition for contacts of a zone."""
        return SQL("%s IS NOT NULL" if filled else "%s IS NULL", self.key)

    def within_zone(self) -> SQL:
        """Return by what to order a zone."""
        # Nulls as in the index, read forwards or backwards.
        nulls = "LAST" if self.descending == self.is_by_date else "FIRST"
        return _by(self.key, self.number, self.descending, nulls)

    def start_of(self, filled: bool) -> Place:
        """Return a place before every contact of a zone."""
        number = MAX_ID if self.descending else 0
        if not filled:
            return Place(None, number)
        # Only dates have the filled zone after the other one, when ascending.
        return Place(float("-inf"), number)

    def of_columns(self, key: SQL, contact_id: SQL) -> SQL:
        """Return by what to order rows that have key and id in columns of their own."""
        first, _second = self.zones
        return _by(key, contact_id, self.descending, "LAST" if first else "FIRST")

    def after(self, place: Place, key: SQL, contact_id: SQL) -> SQL:
        """Return the condition for what comes after a place in the same zone."""
        sign = SQL("<" if self.descending else ">")
        if place.value is None:
            return SQL("%s %s %s", contact_id, sign, place.id)
        return SQL("(%s, %s) %s (%s, %s)", key, contact_id, sign, place.value, place.id)


def _by(key: SQL, contact_id: SQL, backwards: bool, nulls: str) -> SQL:
    direction = SQL("DESC" if backwards else "ASC")
    return SQL(
        "%s %s NULLS %s, %s %s",
        key,
        direction,
        SQL(nulls),  # pylint: disable=sql-injection
        contact_id,
        direction,
    )

"""Details of a sub-account, which the vendor tells beside its contacts."""

from typing import Any

from ...tools.foreign_text import clean

MAX_DETAIL = 250
# The vendor's key → the column.
_COLUMNS = {
    "timezone": "timezone",
    "address": "address1",
    "city": "city",
    "state": "state",
    "country": "country",
    "email": "email",
    "phone": "phone",
    "website": "website",
}


def store_details(location: Any, details: dict[str, Any]) -> None:
    """Keep what GET /locations/{id} tells.

    A name that somebody gave the location in Odoo stays: only one that was the
    vendor's follows the vendor's.
    """
    values = {column: _told(details, key) for key, column in _COLUMNS.items()}
    name = _told(details, "name")
    if name:
        values["ghl_name"] = name
        if location.name in (location.ghl_name, location.ghl_id):
            values["name"] = name
    changed = {
        column: value
        for column, value in values.items()
        if value and location[column] != value
    }
    if changed:
        location.write(changed)


def _told(details: dict[str, Any], key: str) -> str:
    value = details.get(key)
    return clean(value, MAX_DETAIL).strip() if isinstance(value, str) else ""

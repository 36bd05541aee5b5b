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
# The vendor's way to tell contacts apart → our rule.
_RULES = {"email": "partner_match_email", "phone": "partner_match_phone"}


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
    values |= _matching_rules(location, details)
    changed = {
        column: value
        for column, value in values.items()
        if value not in ("", None) and location[column] != value
    }
    if changed:
        location.write(changed)


def _matching_rules(location: Any, details: dict[str, Any]) -> dict[str, Any]:
    """Return the rules by which the vendor itself tells its contacts apart.

    They are the defaults of those that find Odoo contacts, until linking is switched
    on, or somebody has chosen others.
    """
    settings = details.get("settings")
    told = settings.get("contactUniqueIdentifiers") if isinstance(settings, dict) else 0
    names = {name for name in _RULES if isinstance(told, list) and name in told}
    if not names:
        return {}
    values: dict[str, Any] = {"ghl_unique_keys": ",".join(sorted(names))}
    before = set((location.ghl_unique_keys or ",".join(_RULES)).split(","))
    untouched = all(
        location[column] == (name in before) for name, column in _RULES.items()
    )
    if untouched and not location.partner_link_enabled:
        values |= {column: name in names for name, column in _RULES.items()}
    return values


def _told(details: dict[str, Any], key: str) -> str:
    value = details.get(key)
    return clean(value, MAX_DETAIL).strip() if isinstance(value, str) else ""

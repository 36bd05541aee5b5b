"""Columns of the mirror, and the keys of GoHighLevel's contacts that fill them.

The merge makes its SQL from these tables (`json_to_columns.py`).
"""

from __future__ import annotations

from typing import Any

# PostgreSQL stores longer texts as well, but no screen and no search is helped by them.
MAX_TEXT = 65_536
# Ids stand in a unique index as well.
MAX_ID = 500
# Tag names stand in a unique index; PostgreSQL bounds its entries to 2,700 bytes.
MAX_TAG = 500

# Column → the vendor's keys for it; of several the first that is set counts.
TEXTS: dict[str, tuple[str, ...]] = {
    "name": ("contactName", "name"),
    "first_name": ("firstName",),
    "last_name": ("lastName",),
    "email": ("email",),
    "phone": ("phone",),
    "phone_label": ("phoneLabel",),
    "company_name": ("companyName",),
    "business_name": ("businessName",),
    "business_ghl_id": ("businessId",),
    "address1": ("address", "address1"),
    "city": ("city",),
    "state": ("state",),
    "country": ("country",),
    "postal_code": ("postalCode",),
    "website": ("website",),
    "timezone": ("timezone",),
    "source": ("source",),
    "type": ("type",),
    "assigned_to": ("assignedTo",),
}
BOOLEANS = {"dnd": "dnd", "valid_email": "validEmail"}
# These columns hold whatever the vendor sends.
JSONS = {
    "dnd_settings": "dndSettings",
    "inbound_dnd_settings": "inboundDndSettings",
    "custom_fields": "customFields",
}
TIMESTAMPS = {"date_added": "dateAdded", "date_updated": "dateUpdated"}
BIRTH = "dateOfBirth"
KEY_COLUMN = {key: column for column, keys in TEXTS.items() for key in keys}
BOOLEAN_KEYS = frozenset(BOOLEANS.values())
# Keys that a column accounts for; all others are kept in `extra`.
MAPPED_KEYS = (
    *KEY_COLUMN,
    *BOOLEANS.values(),
    *JSONS.values(),
    *TIMESTAMPS.values(),
    *("id", "locationId", "searchAfter", "tags", BIRTH),
)


def is_regular(raw: dict[str, Any]) -> bool:
    """Tell whether each value has the type that its column needs."""
    columns = []
    for key, value in raw.items():
        if value is None:
            continue
        column = KEY_COLUMN.get(key)
        if column is not None:
            columns.append(column)
            if type(value) is not str:
                return False
        elif key in BOOLEAN_KEYS:
            if type(value) is not bool:
                return False
        elif key == "id" and type(value) is not str:
            return False
        elif key == BIRTH or (key == "tags" and type(value) is not list):
            return False
    # Two keys for one column: one of them goes to `extra`.
    return len(columns) == len(set(columns))

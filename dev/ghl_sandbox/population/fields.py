"""Custom fields, tags and users of one location."""

import random
from base64 import b64encode
from typing import Any

from . import words

# name, dataType, picklist
DEFINITIONS: list[tuple[str, str, list[str]]] = [
    ("Preferred name", "TEXT", []),
    ("Notes", "LARGE_TEXT", []),
    ("Visits", "NUMERICAL", []),
    ("Second phone", "PHONE", []),
    ("Lifetime value", "MONETORY", []),
    ("Interests", "CHECKBOX", ["Whitening", "Braces", "Check-up"]),
    ("Plan", "SINGLE_OPTIONS", ["Basic", "Family", "Premium"]),
    ("Languages", "MULTIPLE_OPTIONS", ["English", "Espa\u00f1ol", "\u4e2d\u6587"]),
    ("Next appointment", "DATE", []),
    ("Measurements", "TEXTBOX_LIST", []),
    ("Contract", "FILE_UPLOAD", []),
    ("How did you hear of us?", "RADIO", ["Friend", "Ad", "Other"]),
    ("Consent signature", "SIGNATURE", []),
    ("Preferred name", "TEXT", []),
]


def new_id(rng: random.Random) -> str:
    """20 letters and digits, like the vendor's ids."""
    return b64encode(rng.getrandbits(120).to_bytes(15, "big"), b"Qz").decode("ascii")


def hex_id(rng: random.Random) -> str:
    """24 hex digits, like the ids of apps and files."""
    return f"{rng.getrandbits(96):024x}"


def custom_fields(location_id: str, rng: random.Random) -> list[dict[str, Any]]:
    """One definition per data type; two share a name, as happens in real accounts."""
    result = []
    for position, (name, data_type, options) in enumerate(DEFINITIONS):
        slug = "".join(c if c.isalnum() else "_" for c in name.lower())
        result.append(
            {
                "id": new_id(rng),
                "name": name,
                "fieldKey": f"contact.{slug}_{position}",
                "placeholder": "",
                "dataType": data_type,
                "position": position * 50,
                "picklistOptions": options,
                "picklistImageOptions": [],
                "isAllowedCustomOption": False,
                "isMultiFileAllowed": data_type == "FILE_UPLOAD",
                "maxFileLimit": 2,
                "locationId": location_id,
                "model": "contact",
                "documentType": "field",
                "parentId": "folderFOLDERfolder01",
                "dateAdded": "2024-01-01T00:00:00.000Z",
                "standard": False,
            }
        )
    opportunity = dict(result[2], id=new_id(rng), name="Deal size", model="opportunity")
    opportunity["fieldKey"] = "opportunity.deal_size"
    return [*result, opportunity]


def tags(location_id: str, rng: random.Random) -> list[dict[str, str]]:
    """The location's tags."""
    return [
        {"id": new_id(rng), "name": name, "locationId": location_id}
        for name in words.TAGS
    ]


def users(
    location_id: str, company_id: str, rng: random.Random
) -> list[dict[str, Any]]:
    """The people who work in the location."""
    result = []
    for number in range(6):
        first, last = rng.choice(words.FIRST), rng.choice(words.LAST)
        result.append(
            {
                "id": new_id(rng),
                "name": f"{first} {last}",
                "firstName": first,
                "lastName": last,
                "email": f"{first}.{last}{number}@example.com".lower(),
                "phone": f"+1555{rng.randrange(10**7):07d}",
                "extension": "",
                "permissions": {"contactsEnabled": True},
                "roles": {
                    "type": "account",
                    "role": "admin" if number == 0 else "user",
                    "locationIds": [location_id],
                    "companyId": company_id,
                    "restrictSubAccount": False,
                },
                "deleted": False,
                "scopes": ["contacts.write"],
                "scopesAssignedToOnly": ["contacts.write"],
                "totpEnabled": False,
                "platformLanguage": "en_US",
                "lcPhone": {},
            }
        )
    return result

"""Records that no client should trip over, made on demand."""

import random
from collections.abc import Callable
from typing import Any

from ..world.store import Record
from .fields import new_id
from .messy import one_contact
from .plan import Plan

Contact = dict[str, Any]


def _nest(depth: int) -> Any:
    value: Any = "bottom"
    for level in range(depth):
        value = {"level": level, "list": [value, None, {"": []}]}
    return value


def _no_id(contact: Contact) -> None:
    del contact["id"]


def _null_id(contact: Contact) -> None:
    contact["id"] = None


def _number_id(contact: Contact) -> None:
    contact["id"] = 1234567890


def _wrong_types(contact: Contact) -> None:
    contact |= {
        "firstName": 42,
        "lastName": {"nested": "name"},
        "contactName": ["a", "list"],
        "email": ["one@example.com", "two@example.com"],
        "phone": 15550001234,
        "tags": "not-a-list",
        "customFields": {"id": "x"},
        "dnd": "yes",
        "dndSettings": [],
        "followers": None,
        "assignedTo": 7,
        "opportunities": "none",
        "attributionSource": 3.5,
        "validEmail": "true",
        "additionalEmails": {"email": "x@example.com"},
        "postalCode": 12345,
        "source": True,
        "type": None,
    }


def _huge_field(contact: Contact) -> None:
    contact["companyName"] = "x" * 10_000_000


def _huge_custom(contact: Contact) -> None:
    contact["customFields"] = [{"id": "hugeHUGEhugeHUGE0000", "value": "y" * 2_000_000}]


def _year_zero(contact: Contact) -> None:
    contact["dateAdded"] = contact["dateOfBirth"] = "0000-01-01T00:00:00.000Z"


def _year_30000(contact: Contact) -> None:
    contact["dateUpdated"] = contact["dateOfBirth"] = "+030000-01-01T00:00:00.000Z"


def _epoch_dates(contact: Contact) -> None:
    contact["dateAdded"] = 1_700_000_000_000
    contact["dateUpdated"] = 1_700_000_000_000.5


def _huge_epoch(contact: Contact) -> None:
    contact["dateAdded"] = 99_999_999_999_999_999
    contact["dateOfBirth"] = -99_999_999_999_999


def _text_dates(contact: Contact) -> None:
    contact["dateAdded"] = "yesterday"
    contact["dateUpdated"] = ""
    contact["dateOfBirth"] = "31/02/1990"


def _many_tags(contact: Contact) -> None:
    contact["tags"] = [f"bulk tag {number}" for number in range(5000)]


def _odd_tags(contact: Contact) -> None:
    contact["tags"] = [None, 5, {"name": "x"}, ["y"], "", "\u0000", "z" * 5000, "ok"]


def _nested_junk(contact: Contact) -> None:
    contact["customFields"] = [
        {"id": "junkJUNKjunkJUNK0000", "value": _nest(60)},
        {"value": "no id"},
        {"id": None, "value": None},
        {"id": {"a": 1}, "value": [[[[]]]]},
        "a string",
        None,
        17,
    ]


def _nul(contact: Contact) -> None:
    contact["firstName"] = "\u0000"
    contact["email"] = "nul\u0000@example.com"
    contact["key\u0000with nul"] = "x"
    contact["tags"] = ["a\u0000b"]


def _surrogates(contact: Contact) -> None:
    contact["firstName"] = "lone \ud800 high"
    contact["tags"] = ["low \udc00"]
    contact["\udfff"] = "key"


def _numbers(contact: Contact) -> None:
    contact["aBigNumber"] = 10**40
    contact["customFields"] = [{"id": "bigBIGbigBIGbigBIG00", "value": 2**70}]
    contact["score"] = 1e300


def _other_location(contact: Contact) -> None:
    contact["locationId"] = "anotherLOCATION00000"


def _long_id(contact: Contact) -> None:
    contact["id"] = "L" * 500


def _very_long_id(contact: Contact) -> None:
    contact["id"] = "V" * 900


def _odd_length_id(contact: Contact) -> None:
    contact["id"] = "l" * 256


def _dots_id(contact: Contact) -> None:
    contact["id"] = ".."


def _nul_id(contact: Contact) -> None:
    contact["id"] = "nul\u0000id"


def _reserved_keys(contact: Contact) -> None:
    contact |= {"searchAfter ": [1], "__proto__": {"x": 1}, "id ": "x", "": "empty key"}


KINDS: dict[str, Callable[[Contact], None]] = {
    "no_id": _no_id,
    "null_id": _null_id,
    "number_id": _number_id,
    "long_id": _long_id,
    "very_long_id": _very_long_id,
    "odd_length_id": _odd_length_id,
    "dots_id": _dots_id,
    "nul_id": _nul_id,
    "wrong_types": _wrong_types,
    "huge_field": _huge_field,
    "huge_custom": _huge_custom,
    "year_zero": _year_zero,
    "year_30000": _year_30000,
    "epoch_dates": _epoch_dates,
    "huge_epoch": _huge_epoch,
    "text_dates": _text_dates,
    "many_tags": _many_tags,
    "odd_tags": _odd_tags,
    "nested_junk": _nested_junk,
    "nul": _nul,
    "surrogates": _surrogates,
    "numbers": _numbers,
    "other_location": _other_location,
    "reserved_keys": _reserved_keys,
}
# Hits that are no objects at all.
PLAIN: dict[str, Any] = {
    "null_hit": None,
    "not_an_object": "a string instead of a contact",
    "array_hit": [1, 2, 3],
    "empty_object": {},
}


def bad_kinds(wanted: str | list[str]) -> list[str]:
    """Names of kinds; raises ``ValueError`` for an unknown one."""
    every = [*KINDS, *PLAIN]
    if wanted == "all":
        return every
    names = wanted.split(",") if isinstance(wanted, str) else list(wanted)
    for name in names:
        if name not in every:
            raise ValueError(f"There is no bad record {name!r}.")
    return names


def bad_record(kind: str, plan: Plan, rng: random.Random, now_ms: int) -> Record:
    """A record of that kind, stored under a key of its own even when it has no id."""
    contact = one_contact(plan, rng, now_ms)
    key = contact["id"]
    if kind in PLAIN:
        return Record.of(new_id(rng), PLAIN[kind])
    KINDS[kind](contact)
    if kind.endswith("_id") and isinstance(contact.get("id"), str):
        key = contact["id"]
    return Record.of(key, contact)

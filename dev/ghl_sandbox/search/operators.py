"""Operators on the fields that no date index covers."""

from collections.abc import Callable
from typing import Any

from ..web.errors import bad_request
from ..world.clock import to_ms
from ..world.store import Record

OPERATORS = frozenset(
    ("eq", "not_eq", "contains", "not_contains", "exists", "not_exists", "range")
)
DATE_OPERATORS = frozenset(("range", "exists", "not_exists"))
FIELD_OPERATORS = {
    "id": frozenset(("eq", "not_eq")),
    "dateAdded": DATE_OPERATORS,
    "dateUpdated": DATE_OPERATORS,
}
FIELDS = frozenset(
    "id contactName address assignedTo businessName city country companyName dateAdded "
    "dateUpdated dnd email followers firstNameLowerCase lastNameLowerCase "
    "isValidWhatsapp lastEmailClickedDate lastEmailOpenedDate phone postalCode source "
    "state tags timezone type validEmail website dateOfBirth lastAppointment "
    "activeWorkflows finishedWorkflows opportunities "
    "dndSettings.Email.status dndSettings.SMS.status dndSettings.Call.status "
    "inboundDndSettings.all.status".split()
)
CUSTOM = "customFields."
Contact = dict[str, Any]


def known_field(name: str) -> bool:
    """Is it a field that the vendor lists as a filter?"""
    return name in FIELDS or (name.startswith(CUSTOM) and len(name) > len(CUSTOM))


def value_of(contact: Contact, name: str) -> Any:
    """The value a filter looks at; dotted names descend."""
    if name.startswith(CUSTOM):
        wanted = name[len(CUSTOM) :]
        values = contact.get("customFields")
        for item in values if isinstance(values, list) else []:
            if isinstance(item, dict) and item.get("id") == wanted:
                return item.get("value")
        return None
    value: Any = contact
    for part in name.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(part)
    return value


def test_of(name: str, operator: str, value: Any) -> Callable[[Record, Contact], bool]:
    """A predicate for one leaf of the filter tree."""
    if operator == "range":
        return _range_test(name, value)
    check = {
        "eq": _equals,
        "contains": _contains,
        "exists": _exists,
    }[operator.removeprefix("not_")]
    wanted = not operator.startswith("not_")
    return lambda _record, contact: check(value_of(contact, name), value) is wanted


def _folded(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


def _equals(actual: Any, wanted: Any) -> bool:
    if isinstance(wanted, list):
        return any(_equals(actual, item) for item in wanted)
    if isinstance(wanted, dict):
        items = actual if isinstance(actual, list) else [actual]
        return any(
            isinstance(item, dict) and wanted.items() <= item.items() for item in items
        )
    if isinstance(actual, list):
        return any(_folded(item) == _folded(wanted) for item in actual)
    return _folded(actual) == _folded(wanted)


def _contains(actual: Any, wanted: Any) -> bool:
    if actual is None:
        return False
    items = actual if isinstance(actual, list) else [actual]
    needles = wanted if isinstance(wanted, list) else [wanted]
    return any(
        str(needle).casefold() in str(item).casefold()
        for item in items
        for needle in needles
    )


def _exists(actual: Any, _wanted: Any) -> bool:
    return actual is not None and actual != "" and actual != []


def _range_test(name: str, value: Any) -> Callable[[Record, Contact], bool]:
    if not isinstance(value, dict) or not value:
        raise bad_request(f"Invalid value for field {name}")
    if unknown := set(value) - {"gt", "gte", "lt", "lte"}:
        raise bad_request(f"Invalid range bound {sorted(unknown)[0]} for field {name}")
    limits = {bound: to_ms(raw) for bound, raw in value.items()}
    if None in limits.values():
        raise bad_request(f"Invalid value for field {name}")

    def test(_record: Record, contact: Contact) -> bool:
        actual = to_ms(value_of(contact, name))
        return actual is not None and all(
            _compare(bound, actual, limit) for bound, limit in limits.items()
        )

    return test


def _compare(bound: str, actual: int, limit: int) -> bool:
    return {
        "gt": actual > limit,
        "gte": actual >= limit,
        "lt": actual < limit,
        "lte": actual <= limit,
    }[bound]

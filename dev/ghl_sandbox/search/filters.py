"""Compiles a filter tree into date bounds (for the indexes) and predicates."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..dialects import Dialect
from ..web.errors import bad_request
from ..world.store import Record
from .bounds import DATE_FIELDS, DateBounds, range_of
from .operators import FIELD_OPERATORS, OPERATORS, known_field, test_of

# A predicate over the record and its parsed contact.
Test = Callable[[Record, dict[str, Any]], bool]
MAX_VALUE = 75


@dataclass
class Conditions:
    """A condition that each hit must meet."""

    added: DateBounds = field(default_factory=DateBounds)
    updated: DateBounds = field(default_factory=DateBounds)
    only_id: str | None = None
    tests: list[Test] = field(default_factory=list)

    def holds(self, record: Record, *, parse: bool = True) -> bool:
        """Does a record meet all of them?"""
        if self.only_id is not None and record.key != self.only_id:
            return False
        if not self.added.holds(record.added):
            return False
        if not self.updated.holds(record.updated):
            return False
        if not self.tests or not parse:
            return True
        contact = record.contact()
        if not isinstance(contact, dict):
            return False
        return all(test(record, contact) for test in self.tests)


def compile_filters(filters: Any, query: str, dialect: Dialect) -> Conditions:
    """The top level is an AND; refuses what the vendor refuses."""
    conditions = Conditions()
    if filters is not None and not isinstance(filters, list):
        raise bad_request("filters must be an array")
    if filters and dialect.filters_unsupported:
        raise bad_request("filters is not supported")
    for node in [] if dialect.filters_ignored else filters or []:
        _demand(node, conditions, dialect)
    if query:
        conditions.tests.append(_query_test(query))
    return conditions


def _demand(node: Any, conditions: Conditions, dialect: Dialect) -> None:
    """Add a node of an AND to the conditions."""
    if _is_group(node):
        if node["group"] == "AND":
            for child in node["filters"]:
                _demand(child, conditions, dialect)
            return
        conditions.tests.append(_group_test(node, dialect))
        return
    name, operator, value = _leaf(node)
    if name in DATE_FIELDS:
        bounds = getattr(conditions, DATE_FIELDS[name])
        _demand_date(bounds, name, operator, value, dialect)
    elif name == "id" and operator == "eq" and conditions.only_id in (None, value):
        conditions.only_id = value
    else:
        conditions.tests.append(test_of(name, operator, value))


def _demand_date(
    bounds: DateBounds, name: str, operator: str, value: Any, dialect: Dialect
) -> None:
    if dialect.date_filters_unsupported:
        raise bad_request(f"Invalid field {name}")
    if operator == "range":
        interval = range_of(name, value, dialect)
        if not dialect.range_ignored:
            bounds.narrow(*interval)
        return
    if dialect.not_exists_unsupported:
        raise bad_request(f"Invalid operator {operator} for field {name}")
    if not dialect.not_exists_ignored:
        bounds.demand(operator == "exists")


def _is_group(node: Any) -> bool:
    if not isinstance(node, dict):
        raise bad_request("Each filter must be an object")
    if "group" not in node:
        return False
    if node["group"] not in ("AND", "OR"):
        raise bad_request(f"Invalid group {node['group']}")
    if not isinstance(node.get("filters"), list):
        raise bad_request("filters of a group must be an array")
    return True


def _leaf(node: dict[str, Any]) -> tuple[str, str, Any]:
    name, operator, value = node.get("field"), node.get("operator"), node.get("value")
    if not isinstance(name, str) or not known_field(name):
        raise bad_request(f"Invalid field {name}")
    if operator not in OPERATORS:
        raise bad_request(f"Invalid operator {operator}")
    if operator not in FIELD_OPERATORS.get(name, OPERATORS):
        raise bad_request(f"Invalid operator {operator} for field {name}")
    if operator not in ("exists", "not_exists") and value is None:
        raise bad_request(f"Value is required for field {name}")
    if isinstance(value, str) and len(value) > MAX_VALUE:
        raise bad_request(
            f"Value of field {name} must not exceed {MAX_VALUE} characters"
        )
    return name, operator, value


def _node_test(node: Any, dialect: Dialect) -> Test:
    """A node inside an OR: always a predicate."""
    if _is_group(node):
        return _group_test(node, dialect)
    name, operator, value = _leaf(node)
    if name not in DATE_FIELDS:
        return test_of(name, operator, value)
    bounds, attribute = DateBounds(), DATE_FIELDS[name]
    _demand_date(bounds, name, operator, value, dialect)
    return lambda record, _contact: bounds.holds(getattr(record, attribute))


def _group_test(node: dict[str, Any], dialect: Dialect) -> Test:
    tests = [_node_test(child, dialect) for child in node["filters"]]
    combine = all if node["group"] == "AND" else any
    return lambda record, contact: combine(test(record, contact) for test in tests)


def _query_test(query: str) -> Test:
    needle = query.casefold()
    names = ("contactName", "firstName", "lastName", "email", "phone", "companyName")

    def test(_record: Record, contact: dict[str, Any]) -> bool:
        return any(needle in str(contact.get(name) or "").casefold() for name in names)

    return test

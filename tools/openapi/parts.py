"""Parts that the schemas of the JSON API are put together from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

# A piece of an OpenAPI document, as it is written in JSON.
Schema = dict[str, Any]

INTEGER = {"type": "integer"}
COUNT = {"type": "integer", "minimum": 0}
NUMBER = {"type": "number"}
TEXT = {"type": "string"}
FLAG = {"type": "boolean"}
TIMESTAMP = {"type": "string", "format": "date-time", "description": "UTC"}
PERCENT = {"type": "number", "minimum": 0, "maximum": 100}
SUCCESS = {"type": "boolean", "const": True}


def nullable(schema: Schema) -> Schema:
    """Return `schema` with null allowed as well."""
    if "enum" in schema:
        # An enum alone decides: the type would allow null in vain.
        schema = {**schema, "enum": [*schema["enum"], None]}
    if "type" in schema:
        return {**schema, "type": [schema["type"], "null"]}
    return {"anyOf": [schema, {"type": "null"}]}


def ref(name: str) -> Schema:
    """Return a reference to a schema of `SCHEMAS`."""
    return {"$ref": f"#/components/schemas/{name}"}


def array(items: Schema) -> Schema:
    """Return the schema of an array."""
    return {"type": "array", "items": items}


def obj(properties: Schema, **more: Any) -> Schema:
    """Return the schema of an object all of whose properties are always there."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        **more,
    }


def one_of(selection: Iterable[tuple[str, str]]) -> Schema:
    """Return the schema of one key of an Odoo selection."""
    return {"type": "string", "enum": [key for key, _label in selection]}

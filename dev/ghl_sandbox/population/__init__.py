"""Deterministic populations: the same plan always gives the same contacts."""

from .bad import bad_kinds, bad_record
from .build import build
from .fields import custom_fields, hex_id, new_id, tags, users
from .imports import parse_imports
from .messy import one_contact
from .plan import Plan

__all__ = [
    "Plan",
    "bad_kinds",
    "bad_record",
    "build",
    "custom_fields",
    "hex_id",
    "new_id",
    "one_contact",
    "parse_imports",
    "tags",
    "users",
]

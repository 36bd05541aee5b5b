"""A contact as the API shows it: each key reads the columns that it names."""

from __future__ import annotations

from typing import Any

import pytest

from ghl_contact_sync.tools.openapi.contact import COLUMNS, CONTACT, KEYS, contact_entry

VALUES = {
    **{name: f"a {name}" for name in COLUMNS},
    "extra": {"additionalEmails": [{"email": "second@x.example"}]},
    "dnd": False,
    "dnd_settings": None,
    "date_added": True,
    "date_added_ms": 0.0,
    "date_updated": False,
    "date_updated_ms": 0.0,
    "custom_fields": [],
}


class Names(list):
    def mapped(self, _name: str) -> list[str]:
        return list(self)


class Owner:
    name = "An owner"


class Contact:
    """Tells which columns were read of it."""

    def __init__(self, **values: Any) -> None:
        self.values = {**VALUES, "tag_ids": Names("ab"), "owner_id": Owner, **values}
        self.read: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        self.read.add(name)
        return self.values[name]

    def _named_custom_fields(self, names: dict[str, str]) -> dict[str, str]:
        return dict.fromkeys(names.values(), str(self.custom_fields))


@pytest.mark.parametrize("name", KEYS)
def test_a_key_reads_just_its_columns(name):
    contact = Contact()
    KEYS[name].get(contact, {"f1": "Colour"})
    assert contact.read == set(KEYS[name].columns)


def test_an_entry_has_the_keys_of_the_document_in_their_order():
    entry = contact_entry(Contact(), {"f1": "Colour"})
    assert list(entry) == list(CONTACT["properties"]) == CONTACT["required"]
    assert entry["address"] == {name: entry[name] for name in entry["address"]}
    assert entry["additional_emails"] == ["second@x.example"]
    assert entry["assigned_to"] == {"id": "a assigned_to", "name": "An owner"}
    assert entry["custom_fields"] == {"Colour": "[]"}


def test_what_is_empty_is_null():
    empty = dict.fromkeys((*KEYS["address"].columns, "name", "assigned_to"), False)
    entry = contact_entry(Contact(**empty, extra=None), {})
    assert [entry[name] for name in ("city", "name", "assigned_to")] == [None] * 3
    assert entry["additional_emails"] == []


def test_a_date_of_1970_is_a_date():
    entry = contact_entry(Contact(), {})
    assert entry["date_added"] == "1970-01-01T00:00:00.000Z"
    assert entry["date_updated"] is None

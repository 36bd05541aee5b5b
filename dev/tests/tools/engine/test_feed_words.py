"""The change feed: why something is written, and how it is told."""

from types import SimpleNamespace

import pytest
from fake_record import Env, Record, settings

from ghl_contact_sync.engine.feed.cause import MAX_REFUSED, cause_of_run
from ghl_contact_sync.engine.feed.history import (
    describe,
    field_labels,
    label_of,
    origin_text,
)


def run(kind="delta", full_at=True, **counts):
    zero = dict.fromkeys(
        ("contacts_created", "contacts_updated", "contacts_deleted", "bad_records"), 0
    )
    return Record(
        id=7,
        kind=kind,
        location_id=Record(last_full_at=full_at),
        env=Env(settings(change_run_limit=10)),
        **(zero | counts),
    )


# === Why ===


@pytest.mark.parametrize(
    ("kind", "origin"), [("full", "run"), ("delta", "run"), ("audit", "audit")]
)
def test_a_run_is_the_cause_of_what_it_writes(kind, origin):
    cause = cause_of_run(run(kind))
    assert (cause.origin, cause.run_id, cause.user_id) == (origin, 7, None)
    assert cause.lists_created
    assert cause.has_room
    assert cause.refused_left == MAX_REFUSED


@pytest.mark.parametrize(
    ("counts", "has_room"),
    [
        ({"contacts_created": 4, "contacts_updated": 3, "contacts_deleted": 2}, True),
        ({"contacts_created": 4, "contacts_updated": 3, "contacts_deleted": 3}, False),
        ({"contacts_updated": 11}, False),
    ],
)
def test_a_run_lists_so_many_changes_and_no_more(counts, has_room):
    assert cause_of_run(run(**counts)).has_room is has_room


def test_new_contacts_of_a_first_fill_are_not_listed_and_take_no_room():
    first = cause_of_run(run("full", False, contacts_created=50, contacts_updated=9))
    assert not first.lists_created
    assert first.has_room
    again = cause_of_run(run("full", True, contacts_created=50))
    assert again.lists_created
    assert not again.has_room
    # Changes that are read before the first fill are new ones like any others.
    assert cause_of_run(run("delta", False)).lists_created


@pytest.mark.parametrize(("bad", "left"), [(1, 999), (1_000, 0), (1_001, 0)])
def test_so_many_refused_records_are_kept(bad, left):
    assert cause_of_run(run(bad_records=bad)).refused_left == left


# === How it is told ===


def field(label):
    return SimpleNamespace(get_description=lambda _env, _names: {"string": label})


def change(changes=None, **known):
    contact = Record(_fields={"email": field("Email"), "tag_ids": field("Tags")})
    kind = SimpleNamespace(_description_selection=lambda _env: [("full", "Full")])
    models = {"ghl.contact": contact, "ghl.sync.run": Record(_fields={"kind": kind})}
    values = {
        "user_id": Record(name=False),
        "run_id": Record(id=False),
        "event_id": False,
        "origin": "webhook",
    }
    origin = SimpleNamespace(_description_selection=lambda _env: [("webhook", "Hook")])
    return Record(
        env=Env(models),
        location_id=Record(id=1),
        changes=changes,
        _fields={"origin": origin},
        **(values | known),
    )


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("email", "Email"),
        ("email.work", "Email: work"),
        ("tags", "Tags"),
        ("unknown", "unknown"),
        ("extra.followers", "followers"),
        ("custom_fields.f1", "Shoe size"),
        ("custom_fields.f2", "f2"),
    ],
)
def test_a_field_has_the_name_that_people_know(name, label):
    labels = {(1, "f1"): "Shoe size", (2, "f2"): "Elsewhere"}
    assert label_of(change(), name, labels) == label


def test_names_of_custom_fields_are_of_their_location():
    found = [Record(location_id=Record(id=1), ghl_id="f1", name="Shoe size")]
    custom = Record(search=lambda _domain: found)
    custom.with_context = lambda **_context: custom
    changes = Record(
        env=Env({"ghl.custom.field": custom}), location_id=SimpleNamespace(ids=[1])
    )
    assert field_labels(changes) == {(1, "f1"): "Shoe size"}


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        *((nothing, "–") for nothing in (None, "", [])),
        (False, "False"),
        (0, "0"),
        (["a", 5], "a, 5"),
        ("x" * 60, "x" * 60),
        ("x" * 61, "x" * 60 + "…"),
    ],
)
def test_a_value_is_shown_in_a_line(value, shown):
    changes = {"email": [value, "new"], "tags": ["old", value]}
    assert describe(change(changes), {}) == (
        f"Email: {shown} → new\nTags: old → {shown}"
    )
    assert describe(change(None), {}) == ""


def test_who_and_why_is_told_in_a_sentence():
    ordered = Record(id=7, kind="full", origin_text="By hand.")
    assert origin_text(change(run_id=ordered)) == "Full sync 7. By hand."
    bare = Record(id=7, kind="full", origin_text=False)
    assert origin_text(change(run_id=bare, event_id=3)) == "Full sync 7."
    assert origin_text(change(event_id=3)) == "Webhook event 3."
    assert origin_text(change()) == "Hook."
    assert origin_text(change(origin="odd", user_id=Record(name="Ann"))) == "odd. Ann."

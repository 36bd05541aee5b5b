"""Payloads: nothing is lost, whatever the vendor sends."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ghl_contact_sync.tools.dates import format_ms, parse_date, parse_ms
from ghl_contact_sync.tools.mapping import columns, digest
from ghl_contact_sync.tools.mapping import prepare_contact as mapping
from ghl_contact_sync.tools.mapping.batch import prepare_batch
from ghl_contact_sync.tools.mapping.prepare_contact import BadRecord, prepare
from ghl_contact_sync.tools.mapping.scrub import scrub

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
KEYS = st.sampled_from([*columns.MAPPED_KEYS, "brandNew", "followers"])
CONTACTS = st.dictionaries(KEYS, JSON, max_size=12).map(
    lambda c: {**c, "id": "some id"}
)
# Those of another location are refused, whatever else they hold.
OWN = CONTACTS.filter(lambda c: mapping.is_own(c, "loc"))


@settings(max_examples=400)
@given(CONTACTS)
def test_every_value_is_in_its_column_or_in_the_extras(raw):
    if not mapping.is_own(raw, "loc"):
        with pytest.raises(mapping.BadRecord):
            prepare(raw, "loc")
        return
    contact = prepare(raw, "loc")
    kept = {**contact.payload, **(contact.extra or {})}
    seen = {"id", "searchAfter"}
    if contact.payload is raw:
        # Regular: SQL takes the payload apart; arrays hold what it leaves out.
        assert raw.get("dateOfBirth") is None
        seen |= {"tags"}
    for key, value in raw.items():
        if value is None or key in seen:
            continue
        if key in ("dateAdded", "dateUpdated"):
            timestamp = contact.added_ms if key == "dateAdded" else contact.updated_ms
            assert kept.get(key) == value or format_ms(timestamp) == value
        elif key == "dateOfBirth":
            assert contact.date_of_birth == value or kept[key] == value
        elif key == "tags":
            assert contact.tags == value or kept[key] == value
        elif key == "locationId":
            assert value == "loc" or kept[key] == value
        elif key in kept:
            assert kept[key] == value
        else:
            # Two keys for one column that say the same are kept once.
            column = columns.KEY_COLUMN[key]
            assert value in [raw.get(other) for other in columns.TEXTS[column]]


@settings(max_examples=400)
@given(OWN)
def test_sql_meets_only_values_that_fit(raw):
    contact = prepare(raw, "loc")
    for keys in columns.TEXTS.values():
        for key in keys:
            value = contact.payload.get(key)
            assert value is None or (
                isinstance(value, str) and len(value) <= columns.MAX_TEXT
            )
    for key in columns.BOOLEANS.values():
        assert contact.payload.get(key) in (None, True, False)
        assert not isinstance(contact.payload.get(key), int | float) or isinstance(
            contact.payload.get(key), bool
        )
    assert all(isinstance(tag, str) and tag for tag in contact.tags)


@given(OWN, st.randoms())
def test_the_digest_ignores_the_order_of_keys_and_the_cursor(raw, random):
    items = list(raw.items())
    random.shuffle(items)
    other = {**dict(items), "searchAfter": [1, "x"]}
    raw.pop("searchAfter", None)
    assert prepare(raw, "loc").digest == prepare(other, "loc").digest


@given(OWN)
def test_another_state_has_another_digest(raw):
    other = {**raw, "city": "elsewhere, surely"}
    assert prepare(raw, "loc").digest != prepare(other, "loc").digest


def test_another_mapping_has_another_digest(monkeypatch):
    """So that the next full sync writes every row anew."""
    raw = {"id": "a", "firstName": "Ann"}
    before = prepare(raw, "loc").digest
    assert prepare(raw, "loc").digest == before
    monkeypatch.setattr(digest, "MAPPING_VERSION", b"of tomorrow")
    monkeypatch.setattr(digest, "_shapes", {})
    assert prepare(raw, "loc").digest != before


def test_equal_texts_at_different_addresses_have_one_digest():
    text = '{"id": "a", "firstName": "same", "lastName": "same", "tags": ["same"]}'
    first = json.loads(text)
    second = {key: json.loads(json.dumps(value)) for key, value in first.items()}
    assert prepare(first, "l").digest == prepare(second, "l").digest


@pytest.mark.parametrize(
    "raw", [None, 5, "text", [], {}, {"id": None}, {"id": ""}, {"id": " "}, {"id": []}]
)
def test_what_has_no_id_is_refused(raw):
    with pytest.raises(BadRecord):
        prepare(raw, "loc")


@given(st.lists(JSON | CONTACTS, max_size=8))
def test_a_page_of_anything_is_prepared(payloads):
    batch = prepare_batch(payloads, "loc")
    assert len(batch.ids) == len(set(batch.ids))
    assert all(issue["reason"] for issue in batch.issues)


def test_the_vendors_own_text_is_kept_only_while_it_says_the_same():
    text = b'{"contacts": [{"id": "a"}, {"id": "b"}]}'
    payloads = json.loads(text)["contacts"]

    def kept(items, **options):
        return prepare_batch(items, "loc", as_sent=text, **options).as_sent

    assert kept(payloads, escapes=False) == text
    assert kept(payloads, escapes=True) is None
    assert kept([*payloads, payloads[0]], escapes=False) is None
    assert kept([*payloads, {"id": "c", "email": 5}], escapes=False) is None
    assert kept([*payloads, "junk"], escapes=False) is None


def test_nesting_beyond_all_bounds_spoils_its_record_only():
    deep: list = []
    for _level in range(100_000):
        deep = [deep]
    batch = prepare_batch([{"id": "deep", "junk": deep}, {"id": "fine"}], "loc")
    assert list(batch.ids) == ["fine"]
    assert len(batch.issues) == 1
    while deep:  # Python itself cannot free it in one go
        deep = deep.pop()


@given(JSON)
def test_scrubbed_values_can_be_stored(value):
    text = json.dumps(scrub(value), allow_nan=False, ensure_ascii=False)
    assert "\x00" not in text
    text.encode()


@given(st.integers(-(10**15), 10**15))
def test_moments_survive_formatting(timestamp):
    assert parse_ms(format_ms(timestamp)) == timestamp


@pytest.mark.parametrize(
    ("value", "timestamp"),
    [
        ("1970-01-01T00:00:00.000Z", 0),
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T01:00:00+01:00", 0),
        ("1970-01-01", 0),
        ("2024-02-29T12:00:00.5Z", 1_709_208_000_500),
        (1_709_208_000_500, 1_709_208_000_500),
        ("0000-01-01T00:00:00.000Z", -62_167_219_200_000),
        ("+030000-01-01T00:00:00.000Z", 884_541_340_800_000),
        ("2023-02-29T12:00:00.000Z", None),
        ("2023-13-01T12:00:00.000Z", None),
        ("yesterday", None),
        ("", None),
        (True, None),
        (None, None),
        ([], None),
        (10**30, None),
    ],
)
def test_moments(value, timestamp):
    assert parse_ms(value) == timestamp


@pytest.mark.parametrize(
    ("value", "date"),
    [
        ("1990-05-04", "1990-05-04"),
        ("1990-05-04T00:00:00.000Z", "1990-05-04"),
        (641_779_200_000, "1990-05-04"),
        (-1, "1969-12-31"),
        ("0800-01-02", "0800-01-02"),
        ("04/05/1990", None),
        ("1990-02-30", None),
        ("", None),
        ({}, None),
        (10**17, None),
    ],
)
def test_birth_dates(value, date):
    assert parse_date(value) == date

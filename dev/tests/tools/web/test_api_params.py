"""Strict reading of parameters."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghl_contact_sync.tools.web.read_params import (
    Param,
    ParamError,
    clean_params,
    parse_json_object,
)

TABLE = (
    Param("key", required=True, max_length=5),
    Param("size", "int", default=3, minimum=1, maximum=9),
    Param("way", "choice", default="up", choices=("up", "down")),
)


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([("key", "a")], {"key": "a", "size": 3, "way": "up"}),
        ([("key", " a ")], {"key": "a", "size": 3, "way": "up"}),
        ([("key", "a"), ("size", "9")], {"key": "a", "size": 9, "way": "up"}),
        ([("key", "a"), ("size", 9)], {"key": "a", "size": 9, "way": "up"}),
        ([("key", "a"), ("way", "down")], {"key": "a", "size": 3, "way": "down"}),
        ([("key", "a"), ("way", "")], {"key": "a", "size": 3, "way": "up"}),
        ([("key", "a"), ("x", "1"), ("x", None)], {"key": "a", "size": 3, "way": "up"}),
    ],
)
def test_accepted(items, expected):
    assert clean_params(TABLE, items) == expected


@pytest.mark.parametrize(
    "items",
    [
        [],
        [("key", "")],
        [("key", " ")],
        [("key", "abcdef")],
        [("key", 1)],
        [("key", None)],
        [("key", ["a"])],
        [("key", "a\x00")],
        [("key", "\ud800")],
        [("key", "a"), ("key", "a")],
        [("key", "a"), ("size", "")],
        [("key", "a"), ("size", "0")],
        [("key", "a"), ("size", "10")],
        [("key", "a"), ("size", "3.0")],
        [("key", "a"), ("size", 3.0)],
        [("key", "a"), ("size", True)],
        [("key", "a"), ("size", "٣")],
        [("key", "a"), ("size", " 3")],
        [("key", "a"), ("size", "9" * 10_000)],
        [("key", "a"), ("way", "sideways")],
        [("key", "a"), ("way", "Up")],
    ],
)
def test_refused(items):
    with pytest.raises(ParamError):
        clean_params(TABLE, items)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b"1",
        b"null",
        b'"text"',
        b"\xff",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"1" * 10_000,
    ],
)
def test_no_json_object(raw):
    with pytest.raises(ParamError):
        parse_json_object(raw)


def test_repeated_members_are_kept_to_be_refused():
    assert parse_json_object(b'{"a": 1, "a": 2}') == [("a", 1), ("a", 2)]


@given(
    st.dictionaries(st.text(), st.none() | st.booleans() | st.integers() | st.text())
)
def test_any_object_is_read(members):
    assert dict(parse_json_object(json.dumps(members).encode())) == members


@given(st.binary())
def test_any_bytes_are_read_or_refused(raw):
    try:
        members = parse_json_object(raw)
    except ParamError:
        return
    assert isinstance(members, list)


@given(st.lists(st.tuples(st.sampled_from(["key", "size", "way", "x"]), st.text())))
def test_any_query_is_cleaned_or_refused_without_an_echo(items):
    try:
        values = clean_params(TABLE, items)
    except ParamError as err:
        for name, value in items:
            if len(value) > 12:
                assert value not in str(err), name
        return
    assert 1 <= len(values["key"]) <= 5
    assert 1 <= values["size"] <= 9
    assert values["way"] in ("up", "down")

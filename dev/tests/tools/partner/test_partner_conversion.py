"""Values of the vendor fit a field's type, or are refused with the reason."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghl_contact_sync.tools.partner.conversion import DoesNotFit, Reason, convert

TYPES = ("char", "text", "html", "integer", "float", "boolean", "date", "datetime")
COLOURS = {"r": "Red", "g": "Green"}


@pytest.mark.parametrize(
    ("value", "field_type", "expected"),
    [
        (" Ada ", "char", "Ada"),
        (5, "char", "5"),
        (5.0, "char", "5"),
        (["a", "b"], "text", "a, b"),
        (True, "char", "Yes"),
        ("<b>x</b>", "html", "&lt;b&gt;x&lt;/b&gt;"),
        ("1,234,567.50", "float", 1234567.5),
        ("$ 12.50", "float", 12.5),
        ("42", "integer", 42),
        (42.0, "integer", 42),
        ("yes", "boolean", True),
        (["No"], "boolean", False),
        ("2024-02-29", "date", "2024-02-29"),
        (1704067200000, "date", "2024-01-01"),
        ("2024-01-01T00:00:00.123Z", "datetime", datetime(2024, 1, 1)),
        ("red", "selection", "r"),
        ("G", "selection", "g"),
    ],
)
def test_what_fits(value, field_type, expected):
    converted = convert(value, field_type, selection=COLOURS)
    assert converted == expected
    assert type(converted) is type(expected)


@pytest.mark.parametrize("empty", [None, "", [], {}])
def test_none_is_none_for_every_type(empty):
    for field_type in (*TYPES, "selection"):
        assert convert(empty, field_type) is False


@pytest.mark.parametrize(
    ("value", "field_type", "reason"),
    [
        ({"url": "x"}, "char", Reason.NO_TEXT),
        ("x" * 20_000, "text", Reason.TOO_LONG),
        ("abc", "float", Reason.NO_NUMBER),
        ("1,5", "float", Reason.NO_NUMBER),
        ("1,500", "float", Reason.NO_NUMBER),
        ("€ 1.234,56", "float", Reason.NO_NUMBER),
        ("12.500,00", "integer", Reason.NO_NUMBER),
        ("1.000,5", "float", Reason.NO_NUMBER),
        ("2.500,", "float", Reason.NO_NUMBER),
        ("1.234.567", "float", Reason.NO_NUMBER),
        ("1_000", "integer", Reason.NO_NUMBER),
        (True, "float", Reason.NO_NUMBER),
        ("nan", "float", Reason.TOO_LARGE),
        (1e300, "integer", Reason.TOO_LARGE),
        ("1.5", "integer", Reason.NO_WHOLE_NUMBER),
        ("perhaps", "boolean", Reason.NO_YES_OR_NO),
        ("soon", "date", Reason.NO_DATE),
        ("2024-02-30", "date", Reason.NO_DATE),
        (1e20, "datetime", Reason.NO_DATE),
        ("blue", "selection", Reason.NO_CHOICE),
        ("x", "many2one", Reason.UNKNOWN_TYPE),
    ],
)
def test_what_does_not(value, field_type, reason):
    with pytest.raises(DoesNotFit) as refused:
        convert(value, field_type, selection=COLOURS)
    assert refused.value.reason is reason


def test_a_text_longer_than_its_field_is_refused_not_cut():
    with pytest.raises(DoesNotFit):
        convert("abcdef", "char", size=5)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(ANYTHING, st.sampled_from([*TYPES, "selection", "binary"]))
def test_anything_fits_or_is_refused(value, field_type):
    try:
        convert(value, field_type, selection=COLOURS)
    except DoesNotFit as err:
        assert err.reason in Reason

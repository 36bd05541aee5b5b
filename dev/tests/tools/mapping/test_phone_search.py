"""What a typed number is looked for as: its digits, and whether a number begins so."""

from __future__ import annotations

import pytest

from ghl_contact_sync.tools.mapping.phone_search import (
    calling_code,
    number_forms,
    phone_digits,
    trunk_prefix,
)


def forms(query, country=None):
    """The forms as texts, with ^ where a number must begin so."""
    return ["^" * first + digits for first, digits in number_forms(query, country)]


@pytest.mark.parametrize(
    ("country", "query", "expected"),
    [
        # A part of a number, or one that says nothing of its country.
        (None, "794", ["794"]),
        (None, "7946 0958", ["79460958"]),
        (None, "020 7946", ["0207946", "207946"]),
        ("GB", "7946 0958", ["79460958"]),
        # From abroad: as it stands, and without the own country's code.
        (None, "+44 20 7946", ["44207946", "^44207946"]),
        ("GB", "+44 20 7946", ["44207946", "^44207946", "^207946", "^440207946"]),
        ("GB", "+44 (0)20 7946", ["44207946", "^44207946", "^207946", "^440207946"]),
        (
            "GB",
            "+44 020 7946",
            ["440207946", "^440207946", "^207946", "^44207946"],
        ),
        ("GB", "0044 20 79", ["00442079", "^442079", "^2079", "^4402079"]),
        ("GB", "+1 555 1234", ["15551234", "^15551234"]),
        ("US", "011 44 20 7946", ["01144207946", "^44207946"]),
        ("AU", "0011 44 20 7946", ["001144207946", "^44207946"]),
        # Too short to lead abroad: a number at home may begin so.
        ("US", "011 44 207", ["01144207", "1144207"]),
        ("AU", "0011 44 207", ["001144207", "^1144207"]),
        (None, "000 123", ["000123", "123"]),
        # At home: without what is dialled there.
        ("GB", "020 7946", ["0207946", "^44207946", "^440207946", "^207946"]),
        ("US", "1 555 1234", ["15551234", "^15551234", "^105551234", "^5551234"]),
        ("HU", "06 1 234", ["061234", "^361234", "^3601234", "^1234"]),
        ("RU", "8 495 123", ["8495123", "^7495123", "^70495123", "^495123"]),
        ("IT", "06 1234", ["061234", "61234"]),
        # With the country's code and no plus, or a number that merely begins so.
        ("GB", "44 20 7946", ["44207946", "^207946"]),
        ("GB", "44 020 7946", ["440207946", "^207946"]),
        # What is left is too short to look for.
        ("GB", "012", ["012", "^4412", "^44012"]),
        (None, "+44", []),
        (None, "0 12", ["012"]),
        (None, "12", []),
        ("GB", "01", []),
        # No numbers.
        (None, "", []),
        (None, "12345x", []),
        (None, "tel: a", []),
        (None, "TEL:1234", ["1234"]),
    ],
)
def test_forms(country, query, expected):
    assert forms(query, country) == expected


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("+44 20 7946", "44207946"),
        ("+44 (0)20 7946", "44207946"),
        ("+44 ( 0 ) 20", "4420"),
        ("0044 20", "4420"),
        ("020-7946", "207946"),
        ("1000", "1000"),
        ("\u0664\u0664 20", "4420"),
        ("020\x1e0044\x1f0\x1e5", "20\x1e44\x1f\x1e5"),
        ("none", ""),
    ],
)
def test_digits_that_are_stored(text, digits):
    assert phone_digits(text) == digits


def test_countries():
    names = (" gb ", "UK", "United Kingdom")
    assert {calling_code(name) for name in names} == {"44"}
    assert calling_code(None) is calling_code("Nowhere") is None
    prefixes = {"GB": "0", "US": "1", "CA": "1", "HU": "06", "RU": "8", "ES": ""}
    assert {iso: trunk_prefix(iso) for iso in prefixes} == prefixes
    assert trunk_prefix(None) == trunk_prefix("Nowhere") == "0"

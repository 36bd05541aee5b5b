"""A text has the grams of each text that it holds."""

import pytest

from ghl_contact_sync.tools.mapping.grams import grams, has_trigram


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a", ["a"]),
        ("ß", ["ß"]),
        ("ab", ["ab"]),
        ("a.b", [".b", "a."]),
        ("aaa", ["aa"]),
        ("明 李", [" 李", "明 "]),
    ],
)
def test_pairs_of_letters(text, parts):
    assert grams(text) == parts


@pytest.mark.parametrize(
    ("text", "has"),
    [
        ("ab", False),
        ("abc", True),
        ("a.bc.d", False),
        ("李明天", False),
        ("+49", False),
        ("1517", True),
    ],
)
def test_whether_an_index_of_trigrams_finds_it(text, has):
    """Letters of other scripts count as none: where the locale is C, they are none."""
    assert has_trigram(text) is has

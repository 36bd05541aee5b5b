"""Contacts are found by folded texts, names, and telephone numbers in any spelling."""

import re

import pytest

from ghl_contact_sync.tools.mapping.consent import consents
from ghl_contact_sync.tools.mapping.search import (
    MAX_LENGTH,
    fold,
    like_pattern,
    search_needles,
    search_texts,
)


def like(text, pattern):
    """PostgreSQL's LIKE."""
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    wild = {"%": ".*", "_": "."}
    regex = "".join(wild.get(part, re.escape(part[-1])) for part in parts)
    return re.fullmatch(regex, text, re.DOTALL) is not None


def found(query, contacts, country=None):
    """Return which contacts (by their place) a query finds."""
    texts = search_texts(contacts)
    patterns = [like_pattern(text) for text in search_needles(query, country)]
    return [
        place
        for place, text in enumerate(texts)
        if any(like(text, pattern) for pattern in patterns)
    ]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("i̇stanbul", "İstanbul"),
        ("İSTANBUL", "i̇stanbul"),
        ("STRASSE", "Hauptstraße"),
        ("straße", "HAUPTSTRASSE"),
        ("ΣΊΣΥΦΟΣ", "Σίσυφος"),
        ("ÇAĞRI", "çağri"),
        ("jose\u0301", "JOSÉ"),
        ("ＡＤＡ", "Ada"),
        ("Ada Lovelace", "ada\u00a0 lovelace"),
        ("ada   lovelace", "Ada Lovelace"),
        ("soft\u00adhyphen", "SoftHyphen"),
        ("\u1c90", "\u10d0"),
        ("明", "李明"),
        ("100%", "100% Ada"),
        ("a_b", "A_B"),
        ("back\\slash", "Back\\Slash"),
    ],
)
def test_case_form_and_blanks_do_not_matter(query, name):
    others = [{"contactName": "Istanbul 100 a-b backslash"}, {"contactName": None}]
    assert found(query, [{"contactName": name}, *others]) == [0]


def test_dotted_capital_is_no_plain_i():
    names = ["Ilse", "Irma", "ivan", "İlker", "ISTANBUL"]
    assert found("İ", [{"name": name} for name in names]) == [3]
    assert found("i", [{"name": name} for name in names]) == [0, 1, 2, 3, 4]


def test_fold_is_stable():
    for number in range(0x110000):
        char = chr(number)
        if not 0xD800 <= number < 0xE000:
            assert fold(fold(char)) == fold(char), hex(number)


@pytest.mark.parametrize(
    "contact",
    [
        {"contactName": "zelda"},
        {"firstName": "Zelda", "lastName": "Fitz"},
        {"contactName": "z. fitz", "firstName": "Zelda", "lastName": "Fitz"},
        {"firstNameLowerCase": "zelda"},
        {"fullNameLowerCase": "zelda fitz"},
        {"email": "ZELDA@example.com"},
        {"additionalEmails": [{"email": "zelda@example.com"}]},
        {"additionalEmails": ["Zelda@example.com"]},
        {"companyName": "Zelda & Co"},
        {"businessName": "Zelda & Co"},
    ],
)
def test_wherever_it_stands(contact):
    assert found("zelda", [{"name": "Ada"}, contact]) == [1]


SPELLINGS = [
    "+442079460958",
    "+44 20 7946 0958",
    "+44 (0)20 7946 0958",
    "+44 (0) 20 / 7946-0958",
    "+44 020 79460958",
    "0044 20 7946 0958",
    "00442079460958",
    "020 7946 0958",
    "(020) 7946 0958",
    "020.7946.0958",
    "020/7946/0958",
    "02079460958",
    "+44\u00a020\u20117946\u20110958",
    "+44 20 7946\u20130958",
    "tel:+44-20-7946-0958",
    "\uff0b\uff14\uff14 20 7946 0958",
    "+\u0664\u0664 20 7946 0958",
]


@pytest.mark.parametrize("country", ["GB", "gb", "United Kingdom", "UK"])
@pytest.mark.parametrize("query", SPELLINGS)
def test_any_spelling_finds_any_other(query, country):
    contacts = [{"phone": text} for text in SPELLINGS]
    assert found(query, contacts, country) == list(range(len(SPELLINGS)))
    # No other number, and no other country's.
    others = ["+12079460958", "+442079460959", "+4920794609580", None, ""]
    assert found(query, [{"phone": text} for text in others], country) == []


@pytest.mark.parametrize(
    ("country", "stored", "queries"),
    [
        ("US", "+15551234567", ["(555) 123-4567", "1-555-123-4567", "555.123.4567"]),
        ("US", "(555) 123-4567", ["+1 555 123 4567", "011 1 555 123 4567"]),
        ("US", "+442079460958", ["011 44 20 7946 0958", "020 7946 0958"]),
        ("DE", "+4930901820", ["030 901820", "030/90 18 20", "0049 30 901820"]),
        ("IT", "+390612345678", ["06 1234 5678", "+39 06 12345678"]),
        ("HU", "+3612345678", ["06 1 234 5678"]),
        ("RU", "+74951234567", ["8 (495) 123-45-67", "495 123 45 67"]),
        ("FR", "+33123456789", ["01 23 45 67 89", "+33 (0)1 23 45 67 89"]),
        ("AU", "+61291234567", ["(02) 9123 4567", "0011 61 2 9123 4567"]),
        ("ES", "+34912345678", ["912 345 678"]),
        (None, "+442079460958", ["020 7946 0958", "7946 0958", "0958", "794"]),
        (
            "GB",
            "+442079460958",
            ["7946 0958", "0958", "020 79", "+44 20 79", "0044 20"],
        ),
    ],
)
def test_as_it_is_dialled_there(country, stored, queries):
    for contact in ({"phone": stored}, {"additionalPhones": [{"phone": stored}]}):
        for query in queries:
            assert found(query, [contact, {"phone": "+9988877"}], country) == [0], query


def test_a_number_never_reaches_into_the_next():
    contact = {"phone": "+1555123", "additionalPhones": ["4567890", {"phone": 7}, None]}
    assert found("1234567", [contact]) == []
    assert found("4567890", [contact]) == [0]


def test_texts_with_separators_and_rubbish():
    rubbish = [
        {"contactName": "A\x1eda", "email": "x\x1fy@example.com"},
        {"contactName": 7, "firstName": ["x"], "additionalEmails": {"email": "no"}},
        {"contactName": "Bob", "additionalPhones": [["x"], 5], "phone": 5},
        {},
    ]
    texts = search_texts(rubbish)
    assert len(texts) == 4
    assert found("bob", rubbish) == [2]
    assert found("a da", rubbish) == [0]
    assert found("\x1f", rubbish) == found("  ", rubbish) == []
    [text] = search_texts([{"name": "x" * 1_000_000, "phone": "1" * 1_000_000}])
    assert len(text) < 3 * MAX_LENGTH
    assert search_texts([]) == []


def test_consent_by_channel():
    told = consents(
        {
            "Call": {"status": "active", "message": "Asked us to stop", "code": "103"},
            "email": {"status": "inactive", "message": ""},
            "SMS": {"status": "permanent"},
            "Fax": {"status": "odd"},
            "WhatsApp": None,
        }
    )
    assert [(one["channel"], one["blocked"], one["text"]) for one in told] == [
        ("Phone calls", True, "Do not contact"),
        ("Email", False, "May be contacted"),
        ("SMS", True, "Do not contact, for good"),
        ("Fax", None, "odd"),
        ("WhatsApp", None, "Not told"),
    ]
    assert [one["reason"] for one in told] == ["Asked us to stop", *[None] * 4]
    assert consents(None) == consents([1]) == []

"""What is found wrong with a contact: by its own data alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghl_contact_sync.tools.quality.figures import FIGURES, GOOD, describe
from ghl_contact_sync.tools.quality.findings import (
    BY_NAME,
    CODES,
    FINDINGS,
    Norms,
    judge,
)
from ghl_contact_sync.tools.quality.score import PARTS, score_of, score_parts

OPEN, CLOSED = {"status": "inactive"}, {"status": "active"}
FINE = {"name": "Ada", "email": "ada@example.com", "phone": "+442079460958"}


def email(text):
    return text.strip().lower() if isinstance(text, str) and "@" in text else None


def phone(text):
    return text if isinstance(text, str) and text.startswith("+") else None


NORMS = Norms(email, phone, frozenset({"u1"}), frozenset({"f1"}))


def found(norms=NORMS, **values):
    names = {code: name for name, code in CODES.items()}
    return {names[code] for code in judge({**FINE, **values}, norms).codes}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, set()),
        ({"name": " ", "company_name": None}, {"no_name"}),
        ({"name": None, "company_name": "Acme"}, set()),
        ({"email": None}, {"email_missing", "email_unreachable"}),
        ({"email": "nobody"}, {"email_malformed", "email_unreachable"}),
        ({"valid_email": False}, {"email_invalid", "email_unreachable"}),
        ({"extra": {"bounceEmail": True}}, {"email_bounced", "email_unreachable"}),
        (
            {"extra": {"unsubscribeEmail": True}},
            {"email_unsubscribed", "email_unreachable"},
        ),
        ({"extra": {"bounceEmail": "true", "unsubscribeEmail": None}}, set()),
        ({"phone": ""}, {"phone_missing", "sms_unreachable", "call_unreachable"}),
        ({"phone": "12"}, {"phone_malformed", "sms_unreachable", "call_unreachable"}),
        (
            {"email": None, "phone": None},
            {
                *("email_missing", "phone_missing", "unreachable"),
                *("email_unreachable", "sms_unreachable", "call_unreachable"),
            },
        ),
        # Neither the switch nor the channels alone decide; both are told.
        ({"dnd": True, "dnd_settings": {"Email": OPEN}}, {"dnd_without_channel"}),
        (
            {"dnd": True, "dnd_settings": {"Email": CLOSED, "SMS": OPEN}},
            {"email_closed", "email_unreachable"},
        ),
        (
            {"dnd": False, "dnd_settings": {"sms": CLOSED}},
            {"sms_closed", "sms_unreachable", "channel_without_dnd"},
        ),
        (
            {"dnd": True, "dnd_settings": None},
            {"unreachable", "email_unreachable", "sms_unreachable", "call_unreachable"},
        ),
        (
            {"dnd": True, "dnd_settings": {"WhatsApp": CLOSED}},
            {
                *("whatsapp_closed", "unreachable"),
                *("email_unreachable", "sms_unreachable", "call_unreachable"),
            },
        ),
        ({"assigned_to": "u1"}, set()),
        ({"assigned_to": "u2"}, {"owner_gone"}),
        ({"custom_fields": [{"id": "f1", "value": 1}]}, set()),
        ({"custom_fields": [{"id": "f1"}, {"id": "f2"}]}, {"unknown_field"}),
    ],
)
def test_what_is_found(values, expected):
    assert found(**values) == expected


def test_what_was_never_read_makes_nobody_unknown():
    norms = Norms(email, phone)
    values = {"assigned_to": "u2", "custom_fields": [{"id": "f2"}]}
    assert found(norms, **values) == set()


def test_addresses_and_numbers_are_compared_with_the_additional_ones():
    extra = {
        "additionalEmails": [{"email": "B@example.com"}, "ada@example.com", None, 7],
        "additionalPhones": ["+15550001111", {"phone": "+15550001111"}, {"phone": []}],
    }
    judged = judge({**FINE, "extra": extra}, NORMS)
    assert judged.emails == ["ada@example.com", "b@example.com"]
    assert judged.phones == ["+442079460958", "+15550001111"]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(
    st.dictionaries(
        st.sampled_from(
            [
                *("name", "email", "phone", "valid_email", "dnd", "dnd_settings"),
                *("assigned_to", "custom_fields", "extra"),
            ]
        ),
        ANYTHING,
    )
)
def test_nothing_that_is_sent_stops_it(contact):
    judged = judge(contact, NORMS)
    assert judged.codes <= set(CODES.values())
    names = {BY_NAME[name].name for name in BY_NAME if CODES[name] in judged.codes}
    channels = {"email_unreachable", "sms_unreachable", "call_unreachable"}
    assert ("unreachable" in names) == (channels <= names)


def test_numbers_and_names_are_used_once():
    assert len(CODES) == len(FINDINGS) == len(set(CODES.values()))
    # A location's findings share numbers with nobody else's.
    assert all(0 < code < 128 for code in CODES.values())
    described = [name for name, _label, _meaning in describe(365)]
    assert sorted(described) == sorted(FIGURES)
    assert set(GOOD.values()) <= set(BY_NAME)


def test_the_score_is_the_sum_of_its_parts():
    assert sum(weight for weight, _words, _bad in PARTS) == 100
    counts = {"unreachable": 10, "no_name": 25, "stale": 50}
    parts = score_parts(100, counts)
    assert score_of(100, counts) == sum(part["points"] for part in parts) == 86
    assert score_of(100, {}) == 100
    assert score_of(3, {"no_name": 1}) == 93.33
    assert score_of(0, {}) is None
    # Only what is whole is a hundred.
    assert score_of(1_000_000, {"owner_gone": 1}) == 99.99


@given(st.integers(1, 10**7), st.data())
def test_the_score_stays_in_its_bounds(total, data):
    bad = [bad for _weight, _words, bad in PARTS]
    counts = {name: data.draw(st.integers(0, total)) for name in bad}
    assert 0 <= score_of(total, counts) <= 100

"""Do-not-disturb, read from what the vendor really sends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghl_contact_sync.tools.partner.consent import EMAIL, PHONE, closed_channels

OPEN, CLOSED, FOREVER = ({"status": s} for s in ("inactive", "active", "permanent"))


@pytest.mark.parametrize(
    ("dnd", "settings", "expected"),
    [
        (False, None, set()),
        (True, None, {EMAIL, PHONE}),
        (True, {}, {EMAIL, PHONE}),
        (True, {"Email": OPEN, "SMS": OPEN, "Call": OPEN}, set()),
        (False, {"Email": CLOSED}, {EMAIL}),
        (False, {"email": CLOSED, "sms": OPEN}, {EMAIL}),
        (False, {"SMS": FOREVER}, {PHONE}),
        (False, {"Call": CLOSED, "SMS": OPEN}, {PHONE}),
        (True, {"WhatsApp": CLOSED}, {EMAIL, PHONE}),
        (False, {"WhatsApp": CLOSED}, set()),
        (False, {"Email": {"status": None}}, set()),
        ("true", None, set()),
    ],
)
def test_what_is_closed(dnd, settings, expected):
    assert closed_channels(dnd, settings) == expected


@given(
    st.none() | st.booleans() | st.text(),
    st.recursive(st.none() | st.text(), lambda i: st.dictionaries(st.text(), i)),
)
def test_anything_is_read(dnd, settings):
    assert closed_channels(dnd, settings) <= {EMAIL, PHONE}

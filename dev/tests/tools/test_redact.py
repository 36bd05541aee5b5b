"""Nothing secret and nobody's data survives the masking; ordinary text does."""

from __future__ import annotations

import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghl_contact_sync.tools.errors import (
    GhlAuthError,
    GhlNotFound,
    GhlRateLimited,
    GhlRequestError,
)
from ghl_contact_sync.tools.redact import redact

# Made here, so that nothing in the repository looks like a credential.
SECRET = secrets.token_urlsafe(24)
JWT = ".".join(
    ["ey" + "J" + secrets.token_urlsafe(20)] + [secrets.token_urlsafe(30)] * 2
)
PIT = "p" + "it-" + secrets.token_hex(16)


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Bearer {SECRET}",
        f"authorization=bearer%20{SECRET}",
        f"{{'Authorization': 'Bearer {SECRET}', 'Version': 'v3'}}",
        f"GET /x?access_token={SECRET}&limit=5",
        f"refresh_token={SECRET}&grant_type=refresh_token",
        f'{{"refreshToken": "{SECRET}", "expiresIn": 86399}}',
        f'{{\\"accessToken\\": \\"{SECRET}\\"}}',
        f"client_secret: {SECRET}",
        f"clientSecret={SECRET}",
        f"https://x.test/cb?code={SECRET}&state=1",
        f"https://x.test/cb?state=1&code={SECRET}",
        f"private_token='{SECRET}'",
        f"password={SECRET}",
    ],
)
def test_credentials_are_masked_wherever_they_stand(text):
    assert SECRET not in redact(text)


@pytest.mark.parametrize("token", [JWT, PIT])
def test_tokens_are_known_by_their_looks(token):
    assert token not in redact(f"what is {token}?")
    assert token not in redact(f"x={token}")


@pytest.mark.parametrize(
    "text",
    [
        "ada.lovelace+x@mail.example.co.uk",
        "email=ada%40example.com",
        "<o'hara@example.org>",
        "jörg@bücher.example",
        "+14155552671",
        "+49 (30) 1234-5678",
        "%2B14155552671",
        "(415) 555-2671",
        "415-555-2671",
        "415.555.2671",
        "4155552671",
    ],
)
def test_addresses_and_numbers_are_masked(text):
    masked = redact(f"Contact {text} exists")
    assert masked in ("Contact [email] exists", "Contact [phone] exists") or (
        "[email]" in masked and "ada" not in masked and "hara" not in masked
    )


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23 21:22:05,123 INFO sync of location VU1SPQwBqbfa1z9MyaDl",
        "page 3 of 12: 500 contacts, total=1000000, code 429",
        "cursor [1736471515514, 'VU1SPQwBqbfa1z9MyaDl']",
        "HTTP 422: pageLimit must not be greater than 100",
        "{'code': 'rate_limited', 'status': 429}",
        "window 2020-01-01T00:00:00.000Z .. 2021-01-01T00:00:00.000Z",
        "id 5f0c2b9e-1c2d-4e5f-8a9b-0c1d2e3f4a5b",
        "http://127.0.0.1:8069/api/sync-status?location_id=abc",
    ],
)
def test_ordinary_text_is_left_alone(text):
    assert redact(text) == text


@given(st.text(max_size=300))
def test_takes_any_text(text):
    assert isinstance(redact(text), str)
    assert redact(redact(text)) == redact(redact(redact(text)))


@pytest.mark.parametrize(
    "error",
    [
        GhlAuthError(f"Bearer {SECRET} of ada@example.com", request_id=SECRET and "t1"),
        GhlRequestError(f"refused: access_token={SECRET} +14155552671"),
        GhlNotFound(f"no contact ada@example.com {JWT}"),
        GhlRateLimited(f"later, Bearer {SECRET}", daily=True),
    ],
)
def test_errors_mask_what_they_are_given(error):
    for shown in (str(error), repr(error), error.message):
        for planted in (SECRET, JWT, "ada@", "4155552671"):
            assert planted not in shown


def test_errors_are_short():
    assert len(str(GhlRequestError("x" * 10_000))) <= 400

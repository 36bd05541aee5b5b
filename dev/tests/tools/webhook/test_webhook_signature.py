"""Signatures with the real algorithms; keys are made as the tests run."""

import base64
import hashlib
import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ghl_contact_sync import const
from ghl_contact_sync.tools.webhook.envelope import (
    MalformedEvent,
    parse_event,
)
from ghl_contact_sync.tools.webhook.signature import (
    SignatureRefused,
    parse_keys,
    verify,
)

BODY = b'{"type":"ContactUpdate","id":"abc"}'
ED = ed25519.Ed25519PrivateKey.generate()
OTHER_ED = ed25519.Ed25519PrivateKey.generate()
RSA = rsa.generate_private_key(65537, 2048)


def pem(key) -> str:
    public = key.public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def newer(body=BODY, key=ED) -> str:
    return base64.b64encode(key.sign(body)).decode()


def older(body=BODY, digest=None) -> str:
    signature = RSA.sign(body, padding.PKCS1v15(), digest or SHA256())
    return base64.b64encode(signature).decode()


KEYS = parse_keys(pem(ED) + pem(RSA))


def check(ed=None, rs=None, body=BODY, keys=KEYS, accept_rsa=True):
    return verify(body, ed, rs, keys, accept_rsa=accept_rsa)


def test_published_keys_are_usable():
    keys = parse_keys(const.WEBHOOK_PUBLIC_KEYS)
    assert (len(keys.ed25519), len(keys.rsa), keys.problems) == (1, 1, 0)
    assert keys.rsa[0].key_size == 4096
    der = keys.rsa[0].public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    # Copies with typing errors are about; this is the digest of the right one.
    assert hashlib.sha256(der).hexdigest().startswith("2f62045d")


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ({"ed": newer()}, "ed25519"),
        ({"rs": older()}, "rsa"),
        ({"ed": newer(), "rs": older()}, "ed25519"),
        ({"ed": newer(), "rs": "rubbish"}, "ed25519"),
        ({"ed": "N/A", "rs": older()}, "rsa"),
        ({"ed": " n/a ", "rs": older()}, "rsa"),
        ({"ed": "", "rs": older()}, "rsa"),
        ({"ed": f"  {newer()}\n"}, "ed25519"),
    ],
)
def test_good_signatures(headers, kind):
    assert check(**headers) == kind


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"ed": "N/A"},
        {"ed": "N/A", "rs": "N/A"},
        {"ed": newer(BODY + b" ")},
        {"ed": newer(key=OTHER_ED)},
        {"rs": older(BODY + b" ")},
        {"rs": older(digest=SHA1())},
        # no way down: a wrong newer signature is not made good by an older one
        {"ed": newer(key=OTHER_ED), "rs": older()},
        {"ed": "%%%", "rs": older()},
        {"ed": newer()[:-4]},
        {"ed": older()},
        {"rs": newer()},
        {"ed": "A" * 100_000},
        {"ed": "ä"},
        {"ed": base64.urlsafe_b64encode(b"\xff" * 64).decode()},
    ],
)
def test_wrong_signatures(headers):
    with pytest.raises(SignatureRefused):
        check(**headers)


@pytest.mark.parametrize(
    ("headers", "code", "words"),
    [
        ({}, "unsigned", "not signed"),
        ({"ed": "N/A", "rs": " "}, "unsigned", "not signed"),
        ({"ed": newer(key=OTHER_ED)}, "bad_signature", "Ed25519 signature is wrong"),
        ({"rs": newer()}, "bad_signature", "RSA signature is wrong"),
        ({"ed": "%"}, "bad_signature", "not base64"),
        ({"ed": "A" * 2_048}, "bad_signature", "is wrong"),
        ({"ed": "A" * 2_049}, "bad_signature", "too long"),
    ],
)
def test_a_refusal_says_why(headers, code, words):
    with pytest.raises(SignatureRefused, match=words) as caught:
        check(**headers)
    assert caught.value.code == code


@pytest.mark.parametrize("headers", [{"ed": newer()}, {"rs": older()}])
def test_a_signature_without_its_key_is_no_wrong_one(headers):
    for keys, accept in ((parse_keys(""), True), (parse_keys(pem(ED)), False)):
        if "ed" in headers and keys.ed25519:
            continue
        with pytest.raises(SignatureRefused, match="no key") as caught:
            check(**headers, keys=keys, accept_rsa=accept)
        assert caught.value.code == "no_key"


def test_rsa_only_while_enabled():
    with pytest.raises(SignatureRefused):
        check(rs=older(), accept_rsa=False)
    assert check(ed=newer(), rs=older(), accept_rsa=False) == "ed25519"


def test_every_key_of_a_rotation_is_accepted():
    keys = parse_keys(pem(OTHER_ED) + "\n\n" + pem(RSA) + pem(ED))
    assert (keys.size, keys.problems) == (3, 0)
    assert check(ed=newer(), keys=keys) == "ed25519"
    assert check(ed=newer(key=OTHER_ED), keys=keys) == "ed25519"


@pytest.mark.parametrize("text", ["", "no key", "-----BEGIN PUBLIC KEY-----\nAAAA"])
def test_without_a_key_everything_is_refused(text):
    keys = parse_keys(text)
    assert keys.size == 0
    for headers in ({"ed": newer()}, {"rs": older()}, {}):
        with pytest.raises(SignatureRefused):
            check(**headers, keys=keys)


def test_newer_signature_without_its_key_leaves_the_older_one():
    assert check(ed=newer(), rs=older(), keys=parse_keys(pem(RSA))) == "rsa"


def test_unusable_keys_are_counted():
    weak = rsa.generate_private_key(65537, 1024)
    curve = ec.generate_private_key(ec.SECP256R1())
    broken = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"
    keys = parse_keys("words\n" + pem(weak) + pem(curve) + broken + pem(ED))
    assert (keys.size, keys.problems) == (1, 4)
    assert keys.problems == parse_keys(pem(weak) * 4).problems
    many = parse_keys(pem(ED) * 30)
    assert (many.size, many.problems) == (20, 10)
    assert parse_keys(pem(ED) * 20).problems == parse_keys(" \n").problems == 0


# === THE ENVELOPE === #


def event(**values):
    return parse_event(json.dumps({"type": "ContactUpdate", **values}).encode())


def test_flat_and_wrapped_payloads_say_the_same():
    inner = {"id": "c1", "locationId": "l1"}
    envelope = {
        "timestamp": "2026-01-02T03:04:05.678Z",
        "webhookId": "w1",
        "appId": "a1",
    }
    flat = event(**inner, **envelope)
    assert flat == event(data=inner, **envelope)
    assert flat == event(data={**inner, **envelope})
    assert (flat.kind, flat.contact_id, flat.location_id) == ("contact", "c1", "l1")
    assert flat.timestamp_ms == 1767323045678


def test_kinds():
    assert event(type="ContactMerge", id="c").kind == "contact"
    update = event(type="LocationUpdate", id="l1")
    assert (update.kind, update.location_id, update.contact_id) == (
        "location",
        "l1",
        None,
    )
    install = event(type="INSTALL", companyId="k", locationId="l", companyName="Secret")
    assert install.kind == "app"
    assert install.details == {"companyId": "k", "locationId": "l"}
    assert event(type="NoteCreate", id="n").kind == "other"


@pytest.mark.parametrize(
    ("kind", "contact", "location", "details"),
    [
        ("ContactUpdate", "x", None, {}),
        ("LocationUpdate", None, "x", {}),
        ("INSTALL", None, None, {"companyId": "k"}),
        ("NoteCreate", None, None, {}),
    ],
)
def test_an_id_is_that_of_what_the_event_is_about(kind, contact, location, details):
    found = event(type=kind, id="x", companyId="k")
    assert (found.contact_id, found.location_id) == (contact, location)
    assert found.details == details


@pytest.mark.parametrize("value", ["a\0b", "x" * 101, 5, None, "", ["a"], "ä", "a b"])
def test_odd_identifiers_are_none(value):
    found = event(id=value, locationId=value, appId=value, webhookId=value)
    assert found.contact_id is found.location_id is found.app_id is None
    # Without an id of the vendor's the body itself tells repetitions apart.
    assert found.webhook_id.startswith("sha256:")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"junk",
        b"\xff\xfe",
        b"[]",
        b"null",
        b"7",
        b'{"type":""}',
        b'{"type":5}',
        b"{}",
        b"[" * 200_000,
        b'{"data":[]}',
    ],
)
def test_junk_is_malformed(body):
    with pytest.raises(MalformedEvent):
        parse_event(body)


def test_missing_timestamp_is_none():
    for value in (None, "yesterday", {}, "2026-13-45T00:00:00Z"):
        assert event(timestamp=value).timestamp_ms is None

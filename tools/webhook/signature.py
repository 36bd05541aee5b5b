"""Proof that a webhook comes from GoHighLevel: signatures over the raw body.

`X-GHL-Signature` is Ed25519, `X-WH-Signature` the older RSA PKCS#1 v1.5 over SHA-256;
both are base64. The keys are the same for all apps, so a good signature proves the
sender, not that the event is meant for us.
https://marketplace.gohighlevel.com/docs/webhook/WebhookIntegrationGuide
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from . import refusals

ED25519_HEADER = "X-GHL-Signature"
RSA_HEADER = "X-WH-Signature"

# Shorter RSA keys can be forged with means that are within reach.
MIN_RSA_BITS = 2048
# Nobody rotates through more; each costs time with every forged signature.
MAX_KEYS = 20
# The vendor sends these in place of a signature that it does not make.
_ABSENT = frozenset(("", "N/A"))
_MAX_SIGNATURE = 2_048
_PEM = re.compile(
    r"-----BEGIN (?P<label>[A-Z0-9 ]{1,40})-----[^-]*-----END (?P=label)-----"
)


class SignatureRefused(Exception):
    """The body is not proven to be the vendor's; the text says why, without data.

    :param str code: of `refusals.REASONS`
    """

    def __init__(self, message: str, code: str = refusals.BAD_SIGNATURE) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class KeyRing:
    """Public keys of the vendor; `problems` counts blocks that hold no usable key."""

    ed25519: tuple[Ed25519PublicKey, ...] = ()
    rsa: tuple[RSAPublicKey, ...] = ()
    problems: int = 0

    @property
    def size(self) -> int:
        """The number of usable keys."""
        return len(self.ed25519) + len(self.rsa)


@lru_cache(maxsize=16)
def parse_keys(text: str) -> KeyRing:
    """Return the Ed25519 and RSA public keys of a text of PEM blocks, in any order.

    Never raises: a key that cannot be used is a problem that is counted, and an empty
    ring verifies nothing.
    """
    blocks = [match.group(0) for match in _PEM.finditer(text)]
    # Something is written, but it is no PEM block.
    problems = 1 if _PEM.sub("", text).strip() else 0
    problems += max(0, len(blocks) - MAX_KEYS)
    ed25519: list[Ed25519PublicKey] = []
    rsa: list[RSAPublicKey] = []
    for block in blocks[:MAX_KEYS]:
        try:
            key = load_pem_public_key(block.strip().encode())
        except (ValueError, UnsupportedAlgorithm):
            problems += 1
            continue
        if isinstance(key, Ed25519PublicKey):
            ed25519.append(key)
        elif isinstance(key, RSAPublicKey) and key.key_size >= MIN_RSA_BITS:
            rsa.append(key)
        else:
            problems += 1
    return KeyRing(tuple(ed25519), tuple(rsa), problems)


def verify(
    body: bytes,
    ed25519_signature: str | None,
    rsa_signature: str | None,
    keys: KeyRing,
    *,
    accept_rsa: bool,
) -> str:
    """Verify a delivery; return the kind of signature that held: ed25519 or rsa.

    An Ed25519 signature that can be checked decides alone: a wrong one is not made good
    by an RSA signature.

    :param bytes body: exactly as received
    :param str ed25519_signature: the `X-GHL-Signature` header
    :param str rsa_signature: the `X-WH-Signature` header
    :param bool accept_rsa: whether the older kind will do
    :raise SignatureRefused: no signature, no key, or none that fits
    """
    newer = _present(ed25519_signature)
    if newer and keys.ed25519:
        signature = _decode(newer)
        if any(_holds(key.verify, signature, body) for key in keys.ed25519):
            return "ed25519"
        raise SignatureRefused("the Ed25519 signature is wrong")
    older = _present(rsa_signature)
    if older and accept_rsa and keys.rsa:
        signature = _decode(older)
        padding, digest = PKCS1v15(), SHA256()
        if any(
            _holds(key.verify, signature, body, padding, digest) for key in keys.rsa
        ):
            return "rsa"
        raise SignatureRefused("the RSA signature is wrong")
    if newer or older:
        raise SignatureRefused(
            "there is no key for this kind of signature", refusals.NO_KEY
        )
    raise SignatureRefused("it is not signed", refusals.UNSIGNED)


def _present(header: str | None) -> str | None:
    text = (header or "").strip()
    return None if text.upper() in _ABSENT else text


def _decode(text: str) -> bytes:
    if len(text) > _MAX_SIGNATURE:
        raise SignatureRefused("the signature is too long")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as err:
        raise SignatureRefused("the signature is not base64") from err


def _holds(check: Callable[..., object], *arguments: object) -> bool:
    try:
        check(*arguments)
    except InvalidSignature:
        return False
    return True

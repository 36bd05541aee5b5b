"""The two signatures of a delivery, with keys made at run time."""

from base64 import b64encode

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

RSA_BITS = 2048


class Keys:
    """An Ed25519 and an RSA key; both sign the raw body."""

    def __init__(self) -> None:
        self._ed25519 = ed25519.Ed25519PrivateKey.generate()
        self._rsa = rsa.generate_private_key(65537, RSA_BITS)

    def sign(self, body: bytes, wanted: str = "both") -> dict[str, str]:
        """Headers for a body: both, ed25519, rsa, none or na (``N/A`` as the value)."""
        headers = {}
        if wanted in ("both", "ed25519"):
            headers["X-GHL-Signature"] = _text(self._ed25519.sign(body))
        if wanted == "na":
            headers["X-GHL-Signature"] = "N/A"
        if wanted in ("both", "rsa", "na"):
            signature = self._rsa.sign(body, padding.PKCS1v15(), hashes.SHA256())
            headers["X-WH-Signature"] = _text(signature)
        return headers

    def public(self) -> dict[str, str]:
        """Public keys as PEM."""
        result = {}
        for name, key in (("ed25519", self._ed25519), ("rsa", self._rsa)):
            pem = key.public_key().public_bytes(
                serialization.Encoding.PEM,
                serialization.PublicFormat.SubjectPublicKeyInfo,
            )
            result[name] = pem.decode("ascii")
        return result

    def state(self) -> dict[str, str]:
        """Private keys as PEM, for the state file."""
        result = {}
        for name, key in (("ed25519", self._ed25519), ("rsa", self._rsa)):
            pem = key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            result[name] = pem.decode("ascii")
        return result

    def restore(self, state: dict[str, str]) -> None:
        """From the state file."""
        load = serialization.load_pem_private_key
        self._ed25519 = load(state["ed25519"].encode(), None)
        self._rsa = load(state["rsa"].encode(), None)


def _text(signature: bytes) -> str:
    return b64encode(signature).decode("ascii")

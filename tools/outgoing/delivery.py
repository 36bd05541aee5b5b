"""Sends one signed JSON body to one address, and never waits for long.

The signature is an HMAC of the time and the body: whoever knows the secret can tell
that it comes from here, and that it is not an old one sent again.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import ssl
import threading
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from .address import is_public, resolve, url_problem

SIGNATURE = "X-GHL-Sync-Signature"
DELIVERY = "X-GHL-Sync-Delivery"
# Seconds to connect and for each answer on the line, and for all of it together.
TIMEOUT = 5.0
TOTAL = 15.0
MAX_BODY = 64 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome of one try.

    :param str | None trouble: why it did not arrive, in words; None when it did
    """

    status: int | None
    trouble: str | None


def sign(secret: str, timestamp: int, body: bytes) -> str:
    """Return the value of the header that proves who sent this, and when."""
    text = str(timestamp).encode() + b"." + body
    digest = hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={digest}"


def send(
    url: str, secret: str, body: bytes, delivery: str, private: bool = False
) -> Answer:
    """Post `body` to `url`; redirects are not followed.

    :param delivery: names the delivery, the same for each try of it
    :param private: addresses of the own network are allowed
    """
    if len(body) > MAX_BODY:
        return Answer(None, "too large")
    problem = url_problem(url, private)
    if problem:
        return Answer(None, f"the address is {problem}")
    try:
        return _post(url, secret, body, delivery, private)
    except (OSError, http.client.HTTPException, ValueError) as err:
        # The message of an error may repeat the address, which may hold a secret.
        return Answer(None, f"not reached ({type(err).__name__})")


def _post(url: str, secret: str, body: bytes, delivery: str, private: bool) -> Answer:
    if not private and not all(map(is_public, resolve(url))):
        return Answer(None, "the address belongs to a private network")
    parts = urlsplit(url)
    connection = _connection(parts.scheme, parts.hostname or "", parts.port)
    watch = threading.Timer(TOTAL, _abort, (connection,))
    watch.daemon = True
    watch.start()
    try:
        connection.connect()
        # The name may have been resolved to something else meanwhile.
        if not private and not is_public(connection.sock.getpeername()[0]):
            return Answer(None, "the address belongs to a private network")
        timestamp = int(time.time())
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "ghl-contact-sync",
            DELIVERY: delivery,
            SIGNATURE: sign(secret, timestamp, body),
        }
        connection.request("POST", path, body, headers)
        status = connection.getresponse().status
    finally:
        watch.cancel()
        connection.close()
    return Answer(status, None if 200 <= status < 300 else f"answered {status}")


def _connection(scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
    if scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, port, timeout=TIMEOUT, context=context)
    return http.client.HTTPConnection(host, port, timeout=TIMEOUT)


def _abort(connection: http.client.HTTPConnection) -> None:
    """End a connection whose other side keeps us waiting byte by byte."""
    line = connection.sock
    if line is not None:
        try:
            line.shutdown(2)
        except OSError:
            line.close()

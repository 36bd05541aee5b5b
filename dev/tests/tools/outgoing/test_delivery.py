"""One signed body to one address: what is sent, and what is told of it."""

import hashlib
import hmac
import http.client
import socket
from types import SimpleNamespace

import pytest

from ghl_contact_sync.tools.outgoing import address, delivery
from ghl_contact_sync.tools.outgoing.delivery import (
    DELIVERY,
    MAX_BODY,
    SIGNATURE,
    send,
    sign,
)

PUBLIC, PRIVATE = "8.8.8.8", "10.0.0.1"


class Line:
    """A connection to an address that answers with one status."""

    def __init__(self, status=200, peer=PUBLIC, error=None):
        self.sock, self.sent, self.closed = None, [], False
        self._status, self._peer, self._error = status, peer, error

    def connect(self):
        if self._error:
            raise self._error
        self.sock = self

    def getpeername(self):
        return (self._peer, 443)

    def request(self, *what):
        self.sent.append(what)

    def getresponse(self):
        return SimpleNamespace(status=self._status)

    def close(self):
        self.closed = True


@pytest.fixture
def post(monkeypatch):
    """Return a function that sends one body over a line, as it was asked for."""
    opened = []

    def post(line, url="https://example.com", body=b"{}", found=PUBLIC, **options):
        monkeypatch.setattr(delivery, "resolve", lambda _url: [found])

        def connect(*where):
            opened.append(where)
            return line

        monkeypatch.setattr(delivery, "_connection", connect)
        monkeypatch.setattr(delivery, "time", SimpleNamespace(time=lambda: 99.9))
        return send(url, "secret", body, "d1", **options)

    post.opened = opened
    return post


def test_a_signature_is_of_the_moment_and_the_body():
    digest = hmac.new(b"secret", b"99.body", hashlib.sha256).hexdigest()
    assert sign("secret", 99, b"body") == f"t=99,v1={digest}"
    assert sign("secret", 100, b"body") != sign("secret", 99, b"body")


@pytest.mark.parametrize(
    ("url", "where", "path"),
    [
        ("https://example.com", ("https", "example.com", None), "/"),
        ("https://example.com:8443/a?b=1", ("https", "example.com", 8443), "/a?b=1"),
        ("https://example.com?b=1", ("https", "example.com", None), "/?b=1"),
    ],
)
def test_it_is_posted_signed_and_named(post, url, where, path):
    line = Line()
    assert post(line, url) == delivery.Answer(200, None)
    assert post.opened == [where]
    [(method, asked, body, headers)] = line.sent
    assert (method, asked, body) == ("POST", path, b"{}")
    assert headers[SIGNATURE] == sign("secret", 99, b"{}")
    assert headers[DELIVERY] == "d1"
    assert headers["Content-Type"] == "application/json"
    assert line.closed


@pytest.mark.parametrize(
    ("status", "trouble"),
    [
        (199, "answered 199"),
        (200, None),
        (299, None),
        (300, "answered 300"),
        (500, "answered 500"),
    ],
)
def test_it_has_arrived_when_the_other_side_says_so(post, status, trouble):
    assert post(Line(status)) == delivery.Answer(status, trouble)


def test_all_of_it_takes_no_longer_than_it_may(post, monkeypatch):
    told = []

    class Timer:
        daemon = False

        def __init__(self, seconds, work, arguments):
            told.append((seconds, work, arguments))

        def start(self):
            told.append(("started", self.daemon))

        def cancel(self):
            told.append("cancelled")

    monkeypatch.setattr(delivery, "threading", SimpleNamespace(Timer=Timer))
    line = Line()
    post(line)
    assert told == [
        (delivery.TOTAL, delivery._abort, (line,)),
        # No process waits for it to end.
        ("started", True),
        "cancelled",
    ]


@pytest.mark.parametrize(
    ("found", "peer", "private", "sent"),
    [
        (PUBLIC, PUBLIC, False, True),
        (PRIVATE, PUBLIC, False, False),
        (PUBLIC, PRIVATE, False, False),
        (PRIVATE, PRIVATE, True, True),
    ],
)
def test_the_own_network_is_sent_to_only_where_it_is_allowed(
    post, found, peer, private, sent
):
    line = Line(peer=peer)
    answer = post(line, found=found, private=private)
    assert bool(line.sent) is sent
    refused = delivery.Answer(None, "the address belongs to a private network")
    assert answer == (delivery.Answer(200, None) if sent else refused)


@pytest.mark.parametrize(
    "error", [OSError("secret"), http.client.BadStatusLine("secret"), ValueError("x")]
)
def test_what_was_not_reached_tells_no_address(post, error):
    line = Line(error=error)
    answer = post(line)
    name = type(error).__name__
    assert answer == delivery.Answer(None, f"not reached ({name})")
    assert line.closed


def test_an_address_that_cannot_be_is_not_asked(post):
    answer = post(Line(), "http://example.com")
    assert answer == delivery.Answer(None, "the address is insecure")
    assert post(Line(), "http://example.com", private=True).status == 200
    assert post.opened == [("http", "example.com", None)]


@pytest.mark.parametrize(
    ("size", "trouble"), [(MAX_BODY, None), (MAX_BODY + 1, "too large")]
)
def test_a_body_that_is_too_large_stays_here(post, size, trouble):
    assert post(Line(), body=b"x" * size).trouble == trouble


@pytest.mark.parametrize(
    ("url", "port"),
    [
        ("https://example.com", 443),
        ("http://example.com", 80),
        ("https://example.com:8443", 8443),
    ],
)
def test_each_address_of_a_host_is_looked_at_once(monkeypatch, url, port):
    asked = []

    def look_up(*what, **_options):
        asked.append(what)
        return [(0, 0, 0, "", (one, port)) for one in (PUBLIC, PRIVATE, PUBLIC)]

    monkeypatch.setattr(address.socket, "getaddrinfo", look_up)
    assert address.resolve(url) == [PUBLIC, PRIVATE]
    assert asked == [("example.com", port)]


@pytest.mark.parametrize(
    ("scheme", "kind", "port"),
    [
        ("https", http.client.HTTPSConnection, 443),
        ("http", http.client.HTTPConnection, 80),
    ],
)
def test_a_connection_has_the_scheme_and_gives_up_in_time(scheme, kind, port):
    line = delivery._connection(scheme, "example.com", None)
    assert type(line) is kind
    assert (line.host, line.port, line.timeout) == (
        *("example.com", port),
        delivery.TIMEOUT,
    )


def test_a_line_that_is_slow_for_good_is_ended():
    here, there = socket.socketpair()
    with here, there:
        here.setblocking(False)
        delivery._abort(SimpleNamespace(sock=here))
        # Neither side has anything to wait for.
        assert here.recv(1) == there.recv(1) == b""

    class Broken:
        closed = False

        def shutdown(self, _how):
            raise OSError("not connected")

        def close(self):
            self.closed = True

    broken = Broken()
    delivery._abort(SimpleNamespace(sock=broken))
    assert broken.closed
    # One that is closed already, or was never opened, is no trouble.
    delivery._abort(SimpleNamespace(sock=here))
    delivery._abort(SimpleNamespace(sock=None))

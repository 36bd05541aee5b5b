"""Only public addresses are sent to, whatever their name says."""

import pytest

from ghl_contact_sync.tools.outgoing import delivery
from ghl_contact_sync.tools.outgoing.address import is_public, url_problem
from ghl_contact_sync.tools.outgoing.delivery import send


@pytest.mark.parametrize(
    "address",
    (
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254"),
        *("0.0.0.0", "100.64.0.1", "224.0.0.1", "255.255.255.255", "::1", "::"),
        *("fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:10.0.0.1"),
        *("64:ff9b::a00:1", "2002:a00:1::", "2002:7f00:1::1"),
        # 10.0.0.1 behind a tunnel, and one of many in an IPv4 network of documents.
        *("2001:0:808:808:0:0:f5ff:fffe", "64:ff9b::ffff:ffff", "192.0.2.1"),
    ),
)
def test_what_only_this_server_can_reach_is_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ("8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"))
def test_public_addresses_are(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "url, problem",
    (
        ("https://example.com/hook?key=1", None),
        ("http://example.com", "insecure"),
        ("https://user:word@example.com", "extras"),
        ("https://example.com/#x", "extras"),
        *((url, "malformed") for url in ("", "example.com", "file:///etc", "https://")),
        ("https://exa mple.com", "malformed"),
        ("https://example.com:99999", "malformed"),
        ("https://example.com:0", "malformed"),
        ("https://example.com:1", None),
        (" https://example.com ", None),
        ("https://example.com/\u200b", "malformed"),
        ("https://@example.com", "extras"),
    ),
)
def test_addresses_that_cannot_be_sent_to(url, problem):
    assert url_problem(url) == problem
    assert problem != "insecure" or url_problem(url, private=True) is None


def test_a_name_of_a_private_address_is_refused(monkeypatch):
    tried = []
    monkeypatch.setattr(delivery, "resolve", lambda url: ["8.8.8.8", "10.0.0.1"])
    monkeypatch.setattr(delivery, "_connection", lambda *a: tried.append(a))
    answer = send("https://example.com", "s", b"{}", "1")
    assert answer.trouble == "the address belongs to a private network"
    assert not tried


def test_a_name_that_changes_its_address_meanwhile_is_refused(monkeypatch):
    """The name is public when it is looked up, and private when it is called."""
    sent = []

    class Line:
        sock = None

        def connect(self):
            self.sock = self

        def getpeername(self):
            return ("10.0.0.1", 443)

        def request(self, *a):
            sent.append(a)

        def close(self):
            pass

    monkeypatch.setattr(delivery, "resolve", lambda url: ["8.8.8.8"])
    monkeypatch.setattr(delivery, "_connection", lambda *a: Line())
    assert send("https://example.com", "s", b"{}", "1").status is None
    assert not sent

"""Words of others in our pages and mails: no markup, no links, linear time."""

import re
import time

import pytest

from ghl_contact_sync.tools.errors import GhlAuthError
from ghl_contact_sync.tools.foreign_text import as_html, without_links

# Texts that mail programs and chat turn into links, roughly: schemes and bare hosts.
LINK = re.compile(
    r"[a-z][a-z0-9+.-]*://|\bwww\.|\b[\w-]+\.(?:com|net|org|io|co|example|xyz|ru|dev)\b"
    r"|mailto:|javascript:",
    re.IGNORECASE,
)
ATTACKS = (
    '<a href="https://evil.example/x">click here to fix your connection</a>',
    "go to https://evil.com/reconnect?a=b.com now",
    "HTTPS://EVIL.COM",
    "//evil.com/x and https:/evil.com",
    "www.evil.com",
    "evil.com",
    "sub.evil.co.uk/path",
    "http://user:pw@evil.com:8080/",
    "ftp://evil.net",
    "javascript:alert(1)",
    "mailto:evil.com",
    "http://http://evil.com",
    "hthttp://tp://evil.com",
    "aaaaaaaaaaaaaaaaaaaaaaaahttp://evil/x",
    "http:///evil.com",
    "http:////////////////evil/x",
    "evil.xyz.",
    "(evil.dev)",
    '<img src="https://evil.example/pixel.gif">',
)


@pytest.mark.parametrize("text", ATTACKS)
def test_no_link_survives(text):
    assert not LINK.search(without_links(text)), without_links(text)
    html = as_html(text)
    assert not LINK.search(html), html
    assert "<a" not in html and "<img" not in html


def test_the_address_can_still_be_read():
    assert without_links("at https://evil.example/x") == "at evil[.]example/x"
    assert without_links("http://10.0.0.1/x") == "10[.]0[.]0[.]1/x"


@pytest.mark.parametrize(
    "text",
    (
        "It needs contacts.readonly and locations/customFields.readonly.",
        "HTTP 401: Invalid JWT. Try again at 12:30.",
        "its page at marketplace.gohighlevel.com",
        "3.5 of 4.0",
    ),
)
def test_ordinary_words_stay(text):
    assert without_links(text) == text


def test_lines_are_kept():
    assert as_html("a\n<b>") == "a<br/>&lt;b&gt;"


@pytest.mark.parametrize("text", ("a.", "a-", "a", "a:/", "1.", "http:"))
def test_time_is_linear(text):
    took = []
    for size in (20_000, 200_000):
        began = time.process_time()
        without_links(text * size)
        took.append(time.process_time() - began)
    assert max(took) < 0.5


def test_the_vendors_errors_bring_none():
    error = GhlAuthError('Token dead, <a href="https://evil.example">click here</a>')
    assert "://" not in str(error)
    assert not LINK.search(str(error))

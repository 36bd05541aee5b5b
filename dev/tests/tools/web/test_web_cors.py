"""Pages count as ours by the headers that a browser sends."""

import pytest

from ghl_contact_sync.tools.web.cors import Origin, classify_origin

OWN = ("http://odoo.example:8069/", "https://known.example", None)
LISTED = frozenset({"https://app.example.com"})


@pytest.mark.parametrize(
    ("origin", "site", "verdict"),
    [
        (None, None, Origin.ABSENT),
        (None, "none", Origin.ABSENT),
        (None, "same-origin", Origin.SAME),
        (None, "same-site", Origin.FOREIGN),
        (None, "cross-site", Origin.FOREIGN),
        (None, "rubbish", Origin.FOREIGN),
        ("http://odoo.example:8069", None, Origin.SAME),
        ("HTTP://ODOO.example:8069", "same-origin", Origin.SAME),
        ("http://odoo.example:8069", "cross-site", Origin.FOREIGN),
        ("https://odoo.example:8069", None, Origin.FOREIGN),
        ("https://odoo.example:8069", "same-origin", Origin.SAME),
        # A proxy that hides what people use; a browser that tells, one that does not.
        ("https://people.example", "same-origin", Origin.SAME),
        ("https://people.example", None, Origin.FOREIGN),
        ("https://people.example", "same-site", Origin.FOREIGN),
        ("https://known.example", None, Origin.SAME),
        ("https://known.example", "cross-site", Origin.FOREIGN),
        # Listed all the same.
        ("https://app.example.com", "same-origin", Origin.SAME),
        ("https://app.example.com", "same-site", Origin.LISTED),
        ("http://odoo.example", None, Origin.FOREIGN),
        ("http://odoo.example:8069.evil.example", None, Origin.FOREIGN),
        ("https://app.example.com", "cross-site", Origin.LISTED),
        ("https://APP.example.com:443", None, Origin.LISTED),
        ("https://app.example.com.evil.example", None, Origin.FOREIGN),
        ("http://app.example.com", None, Origin.FOREIGN),
        ("null", None, Origin.FOREIGN),
        ("null", "same-origin", Origin.FOREIGN),
        ("*", None, Origin.FOREIGN),
        ("", None, Origin.FOREIGN),
        ("chrome-extension://abcdef", None, Origin.FOREIGN),
    ],
)
def test_verdict(origin, site, verdict):
    found, echo = classify_origin(origin, site, OWN, LISTED)
    assert found is verdict
    assert echo == ("https://app.example.com" if verdict is Origin.LISTED else None)


def test_no_origin_is_listed_by_default():
    assert classify_origin("https://app.example.com", None, OWN, ()) == (
        Origin.FOREIGN,
        None,
    )


def test_own_address_in_the_list_is_still_ours():
    own = "https://odoo.example"
    for site in (None, "same-origin"):
        assert classify_origin(own, site, (own,), {own}) == (Origin.SAME, None)

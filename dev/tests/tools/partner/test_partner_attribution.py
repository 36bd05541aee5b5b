"""Attribution: the first touch before the last, and whatever shape it has."""

import pytest

from ghl_contact_sync.tools.partner.attribution import KINDS, attributed


@pytest.mark.parametrize(
    ("extra", "source", "medium", "campaign"),
    [
        (None, None, None, None),
        ({"attributionSource": 3.5, "attributions": "x"}, None, None, None),
        ({"attributionSource": {"utmSource": " ", "medium": 7}}, None, None, None),
        (
            {"attributionSource": {"utmSource": "fb", "campaign": "May"}},
            *("fb", None, "May"),
        ),
        (
            {
                "attributionSource": {"sessionSource": "Direct"},
                "lastAttributionSource": {"utmMedium": "cpc", "sessionSource": "Ads"},
            },
            *("Direct", "cpc", None),
        ),
        (
            {"attributions": [None, {"medium": "b"}, {"medium": "a", "isFirst": True}]},
            *(None, "a", None),
        ),
    ],
)
def test_attribution(extra, source, medium, campaign):
    assert [attributed(kind, extra) for kind in KINDS] == [source, medium, campaign]

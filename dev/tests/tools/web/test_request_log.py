"""What stands in the log of requests, and what does not."""

import pytest

from ghl_contact_sync.tools.web.request_log import hide


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (
            '"GET /ghl/oauth/callback?code=abc&state=x HTTP/1.1" 303 -',
            '"GET /ghl/oauth/callback?… HTTP/1.1" 303 -',
        ),
        (
            '"GET /ghl/analytics?location_id=a&search=jane%40x.com&page=2 HTTP/1.1"',
            '"GET /ghl/analytics?location_id=a&search=…&page=2 HTTP/1.1"',
        ),
        (
            '"GET /api/deletion-review?search=Jane+Doe HTTP/1.1" 200 -',
            '"GET /api/deletion-review?search=… HTTP/1.1" 200 -',
        ),
        (
            '"GET /web/login?redirect=%2Fghl%2Fanalytics%3Fsearch%3Djane%2540x.com'
            '%26page%3D2 HTTP/1.1" 200',
            '"GET /web/login?redirect=%2Fghl%2Fanalytics%3Fsearch%3D…'
            '%26page%3D2 HTTP/1.1" 200',
        ),
        (
            '"GET /web/login?redirect=/ghl/analytics%3Fpage%3D2%26search%3Djane&x=1 "',
            '"GET /web/login?redirect=/ghl/analytics%3Fpage%3D2%26search%3D…&x=1 "',
        ),
        ('"GET /shop?search=chair HTTP/1.1" 200 -',) * 2,
        ('"GET /api/sync-status?location_id=a HTTP/1.1" 200 -',) * 2,
    ],
)
def test_neither_codes_nor_searches_are_logged(line, shown):
    assert hide(line) == shown

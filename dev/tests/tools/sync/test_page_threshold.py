"""Whether a look at a page of the mirror orders a sync."""

from __future__ import annotations

import pytest

from ghl_contact_sync.tools.sync.page_threshold import needs_sync

SETTINGS = {"factor": 2, "minimum": 50, "ratio": 0.9}


@pytest.mark.parametrize(
    ("mirrored", "total", "needed", "is_due"),
    [
        # Nobody knows how many there are.
        (10**6, None, 1, True),
        # All are here.
        (0, 0, 100, False),
        (10, 10, 100, False),
        (11, 10, 100, False),
        (9, 10, 1, True),
        # Twice as many as are shown are to be here, and at least 50.
        (199, 200, 100, True),
        (200, 201, 100, False),
        (49, 51, 1, True),
        (50, 51, 1, False),
        # And nine of ten.
        (899, 1_000, 1, True),
        (900, 1_000, 1, False),
    ],
)
def test_a_sync_is_due_where_the_mirror_holds_too_little(
    mirrored, total, needed, is_due
):
    assert needs_sync(mirrored, total, needed, **SETTINGS) is is_due

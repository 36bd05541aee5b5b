"""A location's cron that is overdue: nobody calls it, or it is at work for long."""

from dataclasses import replace
from datetime import timedelta

import pytest
from known_location import AHEAD, GOOD, NOW, RUNNING

from ghl_contact_sync.tools.state.alarms import find_alarms, is_hindered

STALLED = replace(RUNNING, stalled=True)
MINUTE_AGO = NOW - timedelta(minutes=1)
FOLLOWED = replace(GOOD.last, progress_at=NOW - timedelta(seconds=59))
QUEUED = replace(RUNNING, state="queued")
WAITS = replace(RUNNING, state="waiting", code="server_error")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        # For an hour, slice after slice.
        ({"active": RUNNING}, False),
        # And one sync after another.
        ({"active": QUEUED, "last": FOLLOWED}, False),
        ({"active": QUEUED, "last": replace(FOLLOWED, progress_at=MINUTE_AGO)}, True),
        ({"active": QUEUED, "last": replace(FOLLOWED, progress_at=AHEAD)}, True),
        # An order is no sign of a worker, nor is what ended.
        ({"active": QUEUED}, True),
        ({"active": QUEUED, "last": None}, True),
        ({"last": FOLLOWED}, True),
        ({"active": WAITS, "last": FOLLOWED}, True),
        ({"active": STALLED, "last": FOLLOWED}, True),
        # Nothing else is called: whoever works here is no worker of Odoo's.
        ({"active": RUNNING, "no_workers": True}, True),
    ],
)
def test_a_worker_that_is_at_work_is_not_missing(changes, told):
    late = replace(GOOD, cron="late", **changes)
    assert [alarm.key for alarm in find_alarms(late)] == ["no_worker"] * told
    assert is_hindered(late) == told
    # One that was switched off does not go on.
    [alarm] = find_alarms(replace(late, cron="off"))
    assert alarm.key == "unattended"

"""A walk that begins again without its cursor, and when that leads nowhere."""

from __future__ import annotations

import pytest
from window_pages import NOW, advanced, days, page

from ghl_contact_sync.tools.sync.window import (
    ALL,
    DATED,
    MAX_REPEATS,
    UNDATED,
    Window,
)


def test_a_restarted_walk_goes_on_at_its_last_date():
    window = advanced(Window(DATED, NOW), page(days(*range(10)), 30))
    window.refusals = 1
    assert window.restart()
    assert (window.lower, window.cursor) == (days(9)[0], None)
    # It counts anew: those before the new bound are not in the next total.
    assert (window.seen, window.expected, window.remaining) == (0, None, 0)
    assert (window.repeats, window.refusals) == (0, 0)
    # Never before its own bound, whatever date a contact shows.
    early = Window(DATED, NOW, position=NOW - 5)
    early.restart()
    assert early.lower == NOW


def test_restarts_that_lead_nowhere_end():
    window = advanced(Window(DATED), page(days(0, 0), 30))
    assert window.restart()
    tried = 1
    while advanced(window, page(days(0, 0), 30)).restart():
        tried += 1
    assert tried == MAX_REPEATS
    # Less than before is no progress either.
    window = advanced(Window(DATED, NOW), page(days(0, 0, 0), 30))
    tried = 0
    while tried < 9 and window.restart():
        tried += 1
        advanced(window, page(days(0), 30))
    assert tried == MAX_REPEATS - 1
    # Each page that goes further, or has more, is progress.
    window = advanced(Window(DATED), page(days(0, 0), 30))
    for number in range(1, 3 * MAX_REPEATS):
        assert window.restart()
        advanced(window, page(days(number), 30, ["x"]))
    window = Window(UNDATED)
    for number in range(1, 3 * MAX_REPEATS):
        assert window.restart()
        advanced(window, page([None] * number, 30))


@pytest.mark.parametrize(
    "window",
    [
        Window(UNDATED, cursor=[None, "a"], seen=9),
        Window(ALL, cursor=[NOW, "a"], position=NOW, seen=9),
        Window(DATED, NOW, cursor=[NOW, "a"], position=NOW, seen=9),
        Window(DATED, NOW, cursor=[None, "a"], seen=9),
    ],
)
def test_a_walk_that_was_taken_up_again_is_restarted_as_often(window):
    tried = [window.restart() for _ in range(MAX_REPEATS)]
    assert tried == [True] * (MAX_REPEATS - 1) + [False]


def test_the_first_contact_is_progress():
    window = Window(UNDATED, cursor=[None, "a"])
    for _ in range(MAX_REPEATS - 1):
        assert window.restart()
    assert advanced(window, page([None], 30)).restart()

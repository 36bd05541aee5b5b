"""Of two states of a contact the newer one stays, in whatever order they come."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ghl_contact_sync.engine.mirror.newer_state import (
    KnownState,
    Part,
    drop_repeats,
    supersedes,
    utc,
)
from ghl_contact_sync.tools.mapping.batch import prepare_batch

SEEN = datetime(2026, 3, 1, 12)
EDITED = 1_772_000_000_000
SECOND = timedelta(seconds=1)
# The index lags by less.
LAG = timedelta(minutes=10)
YEAR_MS = 366 * 86_400_000


def known(**given):
    values = {
        "contact_id": 7,
        "digest": "old",
        "active": True,
        "updated_ms": EDITED,
        "observed_at": SEEN,
        "earlier": None,
    }
    return KnownState(**{**values, **given})


def page(*numbers, observed_at=SEEN, **given):
    contacts = [
        {"id": f"c{number}", "locationId": "loc", "dateUpdated": EDITED, **given}
        for number in numbers
    ]
    return Part(prepare_batch(contacts, "loc"), observed_at)


# === WHICH IS NEWER === #


@pytest.mark.parametrize(
    ("theirs", "ours", "after", "newer"),
    [
        # Within the lag of the index the later edit wins, whenever it was seen.
        (EDITED + 1, EDITED, -LAG, True),
        (EDITED - 1, EDITED, LAG, False),
        # Later on, what was seen last does: somebody put the contact back.
        (EDITED - 1, EDITED, LAG + SECOND, True),
        (EDITED + 1, EDITED, -LAG - SECOND, False),
        # Without dates, or with equal ones, what was seen last does as well.
        (None, EDITED, SECOND, True),
        (EDITED, None, -SECOND, False),
        (EDITED, EDITED, SECOND, True),
        (EDITED, EDITED, timedelta(0), True),
        (EDITED, EDITED, -SECOND, False),
        (EDITED, int(str(EDITED)), SECOND, True),
    ],
)
def test_the_newer_of_two(theirs, ours, after, newer):
    assert supersedes(theirs, SEEN + after, ours, SEEN) is newer


def test_a_date_in_years_to_come_tells_no_order():
    latest = SEEN.replace(tzinfo=UTC).timestamp() * 1_000 + YEAR_MS
    assert not supersedes(latest - 1, SEEN - SECOND, latest, SEEN)
    assert supersedes(latest, SEEN, latest - 1, SEEN)
    assert not supersedes(latest + 1, SEEN - SECOND, EDITED, SEEN)
    # It is not the newer one for being dated later, when it was seen before.
    assert not supersedes(latest, SEEN - SECOND, EDITED, SEEN)
    assert supersedes(latest - 1, SEEN - SECOND, EDITED, SEEN)


# === WHAT IS NEWS === #


def test_what_is_mirrored_just_so_is_no_news():
    assert not known(digest="new").accepts("new", EDITED + 1, SEEN + SECOND)
    # Unless it counts as deleted.
    state = known(digest="new", active=False)
    assert state.accepts("new", EDITED, SEEN)


def test_a_tombstone_is_newer_than_what_was_asked_for_before_it():
    state = known(active=False)
    assert not state.accepts("new", EDITED + 1, SEEN - SECOND)
    assert state.accepts("new", EDITED - 1, SEEN)
    assert state.accepts("new", EDITED - 1, SEEN + SECOND)


def test_what_was_written_before_the_request_was_seen_before_it():
    state = known(active=False, observed_at=SEEN + SECOND, earlier=True)
    assert state.accepts("new", EDITED, SEEN)
    assert not known(active=False, observed_at=SEEN + SECOND).accepts(
        "new", EDITED, SEEN
    )


def test_a_clock_that_was_ahead_tells_nothing():
    ahead = datetime.now(UTC).replace(tzinfo=None) + timedelta(hours=1)
    assert known(active=False, observed_at=ahead).accepts("new", EDITED - 1, SEEN)


def test_a_contact_that_was_never_seen_accepts_anything():
    assert known(observed_at=None).accepts("new", EDITED - 1, SEEN)


def test_moments_without_a_date_are_now():
    before = datetime.now(UTC).replace(tzinfo=None)
    assert before <= utc(None) <= datetime.now(UTC).replace(tzinfo=None)
    assert utc(0) == datetime(1970, 1, 1)


# === PAGES === #


def test_an_unchanged_page_is_left_out_whole():
    part = page(1, 2)
    kept, outdated = part.drop_old_states({}, {4: 70, 5: 71}, first=4)
    assert (kept, outdated, len(part.wanted())) == ([70, 71], [], 0)


def test_what_is_new_or_newer_stays():
    part = page(1, 2, 3, 4)
    old = known(contact_id=30, observed_at=SEEN + LAG + SECOND)
    changed = known(contact_id=40, observed_at=SEEN - LAG - SECOND)
    states = {"c3": old, "c4": changed}
    kept, outdated = part.drop_old_states(states, {2: 20}, first=1)
    # One is unknown, two is mirrored just so, three was seen later, four before.
    assert (kept, outdated) == ([20, 30], ["c3"])
    assert list(part.wanted().ids) == ["c1", "c4"]


def test_the_last_word_replaces_whatever_is_known():
    part = Part(page(1).batch, SEEN, authoritative=True)
    old = known(observed_at=SEEN + LAG + SECOND)
    assert part.drop_old_states({"c1": old}, {}, first=1) == ([], [])
    assert list(part.wanted().ids) == ["c1"]


def test_a_page_that_is_wanted_whole_stays_as_the_vendor_sent_it():
    part = page(1, 2)
    assert part.wanted() is part.batch


NAMES = pytest.mark.parametrize(("old", "new"), [("A", "B"), ("B", "A")])


@NAMES
def test_of_one_contact_on_two_pages_the_latest_state_stays(old, new):
    first = page(1, 2, firstName=old)
    second = page(2, 3, observed_at=SEEN + LAG + SECOND, firstName=new)
    assert drop_repeats([first, second]) == 1
    assert list(first.wanted().ids) == ["c1"]
    assert list(second.wanted().ids) == ["c2", "c3"]


@NAMES
def test_the_latest_state_may_come_first(old, new):
    first = page(1, 2, observed_at=SEEN + LAG + SECOND, firstName=new)
    second = page(2, 3, firstName=old)
    assert drop_repeats([first, second]) == 1
    assert list(first.wanted().ids) == ["c1", "c2"]
    assert list(second.wanted().ids) == ["c3"]


def test_of_equal_states_that_of_the_larger_page_stays():
    small, large = page(1), page(1, 2)
    assert drop_repeats([small, large]) == 1
    assert (len(small.wanted()), len(large.wanted())) == (0, 2)
    large, small = page(1, 2), page(1)
    assert drop_repeats([large, small]) == 1
    assert (len(small.wanted()), len(large.wanted())) == (0, 2)


def test_one_contact_on_three_pages_stays_once():
    parts = [page(1, 2), page(2, 3), page(2, 4)]
    assert drop_repeats(parts) == 2
    found = [ghl_id for part in parts for ghl_id in part.wanted().ids]
    assert sorted(found) == ["c1", "c2", "c3", "c4"]


def test_a_repeated_contact_is_not_seen_twice():
    first, second = page(1), page(1, 2)
    assert drop_repeats([second, first]) == 1
    assert second.drop_old_states({}, {1: 10, 2: 20}, first=1) == ([10, 20], [])
    assert first.drop_old_states({}, {3: 10}, first=3) == ([], [])
    first, second = page(1, 3, 4), page(1, 2)
    assert drop_repeats([first, second]) == 1
    assert second.drop_old_states({}, {4: 10, 5: 20}, first=4) == ([20], [])


def test_pages_apart_are_left_alone():
    parts = [page(1, 2), page(3)]
    assert drop_repeats(parts) == 0
    assert [len(part.wanted()) for part in parts] == [2, 1]

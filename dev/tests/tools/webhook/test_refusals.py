"""Refused deliveries are counted, and stored at a bounded pace."""

import pytest
from fake_clock import FakeClock

from ghl_contact_sync.tools.webhook.refusals import (
    BAD_SIGNATURE,
    TOO_OLD,
    WRITES_A_MINUTE,
    RefusalBook,
    Refused,
)


@pytest.fixture
def clock():
    return FakeClock(600.0)


@pytest.fixture
def book(clock):
    return RefusalBook(clock)


def test_the_first_ones_are_stored_at_once(book):
    assert book.note("db", TOO_OLD, 5.0, "app") == {TOO_OLD: Refused(1, 5.0, "app")}
    # And only once.
    assert book.note("db", BAD_SIGNATURE) == {BAD_SIGNATURE: Refused(1)}


def test_a_flood_is_stored_with_the_first_of_the_next_minute(book, clock):
    stored = [book.note("db", TOO_OLD, 1.0) for _one in range(WRITES_A_MINUTE)]
    clock.now = 659.9
    stored += [book.note("db", TOO_OLD, 1.0) for _one in range(9)]
    assert [bool(one) for one in stored] == [True] * WRITES_A_MINUTE + [False] * 9
    # Another database has a pace of its own.
    assert book.note("other", TOO_OLD)
    clock.now = 660.0
    assert book.note("db", BAD_SIGNATURE, 2.0) == {
        TOO_OLD: Refused(9, 1.0),
        BAD_SIGNATURE: Refused(1, 2.0),
    }
    assert all(book.note("db", TOO_OLD) for _one in range(WRITES_A_MINUTE - 1))
    assert not book.note("db", TOO_OLD)


def test_what_could_not_be_stored_comes_with_the_next_one(book):
    refused = book.note("db", TOO_OLD, 5.0, "app")
    book.put_back("db", refused)
    book.put_back("db", {BAD_SIGNATURE: Refused(3, 7.0)})
    assert book.note("db", TOO_OLD) == {
        # The last one's particulars, as far as it had any.
        TOO_OLD: Refused(2, 5.0, "app"),
        BAD_SIGNATURE: Refused(3, 7.0),
    }


def test_the_last_particulars_count():
    one = Refused(1, 5.0, "app")
    one.add(2, 0.0, "")
    assert one == Refused(3, 0.0, "")
    one.add(1, None, None)
    assert one == Refused(4, 0.0, "")

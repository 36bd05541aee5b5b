"""What our processes tell each other of slots, and what a killed one may hold."""

from __future__ import annotations

import pytest
from short_window import HOLD, NOW, WALL, answer, window

from ghl_contact_sync.tools.rate_limit.shared_slots import STEPS, Usage
from ghl_contact_sync.tools.rate_limit.sliding_window import (
    CRASHED,
    PROBES,
    Ticket,
)


def test_what_is_told_is_taken_over_and_counted():
    first = window(sent=3)
    told = first.usages("first", NOW + 1, WALL)
    assert {name: sum(usage.counts) for name, usage in told.items()} == {"first": 3}
    assert len(first.usages("first", NOW + 5, WALL)["first"].counts) == 50
    other = window(sent=1, at=NOW + 1)
    other.learn_usages(told, NOW + 1, WALL)
    assert other.used(NOW + 1) == 4
    assert other.add(NOW + 1) == 5
    step = HOLD / STEPS
    assert all(NOW <= at <= NOW + step for at in other.peer_log)
    # It is handed on, beside what is known of oneself, even when that is nothing.
    names = set(window().usages("third", NOW, WALL))
    assert names == {"third"}
    assert set(other.usages("other", NOW + 1, WALL)) == {"first", "other"}


def test_the_latest_word_of_each_process_counts():
    found = window()

    def learn(name, at, count):
        usages = {name: Usage(WALL + at, 0.1, (count,))}
        found.learn_usages(usages, NOW + at, WALL + at)
        return len(found.peer_log)

    assert learn("a", 0, 5) == 5
    assert learn("b", 1, 2) == 7
    assert learn("a", 1, 6) == 8
    assert learn("a", 0.5, 1) == 8
    assert learn("a", 1, 1) == 8
    # Later than it holds a slot, nobody is told of it any more.
    assert learn("c", HOLD + 0.5, 1) == 9
    assert set(found.usages("me", NOW + HOLD + 0.5, WALL + HOLD + 0.5)) == {
        *("a", "b", "c", "me")
    }
    assert learn("c", HOLD + 1, 1) == 1


def test_nothing_was_sent_in_the_future():
    found = window()
    found.learn_usages({"a": Usage(WALL + 90, 0.1, (2,))}, NOW, WALL)
    assert list(found.peer_log) == [NOW, NOW]


# === A process that was killed ===


@pytest.mark.parametrize(
    ("limit", "sent", "reserved", "left"),
    [
        (100, 0, 97, 1),
        (100, 40, 57, 1),
        (100, 97, 0, 1),
        (100, 98, 0, 0),
        (10, 0, 10, 0),
    ],
)
def test_all_slots_but_one_are_reserved(limit, sent, reserved, left):
    found = window(limit, sent=sent)
    found.reserve_for_crashed(NOW, 1)
    assert len(found.crashed) == reserved
    assert found.capacity("sync") - found.used(NOW) == left
    assert len(found.probe_times) == left


def test_several_that_were_killed_use_the_reserve_up():
    found = window()
    for number, spare in enumerate((1, 1, 0), start=1):
        usages = found.usages("x", NOW, WALL)
        found = window()
        found.learn_usages(usages, NOW, WALL)
        found.reserve_for_crashed(NOW, number)
        assert found.capacity("sync") - found.used(NOW) == spare
        # The slot that it asks with is told as such, and not as its own.
        told = found.usages("x", NOW, WALL)
        assert sum(told[PROBES].counts) == min(number, 2)
        assert CRASHED not in told


@pytest.mark.parametrize(
    ("remaining", "kept"),
    [
        # All but ours and a few that it may have told of and never sent.
        (99, 2),
        (90, 11),
        (50, 51),
        (1, 98),
        (0, 99),
    ],
)
def test_one_answer_tells_what_it_had_used(remaining, kept):
    found = window()
    found.reserve_for_crashed(NOW, 1)
    found.add(NOW)
    answer(found, remaining, NOW + 0.1)
    assert len(found.crashed) == kept
    assert not found.probe_times
    assert CRASHED in found.usages("x", NOW + 0.1, WALL)


@pytest.mark.parametrize(
    ("remaining", "kept"), [(99, [NOW - 3, NOW]), (96, [NOW - 5, NOW - 3, NOW])]
)
def test_of_what_may_be_in_use_the_newest_slots_are_kept(remaining, kept):
    """They come back last."""
    found = window()
    found.reserve_for_crashed(NOW, 1)
    found.learn_usages({CRASHED: Usage(WALL, 1.0, (1, 0, 0, 1, 0, 1))}, NOW, WALL)
    found.add(NOW)
    answer(found, remaining, NOW)
    assert list(found.crashed) == kept


def test_another_answer_tells_nothing_of_it():
    found = window()
    found.reserve_for_crashed(NOW, 2)
    found.add(NOW)
    answer(found, 99, NOW + 0.1, seq=1)
    assert len(found.crashed) == 97
    assert found.probe_times
    answer(found, 99, NOW + 0.1, seq=2)
    assert len(found.crashed) == 2


def test_what_is_reserved_is_no_use_of_others():
    found = window()
    found.reserve_for_crashed(NOW, 2)
    found.add(NOW)
    answer(found, 0, NOW + 0.1, seq=1)
    assert found.foreign_usage(NOW + 0.1) == 0


@pytest.mark.parametrize(
    ("ours", "later", "peers", "kept"),
    [
        ([0], 0, [], 9),
        # Granted after the one that was answered: not counted yet.
        ([0, 0, 0], 2, [], 9),
        ([0, 0, 0], 0, [], 7),
        # So old that the vendor may have forgotten it.
        ([-9.95, 0], 0, [], 9),
        ([-9.85, 0], 0, [], 8),
        ([0], 0, [-9.95], 9),
        ([0], 0, [-1, -1], 7),
        # Told later than it was answered.
        ([0], 0, [0.05], 9),
    ],
)
def test_what_the_vendor_has_counted_of_us_is_not_the_killed_one_s(
    ours, later, peers, kept
):
    found = window()
    found.reserve_for_crashed(NOW - 9.99, 1)
    found.log.extend(NOW + at for at in ours)
    found.peer_log.extend(NOW + at for at in peers)
    ticket = Ticket(NOW, 1, 1, "sync")
    found.learn_foreign_usage(90, ticket, later, NOW, accepted=True)
    assert len(found.crashed) == kept + found.tolerance


def test_what_was_reserved_comes_back_with_time():
    found = window()
    found.reserve_for_crashed(NOW, 1)
    assert found.used(NOW + HOLD - 0.01) == 97
    assert found.used(NOW + HOLD) == 0
    assert not found.probe_times

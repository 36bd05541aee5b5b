"""What a run will cost: from how it works, corrected by former ones; else unknown."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ghl_contact_sync.tools.plan.cost import Basis, Past, estimate, first_requests

BASIS = Basis(contacts=2_431, counts=4, left=100_000)


def test_what_is_not_known_is_none():
    cost = estimate("full", replace(BASIS, contacts=None))
    assert (cost.requests, cost.seconds, cost.share) == (None, None, None)
    cost = estimate("full", replace(BASIS, left=None))
    assert cost.requests
    assert (cost.seconds, cost.share) == (None, None)


def test_larger_mirrors_and_smaller_pages_cost_more():
    sizes = [0, 400, 2_431, 60_000, 1_000_000]
    costs = [estimate("full", replace(BASIS, contacts=n)).requests for n in sizes]
    assert costs == sorted(costs)
    assert 2_000 < costs[-1] < 2_400
    assert estimate("full", replace(BASIS, page=100)).requests > costs[2]


def test_a_verify_of_a_large_location_only_counts():
    large = estimate("verify", replace(BASIS, contacts=1_000_000, counts=26))
    small = estimate("verify", replace(BASIS, contacts=20_000, counts=12))
    assert 50 < large.requests < 70
    assert small.requests > large.requests


def test_a_delta_costs_the_same_whatever_the_size():
    for size in (10, 1_000_000):
        assert estimate("delta", replace(BASIS, contacts=size)).requests == 2


def test_what_has_changed_since_is_paid_for():
    week = replace(BASIS, contacts=60_000, changed=5_001)
    day = replace(week, changed=30)
    # Former deltas, which found a few changes each, tell nothing against that.
    known = replace(
        week, past=tuple(Past("delta", 30, 2, 1.0, changed=30) for _ in "ab")
    )
    assert estimate("delta", day).requests == 2
    assert estimate("delta", known).requests == estimate("delta", week).requests == 14
    for kind in ("verify", "audit"):
        more = estimate(kind, week).requests - estimate(kind, day).requests
        assert more == 12
    # A full sync reads them among all others.
    assert estimate("full", week) == estimate("full", day)


@pytest.mark.parametrize("missed", [10, -10])
def test_former_deltas_correct_by_what_they_read_not_by_what_there_is(missed):
    many = replace(BASIS, contacts=1_000_000, changed=30_000)
    plain = estimate("delta", many).requests
    past = (Past("delta", 30_000, plain + missed, 9.0, changed=30_000),)
    known = replace(many, past=past)
    assert estimate("delta", known).requests == plain + missed
    twice = estimate("delta", replace(known, changed=60_000))
    assert abs(twice.requests - 2 * (plain + missed)) <= 3
    # What many changes cost besides tells nothing of a few.
    assert estimate("delta", replace(known, changed=30)).requests == 2


@pytest.mark.parametrize("kind", ["full", "verify", "delta"])
def test_what_former_runs_have_sent_corrects_the_estimate(kind):
    plain = estimate(kind, BASIS).requests
    past = tuple(Past(kind, 2_431, plain + 7, 3.0) for _one in range(3))
    assert estimate(kind, replace(BASIS, past=past)).requests == plain + 7


def test_one_odd_run_among_three_changes_nothing():
    plain = estimate("full", BASIS).requests
    past = [Past("full", 2_431, plain + more, 3.0) for more in (1, 500, 1)]
    assert estimate("full", replace(BASIS, past=tuple(past))).requests == plain + 1


def test_time_is_as_before_and_never_less_than_the_limit_allows():
    past = (Past("full", 2_431, 20, 4.0),)
    known = replace(BASIS, past=past)
    assert estimate("full", known).seconds == pytest.approx(4.0)
    slow = replace(known, limit=1, interval=10.0)
    assert estimate("full", slow).seconds == pytest.approx(190.0)


def test_the_share_is_of_what_is_left():
    cost = estimate("full", replace(BASIS, left=40))
    assert cost.share == cost.requests / 40
    assert cost.to_json()["quota_percent"] == round(100 * cost.share, 2)


def test_where_nothing_is_left_everything_is_more_than_that():
    cost = estimate("full", replace(BASIS, left=0))
    assert cost.share > 1
    assert cost.to_json()["quota_percent"] > 100


def test_a_first_sync_has_a_cost_that_is_known_before_its_contacts_are():
    unknown = replace(BASIS, contacts=None, calibrated=False, counts=3)
    known = replace(unknown, contacts=unknown.page)
    assert first_requests(unknown) + 1 == estimate("full", known).requests

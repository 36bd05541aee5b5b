"""The plan of the audit: what is due when, and how much of it at a time."""

import math
import random

import pytest

from ghl_contact_sync.tools.audit.choose_parts import (
    DAY,
    PACE,
    PIECE_PAGES,
    Pace,
    Part,
    choose,
    days_needed,
    due_at,
    pages_of,
    plan,
)

PACE_7 = Pace(days=7, requests=10_000, page_limit=500)
BASE = PACE * 7 * DAY


def parts_of(count, read_at=0.0, contacts=5_000, level=0):
    return [Part(key, contacts, read_at, level) for key in range(count)]


def simulate(parts, pace, days, found=(), step=600.0, least=1):
    """Let a cron look every ten minutes; return (worst age, requests by day, reads).

    :param least: requests that are left where a run begins; one keeps as many but one
    """
    worst, requests, reads = 0.0, [0] * days, dict.fromkeys((p.key for p in parts), 0)
    now = 0.0
    while now < days * DAY:
        day = int(now // DAY)
        left = pace.requests - requests[day]
        if due_at(parts, pace) <= now and left >= least:
            pages_left = left if least == 1 else left - least + 1
            chosen = {part.key for part in choose(parts, pace, now, pages_left)}
            assert chosen
            for key in chosen:
                reads[key] += 1
            requests[day] += 2 + sum(
                pages_of(p.contacts, pace.page_limit) for p in parts if p.key in chosen
            )
            parts = [
                p
                if p.key not in chosen
                else Part(
                    p.key,
                    p.contacts,
                    now,
                    min(3, p.level + 1) if p.key in found else max(0, p.level - 1),
                )
                for p in parts
            ]
        ages = [now - (p.read_at or 0.0) for p in parts]
        worst = max(worst, *ages)
        now += step
    return worst, requests, reads


def test_one_part_is_due_at_the_end_of_its_time():
    assert due_at(parts_of(1), PACE_7) == BASE
    assert due_at([], PACE_7) is None


def test_parts_that_were_read_at_once_are_spread_over_the_cycle():
    """200 parts, a million contacts: the first is due after a 200th of the time."""
    assert due_at(parts_of(200), PACE_7) == pytest.approx(BASE / 200)


def test_what_was_never_read_is_due_at_once():
    parts = [*parts_of(5, read_at=1e9), Part(9, 5_000, None)]
    assert due_at(parts, PACE_7) == -math.inf
    assert choose(parts, PACE_7, 1e9, 10_000)[0].key == 9


def test_the_oldest_comes_first():
    ages = random.Random(1).sample(range(1_000, 2_000), 50)
    parts = [Part(key, 5_000, float(age)) for key, age in enumerate(ages)]
    order = [part.read_at for _deadline, part in plan(parts, PACE_7)]
    assert order == sorted(order)


@pytest.mark.parametrize("contacts", [0, 1, 499, 500, 501, 21_000, 1_000_000])
def test_a_promise_that_the_share_allows_is_the_one_that_is_wanted(contacts):
    assert days_needed(contacts, PACE_7) == 7


def test_a_location_that_is_too_large_for_its_share_is_promised_more_time():
    small = Pace(days=7, requests=50, page_limit=500)
    days = days_needed(1_000_000, small)
    # 2,000 pages at 50 a day take forty days, and some.
    assert 40 <= days <= 60
    pace = small._replace(days=days)
    worst, requests, _reads = simulate(parts_of(200), pace, 2 * days, step=3_600.0)
    assert worst <= days * DAY
    assert max(requests) <= 50 + 12


@pytest.mark.parametrize("requests", [3, 4, 6, 10])
def test_few_requests_a_day_keep_an_honest_promise(requests):
    """One is for changes, and one is kept: of three a day a single page is read."""
    few = Pace(days=7, requests=requests, page_limit=100)
    days = days_needed(2_000, few)
    assert days >= 20 / (requests - 2)
    parts = parts_of(20, contacts=100)
    worst, sent, _reads = simulate(parts, few._replace(days=days), 3 * days, least=3)
    assert worst <= days * DAY
    assert max(sent) <= requests


def test_every_contact_is_read_within_the_promised_time():
    for count in (1, 2, 5, 40):
        worst, requests, _reads = simulate(parts_of(count), PACE_7, 21)
        assert worst <= 7 * DAY
        assert max(requests) <= 10_000


def test_a_run_reads_enough_to_be_worth_its_first_requests():
    parts = parts_of(200)
    now = due_at(parts, PACE_7)
    chosen = choose(parts, PACE_7, now, 10_000)
    assert sum(pages_of(p.contacts, 500) for p in chosen) >= PIECE_PAGES
    assert len(chosen) < 10
    assert not choose(parts, PACE_7, now - 1, 10_000)


def test_no_more_is_chosen_than_may_be_sent():
    never = parts_of(100, read_at=None)
    assert len(choose(never, PACE_7, 0.0, 35)) == 3
    # One that is larger than that is begun all the same.
    assert len(choose(never, PACE_7, 0.0, 1)) == 1


def test_where_edits_are_found_it_is_read_more_often():
    worst, requests, reads = simulate(parts_of(40), PACE_7, 28, found={7})
    assert worst <= 7 * DAY
    others = [count for key, count in reads.items() if key != 7]
    assert reads[7] >= 3 * max(others)
    assert max(requests) <= 10_000


def test_reading_more_often_keeps_to_the_share():
    """Edits everywhere: the spare requests are divided, and no deadline is lost."""
    tight = Pace(days=7, requests=90, page_limit=500)
    assert days_needed(200_000, tight) == 7
    worst, requests, _reads = simulate(
        parts_of(40, level=3), tight, 21, found=set(range(40))
    )
    assert worst <= 7 * DAY
    assert max(requests) <= 100


def test_the_plan_of_ten_million_contacts_is_made_in_no_time():
    parts = parts_of(2_000)
    now = due_at(parts, PACE_7)
    assert choose(parts, PACE_7, now, 10_000)

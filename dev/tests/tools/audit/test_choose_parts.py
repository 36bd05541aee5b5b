"""The plan of the audit: what is due when, and how much of it at a time."""

import math
import random

import pytest

from ghl_contact_sync.tools.audit.choose_parts import (
    DAY,
    OVERHEAD,
    PACE,
    PIECE_PAGES,
    PIECE_SECONDS,
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


@pytest.mark.parametrize(
    ("contacts", "limit", "pages"),
    [(0, 100, 1), (100, 100, 1), (101, 100, 2), (250, 1, 250), (3, 0, 3)],
)
def test_a_page_that_is_begun_is_a_request(contacts, limit, pages):
    assert pages_of(contacts, limit) == pages


@pytest.mark.parametrize(
    ("pages", "requests", "days"),
    [
        # By the share of requests: 1.15 * pages / (0.9 * requests).
        (2_000, 50, 52),
        (2_000, 100, 26),
        # By what is left of a day's requests behind the first two, and a day more.
        (60, 10, 9),
        (54, 10, 7),
        (20, 3, 21),
        (20, 4, 11),
        (15, 4, 9),
        # Seven full days are what was wanted.
        (14, 4, 7),
        (7, 3, 7),
        (8, 2, 9),
        (8, 1, 11),
        (8, 0, 11),
    ],
)
def test_the_days_that_so_many_pages_take(pages, requests, days):
    assert days_needed(pages * 100, Pace(7, requests, 100)) == days


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0, 3.0])
def test_what_is_spare_is_divided_by_how_often_edits_were_found(share):
    """With a third of what all want, each gets a third of what it wants."""
    parts = [Part(0, 5_000, DAY, 0), Part(1, 10_000, 0.0, 1), Part(2, 500, 0.0, 2)]
    base, pages, wanted = BASE, 10 + 20 + 1, 20 * 1 + 1 * 3
    requests = OVERHEAD * DAY * (pages + share * wanted) / base
    found = plan(parts, PACE_7._replace(requests=requests))
    granted = min(share, 1.0)
    assert {part.key: deadline for deadline, part in found} == pytest.approx(
        {0: DAY + base, 1: base / (1 + granted), 2: base / (1 + 3 * granted)}
    )


@pytest.mark.parametrize(
    ("level", "times"), [(-1, 1), (0, 1), (1, 2), (2, 4), (3, 8), (4, 8)]
)
def test_each_level_doubles_how_often_a_part_is_read(level, times):
    [(deadline, _part)] = plan(parts_of(1, level=level), PACE_7)
    assert deadline == pytest.approx(BASE / times)


def test_nothing_is_read_more_often_where_the_share_does_not_suffice():
    tight = PACE_7._replace(requests=1)
    assert plan(parts_of(2, level=3), tight)[0][0] == BASE


def test_of_equal_deadlines_the_lower_key_comes_first():
    order = [part.key for _deadline, part in plan(parts_of(4)[::-1], PACE_7)]
    assert order == [0, 1, 2, 3]


def two_parts(pages):
    """Return one part of so many pages, and a second that can wait until `BASE`."""
    return [Part(0, pages * 500, 0.0), Part(1, 15_000, 0.0)]


@pytest.mark.parametrize(
    ("pages", "before", "chosen"),
    [
        # Enough to be worth a run: the second only when it is due within the hour.
        (PIECE_PAGES, PIECE_SECONDS + 1, [0]),
        (PIECE_PAGES + 1, PIECE_SECONDS + 1, [0]),
        (PIECE_PAGES, PIECE_SECONDS, [0, 1]),
        (PIECE_PAGES, PIECE_SECONDS - 1, [0, 1]),
        (PIECE_PAGES, 0, [0, 1]),
        (PIECE_PAGES - 1, PIECE_SECONDS + 1, [0, 1]),
    ],
)
def test_what_is_due_soon_is_read_as_well(pages, before, chosen):
    found = choose(two_parts(pages), PACE_7, BASE - before, 10_000)
    assert [part.key for part in found] == chosen


@pytest.mark.parametrize(("left", "chosen"), [(49, [0]), (50, [0, 1]), (0, [0])])
def test_what_is_chosen_fits_what_is_left(left, chosen):
    found = choose(two_parts(20), PACE_7, BASE, left)
    assert [part.key for part in found] == chosen


def test_a_part_waits_as_long_as_what_comes_behind_it_allows():
    """Two of equal size: the first takes half of the time before the second's end."""
    parts = [Part(0, 5_000, 0.0), Part(1, 5_000, 1_000.0)]
    assert due_at(parts, PACE_7) == pytest.approx(1_000.0 + BASE / 2)
    small = [Part(0, 500, 0.0), Part(1, 1_500, 1_000.0)]
    assert due_at(small, PACE_7) == pytest.approx(1_000.0 + BASE * 3 / 4)
    late = [Part(0, 1_500, 0.0), Part(1, 500, BASE)]
    assert due_at(late, PACE_7) == BASE

"""Figures of a location: totals, coverage, progress, none more than is known."""

from dataclasses import replace
from datetime import timedelta

import pytest
from known_location import AHEAD, GOOD, NOW

from ghl_contact_sync.tools.state.figures import (
    compute_figures,
    coverage_percent,
    is_total_current,
    moved_total,
    progress_percent,
)


@pytest.mark.parametrize(
    "mirrored, total, expected",
    [
        (None, 10, None),
        (10, None, None),
        (2_431, 1_131, None),
        (0, 0, 100.0),
        (5, 0, None),
        (999_999, 1_000_000, 99.99),
        (2_430, 2_431, 99.95),
        (10**18 - 1, 10**18, 99.99),
        (0, 7, 0.0),
        (57, 100, 57.0),
        (1, 3, 33.33),
    ],
)
def test_coverage_never_claims_more_than_is_true(mirrored, total, expected):
    assert coverage_percent(mirrored, total) == expected


@pytest.mark.parametrize(
    "before, after, total, expected",
    [
        (100, 103, 100, 103),
        (100, 98, 100, 98),
        (90, 95, 100, 100),
        (90, 105, 100, 105),
        (105, 98, 100, 98),
        (110, 105, 100, 100),
        (3, 0, 1, 0),
        (100, 103, 97, 100),
        (100, 97, 103, 100),
        (100, 100, 90, 90),
        (3, 10, 3, 10),
    ],
)
def test_a_total_moves_with_what_was_confirmed(before, after, total, expected):
    assert moved_total(before, after, total) == expected


def test_a_total_told_too_early_is_asked_for_again_when_that_helps():
    def at(**changes):
        return is_total_current(replace(GOOD, **changes))

    told, minute = NOW - timedelta(seconds=100), timedelta(seconds=61)
    assert at()
    assert not at(total=None)
    assert not at(total_at=NOW - timedelta(seconds=301))
    assert not at(total_at=AHEAD)
    assert at(total_at=told, mirror_changed_at=NOW)
    assert not at(total_at=told, mirror_changed_at=NOW - minute)
    assert at(total_at=NOW - timedelta(seconds=1), mirror_changed_at=NOW - minute)
    # To the second: a total holds for five minutes, and the index lags by one.
    assert at(total_at=NOW - timedelta(seconds=300))
    assert at(mirror_changed_at=NOW - timedelta(hours=1))
    lag = timedelta(seconds=60)
    assert at(total_at=told, mirror_changed_at=told - lag)
    assert not at(total_at=told, mirror_changed_at=NOW - lag)


def test_progress_has_honest_bounds():
    assert progress_percent(0, None) is None
    assert progress_percent(0, 2_431) == 0.0
    assert progress_percent(2_431, 2_431) == 99.0
    assert progress_percent(1, 3) == 33.3
    assert progress_percent(1_500, 2_431) == 61.7
    assert progress_percent(917, 1_021) == 89.8
    assert progress_percent(2_587, 2_431) is None


def test_a_difference_says_nothing_while_the_total_is_unsettled():
    figures = compute_figures(replace(GOOD, total=2_430, mirror_changed_at=NOW))
    assert (figures.age, figures.difference) == ("unsettled", None)
    figures = compute_figures(replace(GOOD, total_at=AHEAD))
    assert (figures.age, figures.total_at) == ("stale", None)


@pytest.mark.parametrize(
    ("mirrored", "total", "difference", "more", "missing"),
    [
        (2_440, 2_431, 9, 9, 0),
        (2_421, 2_431, -10, 0, 10),
        (2_431, 2_431, 0, 0, 0),
        (None, 2_431, None, 0, 0),
        (2_431, None, None, 0, 0),
    ],
)
def test_a_difference_is_what_is_mirrored_less_the_total(
    mirrored, total, difference, more, missing
):
    figures = compute_figures(replace(GOOD, mirrored=mirrored, total=total))
    assert figures.difference == difference
    assert (figures.more, figures.missing) == (more, missing)


@pytest.mark.parametrize(
    ("told", "changed", "age"),
    [
        (0, None, "fresh"),
        (300, None, "fresh"),
        (301, None, "stale"),
        (200, 260, "fresh"),
        (200, 259, "unsettled"),
        (200, 100, "unsettled"),
        (200, 1_000, "fresh"),
        (400, 1_000, "stale"),
        (400, 1, "unsettled"),
    ],
)
def test_a_total_ages(told, changed, age):
    """By the seconds since it was told, and since the mirror changed."""
    facts = replace(GOOD, total_at=NOW - timedelta(seconds=told))
    if changed is not None:
        facts = replace(facts, mirror_changed_at=NOW - timedelta(seconds=changed))
    assert compute_figures(facts).age == age
    assert compute_figures(replace(facts, total=None)).age == "unknown"


def test_an_unsettled_total_that_is_equal_differs_by_nothing():
    figures = compute_figures(replace(GOOD, mirror_changed_at=NOW))
    assert (figures.age, figures.difference) == ("unsettled", 0)

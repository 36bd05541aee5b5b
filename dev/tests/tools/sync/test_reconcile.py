"""The prover: differences are found by counting, wherever they are."""

from __future__ import annotations

from bisect import bisect_left

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ghl_contact_sync.tools.sync.reconcile import (
    Difference,
    Span,
    compare,
    cover,
    narrow,
)
from ghl_contact_sync.tools.sync.window import (
    ALL,
    DATED,
    UNCHANGED,
    UNDATED,
    UPDATED,
    Window,
)


class Side:
    """Dates of one side, and how often they were counted."""

    def __init__(self, dates):
        self.dates = sorted(date for date in dates if date is not None)
        self.undated = len(dates) - len(self.dates)
        self.counted = 0

    def count(self, spans):
        self.counted += len(spans)
        return [self.count_one(span) for span in spans]

    def count_one(self, span):
        if span.scope == UNDATED:
            return self.undated
        low = 0 if span.lower is None else bisect_left(self.dates, span.lower)
        high = len(self.dates)
        if span.upper is not None:
            high = bisect_left(self.dates, span.upper)
        return max(0, high - low)

    def middle(self, span):
        inside = [
            date
            for date in self.dates
            if (span.lower is None or date >= span.lower)
            and (span.upper is None or date < span.upper)
        ]
        if not inside:
            return None
        middle = inside[len(inside) // 2]
        if span.lower is not None and middle <= span.lower:
            middle = span.lower + 1
        if span.upper is not None and middle >= span.upper:
            return None
        return middle


def find(local, remote, cuts, leaf=8):
    spans = cover(DATED, cuts, UNDATED)
    pending = compare(spans, local.count(spans), remote.count(spans))
    leaves = []
    for _round in range(200):
        if not pending:
            return leaves
        found, pending = narrow(pending, local.middle, local.count, remote.count, leaf)
        leaves += found
    raise AssertionError("no end")


DATES = st.lists(st.one_of(st.none(), st.integers(-50, 3_000)), max_size=300)


@settings(max_examples=200, deadline=None)
@given(DATES, st.lists(st.integers(-50, 3_000), max_size=6))
def test_windows_cover_every_contact_just_once(dates, cuts):
    side = Side(dates)
    spans = cover(DATED, cuts, UNDATED)
    assert sum(side.count(spans)) == len(dates)


@settings(max_examples=200, deadline=None)
@given(DATES, st.data())
def test_what_is_missing_on_one_side_is_found(dates, data):
    missing = data.draw(st.sets(st.integers(0, max(0, len(dates) - 1)), max_size=5))
    local = Side([date for n, date in enumerate(dates) if n not in missing])
    remote = Side(dates)
    leaves = find(local, remote, [500, 1_500])
    for number in missing:
        if number < len(dates):
            date = dates[number]
            assert any(holds(leaf.span, date) for leaf in leaves)


@settings(max_examples=100, deadline=None)
@given(DATES)
def test_equal_sides_cost_one_count_for_each_window(dates):
    local, remote = Side(dates), Side(dates)
    assert find(local, remote, [500, 1_500]) == []
    assert remote.counted == 4


def holds(span, date):
    if date is None:
        return span.scope == UNDATED
    if span.scope == UNDATED:
        return False
    above = span.lower is None or date >= span.lower
    return above and (span.upper is None or date < span.upper)


def test_one_difference_in_a_million_costs_a_request_for_each_halving():
    dates = list(range(1_000_000))
    remote = Side(dates)
    local = Side(dates[:700_000] + dates[700_001:])
    leaves = find(local, remote, range(40_000, 1_000_000, 40_000), leaf=500)
    assert len(leaves) == 1
    assert holds(leaves[0].span, 700_000)
    assert leaves[0].remote <= 500
    assert remote.counted <= 26 + 8


def test_what_is_mostly_missing_is_read_not_halved():
    local, remote = Side([]), Side(list(range(10_000)))
    leaves = find(local, remote, [])
    assert [leaf.remote for leaf in leaves] == [10_000]
    assert remote.counted == 2


def test_a_difference_survives_a_checkpoint():
    difference = Difference(Span(DATED, 5, None), 3, 4)
    assert Difference.from_json(difference.to_json()) == difference


def halved(difference, ours, theirs, middle=40, leaf=8):
    """What `narrow` makes of one difference whose earlier half counts so many."""
    asked = []

    def count(found):
        def told(spans):
            asked.append(list(spans))
            return [found]

        return told

    done = narrow([difference], lambda _span: middle, count(ours), count(theirs), leaf)
    return *done, asked


@pytest.mark.parametrize(
    ("scope", "local", "remote", "is_read"),
    [
        (DATED, 8, 7, True),
        (DATED, 7, 8, True),
        (DATED, 9, 8, False),
        (DATED, 8, 9, False),
        # Most of it is missing here.
        (DATED, 10, 28, True),
        (DATED, 10, 29, True),
        (DATED, 10, 27, False),
        (UPDATED, 10, 11, False),
        # No date divides these.
        (ALL, 10, 11, True),
        (UNDATED, 10, 11, True),
        (UNCHANGED, 10, 11, True),
    ],
)
def test_a_difference_is_read_where_that_is_cheaper_than_halving(
    scope, local, remote, is_read
):
    difference = Difference(Span(scope, 0, 100), local, remote)
    leaves, left, asked = halved(difference, 0, 0)
    assert (leaves == [difference]) is is_read
    # What is read costs no count.
    assert (asked == []) is is_read
    assert is_read or left


def test_of_two_halves_those_that_differ_are_left():
    whole = Difference(Span(DATED, 0, 100), 30, 33)
    earlier, later = Span(DATED, 0, 40), Span(DATED, 40, 100)
    assert halved(whole, 12, 12) == ([], [Difference(later, 18, 21)], [[earlier]] * 2)
    both = [Difference(earlier, 12, 14), Difference(later, 18, 19)]
    assert halved(whole, 12, 14)[:2] == ([], both)
    # A half that is small enough is read.
    assert halved(whole, 5, 8)[:2] == ([Difference(earlier, 5, 8)], [])


def test_what_has_no_date_that_cuts_it_is_read():
    whole = Difference(Span(DATED, 0, 100), 30, 33)
    assert halved(whole, 12, 12, middle=None) == ([whole], [], [])


def test_a_span_is_read_by_its_own_window():
    assert Span(UPDATED, 3, 9).window() == Window(UPDATED, 3, 9)
    assert Span(UNDATED).window() == Window(UNDATED)


def test_windows_are_cut_where_they_are_said_to_be():
    spans = cover(UPDATED, [9, 5, 9], UNCHANGED)
    assert spans == [
        Span(UPDATED, None, 5),
        Span(UPDATED, 5, 9),
        Span(UPDATED, 9, None),
        Span(UNCHANGED),
    ]


def test_counts_that_are_lacking_are_an_error():
    """A window that was not counted is not one that agrees."""
    spans = cover(DATED, [5], UNDATED)
    with pytest.raises(ValueError, match="shorter"):
        compare(spans, [1, 2, 3], [1, 2])
    whole = Difference(Span(DATED, 0, 100), 30, 33)
    with pytest.raises(ValueError, match="shorter"):
        narrow([whole], lambda _span: 40, lambda _: [12], lambda _: [], 8)

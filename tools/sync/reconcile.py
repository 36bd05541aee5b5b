"""Find where two sets of contacts differ by counting, not by reading.

The vendor tells the size of any range for one cheap request (`pageLimit` 1 and
`total`). Ranges whose counts agree are left alone; one that differs is halved until it
is small enough to be read. Everything here is arithmetic; who counts is handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from .window import ALL, UNCHANGED, UNDATED, Window


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a location: ``lower <= date < upper`` (epoch ms, None = open).

    `scope` is one of `windows`: dated (by dateAdded), updated (by dateUpdated), undated
    (without dateAdded) or unchanged (without dateUpdated).
    """

    scope: str
    lower: int | None = None
    upper: int | None = None

    def window(self) -> Window:
        """Return the window that reads this span."""
        return Window(self.scope, self.lower, self.upper)

    def halves(self, middle: int) -> tuple[Span, Span]:
        """Cut in two at `middle`, which must lie inside."""
        return (
            Span(self.scope, self.lower, middle),
            Span(self.scope, middle, self.upper),
        )


@dataclass(frozen=True, slots=True)
class Difference:
    """A span whose two counts are not equal."""

    span: Span
    local: int
    remote: int

    def to_json(self) -> list[Any]:
        """Return a list for a checkpoint; see `from_json`."""
        span = self.span
        return [span.scope, span.lower, span.upper, self.local, self.remote]

    @classmethod
    def from_json(cls, values: Sequence[Any]) -> Difference:
        """Inverse of `to_json`."""
        scope, lower, upper, local, remote = values
        return cls(Span(scope, lower, upper), local, remote)


def cover(scope: str, cuts: Iterable[int], without: str) -> list[Span]:
    """Return spans that hold every contact just once, cut at `cuts`.

    The first is open below and the last above, so that no date, however odd, escapes.

    :param without: the scope of the contacts that lack the date
    """
    inner = sorted(set(cuts))
    edges: list[int | None] = [None, *inner, None]
    spans = [
        Span(scope, low, high) for low, high in zip(edges, edges[1:], strict=False)
    ]
    return [*spans, Span(without)]


def compare(
    spans: Sequence[Span], local: Sequence[int], remote: Sequence[int]
) -> list[Difference]:
    """Return the spans whose counts differ."""
    return [
        Difference(span, ours, theirs)
        for span, ours, theirs in zip(spans, local, remote, strict=True)
        if ours != theirs
    ]


def is_leaf(difference: Difference, leaf: int) -> bool:
    """Whether reading the span is cheaper than looking further.

    It is when the span is small, and when most of it is missing here anyway.

    :param leaf: contacts that are read rather than counted in halves
    """
    if difference.span.scope in (ALL, UNDATED, UNCHANGED):
        return True
    return (
        max(difference.local, difference.remote) <= leaf
        or difference.remote >= 2 * difference.local + leaf
    )


def narrow(
    differences: Sequence[Difference],
    middle: Callable[[Span], int | None],
    count_local: Callable[[Sequence[Span]], Sequence[int]],
    count_remote: Callable[[Sequence[Span]], Sequence[int]],
    leaf: int,
) -> tuple[list[Difference], list[Difference]]:
    """Halve each difference once.

    One remote count per difference: the later half is what the earlier one leaves.

    :param middle: a date inside the span that cuts it well, None when it has none
    :param leaf: contacts that are read rather than counted in halves
    :return: (those that are small enough to be read, those to be halved again)
    """
    leaves: list[Difference] = []
    cut: list[tuple[Difference, Span, Span]] = []
    for difference in differences:
        at = None if is_leaf(difference, leaf) else middle(difference.span)
        if at is None:
            leaves.append(difference)
        else:
            cut.append((difference, *difference.span.halves(at)))
    if not cut:
        return leaves, []
    earlier = [first for _, first, _ in cut]
    local = count_local(earlier)
    remote = count_remote(earlier)
    left: list[Difference] = []
    for (parent, first, second), ours, theirs in zip(cut, local, remote, strict=True):
        halves = compare(
            [first, second],
            [ours, parent.local - ours],
            [theirs, parent.remote - theirs],
        )
        for half in halves:
            (leaves if is_leaf(half, leaf) else left).append(half)
    return leaves, left

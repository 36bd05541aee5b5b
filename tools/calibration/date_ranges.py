"""Whether ranges of dates select just what they say: put to the test, or not used.

That a range is accepted tells nothing: a server may ignore it, or mean its bounds
otherwise than documented. So each way to write a date is tried around a contact whose
date is known: the range of its very millisecond must show it, the ranges on either side
must not. Where none passes, contacts are read in one strand, which needs no range.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from ..dates import is_usual
from ..ghl.dialect import Capabilities, DialectClient
from ..ghl.responses import SearchPage
from ..sync.window import range_filter
from .requests import ADDED, ASC, DESC, FEW, Call, accepted, ask, search, timestamps

SECOND_MS, DAY_MS = 1_000, 86_400_000


def known_timestamp(dates: Iterable[int]) -> int | None:
    """Return the date that ranges are best tried with, None when none will do.

    The latest, as old imports share theirs with many; but none of years to come, which
    are typing errors. The last millisecond of a second will not do: there, ranges that
    ignore milliseconds look like others.
    """
    usual = [
        timestamp
        for timestamp in dates
        if is_usual(timestamp - SECOND_MS)
        and is_usual(timestamp + 2 * SECOND_MS)
        and timestamp % SECOND_MS != SECOND_MS - 1
    ]
    tomorrow = time.time() * 1_000 + DAY_MS
    past = [timestamp for timestamp in usual if timestamp <= tomorrow]
    return max(past or usual, default=None)


def measure_ranges(
    client: DialectClient,
    caps: Capabilities,
    timestamp: int,
    spellings: Sequence[str],
    early: Mapping[str, Any],
) -> Capabilities:
    """Find out whether ranges can be used, by a contact that was added at `timestamp`.

    :param spellings: the ways to write a date that are accepted, best first
    :param early: what the `range_questions` in the first spelling were answered
    """
    answers = early
    for spelling in spellings:
        guess = replace(caps, range_format=spelling)
        if spelling != spellings[0]:
            answers = ask(range_questions(client, guess, timestamp))
        if _is_proven(timestamp, answers):
            return guess
    return replace(caps, date_filters=False)


def range_questions(
    client: DialectClient, guess: Capabilities, timestamp: int
) -> dict[str, Call]:
    """Return the searches that tell whether ranges select exactly."""
    return {
        name: partial(
            search,
            client,
            filters=guess.adapt([range_filter(ADDED, lower, upper)]),
            sort=sort,
            page_limit=FEW,
        )
        for name, (lower, upper, sort) in _ranges(timestamp).items()
    }


def _ranges(timestamp: int) -> dict[str, tuple[int, int, Sequence[dict[str, str]]]]:
    end = timestamp + 1
    # Sorted so that what should not be there comes first.
    return {
        "at": (timestamp, end, ASC),
        "before": (timestamp - SECOND_MS, timestamp, DESC),
        "after": (end, end + SECOND_MS, ASC),
    }


def _is_proven(timestamp: int, answers: Mapping[str, Any]) -> bool:
    """Tell whether ranges select exactly: the contact is where it should be only."""
    sound = all(
        accepted(answers[name]) and _inside(answers[name], lower, upper)
        for name, (lower, upper, _sort) in _ranges(timestamp).items()
    )
    return sound and bool(answers["at"].contacts)


def _inside(page: SearchPage, lower: int, upper: int) -> bool:
    return all(date is not None and lower <= date < upper for date in timestamps(page))

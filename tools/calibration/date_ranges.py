"""What ranges of dates do: whether they select, what they include, how exact they are.

That a range is accepted tells nothing: a server may ignore it. So each guess is put to
the test around a contact whose date is known: the range that holds it must show it, the
ranges on either side must not reach it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from ..dates import is_usual
from ..ghl.dialect import Capabilities, DialectClient
from ..ghl.responses import SearchPage
from ..sync.partition import range_filter
from .requests import ADDED, ASC, DESC, FEW, accepted, ask, attempt, moments, search

SECOND_MS, DAY_MS = 1_000, 86_400_000
# Around a moment that ranges are tried with, so that each bound has a usual year.
_MARGIN_MS = 5 * SECOND_MS


def known_moment(dates: Iterable[int]) -> int | None:
    """Return the date that ranges are best tried with, None when none will do.

    The latest, as old imports share theirs with many; but none of years to come, which
    are typing errors. If possible one inside of a second: at its edges, ranges that
    ignore milliseconds look like others.
    """
    usual = [
        moment
        for moment in dates
        if is_usual(moment - _MARGIN_MS) and is_usual(moment + _MARGIN_MS)
    ]
    tomorrow = time.time() * 1_000 + DAY_MS
    past = [moment for moment in usual if moment <= tomorrow]
    return max(past or usual, key=lambda m: (_is_inside_second(m), m), default=None)


def measure_ranges(
    client: DialectClient, able: Capabilities, moment: int, spellings: Sequence[str]
) -> Capabilities:
    """Find out how ranges behave, by a contact that was added at `moment`.

    :param spellings: the ways to write a date that are accepted, best first
    """
    for spelling in spellings:
        for guess in _guesses(client, replace(able, range_format=spelling), moment):
            page = _proof_of(client, guess, moment)
            if page:
                goes_on = _cursor_goes_on(client, guess, moment, page)
                return replace(guess, cursor_with_filters=goes_on)
    return replace(able, date_filters=False)


def _guesses(
    client: DialectClient, able: Capabilities, moment: int
) -> Iterator[Capabilities]:
    """Yield what ranges may be like: as usual, then by the bounds that they show.

    Whole seconds are safe in any case; milliseconds are taken for ignored unless the
    moment can tell.
    """
    if not _ends_second(moment):
        yield able
    bounded = _with_bounds(client, able, moment)
    if bounded is None:
        return
    if bounded != able and _is_inside_second(moment):
        yield bounded
    yield replace(bounded, resolution_ms=SECOND_MS)


def _with_bounds(
    client: DialectClient, able: Capabilities, moment: int
) -> Capabilities | None:
    """Tell what bounds include, by ranges that begin and end at `moment`.

    :return: None when there is no telling, as the bounds are refused or ignored
    """
    answers = ask(
        {
            "from": lambda: _hits(client, able, moment, moment + SECOND_MS, ASC),
            "until": lambda: _hits(client, able, moment - SECOND_MS, moment, DESC),
        }
    )
    if not all(map(accepted, answers.values())):
        return None
    shown = {name: moments(page) for name, page in answers.items()}
    if not all(_is_near(date, moment) for dates in shown.values() for date in dates):
        return None
    # Each is near the moment, so none is missing.
    lower = [date for date in shown["from"] if date is not None]
    upper = [date for date in shown["until"] if date is not None]
    return replace(
        able,
        lower_inclusive=any(date <= moment for date in lower),
        upper_inclusive=any(date >= moment for date in upper),
    )


def _proof_of(
    client: DialectClient, guess: Capabilities, moment: int
) -> SearchPage | None:
    """Return the page that holds the contact if ranges are as guessed, else None."""
    start = guess.align(moment)
    end = start + guess.resolution_ms
    # Sorted so that what should not be there comes first.
    ranges = {
        "at": (start, end, ASC),
        "before": (start - SECOND_MS, start, DESC),
        "after": (end, end + SECOND_MS, ASC),
    }
    answers = ask(
        {name: partial(_hits, client, guess, *asked) for name, asked in ranges.items()}
    )
    sound = all(
        accepted(answers[name]) and _inside(answers[name], lower, upper)
        for name, (lower, upper, _sort) in ranges.items()
    )
    return answers["at"] if sound and answers["at"].contacts else None


def _inside(page: SearchPage, lower: int, upper: int) -> bool:
    return all(date is not None and lower <= date < upper for date in moments(page))


def _cursor_goes_on(
    client: DialectClient, able: Capabilities, moment: int, page: SearchPage
) -> bool:
    if not page.search_after:
        return True
    start = able.align(moment)
    end = start + able.resolution_ms
    answer = attempt(lambda: _hits(client, able, start, end, ASC, page.search_after))
    return accepted(answer)


def _hits(
    client: DialectClient,
    able: Capabilities,
    lower: int,
    upper: int,
    sort: Sequence[dict[str, str]],
    search_after: list[Any] | None = None,
) -> SearchPage:
    return search(
        client,
        filters=able.adapt([range_filter(ADDED, lower, upper)]),
        sort=sort,
        page_limit=FEW,
        search_after=search_after,
    )


def _is_near(date: int | None, moment: int) -> bool:
    # A range of a second, widened to whole ones, reaches that far.
    return date is not None and abs(date - moment) <= 2 * SECOND_MS


def _is_inside_second(moment: int) -> bool:
    return moment % SECOND_MS != 0 and not _ends_second(moment)


def _ends_second(moment: int) -> bool:
    return moment % SECOND_MS == SECOND_MS - 1

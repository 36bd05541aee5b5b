"""Find out what an account's API really does: some small reads, nothing written.

Every question that the vendor's documents leave open and on which the engine depends
is asked of the account itself; what does not depend on each other, at once.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from ..dates import format_ms, is_usual
from ..errors import GhlError, GhlNotFound, GhlRequestError, GhlScopeError
from ..ghl.dialect import COUNT_LIMIT, Capabilities, DialectClient
from ..ghl.responses import SearchPage
from ..sync.partition import range_filter
from .date_ranges import known_moment, measure_ranges
from .page_size import FULL_PAGE, largest_page
from .requests import ADDED, ASC, DESC, FEW, accepted, ask, moments, search

VERSIONS = ("2021-07-28", "v3", "2023-02-21")
# Older than any contact, and harmless as a bound in either form.
LONG_AGO_MS = 0

_WITHOUT = [{"field": ADDED, "operator": "not_exists"}]


def calibrate(client: DialectClient) -> Capabilities:
    """Return what the account of `client` can do; `client` speaks so afterwards.

    Sends 12 requests as a rule, up to 30 where much is not as usual.

    :raise GhlError: the token is refused or the vendor does not answer properly;
        refusals of a question are answers
    """
    before = client.capabilities
    client.set_capabilities(Capabilities())
    try:
        caps = _calibrate(client, before.count_limit)
    except BaseException:
        client.set_capabilities(before)
        raise
    caps = replace(caps, rate_headers=client.header_names)
    client.set_capabilities(caps)
    return caps


def _calibrate(client: DialectClient, count_limit: int | None) -> Capabilities:
    configured = client.version
    oldest = _first_answer(client)
    nobody = secrets.token_hex(10)
    answers = _first_questions(client, nobody)
    caps = Capabilities(
        version=client.version if client.version != configured else "",
        configured_version=configured,
        total=oldest.total is not None,
        page_limit=_page_limit(client, nobody, answers),
        filters=_finds_nobody(answers["filter"]),
        exists_filters=_finds_undated_only(answers["undated"]),
        deleted_status=answers["unknown"],
    )
    spellings = [name for name in ("iso", "epoch") if accepted(answers[name])]
    caps = replace(caps, date_filters=bool(spellings))
    dates = _dates(oldest, *(answers[name] for name in ("newest", "iso", "epoch")))
    moment = known_moment(dates)
    if caps.filters and caps.date_filters:
        if moment is None:
            return replace(caps, count_limit=count_limit, complete=False)
        caps = measure_ranges(client, caps, moment, spellings)
    if not caps.total or (oldest.total or 0) < COUNT_LIMIT:
        # Too few to put counts to the test: what is known of them still holds.
        return replace(caps, count_limit=count_limit)
    return _measure_total(client, caps, oldest.total or 0, dates, moment)


# === FIRST QUESTIONS === #


def _first_answer(client: DialectClient) -> SearchPage:
    """Ask the simplest question, in the version that the account speaks."""
    configured = client.version
    others = [version for version in VERSIONS if version != configured]
    refused: GhlError | None = None
    for version in (configured, *others):
        client.use_version(version)
        try:
            return search(client, sort=ASC, page_limit=2)
        except (GhlRequestError, GhlScopeError, GhlNotFound) as err:
            if "version" not in str(err).lower():
                raise
            refused = refused or err
    assert refused is not None
    raise refused


def _first_questions(client: DialectClient, nobody: str) -> dict[str, Any]:
    by_id = _by_id(nobody)
    since = {"iso": format_ms(LONG_AGO_MS), "epoch": LONG_AGO_MS}
    return ask(
        {
            # Typing errors in years to come stand first.
            "newest": lambda: search(client, sort=DESC, page_limit=FEW),
            "filter": lambda: search(client, filters=by_id, sort=ASC, page_limit=1),
            # No hits: what counts is whether the size is refused.
            "page_limit": lambda: search(
                client, filters=by_id, sort=ASC, page_limit=FULL_PAGE
            ),
            "iso": lambda: search(
                client, filters=_since(since["iso"]), sort=ASC, page_limit=1
            ),
            "epoch": lambda: search(
                client, filters=_since(since["epoch"]), sort=ASC, page_limit=1
            ),
            "undated": lambda: search(
                client, filters=_WITHOUT, sort=ASC, page_limit=FEW
            ),
            "unknown": lambda: _status_of_unknown(client, nobody),
        }
    )


def _by_id(contact_id: str) -> list[dict[str, Any]]:
    return [{"field": "id", "operator": "eq", "value": contact_id}]


def _since(value: Any) -> list[dict[str, Any]]:
    return [{"field": ADDED, "operator": "range", "value": {"gte": value}}]


def _status_of_unknown(client: DialectClient, contact_id: str) -> int | None:
    try:
        client.request("GET", f"/contacts/{contact_id}", kind="contact")
    except (GhlNotFound, GhlRequestError) as err:
        return err.status
    return None


def _page_limit(
    client: DialectClient, nobody: str, answers: Mapping[str, Any]
) -> int | None:
    filters = _by_id(nobody) if accepted(answers["filter"]) else []
    return largest_page(client, filters, answers["page_limit"])


def _finds_nobody(answer: Any) -> bool:
    """Whether a filter selects: a server that ignores it finds somebody."""
    return accepted(answer) and not answer.contacts


def _finds_undated_only(answer: Any) -> bool:
    """Whether ``not_exists`` selects; a date that no calendar has counts as none."""
    return accepted(answer) and not _dates(answer)


def _dates(*pages: Any) -> list[int]:
    """Return the dates that the pages show, in order; usual years only.

    No bound of ours names another year: a server need not understand it.
    """
    shown = [date for page in pages if accepted(page) for date in moments(page)]
    return sorted(date for date in shown if date is not None and is_usual(date))


# === TOTAL === #


def _measure_total(
    client: DialectClient,
    caps: Capabilities,
    total: int,
    dates: list[int],
    moment: int | None,
) -> Capabilities:
    """Compare a large total with the sum of its parts, cut where contacts are."""
    if moment is None or not (caps.filters and caps.date_filters):
        # There are no parts; exactly so many are likely to be more.
        return replace(caps, count_limit=COUNT_LIMIT if total == COUNT_LIMIT else None)
    client.set_capabilities(caps)
    middle = (dates[0] + moment) // 2
    # All are asked at once, as contacts come and go.
    filters = {"all": [], **dict(_parts(caps, middle))}
    counts = ask(
        {name: partial(client.count, chosen) for name, chosen in filters.items()}
    )
    return replace(caps, count_limit=None if _adds_up(counts) else COUNT_LIMIT)


def _parts(
    caps: Capabilities, middle: int
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    yield "early", [range_filter(ADDED, None, middle)]
    yield "late", [range_filter(ADDED, middle, None)]
    if caps.exists_filters:
        yield "undated", _WITHOUT


def _adds_up(counts: dict[str, Any]) -> bool:
    """Tell whether the total is the sum of its parts.

    One part that is as large as the total proves nothing: both may be cut off.
    """
    total = counts["all"]
    parts = [count for name, count in counts.items() if name != "all"]
    known = type(total) is int and all(type(part) is int for part in parts)
    return known and sum(parts) == total and total not in parts

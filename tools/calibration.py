"""Find out what an account's API really does: a dozen small reads, nothing written.

Every question that the vendor's documents leave open and on which the engine depends
is asked of the account itself; what does not depend on each other, at once.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from .capabilities import COUNT_LIMIT, NEUTRAL_SORT, Capabilities, DialectClient
from .ghl_answers import SearchPage
from .ghl_client import GhlClient
from .ghl_dates import format_ms, parse_ms
from .ghl_errors import (
    GhlError,
    GhlNotFound,
    GhlPageLimitRefused,
    GhlRequestError,
    GhlScopeError,
)

FULL_PAGE, SAFE_PAGE = 500, 100
VERSIONS = ("2021-07-28", "v3", "2023-02-21")
THREADS = 8
# Older than any contact, and harmless as a bound in either form.
LONG_AGO_MS = 0

_ADDED = "dateAdded"
_ASC = [{"field": _ADDED, "direction": "asc"}]
_DESC = [{"field": _ADDED, "direction": "desc"}]
_WITHOUT = [{"field": _ADDED, "operator": "not_exists"}]

Call = Callable[[], Any]


def calibrate(client: DialectClient) -> Capabilities:
    """Return what the account of `client` can do; `client` speaks so afterwards.

    Sends 8 to 16 requests.

    :raise GhlError: the token is refused or the vendor does not answer properly;
        refusals of a question are answers
    """
    before = client.capabilities
    client.set_capabilities(Capabilities())
    try:
        able = _calibrate(client)
    except BaseException:
        client.set_capabilities(before)
        raise
    able = replace(able, rate_headers=client.header_names)
    client.set_capabilities(able)
    return able


def _calibrate(client: DialectClient) -> Capabilities:
    configured = client.version
    oldest = _first_answer(client)
    answers = _first_questions(client)
    able = Capabilities(
        version=client.version if client.version != configured else "",
        configured_version=configured,
        total=oldest.total is not None,
        page_limit=_page_limit(answers["page_limit"]),
        filters=_accepted(answers["filter"]),
        exists_filters=_accepted(answers["undated"]),
        deleted_status=answers["unknown"],
    )
    iso, epoch = _accepted(answers["iso"]), _accepted(answers["epoch"])
    able = replace(
        able,
        date_filters=iso or epoch,
        range_format="iso" if iso or not epoch else "epoch",
        undated_listed=_undated_listed(answers),
    )
    if not (able.filters and able.date_filters):
        return able
    dates = _dates(oldest, *(answers[name] for name in ("iso", "epoch", "newest")))
    if not dates:
        return replace(able, complete=False)
    able = _measure_ranges(client, able, dates[-1])
    if able.total and (oldest.total or 0) >= COUNT_LIMIT:
        able = _measure_total(client, able, oldest.total or 0, dates)
    return able


# === FIRST QUESTIONS === #


def _first_answer(client: DialectClient) -> SearchPage:
    """Ask the simplest question, in the version that the account speaks."""
    configured = client.version
    others = [version for version in VERSIONS if version != configured]
    refused: GhlError | None = None
    for version in (configured, *others):
        client.use_version(version)
        try:
            return _search(client, sort=_ASC, page_limit=2)
        except (GhlRequestError, GhlScopeError, GhlNotFound) as err:
            if "version" not in str(err).lower():
                raise
            refused = refused or err
    assert refused is not None
    raise refused


def _first_questions(client: DialectClient) -> dict[str, Any]:
    nobody = secrets.token_hex(10)
    since = {"iso": format_ms(LONG_AGO_MS), "epoch": LONG_AGO_MS}
    by_id = [{"field": "id", "operator": "eq", "value": nobody}]
    return _ask(
        {
            "newest": lambda: _search(client, sort=_DESC, page_limit=1),
            "filter": lambda: _search(client, filters=by_id, sort=_ASC, page_limit=1),
            # Few hits or none: what counts is whether the size is refused.
            "page_limit": lambda: _search(
                client, filters=by_id, sort=_ASC, page_limit=FULL_PAGE
            ),
            "iso": lambda: _search(
                client, filters=_range(gte=since["iso"]), sort=_ASC, page_limit=1
            ),
            "epoch": lambda: _search(
                client, filters=_range(gte=since["epoch"]), sort=_ASC, page_limit=1
            ),
            "undated": lambda: _search(
                client, filters=_WITHOUT, sort=_ASC, page_limit=1
            ),
            "undated_unsorted": lambda: _search(
                client, filters=_WITHOUT, sort=NEUTRAL_SORT, page_limit=1
            ),
            "unknown": lambda: _status_of_unknown(client, nobody),
        }
    )


def _status_of_unknown(client: DialectClient, contact_id: str) -> int | None:
    try:
        client.request("GET", f"/contacts/{contact_id}", kind="contact")
    except (GhlNotFound, GhlRequestError) as err:
        return err.status
    return None


def _page_limit(answer: Any) -> int | None:
    if isinstance(answer, GhlPageLimitRefused):
        return SAFE_PAGE
    return FULL_PAGE if _accepted(answer) else None


def _undated_listed(answers: Mapping[str, Any]) -> bool:
    """Whether a search by date shows contacts that have none; likely when unknown."""
    unsorted, listed = answers["undated_unsorted"], answers["undated"]
    if not (_accepted(unsorted) and _accepted(listed)):
        return True
    return bool(listed.contacts or not unsorted.contacts)


def _dates(*pages: Any) -> list[int]:
    """Return the dates that the pages show, in order."""
    contacts = [c for page in pages if _accepted(page) for c in page.contacts]
    moments = (parse_ms(contact.get(_ADDED)) for contact in contacts)
    return sorted(moment for moment in moments if moment is not None)


# === RANGES === #


def _measure_ranges(
    client: DialectClient, able: Capabilities, moment: int
) -> Capabilities:
    """Find out what the bounds of a range include, by a contact added at `moment`."""

    def hits(lower: int, upper: int | None = None) -> SearchPage:
        bounds = {"gte": _as(able, lower)}
        if upper is not None:
            bounds["lt"] = _as(able, upper)
        return _search(client, filters=_range(**bounds), sort=_ASC, page_limit=1)

    answers = _ask(
        {
            "just": lambda: hits(moment, moment + 1),
            "none": lambda: hits(moment, moment),
            "walk": lambda: hits(moment),
        }
    )
    if not all(map(_accepted, answers.values())):
        return replace(able, date_filters=False)
    walk = answers["walk"]
    if walk.search_after:
        able = replace(
            able, cursor_with_filters=_cursor_goes_on(client, able, moment, walk)
        )
    if answers["none"].contacts:
        return replace(able, upper_inclusive=True)
    if answers["just"].contacts:
        return able
    if hits(moment - 1, moment + 1).contacts:
        return replace(able, lower_inclusive=False)
    second = moment - moment % 1000
    if hits(second, second + 1000).contacts:
        return replace(able, resolution_ms=1000)
    # Ranges of an account that does not find a contact by its own date are no use.
    return replace(able, date_filters=False)


def _cursor_goes_on(
    client: DialectClient, able: Capabilities, moment: int, page: SearchPage
) -> bool:
    answer = _try(
        lambda: _search(
            client,
            filters=_range(gte=_as(able, moment)),
            sort=_ASC,
            page_limit=1,
            search_after=page.search_after,
        )
    )
    return _accepted(answer)


def _measure_total(
    client: DialectClient, able: Capabilities, total: int, dates: list[int]
) -> Capabilities:
    """Compare a large total with the sum of its parts."""
    middle = able.align((dates[0] + dates[-1]) // 2)
    client.set_capabilities(able)
    answers = _ask(
        {
            "early": lambda: client.count(_range(lt=format_ms(middle))),
            "late": lambda: client.count(_range(gte=format_ms(middle))),
            "undated": lambda: client.count(_WITHOUT),
        }
    )
    parts = list(answers.values())
    if all(type(part) is int for part in parts) and sum(parts) == total:
        return able
    return replace(able, count_limit=COUNT_LIMIT)


def _range(**bounds: Any) -> list[dict[str, Any]]:
    return [{"field": _ADDED, "operator": "range", "value": bounds}]


def _as(able: Capabilities, moment: int) -> Any:
    return moment if able.range_format == "epoch" else format_ms(moment)


# === ASKING === #


def _search(client: DialectClient, **kw: Any) -> SearchPage:
    """Search in the words that are given, untranslated."""
    return GhlClient.search(client, **kw)


def _ask(calls: Mapping[str, Call]) -> dict[str, Any]:
    """Return {name: answer}; a refusal is an answer, any other trouble is raised."""
    with ThreadPoolExecutor(THREADS, thread_name_prefix="ghl-calibrate") as pool:
        futures = {name: pool.submit(_try, call) for name, call in calls.items()}
    return {name: future.result() for name, future in futures.items()}


def _try(call: Call) -> Any:
    try:
        return call()
    except GhlRequestError as err:
        return err


def _accepted(answer: Any) -> bool:
    return not isinstance(answer, GhlError)

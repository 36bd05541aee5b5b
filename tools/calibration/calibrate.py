"""Find out what an account's API really does: some small reads, nothing written.

Every question that the vendor's documents leave open and on which the engine depends
is asked of the account itself. They come in two rounds, since some need a contact to
ask about; what is not as usual takes further ones.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from ..dates import format_ms, is_usual
from ..errors import GhlError, GhlNotFound, GhlRequestError, GhlScopeError
from ..ghl.dialect import COUNT_LIMIT, Capabilities, DialectClient
from ..ghl.responses import SearchPage
from ..sync.window import range_filter
from .cursors import Trial, plan_trial
from .date_ranges import known_timestamp, measure_ranges, range_questions
from .largest_page import FULL_PAGE, largest_page
from .requests import (
    ADDED,
    ASC,
    DESC,
    FEW,
    Call,
    accepted,
    ask_all,
    attempt,
    search,
    timestamps,
)

VERSIONS = ("2021-07-28", "v3", "2023-02-21")
# Older than any contact, and harmless as a bound in either form.
LONG_AGO_MS = 0

# The count of all contacts but a known one.
_OTHERS = "count_others"
_WITHOUT = [{"field": ADDED, "operator": "not_exists"}]
_SPELLINGS = ("iso", "epoch")


def calibrate(client: DialectClient) -> Capabilities:
    """Return what the account of `client` can do; `client` speaks so afterwards.

    Sends 14 requests as a rule, up to 40 where much is not as usual.

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
    client.set_capabilities(caps)
    return caps


def _calibrate(client: DialectClient, count_limit: int | None) -> Capabilities:
    configured = client.version
    refused: GhlError | None = None
    for version in (configured, *(one for one in VERSIONS if one != configured)):
        client.use_version(version)
        calibration = Calibration(client, configured, count_limit)
        try:
            calibration.take_first(ask_all(calibration.first_questions()))
        except VersionRefused as err:
            refused = refused or err.refusal
            continue
        return calibration.finish(ask_all(calibration.second_questions()))
    assert refused is not None
    raise refused


class VersionRefused(Exception):
    """The account does not speak this version of the API."""

    def __init__(self, refusal: GhlError) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


class Calibration:
    """The questions of both rounds, for whoever asks them beside other requests.

    Whoever does calls, in this order: `first_questions`, `take_first`,
    `second_questions`, `finish`. An answer is what the call returned or the `GhlError`
    that it raised.

    :param client: is asked in its present version
    :param configured: the version that the settings name
    :param count_limit: up to which number counts are known to be exact
    """

    def __init__(
        self, client: DialectClient, configured: str, count_limit: int | None = None
    ) -> None:
        self._client = client
        self._count_limit = count_limit
        self._nobody = secrets.token_hex(10)
        self._first: Mapping[str, Any] = {}
        self._caps = Capabilities(
            version=client.version if client.version != configured else "",
            configured_version=configured,
        )
        self._spellings: list[str] = []
        self._dates: list[int] = []
        self._timestamp: int | None = None
        self._trial: Trial | None = None

    # === FIRST ROUND === #

    def first_questions(self) -> dict[str, Call]:
        """Return what can be asked without knowing anything of the account."""
        client, by_id = self._client, _by_id(self._nobody)
        return {
            "oldest": partial(search, client, sort=ASC, page_limit=FEW),
            # Typing errors in years to come stand first.
            "newest": partial(search, client, sort=DESC, page_limit=FEW),
            "filter": partial(search, client, filters=by_id, sort=ASC, page_limit=1),
            # No hits: what counts is whether the size is refused.
            "page_limit": partial(
                search, client, filters=by_id, sort=ASC, page_limit=FULL_PAGE
            ),
            "iso": partial(self._ask_since, "iso"),
            "epoch": partial(self._ask_since, "epoch"),
            "undated": partial(
                search, client, filters=_WITHOUT, sort=ASC, page_limit=FEW
            ),
        }

    def _ask_since(self, spelling: str, search_after: Any = None) -> SearchPage:
        since = format_ms(LONG_AGO_MS) if spelling == "iso" else LONG_AGO_MS
        node = {"field": ADDED, "operator": "range", "value": {"gte": since}}
        return search(
            self._client,
            filters=[node],
            sort=ASC,
            page_limit=FEW,
            search_after=search_after,
        )

    def take_first(self, answers: Mapping[str, Any]) -> None:
        """Learn from the answers of the first round.

        :raise VersionRefused: nothing can be learned in this version
        :raise GhlError: the vendor did not answer properly
        """
        _check(answers)
        self._first = answers
        oldest = answers["oldest"]
        self._spellings = [name for name in _SPELLINGS if accepted(answers[name])]
        self._caps = replace(
            self._caps,
            total=oldest.total is not None,
            filters=_finds_nobody(answers["filter"]),
            exists_filters=_finds_undated_only(answers["undated"]),
            date_filters=bool(self._spellings),
            range_format=self._spellings[0] if self._spellings else "iso",
        )
        self._dates = _dates(*(answers[n] for n in ("oldest", "newest", *_SPELLINGS)))
        self._timestamp = known_timestamp(self._dates)
        self._trial = plan_trial([oldest, *(answers[n] for n in self._spellings)])

    @property
    def likely(self) -> Capabilities:
        """The account's capabilities if it is as most are, after the first round.

        Whoever reads by that must read anew unless `finish` returns the same.
        """
        accepted_full = accepted(self._first["page_limit"])
        return replace(self._caps, page_limit=FULL_PAGE if accepted_full else None)

    @property
    def newest(self) -> SearchPage:
        """The page that shows the contacts that were added last."""
        page: SearchPage = self._first["newest"]
        return page

    @property
    def all_dated(self) -> bool:
        """Whether the first round has shown that no contact lacks a date."""
        undated = self._first["undated"]
        return accepted(undated) and undated.total == 0 and not undated.contacts

    # === SECOND ROUND === #

    def second_questions(self) -> dict[str, Call]:
        """Return what can be asked around contacts that the first round has shown."""
        client = self._client
        questions: dict[str, Call] = {
            "unknown": partial(_status_of_unknown, client, self._nobody)
        }
        if self._trial is not None:
            questions |= self._trial.questions(client)
        if self._spellings and self._caps.filters:
            after = self._first[self._spellings[0]].search_after
            if after:
                ask = partial(self._ask_since, self._spellings[0], after)
                questions["goes_on"] = ask
        if self._tries_ranges and self._timestamp is not None:
            questions |= range_questions(client, self._caps, self._timestamp)
            if self._counts_much:
                questions |= self._count_questions(self._caps, self._timestamp)
        return {name: partial(attempt, call) for name, call in questions.items()}

    @property
    def _tries_ranges(self) -> bool:
        return self._caps.filters and self._caps.date_filters

    def finish(self, answers: Mapping[str, Any]) -> Capabilities:
        """Return what the account can do; asks further what is not as usual yet.

        :raise GhlError: the vendor did not answer properly
        """
        for answer in answers.values():
            if isinstance(answer, GhlError) and not isinstance(answer, GhlRequestError):
                raise answer
        caps = replace(
            self._caps,
            page_limit=self._page_limit(),
            deleted_status=answers["unknown"],
            made_up_cursors=self._trial is not None
            and self._trial.is_honoured(answers["below"], answers["above"]),
            rate_headers=self._client.header_names,
        )
        if caps.filters and caps.date_filters:
            if self._timestamp is None:
                return replace(caps, count_limit=self._count_limit, complete=False)
            goes_on = accepted(answers.get("goes_on"))
            caps = replace(caps, cursor_with_filters=goes_on)
            caps = measure_ranges(
                self._client, caps, self._timestamp, self._spellings, answers
            )
        if not self._counts_much:
            # Too few to put counts to the test: what is known of them still holds.
            return replace(caps, count_limit=self._count_limit)
        return self._measure_total(caps, answers)

    def _page_limit(self) -> int | None:
        filters = _by_id(self._nobody) if accepted(self._first["filter"]) else []
        return largest_page(self._client, filters, self._first["page_limit"])

    # === TOTAL === #

    @property
    def _counts_much(self) -> bool:
        """Whether there are enough contacts to put a total to the test."""
        return self._caps.total and self._first["oldest"].total >= COUNT_LIMIT

    def _measure_total(
        self, caps: Capabilities, answers: Mapping[str, Any]
    ) -> Capabilities:
        """Compare a large total with the sum of its parts, cut where contacts are."""
        total = self._first["oldest"].total
        if self._timestamp is None or not (caps.filters and caps.date_filters):
            # Without parts to add up, a total of exactly this number likely stands for
            # more.
            limit = COUNT_LIMIT if total == COUNT_LIMIT else None
            return replace(caps, count_limit=limit)
        questions = self._count_questions(caps, self._timestamp)
        if caps.range_format != self._caps.range_format:
            answers = ask_all({n: partial(attempt, q) for n, q in questions.items()})
        counts = {name: _total_of(answers[name]) for name in questions}
        others = counts.pop(_OTHERS, None)
        exact = _adds_up(counts)
        if not exact and _is_undivided(counts):
            exact = self._counts_all_but_one(counts["count_all"], others)
        return replace(caps, count_limit=None if exact else COUNT_LIMIT)

    def _counts_all_but_one(self, everybody: Any, others: Any) -> bool:
        """Whether the count of all contacts but a known one is one less.

        For a location that one import has brought: no date divides it.

        :param others: as it was told, None when it was not asked for
        """
        if others is None:
            questions = {"count_all": self._count([]), _OTHERS: self._count_others}
            answers = ask_all(questions)
            everybody, others = (_total_of(answers[name]) for name in questions)
        known_totals = type(everybody) is int and type(others) is int
        return known_totals and bool(others == everybody - 1)

    @property
    def _count_others(self) -> Call:
        known = self.newest.contacts[0].get("id") if self.newest.contacts else None
        return self._count([{"field": "id", "operator": "not_eq", "value": known}])

    def _count(self, filters: Sequence[Mapping[str, Any]]) -> Call:
        return partial(search, self._client, filters=filters, sort=ASC, page_limit=1)

    def _count_questions(self, caps: Capabilities, timestamp: int) -> dict[str, Call]:
        """Return the counts of all contacts and of parts, to be asked at once.

        At once, as contacts come and go.
        """
        middle = (self._dates[0] + timestamp) // 2
        parts = {"count_all": [], **dict(_parts(caps, middle))}
        questions = {
            name: self._count(caps.adapt(filters)) for name, filters in parts.items()
        }
        if self._dates[0] == self._dates[-1]:
            # No date divides them, as it seems.
            questions[_OTHERS] = self._count_others
        return questions


def _check(answers: Mapping[str, Any]) -> None:
    """Raise what is no answer to a question.

    :raise VersionRefused: the simplest question was refused for the version
    :raise GhlError: the vendor did not answer properly
    """
    simplest = answers["oldest"]
    if isinstance(simplest, GhlError):
        is_refusal = isinstance(simplest, (GhlRequestError, GhlScopeError, GhlNotFound))
        if is_refusal and "version" in str(simplest).lower():
            raise VersionRefused(simplest)
        raise simplest
    for answer in answers.values():
        if isinstance(answer, GhlError) and not isinstance(answer, GhlRequestError):
            raise answer


# === WHAT ANSWERS TELL === #


def _by_id(contact_id: str) -> list[dict[str, Any]]:
    return [{"field": "id", "operator": "eq", "value": contact_id}]


def _status_of_unknown(client: DialectClient, contact_id: str) -> int | None:
    try:
        client.request("GET", f"/contacts/{contact_id}", kind="contact")
    except (GhlNotFound, GhlRequestError) as err:
        return err.status
    return None


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
    shown = [date for page in pages if accepted(page) for date in timestamps(page)]
    return sorted(date for date in shown if date is not None and is_usual(date))


def _total_of(answer: Any) -> Any:
    return answer.total if isinstance(answer, SearchPage) else answer


def _parts(
    caps: Capabilities, middle: int
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    yield "count_early", [range_filter(ADDED, None, middle)]
    yield "count_late", [range_filter(ADDED, middle, None)]
    if caps.exists_filters:
        yield "count_undated", _WITHOUT


def _is_undivided(counts: dict[str, Any]) -> bool:
    """Tell whether one of the parts seems to hold everything."""
    parts = [count for name, count in counts.items() if name != "count_all"]
    return sorted(map(bool, parts)) == [*[False] * (len(parts) - 1), True]


def _adds_up(counts: dict[str, Any]) -> bool:
    """Tell whether the total is the sum of its parts.

    One part that is as large as the total proves nothing: both may be cut off.
    """
    total = counts["count_all"]
    parts = [count for name, count in counts.items() if name != "count_all"]
    known = type(total) is int and all(type(part) is int for part in parts)
    return known and sum(parts) == total and total not in parts

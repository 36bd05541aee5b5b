"""The first round of a full sync: all that can be asked before anything is known.

The first page of contacts travels with the small lists, the latest dates and, where the
account is new, the questions that calibration asks first. Its contacts are stored, and
on the screen, after one round of answers; the rest is cut so that as much as possible
comes with the second. What else has to be known of the account is asked beside that.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...tools.calibration.calibrate import Calibration, VersionRefused, calibrate
from ...tools.calibration.largest_page import FULL_PAGE
from ...tools.errors import GhlError, GhlRequestError
from ...tools.ghl.dialect import Capabilities
from ...tools.sync.reader import FetchedPage
from ...tools.sync.splitting import filling, spread, to_date_ranges
from ...tools.sync.window import ALL, Window
from ..rate_limit import get_governor
from ..slice.slice import SyncSlice
from ..slice.vendor_calls import Answers, Call

# Each page's worth of contacts is cut in so many parts, since dates are not spread
# evenly: hardly a part is then more than one page.
PARTS_A_PAGE = 3
# Slots of the limit, and threads, that are left to what goes along with the parts.
SLOTS_BESIDE, THREADS_BESIDE = 8, 3
# Slots that the rest of a calibration takes at the most, as a rule.
SLOTS_TO_CALIBRATE = 12


class PendingCalibration:
    """The rest of a calibration, asked beside the reading.

    `likely` is what the account is taken for meanwhile.
    """

    def __init__(self, run_slice: SyncSlice, calibration: Calibration) -> None:
        self._slice = run_slice
        self._calibration = calibration
        self._calls: dict[str, Call[Any]] = {}
        self._answers: Answers | None = None
        self.likely = calibration.likely
        #: the contacts that were added last
        self.newest = calibration.newest
        #: whether the first round has shown that all contacts have a date
        self.all_dated = calibration.all_dated

    def ask(self) -> None:
        """Send what is to be asked now, once."""
        if self._answers is None:
            questions = self._calibration.second_questions()
            self._calls = {name: _as_call(one) for name, one in questions.items()}
            self._answers = self._slice.submit_all(self._calls)

    @property
    def is_asked(self) -> bool:
        """Whether the questions were sent."""
        return self._answers is not None

    @property
    def is_answered(self) -> bool:
        """Whether `finish` need not wait."""
        return self._answers is not None and self._answers.is_ready

    def finish(self) -> Capabilities:
        """Return what the account can do; waits, and asks further if need be.

        :raise GhlError: the vendor did not answer properly
        """
        self.ask()
        assert self._answers is not None
        answers = self._answers()
        # A refused token may be the vendor's slip, or was renewed meanwhile.
        failed = [name for name, one in answers.items() if isinstance(one, GhlError)]
        failed = [n for n in failed if not isinstance(answers[n], GhlRequestError)]
        if failed:
            answers |= self._slice.gather({name: self._calls[name] for name in failed})
        caps: Capabilities = self._slice.call(
            lambda _client: self._calibration.finish(answers)
        )
        return caps


def ask_first_round(
    run_slice: SyncSlice, calls: dict[str, Call[Any]], calibrates: bool
) -> tuple[dict[str, Any], PendingCalibration | Capabilities | None]:
    """Ask `calls` and the first questions of a calibration at once.

    From then on the account is spoken to in the way that was found out.

    :param calls: ``first``, which fetches the first page, and others
    :return: the answers to `calls`; the rest of the calibration, or its result where
        the account is not as usual
    :raise GhlError: the vendor did not answer properly
    """
    if not calibrates:
        return run_slice.gather(calls), None
    calibration = Calibration(run_slice.client, run_slice.client.version)
    # The first page tells that just as well.
    by_page = ["oldest"]
    if run_slice.page_limit >= FULL_PAGE:
        by_page.append("page_limit")
    questions = {
        f"?{name}": _as_call(question)
        for name, question in calibration.first_questions().items()
        if name not in by_page
    }
    answers = run_slice.gather({**calls, **questions})
    told = {name[1:]: answers.pop(name) for name in questions}
    first = answers["first"]
    page = first.page if isinstance(first, FetchedPage) else first
    outcome: PendingCalibration | Capabilities
    try:
        calibration.take_first({**told, **dict.fromkeys(by_page, page)})
        outcome = PendingCalibration(run_slice, calibration)
        run_slice.client.set_capabilities(outcome.likely)
    except (VersionRefused, GhlError):
        # Ask again, one question after the other, with every retry.
        caps: Capabilities = run_slice.call(calibrate)
        most = caps.page_limit or run_slice.page_limit
        run_slice.page_limit = min(run_slice.page_limit, most)
        outcome = caps
    failed = [name for name in calls if isinstance(answers[name], GhlError)]
    if failed:
        # Perhaps they were asked in words that the account does not understand.
        answers |= run_slice.gather({name: calls[name] for name in failed})
    return answers, outcome


def _as_call(question: Callable[[], Any]) -> Call[Any]:
    return lambda _client: question()


def plan_windows(
    run_slice: SyncSlice,
    fetched: FetchedPage | None,
    last: int | None,
    calibration: PendingCalibration | Capabilities | None,
) -> list[Window]:
    """Return the windows that a sweep begins with.

    Where answers are slow, so many are cut that as much as possible comes at once;
    finding out where to cut, one answer after the other, would take longer.

    :param fetched: the first page, which the first of the windows has had; None when
        there is none
    :param last: the latest date of the location
    """
    first = Window(ALL)
    if fetched is None:
        return [first]
    page_limit = run_slice.page_limit
    first.advance_by(fetched.page, page_limit)
    pages = -(-first.remaining // page_limit)
    if first.done or pages < 2 or last is None or first.position is None:
        return [first]
    if not run_slice.client.capabilities.can_split or not run_slice.high_latency:
        return [first]
    undated = to_date_ranges(first)
    # There are none, as a rule: with 0 expected, what closes the sweep need not wait
    # for this answer.
    undated.expected = 0
    slots = get_governor(run_slice.location).room()
    most = min(run_slice.threads - THREADS_BESIDE, max(slots - SLOTS_BESIDE, pages))
    if pages > slots:
        most = min(most, run_slice.vendor.strands.enough())
    windows = [first, *spread(first, last, _parts(first.remaining, most, page_limit))]
    if isinstance(calibration, PendingCalibration) and calibration.all_dated:
        return windows
    return [*windows, undated]


def _parts(contacts: int, most: int, page_limit: int) -> int:
    """Return in how many parts to read contacts, `most` at the most.

    So small that hardly a part has two pages, or so large that their pages come full.
    """
    parts = PARTS_A_PAGE * -(-contacts // page_limit)
    pages = 1
    while parts > most > 0:
        parts = -(-contacts // filling(pages, page_limit))
        pages += 1
    return parts

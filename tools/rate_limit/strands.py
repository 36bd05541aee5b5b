"""How many requests at once are enough to use the whole limit, and when it is used up.

A first fill of a large location is as long as its requests: each that is not needed,
and each slot of the limit that passes unused, takes its time.
"""

from __future__ import annotations

import math

from ..http.tally import RequestTally
from .governor import RateGovernor

# The limit lets some pages pass within the time of the quickest answer. So many times
# as many are asked for at once, since few answers are as quick as that. With three,
# slots pass unused while pages are stored; with six, more windows end with a page that
# is not full.
STRANDS = 4
# To end a slice and begin the next one takes about so many seconds.
TURNOVER = 1.0


class Strands:
    """What a slice knows of the limit, beside how quick the answers are.

    :param tally: of the slice: it tells the quickest answer
    :param threads: how many requests may be on their way at the most
    """

    def __init__(
        self, governor: RateGovernor, tally: RequestTally, threads: int
    ) -> None:
        self._governor = governor
        self._tally = tally
        self._threads = threads

    def enough(self) -> int:
        """Return how many pages at once are enough to use the whole limit."""
        passed = self._tally.min_latency * self._governor.rate
        return max(1, math.ceil(min(STRANDS * passed, self._threads)))

    def is_limited(self, pages: int, in_flight: int) -> bool:
        """Tell whether the limit is what takes the time until so many pages are read.

        More pages at once would only wait for each other then. Before the first answer
        nothing tells how many are enough: as many as an earlier slice has left are.
        """
        is_known = math.isfinite(self._tally.min_latency)
        enough = self.enough() if is_known else 1
        return pages > self._governor.room() and in_flight >= enough

    def has_room(self, requests: int) -> bool:
        """Tell whether so many requests would not wait for the limit now."""
        return self._governor.room() >= requests

    def may_rest(self) -> bool:
        """Tell whether no slot passes unused while a slice ends and the next begins.

        Where the limit is not used up, no later moment would be better.
        """
        lull = self._governor.lull()
        return lull is None or lull >= TURNOVER

"""Many contacts that share one date, as a bulk import leaves them.

No range of dates divides them. A walk along the date shows them by their ids, and
where an account honours cursors that no answer has shown (calibration asks), it can be
cut at any id. How many lie between two ids is estimated from what the pages show.
"""

from __future__ import annotations

import os
from bisect import bisect_left, bisect_right
from collections.abc import Iterable

from ..ghl.walk_keys import Stretch

# Digits of ids that are looked at, behind what they begin with.
_LOOKED_AT = 8
# So many contacts of one instant on a page are a crowd; of fewer one tells little.
LEAST = 20
# A part is planned to be that much of full pages: an estimate is seldom far off.
FILLING = 0.9


class Crowd:
    """The contacts of one instant, as far as they are known. Shared by its windows.

    :param stretch: a page that ends among them
    """

    def __init__(self, stretch: Stretch) -> None:
        self.timestamp = stretch.last[0]
        #: no contact of the instant has a higher id, as far as is known
        self.top: str | None = None
        #: contacts of the instant that its windows have read, each once; None when
        #: some were walked twice
        self.read: int | None = 0
        #: the highest total that a page of these contacts has told
        self.told = 0
        #: ids of contacts drawn from all of it, in order: cuts are made at them only
        self.sample: list[str] = []
        #: what all ids begin with; only assumed once a cut was in vain
        self._prefix = ""
        self._per_share = 0.0
        self._digits = stretch.digits
        self._length = len(stretch.last[1])
        self.learn(stretch)

    @classmethod
    def seen_on(cls, stretch: Stretch | None) -> Crowd | None:
        """Return the crowd among which a page ends, None when there is none."""
        if stretch is None or stretch.crowd_count < LEAST:
            return None
        return cls(stretch) if stretch.in_order else None

    def learn(self, stretch: Stretch) -> None:
        """Take over how dense the ids of another page of the instant are."""
        self._last = stretch
        first, last = stretch.crowd_first, stretch.last[1]
        covered = self._share(first, last)
        if not covered:
            # They are too close to each other to be told apart by the first digits, or
            # begin with others than was assumed.
            self._prefix = _common(first, last)
            covered = self._share(first, last)
        if covered:
            self._per_share = stretch.crowd_count / covered

    def count_read(self, contacts: int, told: int | None) -> None:
        """Note that a window has read so many contacts that belong to no other.

        :param told: the total that their page told, of which all the instant is a part
        """
        if told is None:
            # Who leaves from now on is not to be noticed.
            self.read = None
        if self.read is not None and told is not None:
            self.read += contacts
            self.told = max(self.told, told)

    @property
    def is_read(self) -> bool:
        """Whether nobody of the instant is left to read, for certain.

        A lower total does not tell that: contacts have left that some window has read,
        and as many are still to be read.
        """
        return self.read is not None and self.read >= self.told

    def draw(self, ids: Iterable[str]) -> None:
        """Take over a sample of ids: no other will do as a cursor."""
        self.sample = sorted(ids)

    def note_empty(self, above: str) -> None:
        """Note that nothing was found above an id.

        Ids that all begin alike lie close together: from now on they are taken to do
        so, as the last page shows.
        """
        if self.top is None:
            self._prefix = _common(self._last.crowd_first, self._last.last[1])
            self.learn(self._last)
        self.top = self._bound(above)

    def expect(self, count: int, low: str) -> None:
        """Note that many more contacts than estimated lie above an id.

        Then the ids do not all begin as was assumed.
        """
        while self._prefix and count > 2 * self.between(low, None) + LEAST:
            shorter = self._prefix = self._prefix[:-1]
            self.learn(self._last)
            if self._prefix != shorter:
                # Behind a shorter beginning, ids lie too close to each other to be told
                # apart.
                return

    def between(self, low: str, high: str | None) -> int:
        """Estimate how many contacts lie between two ids (None: the last)."""
        return round(self._per_share * self._share(low, self._bound(high)))

    def cut(self, low: str, high: str | None, contacts: int) -> str | None:
        """Return an id with about so many contacts before it, above `low`.

        It is made up, or one of the sample where there is one.

        :return: None when there is no such id below `high`
        """
        end = self._bound(high)
        if not self._per_share:
            return None
        ahead = int(contacts / self._per_share * self._whole)
        number = self._number(low) + ahead
        if number >= self._whole:
            return None
        made_up = (self._prefix + self._text(number)).ljust(
            self._length, self._digits[0]
        )
        if self.sample:
            return self._drawn(low, made_up, end)
        if low < made_up and (end is None or made_up < end):
            return made_up
        return None

    def _drawn(self, low: str, wanted: str, end: str | None) -> str | None:
        """Return the id of the sample that is nearest before another, or behind it."""
        first = bisect_right(self.sample, low)
        found = max(bisect_right(self.sample, wanted) - 1, first)
        last = len(self.sample) if end is None else bisect_left(self.sample, end)
        return self.sample[found] if found < last else None

    def _bound(self, high: str | None) -> str | None:
        known = [one for one in (high, self.top) if one is not None]
        return min(known, default=None)

    def _share(self, low: str, high: str | None) -> float:
        end = self._whole if high is None else self._number(high)
        return max(0, end - self._number(low)) / self._whole

    @property
    def _whole(self) -> int:
        """The number of values that the digits in use can form."""
        return int(len(self._digits) ** _LOOKED_AT)

    def _number(self, text: str) -> int:
        """Return the digits behind the prefix as a number."""
        if not text.startswith(self._prefix):
            return 0 if text < self._prefix else self._whole
        start, base = len(self._prefix), len(self._digits)
        digits = text[start : start + _LOOKED_AT].ljust(_LOOKED_AT, self._digits[0])
        number = 0
        for digit in digits:
            number = number * base + bisect_left(self._digits, digit)
        # A character may be none of the digits, and behind all of them.
        return min(number, self._whole)

    def _text(self, number: int) -> str:
        digits, base = [], len(self._digits)
        for _place in range(_LOOKED_AT):
            number, digit = divmod(number, base)
            digits.append(self._digits[digit])
        return "".join(reversed(digits))


def _common(first: str, second: str) -> str:
    """Return what two texts begin with alike."""
    return os.path.commonprefix([first, second])

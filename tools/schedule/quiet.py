"""Quiet hours: a span of every local day, as timestamps of UTC.

Local clocks skip an hour and repeat one. Each span is made of two local times of its
own day, so that it begins and ends by the clock on the wall whatever happens in
between; one that a change of clocks swallows has no length.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """Some time between two timestamps (UTC, without a zone)."""

    start: datetime
    end: datetime

    def holds(self, timestamp: datetime) -> bool:
        """Tell whether a timestamp lies in the span."""
        return self.start <= timestamp < self.end


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Hours of a local day; over midnight when the end is not after the start.

    :param float start: hours since midnight, as 22.5 for half past ten
    :param float end: likewise; the same as `start` for no quiet hours
    """

    start: float
    end: float
    zone: tzinfo = UTC

    @property
    def is_empty(self) -> bool:
        """Tell whether no hour is quiet."""
        return self.start % 24 == self.end % 24

    def spans(self, around: datetime, days: int = 2) -> Iterator[Span]:
        """Yield the spans that begin within some days of it, in their order."""
        if self.is_empty:
            return
        local = around.replace(tzinfo=UTC).astimezone(self.zone).date()
        for number in range(-days, days + 1):
            yield self._span_of(local + number * _DAY)

    def find(self, timestamp: datetime) -> Span | None:
        """Return the span in which a timestamp lies, None outside of quiet hours."""
        return next(
            (span for span in self.spans(timestamp) if span.holds(timestamp)), None
        )

    def _span_of(self, day: date) -> Span:
        start, end = self.start % 24, self.end % 24
        last = day if end > start else day + _DAY
        begins = _to_utc(day, start, self.zone)
        return Span(begins, max(begins, _to_utc(last, end, self.zone)))


def _to_utc(day: date, hours: float, zone: tzinfo) -> datetime:
    """Return when a local clock shows so much: the first time when it does so twice.

    A time that the clock skips is taken for the point at which it does.
    """
    wall = datetime(day.year, day.month, day.day) + timedelta(minutes=round(hours * 60))
    timestamp = wall.replace(tzinfo=zone).astimezone(UTC)
    if timestamp.astimezone(zone).replace(tzinfo=None) != wall:
        # The second reading of a skipped time is as early as the first is late.
        later = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
        low, high = sorted((timestamp, later))
        timestamp = _first_shown(low, high, wall, zone)
    return timestamp.replace(tzinfo=None)


def _first_shown(
    low: datetime, high: datetime, wall: datetime, zone: tzinfo
) -> datetime:
    """Return when a local clock is first past a time that it skips."""
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(zone).replace(tzinfo=None) < wall:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)

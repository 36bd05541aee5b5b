"""The day's quota of a location in figures, from what its governor has told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .daily_quota import reserve_of
from .day_usage import DAY, DayUsage
from .headers import as_dict, as_float


@dataclass(frozen=True, slots=True)
class Quota:
    """The requests left of a day; ``None`` is unknown. Times are epoch seconds.

    :param limit: requests of a day, as the vendor tells
    :param left: what is left of them, for whomever
    :param resets_at: when the window ends
    :param spent_until: syncs send nothing before
    :param others: requests that other programs are likely to use until then
    :param ours: requests that we have sent in this window
    :param share: of the day that background work may use at all (0…1)
    """

    limit: int | None = None
    left: int | None = None
    resets_at: float | None = None
    spent_until: float | None = None
    others: int = 0
    ours: int = 0
    share: float = 1.0

    @classmethod
    def of(
        cls, snapshot: Mapping[str, Any] | None, wall: float, share: float = 1.0
    ) -> Quota:
        """Read what `RateGovernor.snapshot` made, as far as it still holds.

        What was left of a window that is over is not known any more.
        """
        told = as_dict(snapshot)
        daily = as_dict(told.get("daily"))
        limit = as_float(told.get("limit_today"))
        whole = None if limit is None else int(limit)
        at, reset_at = as_float(told.get("at")), as_float(daily.get("reset_at"))
        ends = reset_at if reset_at is not None else (at + DAY if at else None)
        if ends is None or not wall < ends <= wall + DAY + 3_600:
            return cls(limit=whole, share=share)
        usage = DayUsage()
        usage.restore(daily, reset_at, wall)
        left = as_float(told.get("remaining_today"))
        spent_until = as_float(told.get("resume_at"))
        return cls(
            limit=whole,
            left=None if left is None else max(int(left), 0),
            resets_at=reset_at,
            spent_until=spent_until if spent_until and spent_until > wall else None,
            others=usage.expected(whole, reset_at, wall),
            ours=usage.ours,
            share=share,
        )

    @property
    def for_background(self) -> int | None:
        """Requests that background work may use: less than all, others need some."""
        left = self.limit if self.left is None else self.left
        if left is None:
            return None
        room = left - reserve_of(self.limit) - self.others
        if self.limit is not None:
            # No more of the day than Settings allow it.
            room = min(room, int(self.share * self.limit) - self.ours)
        return max(room, 0)

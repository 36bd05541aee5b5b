"""First fills as a person waits for them, against what the told limits allow at best.

*Ideal* is what a client could reach that obeys the limits, knows the API, and stores
for nothing: a page for each 500 contacts and four requests more, as many at once as the
limit lets pass, the others at its pace; and two answers one after the other, since the
first page tells how many there are.
"""

import dataclasses
import math

from ..order import PAGE, Order

BURST, INTERVAL, DAILY = 100, 10.0, 200_000
# Answers take up to so much less or more time than said.
JITTER = 0.3
# Case of many locations → Odoo's cron workers, each of which has one at a time.
WORKERS = {"many_1": 1, "many_2": 2, "many_4": 4}


@dataclasses.dataclass(frozen=True)
class FirstFill:
    """A location to be filled, from a vendor of that latency.

    `imports` are as the sandbox takes them; `known` is whether the account was
    calibrated before; `most` is what the time over the ideal must not exceed.
    """

    name: str
    size: int
    latency: float
    most: float
    imports: str = ""
    known: bool = True
    burst: int = BURST
    dialects: tuple[str, ...] = ()

    def scaled(self, order: Order) -> int:
        """Return how many contacts there are; small locations are small anyway."""
        return self.size if self.size < 10 * PAGE else order.size(self.size)

    def ideal(self, size: int) -> float:
        """Return the seconds that a perfect client needs for `size` contacts."""
        late = max(0, math.ceil(size / PAGE) + 4 - self.burst)
        return late * INTERVAL / self.burst + 2 * self.latency

    def floor(self, size: int) -> float:
        """Return the seconds that a perfect client needs that never sends more.

        The ideal lets the limit's slots come back one by one from the start. Of at most
        so many requests in any interval, the first of the next hundred has to wait for
        an interval's end.
        """
        needed = math.ceil(size / PAGE) + 4
        return (needed - 1) // self.burst * INTERVAL + 2 * self.latency


FILLS = (
    FirstFill("new_small_1s", 2_431, 1.0, 2.5, known=False),
    FirstFill("known_small_1s", 2_431, 1.0, 2.0),
    FirstFill("known_small_200ms", 2_431, 0.2, 2.5),
    FirstFill("new_small_25", 2_431, 1.0, 4.0, known=False, burst=25),
    FirstFill("new_50k", 50_000, 1.0, 3.5, known=False),
    FirstFill("new_50k_import10", 50_000, 1.0, 3.5, "10@0", known=False),
    FirstFill("new_50k_import100", 50_000, 1.0, 4.0, "100@0", known=False),
    FirstFill(
        "new_50k_refused",
        50_000,
        1.0,
        8.0,
        "100@0",
        known=False,
        dialects=("cursor-made-up-refused",),
    ),
    FirstFill("known_200k", 200_000, 1.0, 1.15),
    FirstFill("known_200k_import10", 200_000, 1.0, 1.2, "10@0"),
    FirstFill("known_200k_import100", 200_000, 1.0, 1.3, "100@0"),
    FirstFill("million_300ms", 1_000_000, 0.3, 1.1),
)


def wanted(order: Order) -> list[FirstFill]:
    """Return the fills that were ordered."""
    return [fill for fill in FILLS if order.wants(fill.name)]

"""What an account allows beside ranges of dates, to read contacts side by side."""

from __future__ import annotations

from typing import NamedTuple

from ..ghl.dialect import Capabilities


class Cuts(NamedTuple):
    """Ways of reading that an account allows beside ranges of dates.

    :param made_up: cursors that no answer has shown are honoured
    :param divide: crowds may be cut at ids of theirs, or divided by dateUpdated
    :param exact: totals are right
    """

    made_up: bool = False
    divide: bool = False
    exact: bool = False


PLAIN_CUTS = Cuts()


def cuts_for(caps: Capabilities, tried: bool = True) -> Cuts:
    """Return what an account allows beside ranges of dates.

    :param tried: whether it was tried what is honoured; else that is still to come
    """
    return Cuts(
        made_up=caps.can_split and caps.made_up_cursors,
        divide=caps.can_split and tried and not caps.made_up_cursors,
        exact=caps.total and caps.count_limit is None,
    )

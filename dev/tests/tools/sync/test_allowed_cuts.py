"""What an account allows beside ranges of dates."""

from __future__ import annotations

import pytest

from ghl_contact_sync.tools.ghl.dialect import COUNT_LIMIT, Capabilities
from ghl_contact_sync.tools.sync.allowed_cuts import PLAIN_CUTS, Cuts, cuts_for


def test_at_first_crowds_are_cut_at_dates_or_at_ids_that_were_shown():
    assert cuts_for(Capabilities()) == Cuts(divide=True, exact=True)
    # It is still to be tried whether made-up cursors are honoured, which is better.
    assert cuts_for(Capabilities(), tried=False) == Cuts(exact=True)
    assert Cuts(made_up=False, divide=False, exact=False) == PLAIN_CUTS


@pytest.mark.parametrize("tried", [True, False])
def test_where_cursors_may_be_made_up_nothing_else_is_tried(tried):
    honoured = Capabilities(made_up_cursors=True)
    assert cuts_for(honoured, tried) == Cuts(made_up=True, exact=True)


@pytest.mark.parametrize("made_up", [True, False])
def test_an_account_without_ranges_of_dates_allows_no_cut(made_up):
    whole = Capabilities(exists_filters=False, made_up_cursors=made_up)
    assert cuts_for(whole) == Cuts(exact=True)


def test_totals_are_exact_where_they_are_told_and_end_nowhere():
    for total, limit in ((False, None), (True, COUNT_LIMIT), (False, COUNT_LIMIT)):
        assert not cuts_for(Capabilities(total=total, count_limit=limit)).exact

"""Policies decide what a field becomes, and edits of people survive."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghl_contact_sync.tools.partner.policy import (
    FILL,
    FIRST,
    LEADS,
    MISSING,
    NEVER,
    POLICIES,
    Reason,
    decide,
)

VALUES = st.sampled_from([False, "a", "b", "c"])


@pytest.mark.parametrize(
    ("policy", "new", "current", "written", "now", "write", "reason"),
    [
        (LEADS, "a", "b", MISSING, False, "a", None),
        (LEADS, "a", "b", "c", False, "a", None),
        (LEADS, False, "b", MISSING, False, None, None),
        (LEADS, False, "b", "b", False, False, None),
        (LEADS, False, "b", "c", False, None, Reason.LOCAL_EDIT),
        (FILL, "a", False, MISSING, True, "a", None),
        (FILL, "a", "b", MISSING, True, None, Reason.HAS_VALUE),
        (FILL, "a", "b", "b", False, "a", None),
        (FILL, "a", "b", "c", False, None, Reason.LOCAL_EDIT),
        (FILL, "a", False, "c", False, None, Reason.CLEARED),
        (FILL, False, "b", "b", False, False, None),
        (FILL, "a", False, False, False, "a", None),
        (FIRST, "a", False, MISSING, True, "a", None),
        (FIRST, "a", "b", MISSING, True, None, Reason.HAS_VALUE),
        (FIRST, "a", False, MISSING, False, None, Reason.ONCE),
        (FIRST, "a", "b", "b", False, None, Reason.ONCE),
        (FIRST, False, "b", "b", False, None, None),
        (NEVER, "a", False, MISSING, True, None, Reason.NEVER),
        (FILL, 0, False, MISSING, True, 0, None),
        (FILL, 1, True, MISSING, True, None, Reason.HAS_VALUE),
    ],
)
def test_the_table(policy, new, current, written, now, write, reason):
    decision = decide(policy, new, current, written, linked_now=now)
    assert decision.write == (write is not None)
    if decision.write:
        assert decision.value == write
        assert type(decision.value) is type(write)
    assert decision.reason is reason


@given(st.sampled_from(POLICIES), VALUES, VALUES, st.booleans())
def test_what_agrees_is_left_alone(policy, value, written, now):
    assert decide(policy, value, value, written, linked_now=now) == (False, None, None)


@given(st.sampled_from([FILL, FIRST, NEVER]), VALUES, VALUES, VALUES, st.booleans())
def test_a_persons_edit_survives_whatever_comes(policy, new, current, written, now):
    if current == written:
        return
    assert not decide(policy, new, current, written, linked_now=now).write


def test_an_unknown_policy_is_refused():
    with pytest.raises(ValueError, match="unknown policy"):
        decide("always", 1, 2, linked_now=True)

"""Both sides edit a field in any order: nothing of a person's is lost, none comes back.

A small model of one field: what GoHighLevel has, what Odoo has, and what the link
remembers. Whoever wrote Odoo's value last is known to the test, and not to the policy.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
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

GHL = st.sampled_from([False, "g1", "g2", "g3"])
PERSON = st.sampled_from([False, "p1", "p2", "g1"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("ghl"), GHL),
        st.tuples(st.just("person"), PERSON),
        st.tuples(st.just("run"), st.none()),
    ),
    max_size=14,
)


class Field:
    """One field of a link, as the job keeps it."""

    def __init__(self, policy, ghl, odoo):
        self.policy, self.ghl, self.odoo = policy, ghl, odoo
        self.written = MISSING
        self.is_new = True
        # A value that a person typed and that could not be ours.
        self.typed = odoo
        self.writes = 0

    def person(self, value):
        self.typed = value if value != self.written else False
        self.odoo = value

    def run(self):
        decision = decide(
            self.policy, self.ghl, self.odoo, self.written, linked_now=self.is_new
        )
        self.is_new = False
        if decision.write:
            self.odoo = self.written = decision.value
            self.typed = False
            self.writes += 1
        return decision


@pytest.mark.parametrize("policy", POLICIES)
@settings(max_examples=1_000, deadline=None)
@given(ghl=GHL, odoo=PERSON, steps=STEPS)
def test_no_order_of_edits_loses_a_persons_value(policy, ghl, odoo, steps):
    field = Field(policy, ghl, odoo)
    for what, value in [*steps, ("run", None)]:
        if what == "ghl":
            field.ghl = value
        elif what == "person":
            field.person(value)
        else:
            before, typed = field.odoo, field.typed
            decision = field.run()
            if policy != LEADS and typed:
                assert field.odoo == typed == before
            if policy == NEVER:
                assert field.odoo == before
            if policy == LEADS and field.ghl:
                assert field.odoo == field.ghl
            if field.odoo != field.ghl:
                # What differs afterwards is told, or was never there to be taken.
                assert decision.reason or not field.ghl
            writes = field.writes
            field.run()
            assert field.writes == writes


@settings(max_examples=1_000, deadline=None)
@given(values=st.lists(GHL, min_size=1, max_size=14), first=GHL)
def test_a_field_that_nobody_edits_follows(values, first):
    field = Field(FILL, first, False)
    for value in values:
        field.ghl = value
        field.run()
        assert field.odoo == value


@settings(max_examples=1_000, deadline=None)
@given(values=st.lists(GHL, max_size=14), first=GHL)
def test_first_time_only_is_once(values, first):
    field = Field(FIRST, first, False)
    field.run()
    for value in values:
        field.ghl = value
        assert field.run().reason in (Reason.ONCE, None)
        assert field.odoo == first

"""The deletion brake: deletions that wait for a person."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghl_contact_sync.engine.deletion.brake import Brake, share_of

USUAL = Brake(limit=20, minimum=50)
COUNT = st.integers(0, 1_000_000)


@pytest.mark.parametrize(
    ("gone", "lost", "mirrored", "beyond"),
    [
        # Nothing is deleted: nothing to ask about, however much is lost already.
        (0, 900, 100, False),
        # Few may always go, whatever share they are …
        (50, 0, 101, False),
        # … one more only up to the limit.
        (51, 0, 110, True),
        (51, 0, 255, False),
        (51, 0, 254, True),
        # What was lost within the span counts as well, on both sides.
        (1, 50, 205, False),
        (1, 50, 204, True),
        (30, 30, 200, True),
        (4, 60, 260, False),
        # Half of a small location may go; more needs a person.
        (25, 0, 50, False),
        (26, 0, 51, True),
        (10, 10, 50, False),
        # So does the last contact.
        (1, 0, 1, True),
        (1, 100_000, 1, True),
    ],
)
def test_a_person_is_asked(gone, lost, mirrored, beyond):
    verdict = USUAL.evaluate(gone, lost, mirrored)
    assert verdict.beyond is beyond
    assert (verdict.gone, verdict.lost, verdict.mirrored) == (gone, lost, mirrored)
    assert verdict.limit == 20


def test_a_higher_limit_holds_beyond_half():
    brake = Brake(limit=80, minimum=50)
    assert not brake.evaluate(80, 0, 100).beyond
    assert brake.evaluate(81, 0, 100).beyond


def test_a_limit_of_all_lets_all_but_the_last_go():
    brake = Brake(limit=100, minimum=0)
    assert not brake.evaluate(99, 0, 100).beyond
    assert brake.evaluate(100, 0, 100).beyond


def test_shares():
    assert share_of(0, 0) == 0
    assert share_of(1, 0) == 100
    assert share_of(1, 4) == 25
    assert share_of(5, 4) == 100
    assert USUAL.evaluate(10, 10, 30).share == 50


@given(COUNT, COUNT, COUNT, COUNT)
def test_to_delete_more_never_needs_a_person_less(gone, more, lost, mirrored):
    if USUAL.evaluate(gone, lost, mirrored).beyond:
        assert USUAL.evaluate(gone + more, lost, mirrored).beyond

"""A run's checkpoint is whole, compact, and read from any version."""

import json
from dataclasses import fields, replace
from types import SimpleNamespace

import pytest

from ghl_contact_sync.engine.checkpoint import (
    COARSE,
    FINE,
    VERSION,
    Checkpoint,
    CheckpointUnreadable,
    ProofState,
    is_readable,
    load_checkpoint,
    save_checkpoint,
)
from ghl_contact_sync.tools.sync.reconcile import Difference, Span
from ghl_contact_sync.tools.sync.window import DATED, UNDATED

ONE = Difference(Span(DATED, 5, None), 3, 4)
OTHER = Difference(Span(UNDATED), 0, -1)
# Nothing in these is as it is at the beginning.
PROOF = ProofState(
    grid=FINE,
    round=2,
    scope=1,
    requests_before=7,
    totals=(10, 11),
    unproven="It keeps changing.",
    repaired_before=(1, 2, 3),
    settled=(0, 0, 0),
    doubt=True,
    filed_elsewhere=4,
    read_all=True,
    surplus_seen=True,
    last_gap=-2,
    gap=0,
    caught_up=True,
    pending=(),
    deferred=(OTHER,),
    leaves=(ONE, OTHER),
)
CHECKPOINT = Checkpoint(
    watermark_ms=1_700_000_000_123,
    changes_asked_ms=1_700_000_000_456,
    last_added_ms=0,
    references_due=True,
    high_latency=False,
    pages_before=9,
    listed=True,
    changes_read=0,
    unread_parts=(7, 8),
    doubt=True,
    cut_short=True,
    pages_short=True,
    progress_at_pause=0,
    recalibrated=True,
    calibration_incomplete=True,
    older_ids=("a", "b"),
    older_left=3,
    proof=PROOF,
)


def stored(checkpoint):
    """Return a checkpoint as PostgreSQL gives it back."""
    return json.loads(json.dumps(checkpoint.to_json()))


def test_everything_comes_back():
    for state in (CHECKPOINT, PROOF):
        for one in fields(state):
            assert getattr(state, one.name) != one.default, one.name
    assert Checkpoint.from_json(stored(CHECKPOINT)) == CHECKPOINT


def test_each_value_comes_back_by_itself():
    for one in fields(PROOF):
        proof = replace(ProofState(), **{one.name: getattr(PROOF, one.name)})
        assert ProofState.from_json(json.loads(json.dumps(proof.to_json()))) == proof
    for one in fields(CHECKPOINT):
        checkpoint = replace(Checkpoint(), **{one.name: getattr(CHECKPOINT, one.name)})
        assert Checkpoint.from_json(stored(checkpoint)) == checkpoint


def test_what_is_as_at_the_beginning_takes_no_room():
    assert Checkpoint().to_json() == {"version": VERSION}
    begun = Checkpoint(proof=ProofState())
    assert begun.to_json() == {"version": VERSION, "proof": {}}
    # A proof that has begun is another thing than none.
    assert Checkpoint.from_json(stored(begun)).proof == ProofState()


@pytest.mark.parametrize("nothing", [None, False, {}])
def test_a_run_that_has_not_begun_has_none(nothing):
    assert Checkpoint.from_json(nothing) == Checkpoint()


def test_a_run_of_version_1_goes_on():
    span = ["dated", 5, None, 3, 4]
    old = {
        "mark": 1_700_000_000_123.0,
        "first": 1,
        "last": None,
        "total": 20,
        "slow": False,
        "since": 9,
        "listed": True,
        "doubt": False,
        "cut_short": True,
        "paused_at": 77,
        "recalibrated": None,
        "incomplete": True,
        "older": ["a"],
        "older_left": 1,
        "prove": {
            "grid": "fine",
            "round": 1,
            "scope": 0,
            "sent": 12,
            "totals": [3, 4],
            "before": [1, 0, 0],
            "filed": 2,
            "unfiled": True,
            "pending": [],
            "deferred": [],
            "leaves": [span],
        },
    }
    assert Checkpoint.from_json(old) == Checkpoint(
        watermark_ms=1_700_000_000_123,
        high_latency=False,
        pages_before=9,
        listed=True,
        cut_short=True,
        progress_at_pause=77,
        calibration_incomplete=True,
        older_ids=("a",),
        older_left=1,
        proof=ProofState(
            grid=FINE,
            round=1,
            requests_before=12,
            totals=(3, 4),
            repaired_before=(1, 0, 0),
            filed_elsewhere=2,
            surplus_seen=True,
            pending=(),
            leaves=(ONE,),
        ),
    )


def test_a_run_of_version_2_goes_on():
    old = {"version": 2, "listed": True, "proof": {"grid": "fine"}}
    assert Checkpoint.from_json(old) == Checkpoint(
        listed=True, proof=ProofState(grid=FINE)
    )


@pytest.mark.parametrize(
    "unknown",
    [
        {"version": VERSION + 1},
        {"version": "2"},
        {"version": VERSION, "watermark_ms": "yesterday"},
        {"version": VERSION, "watermark_ms": True},
        {"version": VERSION, "watermark_ms": float("inf")},
        {"version": VERSION, "listed": 1},
        {"version": VERSION, "older_ids": "abc"},
        {"version": VERSION, "older_ids": [1]},
        {"version": VERSION, "proof": []},
        {"version": VERSION, "proof": {"settled": ["x"]}},
        {"version": VERSION, "proof": {"leaves": [["dated"]]}},
        {"version": VERSION, "proof": {"grid": 3}},
        {"prove": 5},
        ["mark"],
        "mark",
        5,
    ],
)
def test_what_is_not_understood_says_so(unknown):
    with pytest.raises(CheckpointUnreadable):
        Checkpoint.from_json(unknown)
    run = SimpleNamespace(checkpoint=unknown)
    assert not is_readable(run)
    assert load_checkpoint(run) == Checkpoint()


def test_a_run_keeps_its_checkpoint():
    run = SimpleNamespace(checkpoint=False)
    assert is_readable(run)
    save_checkpoint(run, replace(load_checkpoint(run), listed=True))
    save_checkpoint(run, replace(load_checkpoint(run), doubt=True))
    assert load_checkpoint(run) == Checkpoint(listed=True, doubt=True)
    assert is_readable(run)


def test_a_run_that_begins_anew_does_not_calibrate_for_ever():
    assert CHECKPOINT.anew() == Checkpoint(
        recalibrated=True, calibration_incomplete=True
    )


def test_the_next_scope_begins_with_a_comparison():
    state = replace(PROOF, scope=0).next_scope(2)
    assert (state.scope, state.grid, state.round) == (1, FINE, 2)
    assert (state.pending, state.deferred, state.leaves) == (None, (), ())
    assert (state.gap, state.caught_up) == (None, False)
    # What the whole proof knows stays.
    assert (state.repaired_before, state.doubt, state.last_gap) == ((1, 2, 3), True, -2)


def test_after_repairs_everything_is_compared_once_more():
    clear = replace(PROOF, doubt=False).next_scope(2)
    assert (clear.scope, clear.grid, clear.round) == (0, COARSE, 3)
    assert (clear.settled, clear.repaired_before) == ((1, 2, 3), None)
    assert replace(PROOF, round=1).next_scope(2).round == 2
    doubtful = PROOF.next_scope(2)
    assert (doubtful.settled, doubtful.doubt) == (None, False)


def test_without_a_difference_the_last_scope_is_the_end():
    assert ProofState(scope=1).next_scope(2).scope == 2


def test_totals_that_are_no_pair_tell_nothing():
    for damaged in ([], [1], [1, 2, 3]):
        assert ProofState.from_json({"totals": damaged}).totals is None
    assert ProofState.from_json({"totals": [1, 2]}).totals == (1, 2)

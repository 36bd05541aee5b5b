"""Random faults, the short way: fixed seeds on one stack. `make faults` plays more."""

import pytest

from faults.__main__ import make_stack, run_one
from faults.rig import Rig

SEEDS = range(1, 21)


@pytest.fixture(scope="module")
def rig():
    """A stack that may be tormented."""
    with make_stack("faults_short") as stack:
        yield Rig(stack)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_mirror_is_exact_whatever_happened(rig, seed):
    outcome = run_one(rig, seed, short=True)
    assert outcome.passed, f"{outcome.plan.describe()} | {outcome.runs}" + "".join(
        f"\n{problem}" for problem in outcome.problems
    )

"""Random faults, the short way: fixed seeds on one stack. `make faults` plays more."""

import pytest

from faults import menu, plan
from faults.__main__ import make_stack, run_one
from faults.rig import Rig

# They draw every act and every kind of trouble, but for the one that takes a minute.
SEEDS = range(400, 420)


@pytest.fixture(scope="module")
def rig():
    """A stack that may be tormented."""
    with make_stack("faults_short") as stack:
        yield Rig(stack)


def test_the_seeds_draw_everything():
    steps = [step for seed in SEEDS for step in plan.draw(seed, short=True).steps]
    troubles = {name for step in steps for name in step.troubles}
    assert troubles == set(menu.MENU) - set(menu.SLOW)
    assert {act.name for step in steps for act in step.acts} == set(plan.ACTS)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_mirror_is_exact_whatever_happened(rig, seed):
    outcome = run_one(rig, seed, short=True)
    assert outcome.passed, f"{outcome.plan.describe()} | {outcome.runs}" + "".join(
        f"\n{problem}" for problem in outcome.problems
    )

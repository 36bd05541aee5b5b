"""``make faults``: ``RUNS=`` scenarios, the first of ``SEED=``, the others after it."""

import os
import random
import sys
import traceback

from provision.shell import Problem, say
from stack.live import LiveStack

from . import plan, play
from .rig import CRON_THREADS, Rig

SANDBOX = ("--limits", "off")
RUNS = 20


def make_stack(name: str) -> LiveStack:
    """Return a stack as the scenarios need it, not started yet."""
    return LiveStack(
        name,
        [("Idle", 0)],
        sandbox_arguments=SANDBOX,
        cron_threads=CRON_THREADS,
        private_postgres=True,
    )


def run_one(rig: Rig, seed: int, short: bool = False) -> play.Outcome:
    """Play the scenario of a seed; an exception in it is a failure of it."""
    scenario = plan.draw(seed, short)
    try:
        rig.nurse()
        return play.play(rig, scenario)
    # One line per scenario, whatever breaks; the others still count.
    except Exception:  # noqa: BLE001
        return play.Outcome(scenario, [traceback.format_exc()])


def report(outcome: play.Outcome) -> None:
    """Print what came of a scenario."""
    word = "passed" if outcome.passed else "FAILED"
    seed, seconds = outcome.plan.seed, outcome.seconds
    woken = f" woken {outcome.woken}" if outcome.woken else ""
    say(f"{seed}: {word} {seconds:.0f} s{woken} | {outcome.plan.describe()}")
    say(f"    {outcome.runs}")
    for problem in outcome.problems:
        say(f"    ! {problem}")
    if not outcome.passed:
        say(f"    To play it again: make faults RUNS=1 SEED={seed}")


def main() -> int:
    """Play all scenarios; return 1 when one failed."""
    runs = _number("RUNS", RUNS, least=1)
    seed = _number("SEED", random.SystemRandom().randrange(10**6), least=0)
    say(f"{runs} scenarios from seed {seed} on.")
    failed = []
    with make_stack("faults") as stack:
        rig = Rig(stack)
        for number in range(seed, seed + runs):
            outcome = run_one(rig, number)
            report(outcome)
            if not outcome.passed:
                failed.append(number)
    if failed:
        say(f"Seeds that failed: {' '.join(map(str, failed))}")
    say(f"{runs - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


def _number(name: str, default: int, least: int) -> int:
    text = os.environ.get(name) or str(default)
    if not text.isdigit() or int(text) < least:
        raise Problem(f"{name}= must be a whole number of at least {least}.")
    return int(text)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Problem as problem:
        say(f"Error: {problem}")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)

"""``make faults``: ``RUNS=`` scenarios, the first of ``SEED=``, the others after it.

Much of a scenario is waiting, so two are played at a time, each on a stack of its own.
"""

import os
import random
import threading
import traceback

from provision.shell import Problem, exit_with, say
from stack.live import LiveStack
from stack.sandbox_server import WITHOUT_LIMITS

from . import plan, play
from .rig import CRON_THREADS, Rig

SANDBOX = WITHOUT_LIMITS
RUNS = 20
LANES = 2


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


class Lanes:
    """Stacks that take one seed after the other from what is left to be played."""

    def __init__(self, seeds: list[int], count: int):
        """:param int count: of stacks that play at the same time."""
        self.left = list(reversed(seeds))
        self.played: list[play.Outcome] = []
        self.broken: list[BaseException] = []
        self._lock = threading.Lock()
        self._threads = [
            threading.Thread(target=self._guarded, args=[f"faults_{number}"])
            for number in range(1, min(count, len(seeds)) + 1)
        ]

    def play(self) -> None:
        """Play all seeds.

        :raise BaseException: what kept a stack from going on, Ctrl-C as well.
        """
        for thread in self._threads:
            thread.start()
        try:
            for thread in self._threads:
                thread.join()
        finally:
            # After Ctrl-C: each ends the scenario that it plays, and its stack.
            self.left.clear()
            for thread in self._threads:
                thread.join()
        for error in self.broken:
            raise error

    def _guarded(self, name: str) -> None:
        try:
            self._lane(name)
        # Raised again by `play`, in the main thread.
        except BaseException as error:  # noqa: BLE001
            self.left.clear()
            self.broken.append(error)

    def _lane(self, name: str) -> None:
        with make_stack(name) as stack:
            rig = Rig(stack)
            while (seed := self._next()) is not None:
                outcome = run_one(rig, seed)
                with self._lock:
                    self.played.append(outcome)
                    report(outcome)

    def _next(self) -> int | None:
        with self._lock:
            return self.left.pop() if self.left else None


def main() -> int:
    """Play all scenarios; return 1 when one failed."""
    runs = _number("RUNS", RUNS, least=1)
    seed = _number("SEED", random.SystemRandom().randrange(10**6), least=0)
    say(f"{runs} scenarios from seed {seed} on.")
    lanes = Lanes(list(range(seed, seed + runs)), LANES)
    lanes.play()
    failed = sorted(o.plan.seed for o in lanes.played if not o.passed)
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
    exit_with(main)

"""``make test``: every suite, or those that ONLY= names, and one line of result."""

import os
import sys
import threading

import suites
from provision import paths
from provision.shell import Problem, say
from stack import locks, process

# Characters that are shown of the name of a test that failed.
NAME_LENGTH = 300
# Two lanes that take about as long, since the machine that this must fit has two cores.
LANES = (("e2e", "frontend"), ("odoo", "tools"))


def wanted() -> list[str]:
    """Return the suites to run, in order."""
    known = [name for lane in LANES for name in lane]
    names = [name for name in os.environ.get("ONLY", "").split(",") if name]
    for name in names:
        if name not in known:
            raise Problem(f"ONLY={name} is unknown; it may be {', '.join(known)}.")
    return names or known


def run_lane(names: list[str], results: list[suites.Result], live: bool) -> None:
    """Run suites one after the other; show what each printed when it ends."""
    for name in names:
        say(f"Suite {name} …")
        log = paths.state() / "test" / f"{name}.log"
        result = suites.run(name, log, live)
        if not live:
            sys.stdout.write(log.read_text(errors="replace"))
        print(
            f"Suite {name}: {result.passed} passed, {result.failed} failed "
            f"in {result.seconds:.0f} s. {result.remark}".rstrip(),
            flush=True,
        )
        results.append(result)


def main() -> int:
    """Run the suites; return 0 only if something ran and nothing failed."""
    names = wanted()
    lock = locks.take("test", suites.MINUTES * 60)
    process.end_orphans()
    results: list[suites.Result] = []
    lanes = [[name for name in lane if name in names] for lane in LANES]
    lanes = [lane for lane in lanes if lane]
    live = len(names) == 1
    threads = [
        threading.Thread(target=run_lane, args=(lane, results, live)) for lane in lanes
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    passed = sum(result.passed for result in results)
    failed = sum(result.failed for result in results)
    # A lane that broke down has left no result for its suites.
    failed += len(names) - len(results)
    lock.close()
    # Last of all: whoever sees only the end of the output learns what failed.
    for name in (name for result in results for name in result.names):
        print(f"Failed: {name[:NAME_LENGTH]}", flush=True)
    print(f"{passed} passed, {failed} failed", flush=True)
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Problem as problem:
        say(f"Error: {problem}")
        sys.exit(1)
    except KeyboardInterrupt:
        suites.interrupt()
        sys.exit(130)

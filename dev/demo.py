"""``make demo``: Odoo with the addon beside a GHL sandbox, ready to be looked at.

One connection, three locations, and of the largest only 11 contacts mirrored: that is
the fault which the addon is there to mend, so it is what one sees first.
"""

import os
import re
import signal
import sys
import time
import urllib.request

from provision.shell import Problem, exit_with, say
from stack import locks, ports, process
from stack.live import LOGIN, PASSWORD, LiveStack

NAMES = (
    "Bright Smile Dental",
    "North Gym",
    "Pop-up Shop",
    "Harbour Realty",
    "Green Leaf Landscaping",
    "Summit Roofing",
)
SIZES = (2431, 187, 11)
MIRRORED = 11
PAGE = "/ghl/analytics"


def number(name: str, default: int, least: int, most: int) -> int:
    """Return a whole number from the environment, within bounds."""
    text = os.environ.get(name, "")
    try:
        value = int(text) if text else default
    except ValueError:
        value = least - 1
    if not least <= value <= most:
        raise Problem(f"{name}={text} is not a whole number from {least} to {most}.")
    return value


def population() -> list[tuple[str, int]]:
    """Return name and size of each location, as CONTACTS= and LOCATIONS= want it."""
    largest = number("CONTACTS", SIZES[0], 1, 5_000_000)
    count = number("LOCATIONS", len(SIZES), 1, 500)
    locations = [(NAMES[0], largest)]
    for index in range(1, count):
        name = NAMES[index % len(NAMES)]
        if index >= len(NAMES):
            name = f"{name} {index // len(NAMES) + 1}"
        locations.append((name, SIZES[1 + (index - 1) % 2]))
    return locations


def only_one():
    """Return the lock that refuses a second demo of the same checkout."""
    try:
        return locks.take("demo")
    except Problem:
        raise Problem(
            "The demo of this checkout runs already: use it, or stop it first."
        ) from None


def make_stack(port: int) -> LiveStack:
    """Return the demo's stack, not yet started."""
    locations = population()
    mirrored = [min(MIRRORED, locations[0][1])]
    mirrored += [size for _name, size in locations[1:]]
    return LiveStack(
        "demo",
        locations,
        # One search brings at most 500: what is larger starts empty.
        mirrored=tuple(count if count <= 500 else 0 for count in mirrored),
        port=port,
        sandbox_arguments=("--latency", "0.3"),
        keep=True,
    )


def warm_up(url: str) -> None:
    """Fetch the login page and its bundles, so that no guest waits for their making."""
    with urllib.request.urlopen(f"{url}/web/login", timeout=300) as answer:
        page = answer.read().decode()
    for path in re.findall(r'(?:href|src)="(/web/assets/[^"]+)"', page):
        with urllib.request.urlopen(url + path, timeout=300) as answer:
            answer.read()


def leave(_signal, _frame) -> None:
    """Turn a request to end into the way that Ctrl-C takes."""
    raise KeyboardInterrupt


def serve(stack: LiveStack) -> None:
    """Say that the demo is ready and stay until something ends."""
    warm_up(stack.url)
    print(
        f"READY {stack.url}{PAGE} login={LOGIN} password={PASSWORD} "
        f"sandbox={stack.sandbox.url}",
        flush=True,
    )
    say("Ctrl-C stops the demo; its state is kept until make demo-reset.")
    while True:
        time.sleep(0.5)
        stack.odoo.process.check()
        stack.sandbox.process.check()


def main() -> None:
    """Start the demo, stay, and stop what was started."""
    # SIGINT too: a shell starts what it puts in the background with it ignored.
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, leave)
    with only_one():
        process.end_orphans()
        port = number("PORT", 8069, 1, 65535)
        if not ports.is_free(port):
            raise Problem(
                f"Port {port} is in use: please choose another one with PORT=."
            )
        entry = process.register("the demo", os.getpid())
        stack = make_stack(port)
        try:
            stack.start()
            serve(stack)
        finally:
            # A second Ctrl-C must not cut the cleaning up short.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            say("Stopping the demo …")
            stack.stop()
            entry.unlink(missing_ok=True)


def reset() -> None:
    """Forget the demo's state."""
    with only_one():
        process.end_orphans()
        make_stack(0).forget()
        say("The demo's state is forgotten.")


if __name__ == "__main__":
    exit_with(reset if sys.argv[1:] == ["reset"] else main)

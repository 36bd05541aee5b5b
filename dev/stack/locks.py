"""Locks between commands of one checkout; they go with the process that holds them."""

import fcntl
import time

from provision import paths
from provision.shell import Problem, say


def take(name: str, patience: float = 0):
    """Take a lock and return it, to be closed when it is no longer needed.

    :param float patience: seconds to wait for whoever holds it.
    :raise Problem: when it is still held then.
    """
    folder = paths.state() / "locks"
    folder.mkdir(exist_ok=True)
    handle = (folder / name).open("a")
    deadline = time.monotonic() + patience
    told = False
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return handle
        except BlockingIOError:
            if time.monotonic() >= deadline:
                handle.close()
                raise Problem(
                    f"Another command of this checkout holds the lock {name!r}: "
                    "please wait for it, or stop it."
                ) from None
        if not told:
            say(f"Waiting for another command that holds the lock {name!r} …")
            told = True
        time.sleep(0.5)

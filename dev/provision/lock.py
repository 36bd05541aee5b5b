"""One installation at a time, however many commands and clones ask for it."""

import contextlib
import fcntl

from . import paths
from .shell import say


@contextlib.contextmanager
def only_one(name: str = "install"):
    """Hold the lock of that name; it goes with the process, however that ends."""
    folder = paths.cache()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Waiting for another installation to finish …")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield

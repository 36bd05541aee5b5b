"""Sweeps whose fetches are done while they wait, one after the other."""

from __future__ import annotations

import random
from collections import deque
from concurrent.futures import Future

from fake_location import FakeLocation, contact
from window_pages import NOW

from ghl_contact_sync.tools.sync.reader import Sweep
from ghl_contact_sync.tools.sync.window import DATED, Window


def located(count, page_limit=10, date=lambda number: NOW + number * 1_000):
    return FakeLocation([contact(n, date(n)) for n in range(count)], page_limit)


def crowded(count, made_up="honoured", page_limit=20, below=10**8):
    """Contacts of one instant; their ids are drawn."""
    rng = random.Random(1)
    ids = rng.sample(range(below), count)
    people = [
        {**contact(n, NOW), "id": f"{one:08d}", "email": f"{n:03d}@example.com"}
        for n, one in enumerate(ids)
    ]
    return FakeLocation(people, page_limit, made_up)


class OneByOne:
    """A pool whose work is done while somebody waits; in vain is an error at once."""

    def __init__(self):
        self.tasks = deque()

    def submit(self, work, *args):
        self.tasks.append((Future(), work, args))
        return self.tasks[-1][0]

    def wait(self, ready):
        while not ready():
            future, work, args = self.tasks.popleft()
            if future.set_running_or_notify_cancel():
                future.set_result(work(*args))


def sweep_of(location, *windows, threads=4, **options):
    """A sweep whose fetches are done while it waits, one after the other."""
    windows = windows or (Window(DATED),)
    options = {"repeat_pause": 0.0, "pool": OneByOne(), **options}
    return Sweep(
        location.fetch,
        windows,
        threads=threads,
        page_limit=location.page_limit,
        **options,
    )


def ids_of(items):
    return [one["id"] for _window, item in items for one in item.page.contacts]


def rest_of(sweep):
    items = []
    while (item := sweep.next()) is not None:
        items.append(item)
    return items


def failing(location, fails):
    """Have fetches of a window fail; `fails` returns the error or None."""
    fetch = location.fetch

    def wrapped(window):
        error = fails(window)
        if error is not None:
            raise error
        return fetch(window)

    location.fetch = wrapped

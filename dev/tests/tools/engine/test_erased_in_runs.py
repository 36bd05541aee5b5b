"""Persons who are erased leave no id behind in a run that goes on."""

from itertools import groupby

import pytest
from fake_record import Env, Record

from ghl_contact_sync.engine.checkpoint import (
    Checkpoint,
    load_checkpoint,
    save_checkpoint,
)
from ghl_contact_sync.engine.privacy.run_state import forget_in_runs
from ghl_contact_sync.tools.sync.window import DATED, Window

ERASED = "gone"


class Rows(list):
    """Rows of `ghl.sync.window`."""

    def grouped(self, _name):
        pairs = groupby(self, key=lambda row: row.run_id)
        return {run: Rows(rows) for run, rows in pairs}

    def _store(self, run, windows):
        run.stored.extend(windows)


class Run:
    """A `ghl.sync.run` that has noted some ids, and counts how often it is saved."""

    def __init__(self, *ids):
        self.saved, self.stored = -1, []
        save_checkpoint(self, Checkpoint(older_ids=ids))

    @property
    def checkpoint(self):
        return self._checkpoint

    @checkpoint.setter
    def checkpoint(self, value):
        self._checkpoint = value
        self.saved += 1


def forget(runs=(), windows=()):
    """Have these forget a person; return the windows that were stored anew."""
    at_work = Run()
    rows = Rows(Record(run_id=at_work, _to_window=lambda w=w: w) for w in windows)
    models = {
        "ghl.sync.run": Record(search=lambda _domain: list(runs)),
        "ghl.sync.window": Record(search=lambda _domain: rows),
    }
    forget_in_runs(Record(id=1, env=Env(models)), [ERASED, "another"])
    return at_work.stored


def test_ids_that_were_noted_for_later_are_forgotten():
    touched, untouched = Run("a", ERASED, "b"), Run("a")
    forget([touched, untouched])
    assert load_checkpoint(touched).older_ids == ("a", "b")
    assert load_checkpoint(untouched).older_ids == ("a",)
    assert (touched.saved, untouched.saved) == (1, 0)


@pytest.mark.parametrize(
    ("cursor", "names"),
    [
        ([5, ERASED], True),
        ([5, "a"], False),
        # A key is that id, and not one that contains it.
        ([5, f"x{ERASED}"], False),
        (f"opaque-{ERASED}-token", True),
        ({"after": [ERASED]}, True),
        (["5", "a"], False),
        (None, False),
    ],
)
def test_a_walk_goes_on_from_the_date_passed(cursor, names):
    window = Window(DATED, 1, 9, cursor=cursor, position=5, seen=7, made_up=True)
    stored = forget(windows=[window])
    assert stored == ([window] if names else [])
    if names:
        assert (window.cursor, window.lower, window.seen) == (None, 5, 0)
        assert not window.made_up
    else:
        assert (window.cursor, window.lower, window.seen) == (cursor, 1, 7)


def test_a_window_that_is_done_stays_done():
    window = Window(DATED, 1, 9, cursor=[5, ERASED], position=5, seen=7, done=True)
    assert forget(windows=[window]) == [window]
    assert (window.cursor, window.seen, window.done) == (None, 7, True)


def test_an_end_is_a_bit_later_than_the_one_that_was_erased():
    window = Window(DATED, 1, 9, until=(5, ERASED), cursor=[4, "a"])
    other = Window(DATED, 1, 9, until=(5, "a"))
    assert forget(windows=[window, other]) == [window]
    assert window.until == (5, "gonf")
    assert window.until > (5, ERASED)
    assert (window.cursor, other.until) == ([4, "a"], (5, "a"))

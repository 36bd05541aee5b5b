"""What the events of one contact ask for, and what decides about them."""

from types import SimpleNamespace

import pytest

from ghl_contact_sync.engine.webhook.change import (
    DOUBT_MS,
    FEW_DELETES,
    FRESH_MS,
    Change,
    ids_to_search,
)
from ghl_contact_sync.tools.errors import GhlError, GhlRateLimited

NOON = 1_700_481_600_000
NOON_TEXT = "2023-11-20T12:00:00.000Z"


def event(ms=NOON, number=1, kind="ContactUpdate", rechecks=0, attempts=0):
    return SimpleNamespace(
        id=number,
        event_ms=ms,
        event_type=kind,
        rechecks=rechecks,
        attempts=attempts,
    )


def deletion(**options):
    return event(kind="ContactDelete", **options)


def change(*events, **known):
    return Change(list(events), **known)


def shown(**values):
    return {"id": "c1", "dateUpdated": NOON_TEXT, **values}


# === What counts ===


def test_the_event_that_happened_last_counts_whenever_it_arrived():
    late, early = deletion(ms=NOON + 1, number=1), event(ms=NOON, number=2)
    assert change(late, early).newest is late
    assert change(late, early).tells_end
    assert not change(early).tells_end
    # At the same time, the event that arrived last counts.
    assert change(deletion(number=2), event(number=3)).newest.id == 3


@pytest.mark.parametrize(
    ("told", "is_delete"),
    [
        (event(), False),
        (deletion(), True),
        (deletion(rechecks=1), False),
        (deletion(attempts=1), False),
    ],
)
def test_a_deletion_that_was_looked_at_is_left_to_the_search(told, is_delete):
    assert change(told).is_delete is is_delete


@pytest.mark.parametrize(
    ("told", "known", "unconfirmed"),
    [
        (deletion(), {"doubt": "why"}, False),
        (deletion(rechecks=1), {}, False),
        (deletion(rechecks=1), {"doubt": "why"}, True),
        (deletion(attempts=1), {"error": GhlError("no")}, True),
        (event(attempts=1), {"error": GhlError("no")}, False),
        (event(attempts=1), {"doubt": "why"}, True),
    ],
)
def test_a_deletion_is_unconfirmed_once_the_search_had_time(told, known, unconfirmed):
    assert change(told, **known).is_unconfirmed is unconfirmed


@pytest.mark.parametrize(
    ("told", "known", "alive"),
    [
        (event(), {}, False),
        (event(), {"hit": shown()}, True),
        (event(), {"hit": shown(), "doubt": "why"}, False),
        (deletion(), {"hit": shown()}, False),
        (deletion(), {"lives": True}, True),
        (event(), {"lives": True, "doubt": "why"}, True),
    ],
)
def test_a_contact_that_is_shown_is_alive(told, known, alive):
    assert change(told, **known).is_alive is alive


def test_nothing_is_decided_of_a_new_one():
    decided = ("later", "lives", "denied", "left", "doubt", "error", "reason")
    assert not any(getattr(change(event()), name) for name in decided)


# === The search ===


def test_a_search_that_lacks_what_is_said_to_be_gone_is_not_enough():
    found = change(deletion())
    assert not found.evaluate_hit()
    assert not found.later


@pytest.mark.parametrize(("rechecks", "later"), [(0, True), (1, False)])
def test_a_hit_of_what_is_said_to_be_gone_is_looked_at_once_more(rechecks, later):
    found = change(deletion(rechecks=rechecks), hit=shown())
    assert found.evaluate_hit() is later
    assert found.later is later


@pytest.mark.parametrize(
    ("age", "enough", "later"),
    [
        (-1, True, False),
        (0, True, False),
        (FRESH_MS, True, False),
        (FRESH_MS + 1, True, True),
        (DOUBT_MS, True, True),
        (DOUBT_MS + 1, False, False),
    ],
)
def test_a_hit_that_is_older_than_its_event_is_from_before_it(age, enough, later):
    found = change(event(ms=NOON + age), hit=shown())
    assert found.evaluate_hit() is enough
    assert found.later is later


def test_a_hit_that_is_not_quite_as_new_is_enough_after_a_second_look():
    found = change(event(ms=NOON + FRESH_MS + 1, rechecks=1), hit=shown())
    assert found.evaluate_hit()
    assert not found.later


@pytest.mark.parametrize("hit", [None, {}, {"dateUpdated": "soon"}])
def test_a_hit_without_a_time_is_not_enough(hit):
    assert not change(event(), hit=hit).evaluate_hit()


# === The contact itself ===


def test_a_refusal_for_the_rate_ends_the_round():
    found = change(event())
    with pytest.raises(GhlRateLimited):
        found.evaluate_record(GhlRateLimited("later"), "shown")
    assert found.error is None


def test_an_error_is_kept():
    found, error = change(event()), GhlError("no")
    found.evaluate_record(error, "shown")
    assert found.error is error
    assert not (found.later or found.denied or found.lives)


@pytest.mark.parametrize(("told", "doubt"), [(event(), None), (deletion(), "shown")])
def test_nothing_is_deleted_that_the_search_shows(told, doubt):
    found = change(told, hit=shown())
    found.evaluate_record(None, "shown")
    assert found.later
    assert not found.denied
    assert (found.doubt, found.reason) == (doubt, doubt)


def test_what_neither_shows_is_denied():
    found = change(event())
    found.evaluate_record(None, "shown")
    assert (found.denied, found.later, found.doubt) == (True, False, None)


def test_a_denial_is_taken_back_for_a_reason():
    found = change(deletion(), denied=True)
    found.evaluate_denial(None)
    assert (found.denied, found.later, found.doubt) == (True, False, None)
    found.evaluate_denial("too many")
    assert (found.denied, found.later) == (False, True)
    assert (found.doubt, found.reason) == ("too many", "too many")


def test_a_record_that_says_what_the_hit_says_is_left_to_the_hit():
    found = change(event(), hit=shown(tags=["a"], more=1))
    found.evaluate_record(shown(tags=["a"]), "shown")
    assert (found.payload, found.lives, found.later) == (None, True, False)


@pytest.mark.parametrize(
    ("hit", "record"),
    [
        (None, shown()),
        (shown(), shown(dateUpdated="2023-11-20T12:00:00.001Z")),
        (shown(), shown(dateUpdated="2023-11-20T11:59:59.999Z")),
        *((shown(), shown(**{key: "x"})) for key in ("tags", "dnd", "email", "phone")),
        (shown(), shown(assignedTo="u1")),
        (shown(customFields=[]), shown(customFields=[{"id": "f"}])),
    ],
)
def test_a_record_that_says_more_is_merged_and_the_hit_follows(hit, record):
    found = change(event(), hit=hit)
    found.evaluate_record(record, "shown")
    assert found.payload is record
    assert found.lives
    assert found.later


def test_nothing_and_empty_are_the_same():
    found = change(event(), hit=shown(tags=[], email=None, phone=""))
    found.evaluate_record(shown(), "shown")
    assert found.payload is None


# === The round ===


@pytest.mark.parametrize("deletes", [0, 1, FEW_DELETES, FEW_DELETES + 1])
def test_few_deletes_are_looked_up_and_many_searched_for(deletes):
    changes = {f"d{number}": change(deletion()) for number in range(deletes)}
    changes["kept"] = change(event())
    changes["again"] = change(deletion(rechecks=1))
    found = ids_to_search(changes)
    assert found == (["kept", "again"] if deletes <= FEW_DELETES else list(changes))

"""What a run logs, what comes next, and small figures of a location."""

import json
import logging
from datetime import datetime

import pytest
from fake_record import Env, Record, settings

from ghl_contact_sync.engine.connection.database_identity import (
    current_identity,
    is_elsewhere,
    name_in,
)
from ghl_contact_sync.engine.connection.page_limit import page_limit
from ghl_contact_sync.engine.metrics.drift import count_repaired
from ghl_contact_sync.engine.schedule.show import shown_next
from ghl_contact_sync.engine.slice.run_log import log_end, log_slice, log_start
from ghl_contact_sync.tools.schedule.facts import Due

AT = datetime(2026, 1, 1)

# === The log ===


def run(state="running", **values):
    numbers = (
        *("contacts_seen", "requests_sent", "retries", "rate_limited"),
        *("contacts_created", "contacts_updated", "contacts_deleted", "bad_records"),
    )
    facts = {name: number for number, name in enumerate(numbers, start=1)}
    facts |= {"kind": "full", "origin": "cron", "phase": "fill", "error_code": False}
    return Record(
        id=7,
        location_id=Record(id=3),
        state=state,
        proof_state="proven",
        busy_seconds=2.5,
        _is_active=lambda: state in ("running", "waiting"),
        resume_at=values.pop("resume_at", False),
        **(facts | values),
    )


def lines(caplog):
    return [(one.levelno, one.getMessage()) for one in caplog.records]


def test_the_start_of_a_run_is_logged(caplog):
    caplog.set_level(logging.INFO)
    log_start(run())
    [(level, line)] = lines(caplog)
    assert level == logging.INFO
    assert line.startswith("event=run_started run=7 location=3 kind=full origin=cron")


@pytest.mark.parametrize("state", ["running", "waiting"])
def test_a_slice_of_a_run_that_goes_on_is_one_line(caplog, state):
    caplog.set_level(logging.INFO)
    log_slice(run(state), 1.25)
    [(level, line)] = lines(caplog)
    assert level == logging.INFO
    assert line.startswith(
        f"event=run_slice run=7 location=3 state={state} phase=fill seconds=1.25 "
        "seen=1 requests=2 retries=3 refused=4"
    )


@pytest.mark.parametrize(
    ("state", "level"), [("done", logging.INFO), ("failed", logging.WARNING)]
)
def test_the_end_is_told_once_it_is_committed(caplog, state, level):
    caplog.set_level(logging.INFO)
    told = []
    env = Record(cr=Record(postcommit=Record(add=told.append)))
    log_end(run(state, error_code="no_access", env=env, correlation_id="abc"))
    assert not lines(caplog)
    [tell] = told
    tell()
    [(last, line)] = lines(caplog)
    assert last == level
    assert line == (
        f"event=run_ended run=7 location=3 kind=full state={state} code=no_access "
        "proof=proven seconds=2.5 seen=1 requests=2 retries=3 refused=4 "
        "created=5 updated=6 deleted=7 issues=8 correlation_id=abc"
    )


# === What comes next ===


def location(**values):
    known = {
        "active": True,
        "name": "Shop",
        "connection_id": Record(active=True, is_moved=False, name="C"),
        "next_sync_at": AT,
        "next_sync_kind": "delta",
        "next_sync_reason": "usual",
        "env": Env(),
    }
    found = Record(**(known | values))
    found.connection_id.env = found.env
    return found


NOBODY = Record(id=False)


@pytest.mark.parametrize(
    ("values", "at_work", "due"),
    [
        ({}, NOBODY, Due(AT, "delta", "usual")),
        ({}, run("done"), Due(AT, "delta", "usual")),
        ({"active": False}, run(), Due(None, None, "archived")),
        (
            {"connection_id": Record(active=False, is_moved=True, name="C")},
            *(NOBODY, Due(None, None, "archived")),
        ),
        (
            {"connection_id": Record(active=True, is_moved=True, name="C")},
            *(run(), Due(None, None, "moved")),
        ),
        ({}, run(), Due(None, "full", "running")),
        ({}, run("waiting", resume_at=AT), Due(AT, "full", "waiting")),
        ({}, run("waiting"), Due(None, "full", "waiting")),
        (
            {"next_sync_at": False, "next_sync_kind": False},
            *(NOBODY, Due(None, None, "usual")),
        ),
        # The plan was this very run, which is over.
        *(
            ({"next_sync_reason": reason}, NOBODY, None)
            for reason in (False, "archived", "moved", "running", "waiting")
        ),
    ],
)
def test_what_comes_next_is_what_is_planned_or_on_now(values, at_work, due):
    assert shown_next(location(**values), at_work) == due


# === Small figures ===


@pytest.mark.parametrize(
    ("accepted", "limit"), [(False, 500), (0, 500), (100, 100), (600, 500)]
)
def test_no_larger_pages_are_asked_for_than_were_accepted(accepted, limit):
    shop = location(env=Env(settings(page_limit=500)))
    shop.connection_id.page_limit_accepted = accepted
    assert page_limit(shop) == limit


@pytest.mark.parametrize(
    ("phase", "contacts", "repaired"),
    [("prove", 3, 5), ("prove", 0, 2), ("fill", 3, 2)],
)
def test_only_what_a_proof_repairs_is_drift(phase, contacts, repaired):
    proof = Record(phase=phase, contacts_repaired=2)
    count_repaired(proof, contacts)
    assert proof.contacts_repaired == repaired


class Cursor:
    """A database that tells its name, its own id, its oid, and the cluster's."""

    def __init__(self, may_ask):
        self._rows = [("db", "uuid-1", 16, may_ask), (99,)]

    def execute(self, _query):
        self._row = self._rows.pop(0)

    def fetchone(self):
        return self._row


@pytest.mark.parametrize(("may_ask", "cluster"), [(True, "99"), (False, "database 16")])
def test_a_database_is_known_by_three_things(may_ask, cluster):
    told = current_identity(Cursor(may_ask))
    assert json.loads(told) == {"name": "db", "uuid": "uuid-1", "cluster": cluster}
    assert name_in(told) == "db"


@pytest.mark.parametrize("text", [None, "", "x", "[]", "5", "{}", '{"name": null}'])
def test_what_is_no_identity_names_no_database(text):
    assert name_in(text) is None


@pytest.mark.parametrize(
    ("key", "has_token", "elsewhere"),
    [("here", True, False), ("there", True, True), ("there", False, False)],
)
def test_a_credential_is_elsewhere_when_it_was_stored_there(key, has_token, elsewhere):
    connection = Record(database_key=key, has_token=has_token)
    assert is_elsewhere(connection, "here") is elsewhere

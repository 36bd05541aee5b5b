"""Webhooks on a live stack: sent by the sandbox as unreliably as in real life."""

import signal
import time
import uuid

import pytest
import requests

from bench import webhook_rig as rig
from stack.sandbox_server import WITHOUT_LIMITS

EDITS = {"update": 25, "create": 8, "delete": 6, "retag": 5, "dnd": 4, "merge": 2}


@pytest.fixture(scope="module")
def hooked(make_stack):
    """Two clean locations, mirrored, whose webhooks come twice and out of order."""
    arguments = ("--clean", *WITHOUT_LIMITS)
    stack = make_stack(
        "hooks", [("Clinic", 400), ("Gym", 300)], sandbox_arguments=arguments
    )
    # The tests delete more within a week than the brake lets pass unasked.
    rig.set_settings(stack, delete_brake="100")
    rig.order(stack)
    retry = {"on": "any", "times": 8, "delay": 0.3}
    rig.connect(stack, duplicate=0.3, reorder=0.5, delay=[0, 0.3], retry=retry)
    return stack


def edit(stack, seed, **more):
    for number, location in enumerate(stack.locations):
        # Equal seeds would make contacts of equal ids.
        spec = {"seed": f"{seed}/{number}", **EDITS, **more}
        stack.control("POST", f"/locations/{location.ghl_id}/edits", spec)


def settle(stack):
    stack.control("POST", "/webhooks/wait", {"timeout": 60})
    rig.await_inbox(stack)


def assert_mirrors(stack):
    for location in stack.locations:
        assert rig.differences(stack, location)[:5] == [], location.name


def signed(stack, **values):
    """Return (body, headers) of an event signed by the sandbox."""
    payload = {
        "type": "ContactUpdate",
        "locationId": stack.locations[0].ghl_id,
        "id": "nobody",
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime()),
        "webhookId": str(uuid.uuid4()),
        "appId": stack.sandbox.facts["app"]["appId"],
        **values,
    }
    address = f"{stack.sandbox.url}/_sandbox/webhooks/sign"
    body = requests.Request("POST", address, json=payload).prepare().body
    return body, requests.post(address, data=body, timeout=30).json()


def post(stack, body, headers):
    return requests.post(stack.url + rig.ROUTE, data=body, headers=headers, timeout=60)


def test_duplicates_and_wrong_order_end_in_the_truth(hooked):
    runs = hooked.sql("SELECT count(*) FROM ghl_sync_run")
    for seed in range(4):
        edit(hooked, seed)
        time.sleep(0.5)
    settle(hooked)
    assert_mirrors(hooked)
    stats = hooked.control("GET", "/webhooks/stats")
    assert stats["duplicated"] > 20
    assert stats["reordered"] > 20
    assert stats["lost"] == 0
    # Webhooks alone did it.
    assert hooked.sql("SELECT count(*) FROM ghl_sync_run") == runs


def test_nothing_forged_enters(hooked):
    body, headers = signed(hooked)
    before = hooked.sql("SELECT count(*) FROM ghl_webhook_event")
    for changed, kept in ((body + b" ", headers), (body, {}), (b"{}", headers)):
        answer = post(hooked, changed, kept)
        assert (answer.status_code, answer.content) == (401, b"")
    other, its_headers = signed(hooked, locationId="not-ours")
    assert post(hooked, other, its_headers).status_code == 200
    assert hooked.sql("SELECT count(*) FROM ghl_webhook_event") == before


def test_killed_server_loses_no_event_that_it_acknowledged(hooked):
    edit(hooked, 50)
    hooked.odoo.kill()
    edit(hooked, 51)
    hooked.odoo.start()
    settle(hooked)
    assert_mirrors(hooked)


def test_dropped_events_are_caught_up_by_a_delta(hooked):
    hooked.control("PATCH", "/webhooks", {"drop": 0.6})
    edit(hooked, 70)
    settle(hooked)
    assert any(rig.differences(hooked, location) for location in hooked.locations)
    hooked.control("PATCH", "/webhooks", {"drop": 0.0})
    rig.order(hooked, "delta")
    assert_mirrors(hooked)


def test_without_its_database_odoo_asks_for_another_delivery(make_stack):
    stack = make_stack("hooks_pg", [("Kiosk", 3)], private_postgres=True)
    rig.connect(stack)
    body, headers = signed(stack)
    stack.postgres.stop(signal.SIGQUIT)
    assert post(stack, body, headers).status_code == 429
    stack.postgres.start()
    deadline = time.monotonic() + 60
    while (answer := post(stack, body, headers)).status_code == 429:
        assert time.monotonic() < deadline
        time.sleep(0.5)
    assert answer.status_code == 200
    assert stack.sql("SELECT count(*) FROM ghl_webhook_event") == [(1,)]

"""An agency's install on Odoo with several processes: from the button to webhooks.

The way is a person's: the button, the vendor's chooser, back with a code. What follows
is all by itself: locations, syncs, INSTALL and UNINSTALL events.
"""

import re
import time
from urllib.parse import urljoin

import pytest

from bench import webhook_rig as rig
from stack import mirror
from stack.sandbox_server import WITHOUT_LIMITS

SIZES = [("Clinic", 900), ("Gym", 90), ("Kiosk", 5)]
PATIENCE = 60
# Some 500 deliveries for two locations, with those that come twice.
EDITS = {"update": 220, "create": 60, "delete": 25, "retag": 20, "dnd": 15}


def await_rows(stack, query, expected, values=None):
    """Wait until a query returns what is expected."""
    deadline = time.monotonic() + PATIENCE
    while (rows := stack.sql(query, values)) != expected:
        assert time.monotonic() < deadline, (query, rows)
        time.sleep(0.3)


@pytest.fixture(scope="module")
def agency(make_stack):
    """Odoo with two web processes, knowing of nothing but the sandbox's address."""
    stack = make_stack(
        "agency",
        SIZES,
        workers=2,
        connected=False,
        sandbox_arguments=("--clean", *WITHOUT_LIMITS),
    )
    keys = "\n".join(stack.sandbox.facts["webhookKeys"].values())
    rig.set_settings(stack, api_base_url=stack.sandbox.url, webhook_public_keys=keys)
    behaviour = {
        "urls": [stack.url + rig.ROUTE],
        "duplicate": 0.2,
        "reorder": 0.5,
        "delay": [0, 0.3],
        # Anything that fails while Odoo restarts, as its proxy would turn into 429.
        "retry": {"on": "any", "times": 30, "delay": 0.5},
    }
    stack.control("PATCH", "/webhooks", behaviour)
    # Logs are kept over runs.
    stack.logged_before = stack.odoo.log.stat().st_size
    # The run that was to fail.
    stack.failed_run = 0
    return stack


@pytest.fixture(scope="module")
def admin(agency):
    return agency.session()


def rpc(stack, session, model, method, *args):
    """Call a method of a model as the web client does."""
    answer = session.post(
        f"{stack.url}/web/dataset/call_kw",
        json={
            "jsonrpc": "2.0",
            "params": {"model": model, "method": method, "args": args, "kwargs": {}},
        },
        timeout=60,
    ).json()
    assert "error" not in answer, answer["error"]["data"]["message"]
    return answer["result"]


def test_agency_connects_and_all_its_locations_are_mirrored(agency, admin):
    app = agency.sandbox.facts["app"]
    values = {
        "name": "Agency",
        "auth_kind": "oauth",
        "client_id": app["clientId"],
        "client_secret_entry": app["clientSecret"],
        "install_url": app["chooserUrl"],
    }
    connection = rpc(agency, admin, "ghl.connection", "create", values)
    action = rpc(agency, admin, "ghl.connection", "action_connect", connection)
    chooser = admin.get(urljoin(agency.url, action["url"]), timeout=60)
    assert chooser.url.startswith(agency.sandbox.url)
    form = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', chooser.text))
    approve = urljoin(chooser.url, "/oauth/approve")
    back = admin.post(approve, data={**form, "target": "company"}, timeout=60)
    assert back.url.startswith(f"{agency.url}/odoo/ghl-connections/"), back.text[:500]
    # The connected locations are read in the background.
    await_rows(agency, "SELECT count(*) FROM ghl_location", [(len(SIZES),)])
    found = agency.sql("SELECT ghl_id, active FROM ghl_location ORDER BY id")
    assert {row[0] for row in found} == {one.ghl_id for one in agency.locations}
    for location in agency.locations:
        ((location.id,),) = agency.sql(
            "SELECT id FROM ghl_location WHERE ghl_id = %s", [location.ghl_id]
        )
        answer = admin.post(
            f"{agency.url}/api/sync-location-contacts",
            json={"location_id": location.ghl_id},
            timeout=60,
        )
        assert answer.status_code == 202, answer.text
    rig.await_runs(agency, PATIENCE)
    for location in agency.locations:
        assert mirror.differences(agency, location.ghl_id)[:5] == [], location.name
    # One token of each location, whatever process needed it.
    told = agency.control("GET", "/oauth")
    assert told["location_tokens"] == len(agency.locations)
    assert told["exchanges"] == 1


def test_location_comes_and_goes_with_the_app(agency, admin):
    # There without the app, as yet; nobody tells Odoo but the signed events.
    body = {"name": "Branch", "size": 30, "installed": False}
    told = agency.control("POST", "/locations", body)
    agency.control("POST", "/install", {"locations": [told["id"]]})
    await_rows(
        agency,
        "SELECT contact_count, proof_state FROM ghl_location WHERE ghl_id = %s",
        [(30, "proven")],
        [told["id"]],
    )
    assert mirror.differences(agency, told["id"]) == []
    agency.control("POST", "/uninstall", {"locations": [told["id"]]})
    installed = "SELECT is_installed FROM ghl_location WHERE ghl_id = %s"
    await_rows(agency, installed, [(False,)], [told["id"]])
    rig.await_runs(agency)
    # A sync says so without asking GoHighLevel, and the mirror stays.
    asked = agency.control("GET", "/stats")["by_location"][told["id"]]["requests"]
    address = f"{agency.url}/api/sync-location-contacts"
    ordered = admin.post(address, json={"location_id": told["id"]}, timeout=60).json()
    run = "FROM ghl_sync_run WHERE id = %s"
    await_rows(agency, f"SELECT state {run}", [("failed",)], [ordered["run_id"]])
    ((error,),) = agency.sql(f"SELECT error {run}", [ordered["run_id"]])
    assert "not installed" in error
    now = agency.control("GET", "/stats")["by_location"][told["id"]]["requests"]
    assert now == asked
    count = "SELECT contact_count FROM ghl_location WHERE ghl_id = %s"
    assert agency.sql(count, [told["id"]]) == [(30,)]
    agency.failed_run = ordered["run_id"]
    # Installed again, what changed meanwhile is read.
    spec = {"seed": "away", "update": 5, "create": 3, "delete": 2, "webhooks": False}
    agency.control("POST", f"/locations/{told['id']}/edits", spec)
    agency.control("POST", "/install", {"locations": [told["id"]]})
    await_rows(agency, count, [(31,)], [told["id"]])
    rig.await_runs(agency, besides=agency.failed_run)
    assert mirror.differences(agency, told["id"]) == []


def test_burst_over_a_restart_loses_nothing(agency):
    for number, location in enumerate(agency.locations[:2]):
        share = EDITS if not number else {"update": 60, "create": 20, "delete": 9}
        spec = {"seed": f"burst/{number}", **share}
        agency.control("POST", f"/locations/{location.ghl_id}/edits", spec)
        if not number:
            # In the middle of it, and not in an orderly way.
            agency.odoo.kill()
            agency.odoo.start()
    agency.control("POST", "/webhooks/wait", {"timeout": PATIENCE})
    rig.await_inbox(agency)
    rig.await_runs(agency, besides=agency.failed_run)
    stats = agency.control("GET", "/webhooks/stats")
    assert stats["lost"] == 0
    assert stats["delivered"] > 400
    assert stats["duplicated"] > 25
    for location in agency.locations:
        assert mirror.differences(agency, location.ghl_id)[:5] == [], location.name


def test_log_tells_no_secret(agency):
    """Secrets that were really used: the app's, tokens, and people's addresses."""
    with agency.odoo.log.open(errors="replace") as log:
        log.seek(agency.logged_before)
        text = log.read()
    assert "Traceback (most recent call last)" not in text
    secrets = {agency.sandbox.facts["app"]["clientSecret"]}
    for row in agency.sql("SELECT access_token, refresh_token FROM ghl_oauth_token"):
        secrets |= set(filter(None, row))
    assert len(secrets) > 4
    for contact in agency.sandbox.truth(agency.locations[0].ghl_id):
        secrets |= {v for k in ("email", "phone") if (v := contact.get(k))}
    assert not [one for one in secrets if one in text]
    assert not re.search(r"[?&](code|ticket|state)=", text)

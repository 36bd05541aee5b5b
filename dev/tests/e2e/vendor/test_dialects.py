"""A full sync under each way in which the vendor may turn out to behave."""

import time

import pytest

from ghl_sandbox.dialects import DESCRIPTIONS
from stack.sandbox_server import WITHOUT_LIMITS

# More contacts than three pages of any size, with every sort of mess in them.
SIZE = 1_700
# What the vendor's documents call the end of exact answers is 10,000.
LARGE = 11_200
SECONDS = 120
# Nothing that a sync meets: chooser, tokens of apps, webhooks.
ELSEWHERE = {
    "state-dropped",
    "version-id-required",
    "location-token-201",
    "location-token-no-refresh",
    "refresh-grace-30",
    "installed-limit-100",
    "installed-all",
    "webhook-data-wrapper",
    "webhook-retry-new-time",
    "merge-silent",
    "bulk-silent",
    "update-events-partial",
}
# Under these the vendor does not tell enough for a proof.
UNPROVEN = {"total-missing"}
ON_LARGE = {"total-capped", "total-inexact", "cursor-10000", "filters-unsupported"}
DIALECTS = sorted(set(DESCRIPTIONS) - ELSEWHERE)


@pytest.fixture(scope="module")
def stack(make_stack):
    """Two locations, every dialect in turn."""
    return make_stack(
        "dialects",
        [("Any Account", SIZE), ("Large Account", LARGE)],
        sandbox_arguments=WITHOUT_LIMITS,
    )


@pytest.fixture(scope="module")
def session(stack):
    """Somebody who is logged in."""
    return stack.session()


@pytest.fixture
def speak(stack):
    """Return a function that makes the account speak dialects from the start."""

    def speak(*dialects):
        # The demo's shared token goes with any of them.
        kept = [name for name in DESCRIPTIONS if name == "shared-pit"]
        settings = {"dialects": [*kept, *dialects]}
        stack.control("PATCH", "/settings", settings)
        stack.sql("DELETE FROM ghl_contact")
        stack.sql(
            "UPDATE ghl_location SET contact_count = 0, watermark_ms = 0,"
            " last_full_at = NULL, proof_state = 'unknown', rate_snapshot = NULL"
        )
        stack.sql(
            "UPDATE ghl_connection SET capabilities = NULL, calibrated_at = NULL,"
            " page_limit_accepted = 0"
        )

    yield speak
    stack.control("PATCH", "/settings", {"dialects": ["shared-pit"]})


def full_sync(stack, session, ghl_id):
    """Order a full sync and return the finished run."""
    answer = session.post(
        f"{stack.url}/api/sync-location-contacts",
        json={"location_id": ghl_id},
        timeout=30,
    )
    assert answer.status_code == 202, answer.text
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        status = session.get(
            f"{stack.url}/api/sync-status", params={"location_id": ghl_id}, timeout=30
        ).json()["sync"]
        if status["state"] in ("done", "failed", "cancelled"):
            return status
        time.sleep(0.2)
    raise AssertionError(f"not finished: {status}")


def usable_ids(stack, ghl_id):
    """Return the ids that the location really has, as far as they can be keys."""
    truth = stack.sandbox.truth(ghl_id)
    found = (one.get("id") for one in truth if isinstance(one, dict))
    return {ghl_id for ghl_id in found if isinstance(ghl_id, str) and ghl_id.strip()}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_full_sync(stack, session, speak, dialect):
    location = stack.locations[dialect in ON_LARGE]
    speak(dialect)
    run = full_sync(stack, session, location.ghl_id)
    assert run["state"] == "done", run["error"]
    mirrored = [
        ghl_id for (ghl_id,) in stack.sql("SELECT ghl_id FROM ghl_contact WHERE active")
    ]
    assert len(mirrored) == len(set(mirrored))
    assert set(mirrored) == usable_ids(stack, location.ghl_id)
    wanted = "not_proven" if dialect in UNPROVEN else "proven"
    assert run["proof"]["state"] == wanted, run["proof"]

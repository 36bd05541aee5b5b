"""The addon's main job: 2,431 of 2,431 contacts where there were 11."""

import time

import pytest
from playwright.sync_api import expect

from bench import webhook_rig as rig
from stack.mirror import differences, mirrored, order_sync, wait_for_run

LARGE, SMALL, TINY = 0, 1, 2
MINUTE = 60_000


@pytest.fixture(scope="module")
def shop(make_stack):
    """A stack whose large location shows the original bug, with a slow vendor."""
    return make_stack(
        "mainjob",
        mirrored=(11, 187, 11),
        sandbox_arguments=("--latency", "0.3"),
    )


@pytest.fixture
def stack(shop):
    """Let the `page` fixture open this module's stack."""
    return shop


def choose(page, location):
    page.goto(f"/ghl/analytics?location_id={location.ghl_id}")


@pytest.fixture
def only_the_button(shop):
    """Keep a look at the page from ordering the sync (the smart sync)."""
    names = ("threshold_ratio", "threshold_minimum", "threshold_factor")
    values = dict(zip(names, ("0", "0", "1"), strict=True))
    rig.set_settings(shop, **values)
    yield
    found = [("key", "like", "ghl_contact_sync.threshold")]
    numbers = shop.call("ir.config_parameter", "search", found)
    shop.call("ir.config_parameter", "unlink", numbers)


def test_the_button_fills_the_mirror_while_one_watches(only_the_button, stack, page):
    """Page at 11, one press, 2,431 of 2,431 without a reload, and all pages there."""
    location = stack.locations[LARGE]
    choose(page, location)
    coverage = page.get_by_test_id("coverage")
    expect(coverage).to_contain_text("11 of 2,431", timeout=20_000)
    # However long the browser takes, it finds the sync at work.
    slow = {"match": {"path": "/contacts/search"}, "fault": "delay", "seconds": 5}
    stack.control("POST", "/faults", {**slow, "count": 0})
    page.get_by_role("button", name="Sync All Contacts").click()
    expect(page.get_by_role("progressbar").first).to_be_visible(timeout=20_000)
    # A reload in mid-sync shows the sync that runs.
    page.reload()
    expect(page.get_by_role("progressbar").first).to_be_visible(timeout=20_000)
    stack.control("DELETE", "/faults")
    expect(coverage).to_contain_text("2,431 of 2,431", timeout=MINUTE)
    expect(page.get_by_text("1–10 of 2,431")).to_be_visible(timeout=20_000)
    page.get_by_role("button", name="Last page").click()
    pager = page.get_by_role("navigation", name="Pages of contacts")
    expect(pager).to_contain_text("2,431 of 2,431", timeout=20_000)
    assert differences(stack, location.ghl_id) == []


def test_reading_on_orders_the_sync_by_itself(stack, page):
    """The smart sync: a page that the mirror lacks brings the rest."""
    location = stack.locations[LARGE]
    # Past Odoo: by it, GoHighLevel's total would move along.
    stack.sql("DELETE FROM ghl_contact WHERE location_id = %s", [location.id])
    stack.sql("UPDATE ghl_location SET contact_count = 0 WHERE id = %s", [location.id])
    choose(page, location)
    expect(page.get_by_test_id("coverage")).to_contain_text(
        "2,431 of 2,431", timeout=MINUTE
    )
    assert differences(stack, location.ghl_id) == []


def test_a_failure_is_told_in_words_and_retry_works(stack, page):
    """A revoked token fails the run; once it is good again, Retry completes it."""
    location = stack.locations[SMALL]
    rule = {
        "match": {"location": location.ghl_id},
        "fault": "status",
        "status": 403,
        "body": {"statusCode": 403, "message": "Forbidden resource"},
        "count": 0,
    }
    stack.control("POST", "/faults", rule)
    choose(page, location)
    page.get_by_role("button", name="Sync All Contacts").click()
    # The notice of the failed run; other parts of the page have a Retry of their own.
    failure = page.get_by_role("alert").filter(has_text="The sync failed")
    retry = failure.get_by_role("button", name="Retry")
    expect(retry).to_be_enabled(timeout=30_000)
    stack.control("DELETE", "/faults")
    retry.click()
    expect(failure).to_be_hidden(timeout=30_000)
    coverage = page.get_by_test_id("coverage")
    expect(coverage).to_contain_text("187 of 187", timeout=20_000)


@pytest.mark.parametrize("kills", [1, 3])
def test_killed_in_mid_run_it_goes_on_and_every_contact_is_there_once(shop, kills):
    """kill -9 of Odoo; the next start finishes the run by itself."""
    location = shop.locations[LARGE]
    shop.sql("DELETE FROM ghl_contact WHERE location_id = %s", [location.id])
    shop.sql("UPDATE ghl_location SET contact_count = 0 WHERE id = %s", [location.id])
    run_id = order_sync(shop, location.ghl_id)["run_id"]
    for _kill in range(kills):
        _wait_for_contacts(shop, location, 1)
        shop.odoo.kill()
        shop.odoo.start()
    status = wait_for_run(shop, location.ghl_id, run_id)
    assert status["sync"]["state"] == "done", status
    assert status["contact_count"] == 2_431
    assert differences(shop, location.ghl_id) == []
    assert len(mirrored(shop, location.ghl_id)) == 2_431


def test_two_orders_at_once_make_one_run(shop):
    """The API joins the run that is active already."""
    location = shop.locations[LARGE]
    first = order_sync(shop, location.ghl_id)
    second = order_sync(shop, location.ghl_id)
    assert (first["status"], second["status"]) == ("started", "already_running")
    assert first["run_id"] == second["run_id"]
    wait_for_run(shop, location.ghl_id, first["run_id"])


def _wait_for_contacts(stack, location, least):
    deadline = time.monotonic() + 60
    query = "SELECT count(*) FROM ghl_contact WHERE location_id = %s"
    while stack.sql(query, [location.id])[0][0] < least:
        assert time.monotonic() < deadline, "no contact arrived"
        time.sleep(0.05)

"""Trouble as it is told while it happens: counters and words that move."""

import re
import time

import pytest
import requests

from stack.mirror import order_sync, wait_for_run

SMALL = 1


@pytest.fixture(scope="module")
def shop(make_stack):
    stack = make_stack("activity", mirrored=(11, 187, 11))
    # How soon something is told is measured here.
    stack.switch_other_jobs_off()
    return stack


def call(shop, location, method, path):
    place = {"location_id": location.ghl_id}
    options = {"params": place} if method == "GET" else {"json": place}
    answer = requests.request(
        method,
        shop.url + path,
        headers={"Authorization": f"Bearer {shop.api_key}"},
        timeout=30,
        **options,
    )
    assert answer.ok, answer.text
    return answer.json()


@pytest.fixture(autouse=True)
def healed(shop):
    """Leave no fault and no run to the next test."""
    yield
    shop.control("DELETE", "/faults")
    call(shop, shop.locations[SMALL], "POST", "/api/sync-cancel")
    wait_for_run(shop, shop.locations[SMALL].ghl_id)


def watch(shop, location, seconds, until):
    """Look at the sync twice a second, as the page does; return what was seen."""
    seen = []
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        sync = call(shop, location, "GET", "/api/sync-status")["sync"]
        seen.append((time.monotonic(), sync))
        if until(sync):
            return seen
        time.sleep(0.5)
    raise AssertionError(f"it did not come: {seen[-1]}")


def texts(seen):
    return [sync["activity"]["text"] for _at, sync in seen if sync["activity"]]


@pytest.mark.parametrize("fault", [{"fault": "status", "status": 503}])
def test_counters_and_words_move_while_the_vendor_is_out_of_order(shop, fault):
    location = shop.locations[SMALL]
    shop.control("POST", "/faults", {"match": {}, "count": 0, **fault})
    run_id = order_sync(shop, location.ghl_id)["run_id"]
    began = time.monotonic()
    counts = set()

    def moved(sync):
        # Told while they come, not all at once when the calls have given up. Four
        # requests travel at once, so the first retry may count four by itself.
        counts.add(sync["requests_sent"])
        return sync["retries"] >= 4 and sync["state"] == "running" and len(counts) > 2

    seen = watch(shop, location, 15, moved)
    first = next(at for at, sync in seen if sync["retries"])
    assert first - began < 6
    assert any("answers 503, try " in text for text in texts(seen))
    assert any("next in" in text for text in texts(seen))
    query = "SELECT requests_sent, retries FROM ghl_sync_run WHERE id = %s"
    told = call(shop, location, "GET", "/api/sync-status")["sync"]
    stored = shop.sql(query, [run_id])[0]
    assert stored[0] >= told["requests_sent"] >= seen[-1][1]["requests_sent"]
    shop.control("DELETE", "/faults")
    assert wait_for_run(shop, location.ghl_id, run_id)["sync"]["state"] == "done"


def test_silence_is_told_with_its_seconds(shop):
    location = shop.locations[SMALL]
    rule = {"match": {}, "count": 0, "fault": "delay", "seconds": 20}
    shop.control("POST", "/faults", rule)
    run_id = order_sync(shop, location.ghl_id)["run_id"]
    spans = set()

    def counted(sync):
        text = sync["activity"]["text"] if sync["activity"] else ""
        if found := re.match(r"No answer from GoHighLevel for (\d+) s", text):
            spans.add(int(found[1]))
        return len(spans) > 3 and max(spans) >= 9

    watch(shop, location, 15, counted)
    shop.control("DELETE", "/faults")
    assert wait_for_run(shop, location.ghl_id, run_id)["sync"]["state"] == "done"


def test_a_wait_that_the_vendor_asks_for_is_told(shop):
    location = shop.locations[SMALL]
    rule = {"match": {}, "count": 1, "fault": "rate_limit", "retry_after": 15}
    shop.control("POST", "/faults", rule)
    run_id = order_sync(shop, location.ghl_id)["run_id"]
    words = "answers 429, try 2 of 7, next in"
    seen = watch(shop, location, 12, lambda s: words in str(s["activity"]))
    assert seen[-1][1]["activity"]["next_at"]
    assert wait_for_run(shop, location.ghl_id, run_id)["sync"]["state"] == "done"


def test_a_sync_can_be_cancelled_while_nothing_is_answered(shop):
    location = shop.locations[SMALL]
    # Nothing is answered before the test is over.
    rule = {"match": {}, "count": 0, "fault": "delay", "seconds": 60}
    shop.control("POST", "/faults", rule)
    order_sync(shop, location.ghl_id)
    watch(shop, location, 15, lambda s: bool(s["activity"]))
    call(shop, location, "POST", "/api/sync-cancel")
    watch(shop, location, 6, lambda s: s["state"] == "cancelled")

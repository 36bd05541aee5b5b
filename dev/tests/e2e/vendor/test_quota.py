"""The day's quota as the vendor tells it, with a short day: 24 hours are too long."""

import threading
import time

import pytest
import requests

from stack.mirror import differences, order_sync

# Seconds of the sandbox's day, and requests that it allows.
DAY = 20
ALLOWED = 24
# Far less than the minute that passes until workers look by themselves; a machine that
# has nothing else to do needs less than five seconds.
PROMISED = 20.0
PATIENCE = 180


def wait_for(condition, seconds=PATIENCE):
    """Poll past the API: whoever asks that wakes the run."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.25)
    return found


def run_of(stack, run_id):
    (row,) = stack.sql(
        "SELECT state, error_code, rate_limited FROM ghl_sync_run WHERE id = %s",
        [run_id],
    )
    return row


def is_in(stack, run_id, *states):
    return run_of(stack, run_id)[0] in states


def times_of(stack):
    """Return when the sandbox was asked, and what it answered, since the last reset."""
    log = stack.control("GET", "/requests?last=5000")
    return [(entry["time"], entry["status"]) for entry in log if entry["location"]]


def begin_day(stack, **limits):
    limits = {"enabled": True, "burst": 1_000, "interval": 10, **limits}
    stack.control("PATCH", "/settings", {"limits": limits})
    stack.control("DELETE", "/limits")
    stack.control("DELETE", "/stats")
    # Forget what was told of other limits before.
    stack.sql("UPDATE ghl_location SET rate_snapshot = NULL")


@pytest.mark.parametrize("killed", [False, True])
def test_a_spent_day_is_left_alone_and_ends_on_time(make_stack, killed):
    stack = make_stack(f"quota_{int(killed)}", [("Busy", 4_000)], cron_threads=1)
    (location,) = stack.locations
    begin_day(stack, daily=ALLOWED, day=DAY)
    run_id = order_sync(stack, location.ghl_id)["run_id"]
    wait_for(lambda: is_in(stack, run_id, "waiting"))
    # Whether the last one was left for persons depends on what was under way.
    assert run_of(stack, run_id)[1] in ("daily_reserve_reached", "daily_quota_spent")
    if killed:
        stack.odoo.kill()
        stack.odoo.start()
    wait_for(lambda: times_of(stack)[-1][0] - times_of(stack)[0][0] > DAY)
    times = [at for at, _status in times_of(stack)]
    told = times[0] + DAY
    before = [at for at in times if at < told]
    after = [at for at in times if at >= told]
    # Nothing is sent from when the day was spent until it ends.
    assert len(before) <= ALLOWED
    assert max(before) < told - DAY / 4
    assert after[0] - told < PROMISED
    wait_for(lambda: is_in(stack, run_id, "done", "failed"))
    assert run_of(stack, run_id) == ("done", None, 0)
    assert 429 not in {status for _at, status in times_of(stack)}
    assert differences(stack, location.ghl_id) == []
    stack.stop()


def clients_of(stack, location, stop, answers, most):
    """Return threads of three private integrations of others.

    :param most: requests of each
    """

    def use(token):
        for _request in range(most):
            if stop.wait(0.3):
                return
            answer = requests.get(
                f"{stack.sandbox.url}/locations/{location.ghl_id}",
                headers={"Authorization": f"Bearer {token}", "Version": "2021-07-28"},
                timeout=30,
            )
            answers.append(answer.status_code)

    body = {"kind": "pit", "location": location.ghl_id}
    tokens = [stack.control("POST", "/tokens", body)["token"] for _one in range(3)]
    return [threading.Thread(target=use, args=[token]) for token in tokens]


def test_three_foreign_clients_on_the_same_location_refuse_nobody(make_stack):
    """Private integrations of others, with bursts of their own and one common day."""
    stack = make_stack("foreign", [("Shared", 6_000)], cron_threads=1)
    (location,) = stack.locations
    begin_day(stack, burst=100, daily=2_000, day=86_400)
    stop, answers = threading.Event(), []
    clients = clients_of(stack, location, stop, answers, most=1_000)
    for client in clients:
        client.start()
    try:
        for _sync in range(3):
            run_id = order_sync(stack, location.ghl_id)["run_id"]
            wait_for(lambda: is_in(stack, run_id, "done", "failed"))  # noqa: B023
            assert run_of(stack, run_id) == ("done", None, 0)
    finally:
        stop.set()
        for client in clients:
            client.join()
    assert set(answers) == {200}
    (told,) = stack.sql("SELECT rate_snapshot -> 'daily' FROM ghl_location")[0]
    # They were noticed, as far as answers came in between.
    assert 0 < told["foreign"] <= len(answers)
    stack.stop()


def test_foreign_clients_are_left_what_they_need_of_a_day_that_ends(make_stack):
    """Our syncs alone would use up the day: they stop before, and others go on."""
    daily, each = 120, 15
    stack = make_stack("foreign_day", [("Shared", 6_000)], cron_threads=1)
    (location,) = stack.locations
    begin_day(stack, burst=100, daily=daily, day=86_400)
    stop, answers = threading.Event(), []
    clients = clients_of(stack, location, stop, answers, most=each)
    for client in clients:
        client.start()
    try:
        for _sync in range(6):
            run_id = order_sync(stack, location.ghl_id)["run_id"]
            wait_for(lambda: is_in(stack, run_id, "done", "failed", "waiting"))  # noqa: B023
            if is_in(stack, run_id, "waiting"):
                break
        state, _code, refused = run_of(stack, run_id)
        assert (state, refused) == ("waiting", 0)
        for client in clients:
            client.join()
    finally:
        stop.set()
    # Whatever was to come of them: each was answered.
    assert answers == [200] * (3 * each)
    statuses = [status for _at, status in times_of(stack)]
    assert 429 not in statuses
    assert len(statuses) <= daily
    stack.stop()

"""Servers with little to give: memory, threads, time in a transaction."""

import pytest

from stack.mirror import differences, order_sync, wait_for_run

MEGABYTE = 1 << 20
# Odoo's documented example, then less.
HARD_LIMITS = {"sample": 1600, "gigabyte": 1250, "small": 900}


@pytest.fixture
def many_arenas(monkeypatch):
    """Have the C library keep as many arenas as on a server of eight cores."""
    monkeypatch.setenv("MALLOC_ARENA_MAX", "64")


def finish(stack, location, run_id, seconds):
    sync = wait_for_run(stack, location.ghl_id, run_id, seconds)["sync"]
    assert (sync["state"], sync["error"]) == ("done", None), sync
    assert differences(stack, location.ghl_id) == []


@pytest.mark.parametrize("limit", HARD_LIMITS)
def test_large_syncs_side_by_side_within_limits_of_memory(
    make_stack, many_arenas, limit
):
    hard = HARD_LIMITS[limit] * MEGABYTE
    stack = make_stack(
        f"memory_{limit}",
        [("Large", 6_000), ("Other", 4_000)],
        # Slow answers: all the threads that the settings allow would be of use.
        sandbox_arguments=("--latency", "0.5"),
        workers=2,
        odoo_arguments=(
            f"--limit-memory-hard={hard}",
            f"--limit-memory-soft={600 * MEGABYTE}",
            "--limit-time-real=120",
        ),
    )
    runs = [order_sync(stack, one.ghl_id)["run_id"] for one in stack.locations]
    for location, run_id in zip(stack.locations, runs, strict=True):
        finish(stack, location, run_id, 240)
    log = stack.odoo.log.read_text()
    for trouble in ("can't start new thread", "MemoryError", "timeout after"):
        assert trouble not in log
    stack.stop()


def test_a_database_that_ends_idle_transactions_and_a_slow_vendor(make_stack):
    stack = make_stack(
        "idle", [("Slow", 187)], sandbox_arguments=("--latency", "3"), cron_threads=1
    )
    stack.sql(
        f"ALTER DATABASE {stack.database}"
        " SET idle_in_transaction_session_timeout = '2s'"
    )
    stack.odoo.restart()
    (location,) = stack.locations
    run_id = order_sync(stack, location.ghl_id)["run_id"]
    finish(stack, location, run_id, 240)
    stack.stop()

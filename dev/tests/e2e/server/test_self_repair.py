"""Live: crons that are gone, off or called by nobody; two nodes on one schedule."""

import time

import pytest
import requests

from stack import ports
from stack.odoo_server import OdooServer
from stack.sandbox_server import WITHOUT_LIMITS

OWN = """
    SELECT c.id FROM ir_cron c JOIN ir_model_data d
        ON d.model = 'ir.cron' AND d.res_id = c.id AND d.module = 'ghl_contact_sync'
"""
OF_LOCATIONS = "SELECT cron_id FROM ghl_location WHERE cron_id IS NOT NULL"
SECONDS = 180


@pytest.fixture(scope="module")
def stack(make_stack):
    return make_stack(
        "repair",
        [(f"Clinic {number}", 20) for number in range(6)],
        sandbox_arguments=("--clean", *WITHOUT_LIMITS),
    )


def sql(stack, query, values=None):
    """Run a query in which `now()` is a moment as Odoo stores it."""
    return stack.sql(query.replace("now()", "timezone('UTC', now())"), values)


def call(stack, path="/api/installed-locations"):
    answer = requests.get(
        f"{stack.url}{path}",
        headers={"Authorization": f"Bearer {stack.api_key}"},
        timeout=60,
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def wait_for(condition, what):
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.5)
    raise AssertionError(f"not within {SECONDS} s: {what}")


def wake(stack):
    """Have Odoo's workers look for what is due now."""
    stack.postgres.rows("SELECT pg_notify('cron_trigger', %s)", [stack.database])


def make_due(stack):
    """Have all locations look as if they had been read long ago, and be due now."""
    sql(
        stack,
        """
        UPDATE ghl_location
           SET auto_sync = TRUE, last_full_at = now() - interval '3 hours',
               last_verify_at = now() - interval '3 hours',
               last_delta_at = now() - interval '3 hours',
               contents_at = now() - interval '3 hours'
        """,
    )
    sql(stack, f"UPDATE ir_cron SET nextcall = now() WHERE id IN ({OF_LOCATIONS})")


def forget_looks(stack):
    """Have the server forget when it looked last, which it does once a minute."""
    stack.odoo.kill()
    stack.odoo.start()


def test_each_location_that_is_due_is_started_once_by_two_nodes(stack):
    folder = stack.folder / "second"
    folder.mkdir(exist_ok=True)
    second = OdooServer(
        stack.postgres,
        stack.database,
        ports.free(),
        folder,
        config_folder=stack.data,
    )
    second.start()
    try:
        make_due(stack)
        wake(stack)
        done = "SELECT count(*) FROM ghl_sync_run WHERE state = 'done'"
        wait_for(lambda: sql(stack, done)[0][0] >= 6, "six runs")
        wake(stack)
        time.sleep(3)
        runs = sql(
            stack,
            "SELECT location_id, count(*), min(origin), max(state) FROM ghl_sync_run"
            " GROUP BY location_id",
        )
        assert [row[1:] for row in runs] == [(1, "cron", "done")] * 6
    finally:
        second.stop()
    for location in call(stack)["locations"]:
        assert location["next_sync_at"], location
        assert location["next_sync_reason"]


def test_what_odoo_switches_off_after_failures_works_again(stack):
    [(cron, action, code)] = sql(
        stack,
        f"""
        SELECT c.id, c.ir_actions_server_id, a.code
          FROM ir_cron c JOIN ir_act_server a ON a.id = c.ir_actions_server_id
         WHERE c.id IN ({OF_LOCATIONS}) ORDER BY c.id LIMIT 1
        """,
    )
    sql(stack, "UPDATE ir_act_server SET code = 'boom' WHERE id = %s", [action])
    sql(
        stack,
        "UPDATE ir_cron SET failure_count = 9, nextcall = now(),"
        " first_failure_date = now() - interval '8 days' WHERE id = %s",
        [cron],
    )
    active = "SELECT 1 FROM ir_cron WHERE id = %s AND active"
    wake(stack)
    wait_for(lambda: not sql(stack, active, [cron]), "Odoo switches the cron off")
    sql(stack, "UPDATE ir_act_server SET code = %s WHERE id = %s", [code, action])
    sql(
        stack,
        f"UPDATE ir_cron SET nextcall = now() WHERE id IN ({OWN})"
        " AND cron_name LIKE '%%Look after Sync%%'",
    )
    wake(stack)
    wait_for(lambda: sql(stack, active, [cron]), "the watchdog switches it on again")
    told = sql(
        stack,
        "SELECT body FROM mail_message m JOIN ghl_location l ON l.id = m.res_id"
        " WHERE m.model = 'ghl.location' AND l.cron_id = %s",
        [cron],
    )
    assert any("works again" in body for (body,) in told)


def test_crons_that_are_all_deleted_come_back_by_a_call(stack):
    sql(stack, "UPDATE ghl_location SET cron_id = NULL")
    sql(stack, "DELETE FROM ir_cron WHERE cron_name LIKE 'GoHighLevel%%'")
    sql(
        stack,
        "DELETE FROM ir_model_data WHERE model = 'ir.cron'"
        " AND module = 'ghl_contact_sync'",
    )
    forget_looks(stack)
    wait_for(
        lambda: call(stack) and len(sql(stack, OWN)) >= 7, "the module's own crons"
    )
    assert len(sql(stack, OF_LOCATIONS)) == 6
    before = sql(stack, "SELECT count(*) FROM ghl_sync_run")[0][0]
    make_due(stack)
    wake(stack)
    wait_for(
        lambda: sql(stack, "SELECT count(*) FROM ghl_sync_run")[0][0] >= before + 6,
        "syncs by schedule",
    )


def test_missing_cron_workers_are_told_without_a_cron(stack):
    stack.odoo.cron_threads = 0
    forget_looks(stack)
    sql(
        stack,
        f"UPDATE ir_cron SET nextcall = now() - interval '2 hours'"
        f" WHERE id IN ({OWN}) OR id IN ({OF_LOCATIONS})",
    )
    sql(
        stack,
        "UPDATE ghl_sync_run SET state = 'cancelled', finished_at = now()"
        " WHERE state NOT IN ('done', 'failed', 'cancelled')",
    )
    [status] = {one["status"]["code"] for one in call(stack)["locations"]}
    assert status == "unattended"
    alarms = "SELECT id FROM ghl_alarm WHERE code = 'no_worker' AND closed_at IS NULL"
    wait_for(lambda: call(stack) and sql(stack, alarms), "trouble is noted")
    sql(stack, "UPDATE ghl_alarm SET seen_at = now() - interval '1 hour'")
    forget_looks(stack)
    told = f"{alarms} AND notified_at IS NOT NULL"
    wait_for(lambda: call(stack) and sql(stack, told), "managers are told")
    activities = "SELECT 1 FROM mail_activity WHERE res_model = 'ghl.connection'"
    assert sql(stack, activities)
    stack.odoo.cron_threads = 2
    forget_looks(stack)

    def is_closed():
        # Workers that are only about to listen look by themselves in a minute.
        wake(stack)
        return not sql(stack, alarms)

    wait_for(is_closed, "the alarm is closed")

"""An upgrade of the addon beside a server that syncs."""

from bench import webhook_rig as rig
from provision import paths
from stack import template
from stack.mirror import ACTIONS, differences

UPGRADES = 3
# As an older version has left it: everything is altered again.
AGE = """
DROP FUNCTION ghl_contact_sync_deleted() CASCADE;
DROP INDEX IF EXISTS ghl_webhook_event__waiting_idx;
"""


def upgrade(stack) -> int:
    """Do as an administrator does on the command line; return the exit status.

    Not by the button of Odoo's list of apps: that refuses while any job runs.
    """
    arguments = ["server", f"--database={stack.database}", f"--update={paths.ADDON}"]
    arguments += ["--stop-after-init", "--no-http", "--max-cron-threads=0"]
    log = stack.folder / "upgrade.log"
    return template.run_odoo(stack.postgres, arguments, log, stack.data)


def test_a_sync_goes_on_after_an_upgrade(make_stack):
    """It comes to rest at a checkpoint, the upgrade succeeds, the mirror is whole."""
    stack = make_stack(
        "upgrade", [("Growing", 6_000)], sandbox_arguments=("--latency", "0.4")
    )
    location = stack.locations[0]
    for number in range(UPGRADES):
        stack.call("ghl.location", ACTIONS["full"], [location.id])
        if number == UPGRADES - 1:
            stack.sql(AGE)
        assert upgrade(stack) == 0
        rig.await_runs(stack)
        assert differences(stack, location.ghl_id) == []
    states = stack.sql("SELECT DISTINCT state FROM ghl_sync_run")
    assert states == [("done",)]

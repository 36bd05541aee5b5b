"""An upgrade of the addon beside a server that syncs."""

from bench import webhook_rig as rig
from stack.mirror import differences

UPGRADES = 3
ORDER = """
location = env["ghl.location"].search([], limit=1)
location._order_sync("full", "button")
env.cr.commit()
"""
UPGRADE = """
env["ir.module.module"].search([
    ("name", "=", "ghl_contact_sync"),
]).button_immediate_upgrade()
"""
# As an older version has left it: everything is altered again.
AGE = """
env.cr.execute("DROP FUNCTION ghl_contact_sync_deleted() CASCADE")
env.cr.execute("DROP INDEX IF EXISTS ghl_webhook_event__waiting_idx")
env.cr.commit()
"""


def test_a_sync_goes_on_after_an_upgrade(make_stack):
    """It comes to rest at a checkpoint, the upgrade succeeds, the mirror is whole."""
    stack = make_stack(
        "upgrade", [("Growing", 6_000)], sandbox_arguments=("--latency", "0.4")
    )
    location = stack.locations[0]
    for number in range(UPGRADES):
        stack.shell(ORDER)
        if number == UPGRADES - 1:
            stack.shell(AGE)
        # `shell` raises when the upgrade fails.
        stack.shell(UPGRADE)
        rig.await_runs(stack)
        assert differences(stack, location.ghl_id) == []
    states = stack.sql("SELECT DISTINCT state FROM ghl_sync_run")
    assert states == [("done",)]

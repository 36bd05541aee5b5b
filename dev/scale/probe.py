"""A scheduled action that has nothing to do with us, and how long it waits."""

import time

from stack.live import LiveStack

# Seconds between the moments at which the probe falls due.
EVERY = 3.0
_AGE = """
    DELETE FROM ghl_sync_run;
    UPDATE ghl_location
       SET last_full_at = now() AT TIME ZONE 'UTC' - interval '2 hours',
           last_delta_at = now() AT TIME ZONE 'UTC' - interval '2 hours',
           last_verify_at = NULL;
    UPDATE ir_cron SET nextcall = '2100-01-01', lastcall = NULL, failure_count = 0;
"""
_MAKE = """
admin = env.ref("base.user_root")
cron = env["ir.cron"].create({
    "name": "Probe", "model_id": env["ir.model"]._get_id("res.partner"),
    "state": "code", "code": "model.search_count([])", "user_id": admin.id,
    "interval_number": 1, "interval_type": "days", "nextcall": "2100-01-01 00:00:00",
})
env.cr.commit()
"""


class Probe:
    """Falls due again and again; `delays` are the seconds until a worker came."""

    def __init__(self, stack: LiveStack):
        self.stack = stack
        stack.shell(_MAKE)
        ((self.id,),) = stack.sql("SELECT id FROM ir_cron WHERE cron_name = 'Probe'")
        self.delays: list[float] = []
        self._due: float | None = None
        self._next = 0.0

    def reset(self) -> None:
        """Forget what was measured."""
        self.delays, self._due, self._next = [], None, 0.0

    def look(self) -> None:
        """Note whether a worker came; let the probe fall due when its time has come."""
        now = time.monotonic()
        if self._due is not None:
            ((waiting,),) = self.stack.sql(
                "SELECT nextcall <= now() AT TIME ZONE 'UTC' FROM ir_cron "
                "WHERE id = %s",
                [self.id],
            )
            if waiting:
                return
            self.delays.append(now - self._due)
            self._due = None
        if now >= self._next:
            make_due(self.stack, [self.id])
            self._due, self._next = time.monotonic(), now + EVERY

    def end(self) -> None:
        """Count the one that still waits as well."""
        if self._due is not None:
            self.delays.append(time.monotonic() - self._due)
            self._due = None


def age(stack: LiveStack) -> None:
    """Have everything look as if it was read two hours ago: changes alone are due."""
    stack.sql(_AGE)


def make_due(stack: LiveStack, crons: list[int]) -> None:
    """Have scheduled actions fall due now, and wake the workers as Odoo does."""
    stack.sql(
        "UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'UTC' WHERE id = ANY(%s)",
        [crons],
    )
    stack.postgres.rows(f"NOTIFY cron_trigger, '{stack.database}'")

"""Play one scenario: syncs under fire, then one in peace, then the comparison."""

import dataclasses
import time

from . import checks
from .acts import Stage
from .plan import Plan, Step
from .rig import ACTIVE, CRON_THREADS, Rig, Tenant

# A step that takes longer than that hangs. pytest gives a test 600 s.
PATIENCE = 400
# An act whose moment does not come is done after that many seconds.
ACT_SECONDS = 4
# However a run was interrupted, it goes on sooner than that while it is watched.
QUIET_SECONDS = 45
# As the page does, seconds between two looks at a run.
WATCH_SECONDS = 1


@dataclasses.dataclass
class Outcome:
    """The outcome of a scenario."""

    plan: Plan
    problems: list[str] = dataclasses.field(default_factory=list)
    seconds: float = 0
    runs: str = ""
    woken: int = 0

    @property
    def passed(self) -> bool:
        """Whether nothing was wrong."""
        return not self.problems


def play(rig: Rig, plan: Plan) -> Outcome:
    """Play a scenario to its end; whatever is wrong stands in the outcome."""
    began = time.monotonic()
    outcome = Outcome(plan)
    log_size = rig.log_size()
    tenant = rig.new_location(plan)
    rig.configure(fetch_threads=plan.threads)
    for step in plan.steps:
        _play_step(rig, tenant, step, outcome)
        outcome.problems += checks.invariants(rig, tenant)
    _make_peace(rig, tenant)
    rig.renew_token(tenant)
    _sync_in_peace(rig, tenant, plan.last_kind, outcome)
    outcome.problems += checks.invariants(rig, tenant)
    outcome.problems += checks.exactness(rig, tenant)
    outcome.problems += checks.log_leaks(rig, tenant, log_size)
    outcome.runs = _describe_runs(rig, tenant)
    if outcome.passed:
        rig.drop_location(tenant)
    outcome.seconds = time.monotonic() - began
    return outcome


def _play_step(rig: Rig, tenant: Tenant, step: Step, outcome: Outcome) -> None:
    control = rig.stack.control
    if step.edits_before:
        control("POST", f"/locations/{tenant.ghl_id}/edits", step.edits_before)
    rules = [
        {**rule, "match": {**rule["match"], "location": tenant.ghl_id}}
        for rule in step.rules
    ]
    if rules:
        control("POST", "/faults", rules)
    before = rig.requests_of(tenant)
    rig.order(tenant, step.kind)
    stage = Stage(rig, tenant)
    try:
        for act in step.acts:
            _await_moment(rig, tenant, before + act.after)
            stage.play(act)
        _settle(rig, tenant, outcome)
    finally:
        stage.leave()
        control("DELETE", "/faults")


def _await_moment(rig: Rig, tenant: Tenant, count: int) -> None:
    """Wait for an act's moment, but not for one that a run in its end never sees."""
    deadline = time.monotonic() + ACT_SECONDS
    while rig.requests_of(tenant) < count and time.monotonic() < deadline:
        active = f"SELECT 1 FROM ghl_sync_run WHERE location_id = %s AND {ACTIVE}"
        if not rig.sql(active, [tenant.id]):
            return
        time.sleep(0.02)


def _settle(rig: Rig, tenant: Tenant, outcome: Outcome) -> None:
    """Watch until no run is active; those that wait for long are hastened."""
    deadline = time.monotonic() + PATIENCE
    watched = 0.0
    sign, since = None, time.monotonic()
    while time.monotonic() < deadline:
        rows = rig.sql(
            "SELECT id, state, error_code, requests_sent, phase, heartbeat_at::text, "
            "extract(epoch FROM resume_at - now() AT TIME ZONE 'utc')::float "
            f"FROM ghl_sync_run WHERE location_id = %s AND {ACTIVE}",
            [tenant.id],
        )
        if not rows:
            return
        if len(rows) > 1:
            outcome.problems.append(f"{len(rows)} runs are active at once")
        *now, resumes_in = rows[0]
        if now != sign:
            sign, since = now, time.monotonic()
        if now[1] == "waiting" and resumes_in > 5:
            _hasten(rig, tenant, now[0])
        elif rig.is_worked_on(tenant):
            # By a worker that is patient with the vendor.
            since = time.monotonic()
        elif time.monotonic() - since > QUIET_SECONDS:
            outcome.woken += 1
            outcome.problems.append(f"nobody went on with the run: {sign}")
            rig.wake(tenant)
            since = time.monotonic()
        if time.monotonic() - watched > WATCH_SECONDS:
            # One that was busy finds its session gone only later.
            rig.nurse(ends=CRON_THREADS)
            rig.watch(tenant)
            watched = time.monotonic()
        time.sleep(0.1)
    outcome.problems.append(f"the run did not end within {PATIENCE} s: {sign}")


def _hasten(rig: Rig, tenant: Tenant, run_id: int) -> None:
    rig.sql(
        "UPDATE ghl_sync_run SET resume_at = date_trunc('second', now() "
        "AT TIME ZONE 'utc') WHERE id = %s AND state = 'waiting'",
        [run_id],
    )
    rig.wake(tenant)


def _make_peace(rig: Rig, tenant: Tenant) -> None:
    """End everything that goes wrong upstream, and let the index catch up."""
    control = rig.stack.control
    control("DELETE", "/faults")
    control("DELETE", "/limits")
    control("PATCH", "/settings", {"latency": 0, "jitter": 0, "lag": 0})
    path = f"/locations/{tenant.ghl_id}/summary"
    deadline = time.monotonic() + PATIENCE
    while control("GET", path)["pending_index"] and time.monotonic() < deadline:
        time.sleep(0.1)


def _sync_in_peace(rig: Rig, tenant: Tenant, kind: str, outcome: Outcome) -> None:
    rig.order(tenant, kind)
    _settle(rig, tenant, outcome)
    reviews = rig.sql(
        "SELECT id FROM ghl_deletion_review WHERE location_id = %s AND state = 'open'",
        [tenant.id],
    )
    for (review_id,) in reviews:
        # A person who knows that so many were deleted accepts.
        rig.call("ghl.deletion.review", "action_accept", [review_id])
        rig.order(tenant, kind)
        _settle(rig, tenant, outcome)


def _describe_runs(rig: Rig, tenant: Tenant) -> str:
    rows = rig.sql(
        "SELECT kind, state, error_code FROM ghl_sync_run WHERE location_id = %s "
        "ORDER BY id",
        [tenant.id],
    )
    return " ".join(f"{kind}:{code or state}" for kind, state, code in rows)

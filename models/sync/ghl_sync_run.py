"""One sync of one location: what was ordered, how far it is, how it ended."""

from typing import Self

from odoo import api, fields, models
from odoo.tools import SQL

from ... import const
from ...engine.activity import describe
from ...engine.content.pace import has_half_read
from ...engine.content.words import describe_drift
from ...engine.crons import own_crons
from ...engine.crons.watchdog import is_stalled
from ...engine.deletion.store import CandidateStore
from ...engine.listing import upkeep
from ...engine.location.orders import origin_text
from ...engine.location.stopping import why_stopped
from ...engine.metrics.daily import count_runs
from ...engine.metrics.of_run import end_figures
from ...engine.plan.choose import choice_text
from ...engine.plan.estimate import note_estimate
from ...engine.slice.run_log import log_end
from ...engine.state.show import make_voice
from ...tools.foreign_text import clean
from ...tools.state.sentences import full_stop
from ..foreign_field import ForeignChar, ForeignText

# Rows of `ghl.sync.issue` kept per run; the counter goes on.
MAX_ISSUES = 1_000


class GhlSyncRun(models.Model):
    _name = "ghl.sync.run"
    _description = "GoHighLevel Sync Run"
    _order = "id desc"

    location_id = fields.Many2one(
        "ghl.location", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="location_id.company_id", store=True, index=True
    )
    user_id = fields.Many2one("res.users", string="Ordered By", readonly=True)
    kind = fields.Selection(const.RUN_KINDS, required=True, readonly=True)
    origin = fields.Selection(const.RUN_ORIGINS, required=True, readonly=True)
    follow_up_kind = fields.Selection(
        const.RUN_KINDS,
        readonly=True,
        help="Ordered while this run was busy with something weaker; runs next.",
    )
    state = fields.Selection(
        const.RUN_STATES, default="queued", required=True, readonly=True, index=True
    )
    phase = fields.Selection(
        const.RUN_PHASES, default="queued", required=True, readonly=True
    )
    cancel_requested = fields.Boolean(readonly=True)

    contacts_expected = fields.Integer(readonly=True)
    contacts_seen = fields.Integer(readonly=True)
    contacts_created = fields.Integer(readonly=True)
    contacts_updated = fields.Integer(readonly=True)
    contacts_unchanged = fields.Integer(readonly=True)
    contacts_deleted = fields.Integer(readonly=True)
    contacts_repaired = fields.Integer(
        readonly=True,
        help="Written or archived because the proof found that they differ.",
    )
    contacts_drifted = fields.Integer(
        readonly=True,
        help="Differed without a new date, and were repaired by an audit, or by a "
        "verify that reads everything.",
    )
    drift = fields.Json(readonly=True, help="The same by kind of field.")
    drift_text = fields.Char(compute="_compute_drift_text")
    bad_records = fields.Integer(
        string="Issues",
        readonly=True,
        help="Records that were not kept as they came, or of which GoHighLevel says "
        "different things.",
    )
    requests_sent = fields.Integer(readonly=True)
    retries = fields.Integer(readonly=True)
    rate_limited = fields.Integer(
        readonly=True, help="Requests that GoHighLevel refused with 429."
    )
    bytes_received = fields.Float(
        digits=(16, 0), readonly=True, help="Size of the answers, unpacked."
    )
    latency_counts = fields.Json(
        readonly=True,
        copy=False,
        help="Answers by the classes of `tools/metrics/latency.py`.",
    )
    planned_requests = fields.Integer(
        string="Requests, Estimated",
        readonly=True,
        copy=False,
        help="What was estimated before it began; 0: nothing was known.",
    )
    planned_seconds = fields.Float(
        string="Time, Estimated (s)", readonly=True, copy=False
    )
    planned_quota = fields.Float(
        string="Share of the Day's Rest, Estimated (%)",
        readonly=True,
        copy=False,
        help="Of the requests that were left that day.",
    )
    choice = fields.Json(
        readonly=True, copy=False, help="Why its kind was chosen, when a choice was."
    )
    choice_text = fields.Char(string="Why This Kind", compute="_compute_choice_text")
    is_counted = fields.Boolean(
        readonly=True, copy=False, help="Its figures are among those of its day."
    )

    started_at = fields.Datetime(readonly=True)
    heartbeat_at = fields.Datetime(readonly=True, help="Last sign of life.")
    finished_at = fields.Datetime(readonly=True)
    resume_at = fields.Datetime(readonly=True, help="When a waiting run goes on.")
    busy_seconds = fields.Float(readonly=True, help="Time worked, without waiting.")
    attempt = fields.Integer(
        readonly=True,
        help="Slices in a row that ended with a passing trouble, without progress.",
    )
    activity = fields.Json(
        readonly=True,
        copy=False,
        help="What the run waits for at this moment: facts of `tools/http/watch.py`.",
    )
    correlation_id = fields.Char(
        string="Request ID",
        readonly=True,
        copy=False,
        help="Of the call that ordered it: in the log, and in requests to GoHighLevel.",
    )
    probe_requested = fields.Boolean(
        readonly=True, copy=False, help="A person asked for one try at once."
    )
    error = ForeignText(readonly=True)
    error_code = ForeignChar(readonly=True)
    proof_state = fields.Selection(
        [("unknown", "Unknown"), ("proven", "Proven"), ("not_proven", "Not Proven")],
        default="unknown",
        readonly=True,
    )
    proof_message = ForeignChar(readonly=True)
    proof_local = fields.Integer(readonly=True, help="Contacts counted in the mirror.")
    proof_remote = fields.Integer(readonly=True, help="Contacts counted upstream.")
    proof_requests = fields.Integer(readonly=True)
    checkpoint = fields.Json(readonly=True, help="Where the next slice goes on.")

    window_ids = fields.One2many("ghl.sync.window", "run_id")
    page_ids = fields.One2many("ghl.sync.page", "run_id")
    issue_ids = fields.One2many("ghl.sync.issue", "run_id")

    is_active = fields.Boolean(
        compute="_compute_is_active", help="Queued, running or waiting."
    )
    percent = fields.Float(compute="_compute_progress")
    rate = fields.Float(compute="_compute_progress", help="Contacts per second.")
    eta_seconds = fields.Float(compute="_compute_progress")
    state_message = fields.Char(compute="_compute_state_message")
    origin_text = fields.Char(string="Why", compute="_compute_origin_text")

    _active_uniq = models.UniqueIndex(
        "(location_id) WHERE state IN ('queued', 'running', 'waiting')",
        "A location has one active sync at a time.",
    )
    # The oldest, for the clean-up.
    _age_idx = models.Index("(finished_at) WHERE finished_at IS NOT NULL")
    _history_idx = models.Index("(location_id, id DESC)")
    # The last comparison of a location, behind any number of reads of changes.
    _checks_idx = models.Index(
        "(location_id, id DESC) WHERE kind IN ('full', 'verify')"
    )
    # The last good run of each location, for figures of all at once. By the index of
    # states, which old statistics may suggest, that would be all runs for each.
    _done_idx = models.Index("(location_id, id DESC) WHERE state = 'done'")
    # The last failure of a location, however long ago.
    _failed_idx = models.Index("(location_id, id DESC) WHERE state = 'failed'")
    # Runs that the metrics do not hold yet: hardly more than those at work.
    _uncounted_idx = models.Index("(location_id) WHERE is_counted IS NOT TRUE")

    # === COMPUTE METHODS === #

    @api.depends("kind", "location_id")
    def _compute_display_name(self) -> None:
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for run in self:
            run.display_name = f"{run.location_id.name}: {kinds.get(run.kind, '')}"

    @api.depends("state")
    def _compute_is_active(self) -> None:
        for run in self:
            run.is_active = run._is_active()

    @api.depends("contacts_seen", "contacts_expected", "state", "busy_seconds")
    def _compute_progress(self) -> None:
        for run in self:
            seen, expected = run.contacts_seen, run.contacts_expected
            run.rate = seen / run.busy_seconds if run.busy_seconds else 0.0
            if run.state == "done":
                run.percent = 100.0
            elif expected:
                # The last per cent is the proof's.
                run.percent = min(99.0, 100.0 * seen / expected)
            else:
                run.percent = 0.0
            left = max(0, expected - seen)
            run.eta_seconds = left / run.rate if run.rate and run._is_active() else 0.0

    @api.depends("drift")
    @api.depends_context("lang")
    def _compute_drift_text(self) -> None:
        for run in self:
            run.drift_text = describe_drift(run.env, run.drift or {})

    @api.depends("state", "phase", "resume_at", "error", "heartbeat_at", "activity")
    @api.depends_context("uid", "lang", "tz")
    def _compute_state_message(self) -> None:
        for run in self:
            run.state_message = run._get_state_message()

    @api.depends("origin", "user_id")
    def _compute_origin_text(self) -> None:
        for run in self:
            run.origin_text = origin_text(run)

    @api.depends("choice")
    @api.depends_context("lang")
    def _compute_choice_text(self) -> None:
        for run in self:
            run.choice_text = choice_text(run) or False

    def _get_state_message(self) -> str | bool:
        """Return a sentence for a person on what the run does or waits for."""
        self.ensure_one()
        if self._is_active() and is_stalled(self):
            return self.env._(
                "No worker has picked this up. Odoo must run with cron workers: start "
                "it with --max-cron-threads of at least 1, and see that the location's "
                "scheduled action is active."
            )
        if self.state == "waiting" and self.error and self.resume_at:
            return self.env._(
                "%(error)s It goes on by itself at %(time)s.",
                error=full_stop(self.error),
                time=make_voice(self.env).timestamp(self.resume_at),
            )
        if self.state == "failed":
            return self.error
        if self.cancel_requested and self._is_active():
            return self.env._("It stops after the page in hand.")
        activity = describe(self)
        return f"{activity['text']}." if activity else False

    # === BUSINESS METHODS === #

    def _is_active(self) -> bool:
        return self.state in const.ACTIVE_STATES

    @api.model
    def _get_active(self, location) -> Self:
        """Return the active run of a location, an empty recordset when none."""
        return self.search(
            [
                ("location_id", "=", location.id),
                ("state", "in", list(const.ACTIVE_STATES)),
            ],
            limit=1,
        )

    def _join(self, kind: str) -> None:
        """Let an order of `kind` be served by this active run, or by its follow-up."""
        self.ensure_one()
        strength = const.RUN_KIND_STRENGTH
        if strength[kind] <= strength[self.kind] and not self._has_passed(kind):
            return
        if self.state == "queued":
            self.kind = kind
            note_estimate(self)
        elif not self.follow_up_kind or (
            strength[kind] > strength[self.follow_up_kind]
        ):
            self.follow_up_kind = kind

    def _has_passed(self, kind: str) -> bool:
        """Tell whether this run reads no more what an order of `kind` is for.

        An audit reads changes first, and then contents for as long as that takes.
        """
        return kind == "delta" and self.kind == "audit" and self.phase == "audit"

    def _request_cancel(self) -> None:
        for run in self:
            if run.state == "running" and not is_stalled(run):
                run.cancel_requested = True
            elif run._is_active():
                # No worker holds it, so nobody else would end it.
                run._finish_cancelled()

    def _finish_cancelled(self) -> None:
        """End the run: a person asked for it, or nothing is to be read any more."""
        self._finish("cancelled", *(why_stopped(self.location_id) or ()))

    def action_try_now(self) -> dict:
        """Have a waiting run try at once, by one request (form button)."""
        self.check_access("read")
        return self.location_id.action_try_now()

    def action_cancel(self) -> bool:
        """Stop the run after the page in hand (form button)."""
        self.check_access("read")
        self.sudo()._request_cancel()
        return True

    def _finish(
        self, state: str, error: str | None = None, code: str | None = None
    ) -> None:
        """End the run; its windows and pages have served.

        :param state: done, failed or cancelled
        :param error: a sentence for a person
        :param code: a slug for programs
        """
        self.ensure_one()
        self.write(
            {
                "state": state,
                "phase": "done" if state == "done" else self.phase,
                "finished_at": fields.Datetime.now(),
                "activity": False,
                "probe_requested": False,
                "resume_at": False,
                "error": error,
                "error_code": code,
                "checkpoint": False,
                **end_figures(self),
            }
        )
        if state == "cancelled" and "audit" in (self.kind, self.follow_up_kind):
            self.location_id.audit_requested_at = False
        if self.kind != "audit" or not has_half_read(self.location_id):
            # The next audit goes on where this one was stopped.
            self._drop_work_rows()
        count_runs(self.env, self)
        log_end(self)
        if state == "failed" or self.proof_state == "not_proven":
            own_crons.trigger(self.env, "ir_cron_alarms")
        if state != "done":
            CandidateStore(self.env, self.location_id, self).drop_unfinished()
        if state == "done" and self.kind == "full":
            upkeep.wake(self.env)
        stopped = why_stopped(self.location_id)
        if self.follow_up_kind and state != "cancelled" and not stopped:
            self.location_id._order_sync(self.follow_up_kind, self.origin)

    def _drop_work_rows(self) -> None:
        for model in ("ghl.sync.page", "ghl.sync.window"):
            table = self.env[model]
            table.flush_model()
            # Past the ORM, which would read each and log it.
            self.env.cr.execute(
                SQL(
                    "DELETE FROM %s WHERE run_id = ANY(%s)",
                    SQL.identifier(table._table),
                    self.ids,
                )
            )
            table.invalidate_model()

    def _add_issues(self, issues: list[dict]) -> None:
        """Keep what was wrong with records, up to a bound; the counter goes on.

        :param issues: dicts with ghl_id, severity and reason
        """
        self.ensure_one()
        issues = self._new_issues(issues)
        if not issues:
            return
        room = MAX_ISSUES - self.bad_records
        self.bad_records += len(issues)
        if room > 0:
            self.env["ghl.sync.issue"].create(
                [
                    {
                        "run_id": self.id,
                        "ghl_id": issue.get("ghl_id"),
                        "severity": issue["severity"],
                        "reason": issue["reason"],
                    }
                    for issue in issues[:room]
                ]
            )

    def _new_issues(self, issues: list[dict]) -> list[dict]:
        """Leave out what is listed already: repairs read a record over and over."""
        ids = [clean(issue["ghl_id"]) for issue in issues if issue.get("ghl_id")]
        if not ids:
            return issues
        known = self.env["ghl.sync.issue"].search_fetch(
            [("run_id", "=", self.id), ("ghl_id", "in", ids)], ["ghl_id", "reason"]
        )
        listed = {(issue.ghl_id, issue.reason) for issue in known}
        new = []
        for issue in issues:
            key = issue.get("ghl_id") and clean(issue["ghl_id"]), issue["reason"]
            if key not in listed:
                new.append(issue)
            if key[0]:
                listed.add(key)
        return new

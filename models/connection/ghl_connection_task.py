"""Questions of a connection to GoHighLevel, asked in the background, one at a time.

No form and no request waits for GoHighLevel: what a person enters is stored and
committed, and what has to be asked about it is a task. A cron works them off, one after
another; the form shows what is under way and what came of it.
"""

from datetime import timedelta
from typing import Self

from odoo import api, fields, models
from odoo.tools import SQL

from ...engine.connection import tasks
from ...engine.crons import own_crons
from ...engine.crons.cron_job import cron_job

ACTIVE = ("queued", "running")
# As long as no cron worker takes it up, the form says so.
ALARM = timedelta(seconds=60)
# A task that began that long ago belongs to a process that is gone.
LOST = timedelta(minutes=10)


class GhlConnectionTask(models.Model):
    _name = "ghl.connection.task"
    _description = "GoHighLevel Connection Task"
    _order = "id desc"
    _rec_name = "kind"

    connection_id = fields.Many2one(
        "ghl.connection", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="connection_id.company_id")
    kind = fields.Selection(
        [
            ("setup", "Reading what was connected"),
            ("test", "Testing the connection"),
            ("test_location", "Testing a location"),
            ("reconcile", "Comparing the installed locations"),
            ("calibrate", "Finding out what the API does"),
            ("renew", "Renewing the token"),
            ("move", "Moving a location"),
        ],
        required=True,
        readonly=True,
    )
    location_id = fields.Many2one("ghl.location", readonly=True, ondelete="cascade")
    target_id = fields.Many2one(
        "ghl.connection", readonly=True, ondelete="cascade", help="Where to move it."
    )
    user_id = fields.Many2one("res.users", readonly=True, ondelete="set null")
    state = fields.Selection(
        [
            ("queued", "Queued"),
            ("running", "Running"),
            ("done", "Done"),
            ("failed", "Failed"),
        ],
        default="queued",
        required=True,
        readonly=True,
        index=True,
    )
    started_at = fields.Datetime(readonly=True)
    finished_at = fields.Datetime(readonly=True)
    attempts = fields.Integer(readonly=True)
    message = fields.Char(readonly=True, help="What came of it.")

    _queued_uniq = models.UniqueIndex(
        "(connection_id, kind, COALESCE(location_id, 0)) WHERE state = 'queued'",
        "It is ordered already.",
    )

    @api.model
    def _order_task(self, connection, kind: str, location=None, target=None) -> None:
        """Have something done soon; what waits already is not ordered twice.

        In the caller's transaction: nothing happens unless that is committed.
        """
        self.flush_model()
        connection.flush_recordset()
        # SQL: two who order the same at once must not stop each other.
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO ghl_connection_task (
                    connection_id, kind, location_id, target_id, user_id,
                    state, attempts, create_uid, create_date, write_uid, write_date)
                SELECT %(connection)s, %(kind)s, %(location)s, %(target)s, %(user)s,
                       'queued', 0, %(user)s, %(now)s, %(user)s, %(now)s
                 WHERE EXISTS (SELECT FROM ghl_connection WHERE id = %(connection)s)
                ON CONFLICT DO NOTHING
                """,
                connection=connection.id,
                kind=kind,
                location=location.id if location else None,
                target=target.id if target else None,
                user=self.env.uid,
                now=fields.Datetime.now(),
            )
        )
        is_new = self.env.cr.rowcount
        shown = ["task_ids", "is_busy", "task_message", "task_tone"]
        connection.invalidate_recordset(shown)
        if location:
            location.invalidate_recordset(shown)
        if not is_new:
            return
        own_crons.trigger(self.env, "ir_cron_connection_tasks")

    @api.model
    def _claim(self) -> Self:
        """Return the next task, marked as running; the caller commits."""
        self.flush_model()
        now = fields.Datetime.now()
        self.env.cr.execute(
            SQL(
                """
                SELECT id FROM ghl_connection_task
                 WHERE state = 'queued' OR (state = 'running' AND started_at < %s)
                 ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
                """,
                now - LOST,
            ),
            # Another one takes it: no error, and not to be logged as one.
            log_exceptions=False,
        )
        task = self.browse(row[0] for row in self.env.cr.fetchall())
        if task:
            task.write(
                {"state": "running", "started_at": now, "attempts": task.attempts + 1}
            )
        return task

    def _finish(self, state: str, message: str | None) -> None:
        # Its connection may be deleted.
        self.exists().write(
            {
                "state": state,
                "message": message,
                "finished_at": fields.Datetime.now(),
            }
        )

    @api.model
    @cron_job
    def _cron_work(self) -> None:
        """Work off what is ordered: the body of the cron."""
        tasks.work_off(self.env)


class GhlConnection(models.Model):
    _inherit = "ghl.connection"

    task_ids = fields.One2many("ghl.connection.task", "connection_id")
    is_busy = fields.Boolean(compute="_compute_task")
    task_message = fields.Char(compute="_compute_task")
    task_tone = fields.Char(compute="_compute_task")

    @api.depends("task_ids.state", "task_ids.message")
    def _compute_task(self) -> None:
        for connection in self:
            shown = connection.task_ids.filtered(lambda task: task.kind != "renew")
            active = shown.filtered(lambda task: task.state in ACTIVE)
            connection.is_busy = bool(active)
            connection.task_message, connection.task_tone = _tell(active, shown[:1])

    def _order_task(self, kind: str, location=None, target=None) -> None:
        """Have something asked of GoHighLevel in the background."""
        self.ensure_one()
        # sudo: managers order tasks, and nobody writes them.
        self.env["ghl.connection.task"].sudo()._order_task(self, kind, location, target)

    def _task_ordered(self) -> dict:
        """Return what a button shows after it has ordered a task."""
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._(
                    "GoHighLevel is being asked in the background; what comes of it is "
                    "shown here."
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }


class GhlLocation(models.Model):
    _inherit = "ghl.location"

    task_ids = fields.One2many("ghl.connection.task", "location_id")
    is_busy = fields.Boolean(compute="_compute_task")
    task_message = fields.Char(compute="_compute_task")
    task_tone = fields.Char(compute="_compute_task")

    @api.depends("task_ids.state", "task_ids.message")
    def _compute_task(self) -> None:
        for location in self:
            active = location.task_ids.filtered(lambda task: task.state in ACTIVE)
            location.is_busy = bool(active)
            location.task_message, location.task_tone = _tell(
                active, location.task_ids[:1]
            )


def _tell(active, last) -> tuple[str | bool, str | bool]:
    """Return (words, tone) of what is under way, else of what was done last."""
    if active:
        task = active[-1]
        kinds = dict(task._fields["kind"]._description_selection(task.env))
        words = task.env._("%s in the background …", kinds[task.kind])
        if task.state == "queued" and task.create_date < fields.Datetime.now() - ALARM:
            words += " " + task.env._(
                "It waits for one of Odoo's background workers; is one running "
                "(max_cron_threads)?"
            )
            return words, "warning"
        return words, "info"
    if not last or not last.message:
        return False, False
    return last.message, "success" if last.state == "done" else "danger"

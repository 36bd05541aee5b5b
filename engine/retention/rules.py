"""The rules of forgetting, one for each kind of row: which rows, after which time.

A rule names rows by a query, which is given the moment (`limit`) up to which they are
too old. It has an index to go by, since every batch asks each rule before it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from odoo import fields

from ... import const
from ..deletion.brake import SPAN_DAYS
from ..metrics.daily import count_runs
from ..privacy.erase import forget

# Rows of one transaction.
BATCH = 1_000
ENDED = tuple(key for key, _ in const.RUN_STATES if key not in const.ACTIVE_STATES)


@dataclass(frozen=True)
class Rule:
    """Rows that are forgotten.

    :param model: whose rows they are
    :param rows: FROM and WHERE of the query, with the alias `t` for these rows
    :param order: by which the oldest come first
    :param limit: up to when rows are too old; None: all are kept
    :param forget: removes records, where more goes than their rows
    :param before: done before
    """

    model: str
    rows: str
    order: str
    limit: Callable[[Any], datetime | None]
    forget: Callable[[Any], object] | None = None
    before: Callable[[Any], None] | None = None
    batch: int = BATCH


def _days(setting: str) -> Callable[[Any], datetime | None]:
    """Return the limit that a setting in days makes; 0 keeps all."""

    def limit(env: Any) -> datetime | None:
        days: int = env["ghl.settings"]._int(setting)
        return _now() - timedelta(days=days) if days else None

    return limit


def _unlink(records: Any) -> None:
    """Remove records by the ORM, for what that does besides."""
    records.unlink()


def _event_limit(env: Any) -> datetime:
    """Return the limit of webhook events; within the replay window ids stay known."""
    settings = env["ghl.settings"]
    window = timedelta(minutes=settings._int("webhook_replay_window"), days=1)
    kept: datetime = _now() - max(
        timedelta(days=settings._int("event_retention")), window
    )
    return kept


def _now(_env: Any = None) -> datetime:
    now: datetime = fields.Datetime.now()
    return now


def _old_runs(alias: str) -> str:
    """Return FROM and WHERE of old runs; each location keeps its last one."""
    return f"""ghl_sync_run {alias}
        WHERE {alias}.finished_at < %(limit)s AND {alias}.state = ANY(%(ended)s)
          AND EXISTS (SELECT FROM ghl_sync_run o
                       WHERE o.location_id = {alias}.location_id AND o.id > {alias}.id)
    """


RULES = (
    # Whatever an ended run has left behind, when it was ended past the ORM.
    *(
        Rule(
            model,
            f"{model.replace('.', '_')} t JOIN ghl_sync_run r ON r.id = t.run_id"
            " WHERE r.state = ANY(%(ended)s) AND r.finished_at < %(limit)s"
            # The next audit goes on where the last one was stopped.
            " AND NOT (r.kind = 'audit' AND EXISTS (SELECT FROM ghl_audit_part p"
            " WHERE p.location_id = r.location_id AND p.begun_at IS NOT NULL))",
            "t.id",
            lambda _env: _now() - timedelta(days=1),
        )
        for model in ("ghl.sync.page", "ghl.sync.window")
    ),
    # Before their runs, which would take a thousand of them along each.
    Rule(
        "ghl.sync.issue",
        f"ghl_sync_issue t WHERE t.run_id IN (SELECT r.id FROM {_old_runs('r')})",
        "t.id",
        _days("run_retention"),
    ),
    Rule(
        "ghl.sync.run",
        _old_runs("t"),
        "t.finished_at",
        _days("run_retention"),
        forget=_unlink,
        # Runs that ended past the ORM are counted before they are forgotten.
        before=count_runs,
        batch=200,
    ),
    Rule(
        "ghl.webhook.event",
        "ghl_webhook_event t WHERE t.received_at < %(limit)s",
        "t.received_at",
        _event_limit,
    ),
    Rule(
        "ghl.webhook.refusal",
        "ghl_webhook_refusal t WHERE t.day < %(limit)s::date",
        "t.day",
        _days("refusal_retention"),
    ),
    Rule(
        "ghl.metric.day",
        "ghl_metric_day t WHERE t.day < %(limit)s::date",
        "t.day",
        _days("metric_retention"),
    ),
    Rule(
        "ghl.quality.day",
        "ghl_quality_day t WHERE t.day < %(limit)s::date",
        "t.day",
        _days("metric_retention"),
    ),
    Rule(
        "ghl.alarm",
        "ghl_alarm t WHERE t.closed_at < %(limit)s",
        "t.closed_at",
        _days("alarm_retention"),
        forget=_unlink,
    ),
    Rule(
        "ghl.connection.task",
        "ghl_connection_task t WHERE t.finished_at < %(limit)s"
        " AND t.state NOT IN ('queued', 'running')",
        "t.finished_at",
        _days("task_retention"),
        forget=_unlink,
    ),
    # Deletions at which the brake does not look any more.
    Rule(
        "ghl.deletion.candidate",
        "ghl_deletion_candidate t WHERE t.state = 'tombstone'"
        " AND t.tombstoned_at < %(limit)s",
        "t.tombstoned_at",
        lambda _env: _now() - timedelta(days=SPAN_DAYS),
    ),
    Rule(
        "ghl.contact",
        "ghl_contact t WHERE t.active IS NOT TRUE AND t.deleted_at < %(limit)s",
        "t.deleted_at",
        _days("deleted_retention"),
        forget=forget,
    ),
    Rule(
        "ghl.contact.change",
        "ghl_contact_change t WHERE t.changed_at < %(limit)s",
        "t.changed_at",
        _days("change_retention"),
    ),
    # Ids only grow: at most so many are younger than this one.
    Rule(
        "ghl.contact.change",
        "ghl_contact_change t"
        " WHERE t.id <= (SELECT max(id) FROM ghl_contact_change) - %(most)s",
        "t.id",
        _now,
    ),
)

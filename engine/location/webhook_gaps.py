"""Do webhooks arrive, and do they tell everything? What a location knows of that."""

from datetime import datetime, timedelta
from typing import Any

from odoo import fields
from odoo.tools import SQL

from ..clock import SKEW, known, watermark_bound

# Silence is unusual when it lasts this many times the location's usual interval …
SILENCE_FACTOR = 10
# … but never below this: people go to lunch.
MIN_SILENCE = timedelta(hours=1)
RHYTHM = timedelta(days=7)
# Events of that age at the most may still be on their way.
GRACE_MS = 120_000
# The event is made after the change that it tells of, on another machine's clock.
SKEW_MS = 5_000


def note_events(location: Any, received_at: datetime) -> None:
    """Keep when the last event came."""
    last = known(location.last_event_at)
    if not last or received_at > last:
        location.last_event_at = received_at
    if location.webhook_state == "none":
        location.write(
            {"webhook_state": "ok", "webhook_judged_ms": _epoch_ms(received_at)}
        )


def detect_gaps(location: Any, run: Any) -> None:
    """Compare what a run brought with what webhooks told.

    A change that is neither fresh nor covered by an event is one that a webhook should
    have brought. The run has brought it; that there was a gap is shown until a later
    run finds none and a webhook has come since. A quiet hour proves nothing.
    """
    location.ensure_one()
    if not location.last_event_at:
        return
    upper = _epoch_ms(run.started_at) - GRACE_MS
    lower = location.webhook_judged_ms
    if lower > watermark_bound():
        # A clock was ahead when that was noted: begin anew.
        location.webhook_judged_ms = upper
        return
    if upper <= lower:
        return
    missed = count_missed(location, run, lower, upper)
    values: dict[str, Any] = {"webhook_judged_ms": upper}
    if missed:
        values["webhook_state"] = "gap"
        values["webhook_message"] = location.env._(
            "%(missed)s changes came without a webhook; a sync has brought them. "
            "If it happens again, look at the app's webhook settings and log at "
            "GoHighLevel.",
            missed=missed,
        )
    elif location.webhook_state == "gap" and _has_come_since(location, lower):
        values.update(webhook_state="ok", webhook_message=False)
    location.write(values)


def count_missed(location: Any, run: Any, lower: float, upper: float) -> int:
    """Return how many changes of [lower, upper) (epoch ms) no event told of.

    Index ranges by date of change (live contacts) and by the run's deletions.
    """
    cr = location.env.cr
    cr.execute(
        SQL(
            """
            SELECT count(*) FROM (
                SELECT c.ghl_id, c.date_updated_ms AS ms
                  FROM ghl_contact c
                 WHERE c.location_id = %(location)s AND c.active
                   AND c.date_updated_ms >= %(lower)s
                   AND c.date_updated_ms < %(upper)s
                   AND c.observed_at BETWEEN %(started)s AND %(now)s
                UNION ALL
                SELECT c.ghl_id, %(lower)s
                  FROM ghl_contact c
                 WHERE %(deletions)s AND c.location_id = %(location)s
                   AND NOT c.active
                   AND c.deleted_at BETWEEN %(started)s AND %(now)s
                ) changed
             WHERE NOT EXISTS (
                   SELECT FROM ghl_webhook_event e
                    WHERE e.location_id = %(location)s
                      AND e.contact_ghl_id = changed.ghl_id
                      AND e.state != 'ignored'
                      AND e.event_ms >= changed.ms - %(skew)s)
            """,
            location=location.id,
            lower=lower,
            upper=upper,
            started=run.started_at,
            now=fields.Datetime.now() + SKEW,
            deletions=bool(run.contacts_deleted),
            skew=SKEW_MS,
        )
    )
    return int(cr.fetchone()[0])


def _has_come_since(location: Any, epoch_ms: float) -> bool:
    """Tell whether a webhook of a contact has come since then, worked off or not."""
    since = datetime(1970, 1, 1) + timedelta(milliseconds=epoch_ms)
    return bool(
        location.env["ghl.webhook.event"].search_count(
            [
                ("location_id", "=", location.id),
                ("received_at", ">=", since),
                ("received_at", "<=", fields.Datetime.now() + SKEW),
                ("contact_ghl_id", "!=", False),
                ("state", "!=", "ignored"),
            ],
            limit=1,
        )
    )


def is_silent_too_long(location: Any) -> bool:
    """Tell whether webhooks have been silent for unusually long.

    Once changes were read in such a silence, it says nothing more.
    """
    location.ensure_one()
    last = known(location.last_event_at)
    if not last:
        return False
    silent = fields.Datetime.now() - last
    if silent < MIN_SILENCE:
        return False
    usual = _usual_silence(location)
    read = known(location.last_delta_at)
    return silent >= usual and not (read and read >= last + usual)


def _usual_silence(location: Any) -> timedelta:
    """Return the silence that is not remarkable, by the last week's rhythm."""
    since = location.last_event_at - RHYTHM
    count: int = location.env["ghl.webhook.event"].search_count(
        [("location_id", "=", location.id), ("received_at", ">=", since)]
    )
    return max(MIN_SILENCE, SILENCE_FACTOR * RHYTHM / max(count, 1))


def _epoch_ms(timestamp: datetime) -> float:
    return (timestamp - datetime(1970, 1, 1)).total_seconds() * 1_000

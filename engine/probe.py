"""One request that tries whether a refusal or a wait has ended.

Probes of what was taken for good come by themselves, with pauses that grow from minutes
to hours; one that a person asks for is sent at once. What they are answered is kept.
"""

import logging
from datetime import timedelta
from typing import Any

import psycopg2

from odoo import fields
from odoo.exceptions import UserError

from ..tools.errors import GhlError, GhlRequestError
from ..tools.http.retry import RetryPolicy
from ..tools.http.session import Timeouts
from ..tools.log_line import log_line
from .activity import probe_facts
from .clock import has_to_wait, known
from .connection.client import call_ghl
from .connection.tokens import revive_grant
from .error_handling import handle_error
from .pausing import wait_until
from .rate_limit import rate_snapshot
from .transaction import commit_or_retry, own_cursor, roll_back
from .vendor_access.connection_state import PROBE_PAUSES
from .vendor_access.refusals import is_refused, note_accepted

_logger = logging.getLogger(__name__)

_PATIENCE: dict[str, Any] = {
    "timeouts": Timeouts(connect=5, read=20, total=25),
    "acquire_timeout": 15,
    "retry_policy": RetryPolicy(attempts=1),
    "priority": "probe",
}


def send_probe(location: Any) -> Exception | None:
    """Ask GoHighLevel for one number; return what went wrong, None when it answered.

    Ends the transaction: none is open while the answer is on its way.
    """
    connection = location.connection_id
    try:
        if connection.auth_kind == "oauth":
            revive_grant(connection)
        call_ghl(location, lambda client: client.count(), **_PATIENCE)
    except (GhlError, UserError) as err:
        roll_back(location.env)
        _logger.info(log_line("probe_refused", location=location.id, error=err))
        return err
    return None


def try_refused(location: Any) -> bool:
    """Probe a location whose access is refused, if that is due; tell whether it works.

    One location of a connection is enough; it wakes the others.
    """
    connection = location.connection_id
    if not is_refused(location):
        return True
    if connection.is_moved or not location.is_installed:
        return False
    subject = connection if connection.state == "needs_reauth" else location
    if not _claim(subject):
        subject.invalidate_recordset(["probe_at"])
        if subject.probe_at:
            location._trigger_cron(subject.probe_at + timedelta(seconds=1))
        return False
    error = send_probe(location)
    if error is not None:
        commit_or_retry(
            location.env, lambda: _keep_answer(subject, location, error), remaining=0
        )
        return False
    note_works_again(location)
    return True


def note_works_again(location: Any) -> None:
    """Forget the refusal, and have all go on that waited for its end."""
    connection = location.connection_id
    shared = connection.state == "needs_reauth"

    def note() -> None:
        note_accepted(location)
        for one in connection.location_ids if shared else location:
            one._trigger_cron()

    commit_or_retry(location.env, note)
    _logger.info(log_line("connection_accepted", connection=connection.id))


def try_now(run: Any) -> bool:
    """Send the one request that a person asked for; tell whether the run may go on.

    One that may not waits on, for as long as before or as it is told now, and says what
    was answered. A new order fails with that answer.
    """
    location = run.location_id
    commit_or_retry(run.env, lambda: run.write({"activity": probe_facts()}))
    error = send_probe(location)
    if isinstance(error, GhlRequestError) and location.connection_id.calibration_due:
        # The account speaks otherwise than is known; the run finds out how.
        error = None

    def note() -> bool:
        waited_for = run.resume_at if has_to_wait(run) else None
        run.write({"probe_requested": False, "activity": False})
        location.rate_snapshot = rate_snapshot(location)
        if error is None:
            run.resume_at = False
            return True
        if waited_for is None:
            handle_error(run, error)
        else:
            # `wait_until` adds a second.
            waited_for -= timedelta(seconds=1)
            resume_at = getattr(error, "resume_at_utc", None) or waited_for
            code = getattr(error, "code", "configuration")
            status = getattr(error, "status", None)
            wait_until(run, resume_at, str(error), code, status)
        return False

    if error is None and is_refused(location):
        note_works_again(location)
    # A run that waits on leaves nothing to be done now.
    remaining = int(error is None)
    return commit_or_retry(run.env, note, remaining=remaining)[0]


def _claim(subject: Any) -> bool:
    """Take the next probe, committed before it is sent; False when it is not due."""
    last = len(PROBE_PAUSES) - 1
    try:
        with own_cursor(subject.env) as cr:
            one = subject.with_env(subject.env(cr=cr))
            now = fields.Datetime.now()
            if known(one.probe_at) is None and one.probe_at:
                # Wait until then, unless a clock was wrong when it was noted.
                if one.probe_at <= now + timedelta(seconds=PROBE_PAUSES[last]):
                    return False
            elif one.probe_at and one.probe_at > now:
                return False
            count = min(one.probe_count + 1, last)
            pause = timedelta(seconds=PROBE_PAUSES[count])
            one.write({"probe_at": now + pause, "probe_count": count})
    except psycopg2.Error as err:
        _logger.info(log_line("probe_elsewhere", subject=subject, pgcode=err.pgcode))
        return False
    subject.invalidate_recordset(["probe_at", "probe_count"])
    return True


def _keep_answer(subject: Any, location: Any, error: Exception) -> None:
    """Show what the probe was answered, unless the way there is out of order."""
    location.rate_snapshot = rate_snapshot(location)
    location._trigger_cron(subject.probe_at + timedelta(seconds=1))
    if getattr(error, "retryable", False):
        return
    field = "state_message" if subject._name == "ghl.connection" else "trouble_message"
    if subject[field] != str(error):
        subject[field] = str(error)

"""Refused access: for how long it may be a slip, whom it concerns, what ends it.

A refusal of a credential that has worked is tried again for `PATIENCE` seconds, with
growing pauses; only then is it taken for good. What it concerns is kept with it:

- the connection, when its own token is refused: a private integration token, or the
  token pair of one location's install;
- the location, when an agency's app gets a token for it that is refused, or when a
  genuine token may not read it (scope, another sub-account). A connection of which all
  locations are refused does not work either, and says so.

A refusal that was taken for good is tried by one request now and then (`PROBE_PAUSES`)
and ends by itself: see `engine/probe.py`.
"""

from datetime import timedelta
from typing import Any

from odoo import fields

from ...tools.errors import GhlAuthError, GhlError
from ...tools.ghl.oauth_refusals import GhlGrantRefused
from ...tools.troubles import TROUBLES
from ..clock import age_seconds
from .connection_state import NOT_REFUSED, PROBE_PAUSES, mark_state, note_access_back

# Seconds for which a token that has worked may be refused before that is believed.
PATIENCE = 480
FIRST_PAUSE = 10
MAX_PAUSE = 240


def subject_of(location: Any) -> Any:
    """Return the record that a refused token of `location` is about."""
    connection = location.connection_id
    if connection.auth_kind == "oauth" and connection._is_agency():
        return location
    return connection


def is_refused(location: Any) -> bool:
    """Tell whether a refusal was taken for good, so that only probes are sent."""
    return location.connection_id.state == "needs_reauth" or bool(location.trouble_code)


def handle_refused_token(
    location: Any, err: GhlAuthError, has_worked: bool
) -> float | None:
    """Note that a token was refused; return seconds after which to try it again.

    :param err: the `GhlAuthError`
    :param has_worked: something was accepted with it lately
    :return: None when the refusal is taken for good, which is noted then
    """
    connection = location.connection_id
    final = isinstance(err, GhlGrantRefused) or not err.token_expired
    subject = connection if final else subject_of(location)
    worked = has_worked or connection.state in ("connected", "error")
    age = age_seconds(subject.refused_at)
    if not subject.refused_at or age is None:
        subject.refused_at = fields.Datetime.now()
        age = 0.0
    if not final and worked and not is_refused(location) and age < PATIENCE:
        return min(max(FIRST_PAUSE, age), MAX_PAUSE)
    if subject == location:
        _note_location(location, err.code, str(err))
    else:
        mark_state(connection, "needs_reauth", str(err))
        if connection.probe_at:
            location._trigger_cron(connection.probe_at + timedelta(seconds=1))
    return None


def handle_refused_location(location: Any, err: GhlError) -> None:
    """Note that a genuine token may not read this location."""
    if err.code == "bad_client":
        # It is the app's own id or secret that is refused.
        mark_state(location.connection_id, "error", str(err))
        return
    _note_location(location, err.code, str(err))


def note_accepted(location: Any) -> None:
    """Forget refusals: GoHighLevel has just shown contacts of this location."""
    connection = location.connection_id
    forget_trouble(location)
    if connection.state != "connected":
        # An install that lives on its last access token stays revoked.
        mark_state(connection, "connected")
    elif connection.refused_at:
        connection.write(dict(NOT_REFUSED))


def forget_trouble(location: Any) -> None:
    """Forget what was wrong with one location."""
    if location.trouble_code:
        note_access_back(location)
    if location.refused_at or location.trouble_code:
        location.write(
            {
                **NOT_REFUSED,
                "trouble_code": False,
                "trouble_message": False,
                "trouble_at": False,
            }
        )


def try_new_credential(locations: Any) -> None:
    """Have syncs try at once that wait because access was refused: it is new now."""
    codes = [slug for slug, one in TROUBLES.items() if "test_connection" in one.actions]
    waiting = (
        locations.env["ghl.sync.run"]
        .sudo()
        .search(
            [
                ("location_id", "in", locations.ids),
                ("state", "=", "waiting"),
                ("error_code", "in", codes),
            ]
        )
    )
    waiting.probe_requested = True
    for run in waiting:
        run.location_id._trigger_cron()


def _note_location(location: Any, code: str, message: str) -> None:
    now = fields.Datetime.now()
    location.write(
        {
            "trouble_code": code,
            "trouble_message": message,
            "trouble_at": location.trouble_at or location.refused_at or now,
        }
    )
    if not location.probe_at:
        pause = timedelta(seconds=PROBE_PAUSES[0])
        location.write({"probe_at": now + pause, "probe_count": 0})
    location._trigger_cron(location.probe_at + timedelta(seconds=1))
    connection = location.connection_id
    served = connection.location_ids.filtered(lambda one: one.is_installed)
    if connection.state == "needs_reauth" or any(
        not one.trouble_code for one in served
    ):
        return
    if len(served) > 1:
        message = connection.env._(
            "GoHighLevel refuses all %(count)s locations of this connection. %(error)s",
            count=len(served),
            error=message,
        )
    mark_state(connection, "error", message)

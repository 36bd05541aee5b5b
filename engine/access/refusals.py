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

from odoo import fields

from ...tools.ghl.oauth import GhlGrantRefused
from ..clock import age_seconds

# Seconds for which a token that has worked may be refused before that is believed.
PATIENCE = 480
FIRST_PAUSE = 10
MAX_PAUSE = 240
_FORGOTTEN = {"refused_at": False, "probe_at": False, "probe_count": 0}
# Seconds between single tries of what was taken for good; the last one repeats.
PROBE_PAUSES = (120, 300, 900, 1_800, 3_600, 7_200, 14_400, 21_600)


def subject_of(location):
    """Return the record that a refused token of `location` is about."""
    connection = location.connection_id
    if connection.auth_kind == "oauth" and connection._is_agency():
        return location
    return connection


def is_refused(location) -> bool:
    """Tell whether a refusal was taken for good, so that only probes are sent."""
    return location.connection_id.state == "needs_reauth" or bool(location.trouble_code)


def meet_refused_token(location, err, has_worked: bool) -> float | None:
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
        connection._mark_state("needs_reauth", str(err))
        if connection.probe_at:
            location._trigger_cron(connection.probe_at + timedelta(seconds=1))
    return None


def meet_refused_location(location, err) -> None:
    """Note that a genuine token may not read this location."""
    if err.code == "bad_client":
        # It is the app's own id or secret that is refused.
        location.connection_id._mark_state("error", str(err))
        return
    _note_location(location, err.code, str(err))


def note_accepted(location) -> None:
    """Forget refusals: GoHighLevel has just shown contacts of this location."""
    connection = location.connection_id
    forget_trouble(location)
    if connection.state != "connected":
        # Not so for an install that lives on its last access token.
        connection._mark_state("connected")
    elif connection.refused_at:
        connection.write(dict(_FORGOTTEN))


def forget_trouble(location) -> None:
    """Forget what was wrong with one location."""
    if location.refused_at or location.trouble_code:
        location.write(
            {
                **_FORGOTTEN,
                "trouble_code": False,
                "trouble_message": False,
                "trouble_at": False,
            }
        )


def state_moments(connection, state: str) -> dict:
    """Return since when a connection in this new state is refused, and its probe."""
    if state in ("connected", "draft"):
        return dict(_FORGOTTEN)
    if state != "needs_reauth" or connection.probe_at:
        return {}
    now = fields.Datetime.now()
    return {
        "refused_at": connection.refused_at or now,
        "probe_at": now + timedelta(seconds=PROBE_PAUSES[0]),
        "probe_count": 0,
    }


def _note_location(location, code: str, message: str) -> None:
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
    connection._mark_state("error", message)

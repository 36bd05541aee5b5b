"""The calibration of a connection: asked for, stored, and shown in words."""

import logging
from typing import Any

from odoo import fields
from odoo.exceptions import UserError

from ...tools.calibration.calibrate import calibrate
from ...tools.errors import GhlError
from ...tools.ghl.dialect import COUNT_LIMIT, Capabilities
from ...tools.log_line import log_line
from .client import call_ghl

_logger = logging.getLogger(__name__)


def find_location(connection: Any) -> Any:
    """Return the location that tells most: the one with most contacts.

    :raise UserError: there is none
    """
    locations = connection.location_ids.filtered("is_installed")
    if not locations:
        raise UserError(
            connection.env._("Add a location first: calibration reads from one.")
        )
    return locations.sorted(lambda one: (-one.contact_count, one.id))[:1]


def calibrate_connection(connection: Any) -> None:
    """Ask the API, and store what it answered.

    :raise GhlError: it did not answer properly
    :raise UserError: there is no location to ask for
    """
    store_capabilities(connection, call_ghl(find_location(connection), calibrate))


def try_to_calibrate(connection: Any) -> None:
    """Calibrate if that is possible; if it is not, the first sync does."""
    try:
        calibrate_connection(connection)
    except (GhlError, UserError) as err:
        _logger.info(
            log_line("connection_not_calibrated", connection=connection.id, error=err)
        )


def store_capabilities(connection: Any, caps: Capabilities) -> None:
    """Keep what calibration found out."""
    # sudo: nobody but the engine writes it.
    connection.sudo().write(
        {
            "capabilities": caps.to_json(),
            "calibrated_at": fields.Datetime.now(),
            "calibration_due": not caps.complete,
            "page_limit_accepted": caps.page_limit or connection.page_limit_accepted,
        }
    )


def doubt_counts(connection: Any, before: int | None, total: int) -> None:
    """Have the counts put to the test once they reach where counts may end.

    A location that was smaller when it was calibrated told nothing of that.

    :param before: the location's total so far, None when it had none
    """
    if connection._get_capabilities().count_limit or connection.calibration_due:
        return
    has_outgrown = before is not None and before < COUNT_LIMIT < total
    if total == COUNT_LIMIT or has_outgrown:
        connection.sudo().calibration_due = True


# === IN WORDS === #


def describe(env: Any, caps: Capabilities) -> list[str]:
    """Return what was found out, as sentences."""
    sentences = [
        _describe_reading(env, caps),
        *_describe_crowds(env, caps),
        _describe_total(env, caps),
    ]
    if caps.date_filters and caps.range_format == "epoch":
        sentences.append(
            env._("Dates in filters are written as milliseconds since 1970.")
        )
    if caps.page_limit:
        sentences.append(env._("Pages of %s contacts are accepted.", caps.page_limit))
    if caps.version:
        sentences.append(
            env._(
                "It speaks API version %(version)s, not %(configured)s.",
                version=caps.version,
                configured=caps.configured_version,
            )
        )
    if caps.deleted_status:
        sentences.append(
            env._(
                "A contact that does not exist is answered with HTTP %s.",
                caps.deleted_status,
            )
        )
    if caps.rate_headers:
        names = ", ".join(caps.rate_headers)
        sentences.append(env._("It tells its limits in: %s.", names))
    else:
        sentences.append(env._("It does not tell its rate limits."))
    if not caps.complete:
        sentences.append(
            env._(
                "Not everything could be tried yet: the rest is found out by "
                "a later sync."
            )
        )
    return sentences


def _describe_reading(env: Any, caps: Capabilities) -> str:
    if caps.can_split:
        return str(env._("Contacts can be read by date, in several strands at once."))
    if not caps.filters:
        reason = env._("it refuses or ignores filters")
    elif not caps.date_filters:
        reason = env._("it cannot select contacts by date, or not exactly")
    elif not caps.exists_filters:
        reason = env._("it cannot select contacts without a date")
    else:
        reason = env._("it refuses to page through a filtered search")
    return str(env._("Contacts are read in one strand from first to last: %s.", reason))


def _describe_crowds(env: Any, caps: Capabilities) -> list[str]:
    """Return what becomes of contacts that one import brought in one instant."""
    if caps.made_up_cursors:
        text = env._("Contacts of one instant can be read in several strands too.")
    elif caps.can_split:
        text = env._(
            "Contacts of one instant are told apart by their last changes; those never "
            "changed are read in one strand."
        )
    else:
        return []
    return [str(text)]


def _describe_total(env: Any, caps: Capabilities) -> str:
    if not caps.total:
        words = env._(
            "It does not tell how many contacts there are, so that completeness "
            "cannot be proven by counting."
        )
    elif caps.count_limit:
        words = env._(
            "Its counts are exact up to %s; more are counted in parts.",
            caps.count_limit,
        )
    else:
        words = env._("Its counts are exact.")
    return str(words)

"""What an account's API really does: found out, stored, shown in words."""

import logging

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools.calibration.probe import calibrate
from ...tools.errors import GhlError
from ...tools.ghl.dialect import COUNT_LIMIT, Capabilities

_logger = logging.getLogger(__name__)


class GhlConnection(models.Model):
    _inherit = "ghl.connection"

    capabilities = fields.Json(
        readonly=True, copy=False, help="What calibration found out of the API."
    )
    calibrated_at = fields.Datetime(string="Calibrated", readonly=True, copy=False)
    calibration_due = fields.Boolean(
        readonly=True, copy=False, help="Something was not as expected: ask again."
    )
    calibration_summary = fields.Text(
        string="What This Account's API Does", compute="_compute_calibration_summary"
    )

    @api.depends("capabilities")
    def _compute_calibration_summary(self):
        for connection in self:
            sentences = connection.capabilities and connection._describe(
                connection._get_capabilities()
            )
            connection.calibration_summary = "\n".join(sentences or []) or False

    def _get_capabilities(self) -> Capabilities:
        """Return what is known of the account's API; the likely before calibration."""
        self.ensure_one()
        return Capabilities.from_json(self.sudo().capabilities)

    def action_calibrate(self):
        """Have it found out what the account's API does (form button).

        :raise UserError: when there is no location to ask for
        """
        self.ensure_one()
        self.check_access("write")
        self._check_may_ask()
        if not self._calibration_location():
            raise UserError(
                self.env._("Add a location first: calibration reads from one.")
            )
        self._order_task("calibrate")
        return self._task_ordered()

    def _calibration_location(self):
        """Return the location that tells most: the one with most contacts."""
        return self.location_ids.filtered("is_installed").sorted(
            lambda location: (-location.contact_count, location.id)
        )[:1]

    def _calibrate(self, location) -> None:
        """Ask the API, and store what it answered.

        :raise GhlError: it did not answer properly
        """
        self._store_capabilities(location._call_ghl(calibrate))

    def _calibrate_quietly(self, location) -> None:
        """Calibrate, unless that fails: then the first sync does."""
        try:
            self._calibrate(location)
        except GhlError as err:
            _logger.info("connection %s: not calibrated: %s", self.id, err)

    def _store_capabilities(self, able: Capabilities) -> None:
        self.sudo().write(
            {
                "capabilities": able.to_json(),
                "calibrated_at": fields.Datetime.now(),
                "calibration_due": not able.complete,
                "page_limit_accepted": able.page_limit or self.page_limit_accepted,
            }
        )

    def _doubt_counts(self, before: int | None, total: int) -> None:
        """Have the counts put to the test once they reach where counts may end.

        A location that was smaller when it was calibrated told nothing of that.

        :param before: the location's total so far, None when it had none
        """
        if self._get_capabilities().count_limit or self.calibration_due:
            return
        has_outgrown = before is not None and before < COUNT_LIMIT < total
        if total == COUNT_LIMIT or has_outgrown:
            self.sudo().calibration_due = True

    # === IN WORDS === #

    def _describe(self, able: Capabilities) -> list[str]:
        """Return what was found out, as sentences."""
        sentences = [
            self._describe_reading(able),
            *self._describe_ranges(able),
            self._describe_total(able),
        ]
        if able.page_limit:
            sentences.append(
                self.env._("Pages of %s contacts are accepted.", able.page_limit)
            )
        if able.version:
            sentences.append(
                self.env._(
                    "It speaks API version %(version)s, not %(configured)s.",
                    version=able.version,
                    configured=able.configured_version,
                )
            )
        if able.deleted_status:
            sentences.append(
                self.env._(
                    "A contact that does not exist is answered with HTTP %s.",
                    able.deleted_status,
                )
            )
        if able.rate_headers:
            names = ", ".join(able.rate_headers)
            sentences.append(self.env._("It tells its limits in: %s.", names))
        else:
            sentences.append(self.env._("It does not tell its rate limits."))
        if not able.complete:
            sentences.append(
                self.env._(
                    "The location has no dated contacts yet: the rest is found out by "
                    "a later sync."
                )
            )
        return sentences

    def _describe_reading(self, able: Capabilities) -> str:
        if able.can_split:
            return self.env._(
                "Contacts can be read by date, in several strands at once."
            )
        if not able.filters:
            reason = self.env._("it refuses or ignores filters")
        elif not able.date_filters:
            reason = self.env._("it cannot select contacts by date")
        elif not able.exists_filters:
            reason = self.env._("it cannot select contacts without a date")
        else:
            reason = self.env._("it refuses to page through a filtered search")
        return self.env._(
            "Contacts are read in one strand from first to last: %s.", reason
        )

    def _describe_ranges(self, able: Capabilities) -> list[str]:
        sentences = []
        if able.date_filters and able.range_format == "epoch":
            sentences.append(
                self.env._("Dates in filters are written as milliseconds since 1970.")
            )
        if not able.lower_inclusive:
            sentences.append(self.env._("A range does not include its lower bound."))
        if able.upper_inclusive:
            sentences.append(self.env._("A range includes its upper bound."))
        if able.resolution_ms != 1:
            sentences.append(self.env._("Ranges ignore milliseconds."))
        if not able.undated_listed:
            sentences.append(
                self.env._(
                    "Searches by date leave out contacts without it; they are read "
                    "separately."
                )
            )
        return sentences

    def _describe_total(self, able: Capabilities) -> str:
        if not able.total:
            return self.env._(
                "It does not tell how many contacts there are, so that completeness "
                "cannot be proven by counting."
            )
        if able.count_limit:
            return self.env._(
                "Its counts are exact up to %s; more are counted in parts.",
                able.count_limit,
            )
        return self.env._("Its counts are exact.")

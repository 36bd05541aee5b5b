"""Typed, range-checked access to the system parameters `ghl_contact_sync.*`."""

import logging
import re
import secrets

from odoo import api, models

from ... import const
from ...engine.location.writer_lock import LOCK_SPACE
from ...engine.upgrade import bring_to_rest
from ...tools.log_line import log_line
from ...tools.urls import base_url_problem, parse_origin
from ...tools.webhook.signature import KeyRing, parse_keys

_logger = logging.getLogger(__name__)


class GhlSettings(models.AbstractModel):
    """Readers always get a usable value.

    `ir.config_parameter` refuses a bad one when it is stored; one that came in past
    the ORM is replaced here, so that no sync and no request ever fails on a setting.
    """

    _name = "ghl.settings"
    _description = "GoHighLevel Settings"

    def init(self) -> None:
        """Have syncs come to rest: of the addon's models, this one is made first."""
        bring_to_rest(self.env.cr, LOCK_SPACE)

    @api.model
    def _raw(self, name: str) -> str:
        """Return what is stored under `name`, or an empty string."""
        # sudo: everybody's requests depend on settings that only administrators see.
        parameters = self.env["ir.config_parameter"].sudo()
        return (parameters.get_param(const.PARAM_PREFIX + name) or "").strip()

    @api.model
    def _int(self, name: str) -> int:
        """Return the whole number `name` of `const.SETTINGS_INT`, within its range."""
        return self._number(name, int, const.SETTINGS_INT[name])

    @api.model
    def _float(self, name: str) -> float:
        """Return the number `name` of `const.SETTINGS_FLOAT`, within its range."""
        return self._number(name, float, const.SETTINGS_FLOAT[name])

    @api.model
    def _flag(self, name: str) -> bool:
        """Return the switch `name` of `const.SETTINGS_FLAG`; what is unclear is off."""
        raw = self._raw(name)
        return raw.lower() in ("true", "1") if raw else const.SETTINGS_FLAG[name]

    @api.model
    def _number(self, name: str, kind, bounds) -> float:
        default, low, high = bounds
        raw = self._raw(name)
        if not raw:
            return default
        try:
            value = kind(raw)
        except ValueError:
            value = None
        # The comparison is false for NaN as well.
        if value is not None and low <= value <= high:
            return value
        usable = default if value is None or value != value else max(low, value)
        usable = min(high, usable)
        _logger.warning(
            log_line(
                "setting_unusable", name=f"{const.PARAM_PREFIX}{name}", taken=usable
            )
        )
        return usable

    @api.model
    def _api_base_url(self) -> str:
        """Return the address of the API, without a slash at its end.

        The vendor's own, unless an administrator named another that is safe to call
        (https, or http on this machine): a token must never leave in clear text.
        """
        url = self._raw("api_base_url")
        if not url:
            return const.DEFAULT_API_BASE_URL
        problem = base_url_problem(url)
        if problem:
            _logger.warning(log_line("api_address_unusable", problem=problem))
            return const.DEFAULT_API_BASE_URL
        return url.rstrip("/")

    @api.model
    def _app_base_url(self) -> str:
        """Return the address of the app that people work in, for links to contacts."""
        url = self._raw("app_base_url")
        usable = url and not base_url_problem(url)
        return (url if usable else const.DEFAULT_APP_BASE_URL).rstrip("/")

    @api.model
    def _api_version(self) -> str:
        """Return the value of the `Version` header."""
        return self._raw("api_version") or const.DEFAULT_API_VERSION

    @api.model
    def _allowed_origins(self) -> frozenset[str]:
        """Return the foreign origins whose pages may call the JSON API."""
        texts = re.split(r"[\s,;]+", self._raw("allowed_origins"))
        return frozenset(filter(None, map(parse_origin, filter(None, texts))))

    @api.model
    def _own_addresses(self, host_url: str | None = None) -> tuple[str, ...]:
        """Return the addresses of this Odoo: of a request, and `web.base.url`.

        :param host_url: what a request was sent to; a proxy may hide what people use
        """
        # sudo: whoever calls; it is no secret.
        known = self.env["ir.config_parameter"].sudo().get_param("web.base.url")
        return tuple(filter(None, (host_url, known)))

    @api.model
    def _webhook_keys(self) -> KeyRing:
        """Return the keys that sign webhooks: the vendor's, unless others are named."""
        return parse_keys(self._raw("webhook_public_keys") or const.WEBHOOK_PUBLIC_KEYS)

    @api.model
    def _alarm_secret(self) -> str:
        """Return what alarms are signed with, made when it is first needed."""
        known = self._raw("alarm_webhook_secret")
        if not known:
            known = secrets.token_hex(32)
            # sudo: made by whoever saves the address, or by the cron that sends.
            self.env["ir.config_parameter"].sudo().set_param(
                const.PARAM_PREFIX + "alarm_webhook_secret", known
            )
        return known

    @api.model
    def _webhook_app_ids(self) -> frozenset[str]:
        """Return the apps that send webhooks for connections without an app."""
        return frozenset(
            filter(None, re.split(r"[\s,;]+", self._raw("webhook_app_ids")))
        )

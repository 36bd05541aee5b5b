"""Bad values of our parameters are refused where they are stored, by whatever way."""

import re

from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.http import request

from ... import const
from ...engine.privacy.left_out import KEY as ERASURE_KEY
from ...engine.privacy.left_out import has_erased
from ...engine.transaction import lock_rows
from ...tools.outgoing.address import url_problem
from ...tools.urls import base_url_problem, parse_origin
from ...tools.webhook.signature import parse_keys

# Dated versions and the vendor's newer short names (“v3”).
# https://marketplace.gohighlevel.com/docs/ names the versions that are supported.
_API_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}|v\d{1,3}")


class IrConfigParameter(models.Model):
    _inherit = "ir.config_parameter"

    def write(self, vals: dict) -> bool:
        """Keep the secret by which erased persons are known as it is."""
        values = {name: vals[name] for name in ("key", "value") if name in vals}
        self.filtered(
            lambda one: any(one[name] != values[name] for name in values)
        )._check_erasure_key()
        # Some are secret.
        ours = self.filtered(lambda one: one.key.startswith(const.PARAM_PREFIX))
        if ours and "value" in vals:
            self.check_access("write")
            lock_rows(ours)
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_erasure_key(self) -> None:
        self._check_erasure_key()

    def _check_erasure_key(self) -> None:
        """Refuse to lose the secret of erased persons.

        :raise ValidationError: it is among these, and somebody was erased
        """
        if ERASURE_KEY in self.mapped("key") and has_erased(self.env):
            raise ValidationError(
                self.env._(
                    "“%s” stays as it is: erased persons are known by it, and would "
                    "come back with the next sync.",
                    ERASURE_KEY,
                )
            )

    @api.constrains("key", "value")
    def _check_ghl_value(self) -> None:
        for parameter in self:
            name = parameter.key.removeprefix(const.PARAM_PREFIX)
            value = (parameter.value or "").strip()
            if name != parameter.key and value:
                self._check_ghl_setting(name, value)

    def _check_ghl_setting(self, name: str, value: str) -> None:
        if name in const.SETTINGS_INT:
            self._check_ghl_number(name, value, int, const.SETTINGS_INT[name])
        elif name in const.SETTINGS_FLOAT:
            self._check_ghl_number(name, value, float, const.SETTINGS_FLOAT[name])
        elif name in const.SETTINGS_FLAG:
            self._check_ghl_flag(name, value)
        else:
            check = {
                "api_base_url": self._check_ghl_base_url,
                "api_version": self._check_ghl_version,
                "webhook_public_keys": self._check_ghl_keys,
                "allowed_origins": self._check_ghl_origins,
                "alarm_webhook_url": self._check_ghl_alarm_url,
            }.get(name)
            if check:
                check(value)

    def _check_ghl_number(self, name: str, value: str, kind, bounds) -> None:
        _default, low, high = bounds
        try:
            number = kind(value)
        except ValueError:
            number = None
        if number is None or not low <= number <= high:
            raise ValidationError(
                self.env._(
                    "“%(label)s” takes a number from %(low)s to %(high)s, "
                    "not %(value)s.",
                    label=self._get_ghl_label(name),
                    low=low,
                    high=high,
                    value=value[:50],
                )
            )

    def _get_ghl_label(self, name: str) -> str:
        """Return what the settings page calls the parameter `name`."""
        field_name = f"ghl_{name}"
        settings = self.env["res.config.settings"]
        if field_name not in settings._fields:
            return const.PARAM_PREFIX + name
        return settings.fields_get([field_name], ["string"])[field_name]["string"]

    def _check_ghl_base_url(self, value: str) -> None:
        problem = base_url_problem(value)
        if problem == "malformed":
            raise ValidationError(
                self.env._(
                    "The API base URL must be an absolute address such as %(example)s.",
                    example=const.DEFAULT_API_BASE_URL,
                )
            )
        if problem == "extras":
            raise ValidationError(
                self.env._(
                    "The API base URL must not hold a user name, a query or a fragment."
                )
            )
        if problem == "insecure":
            raise ValidationError(
                self.env._(
                    "The API base URL must begin with https://, as http:// would send "
                    "the token in clear text. Only addresses of this machine "
                    "(127.0.0.1, localhost) may use http://."
                )
            )

    def _check_ghl_alarm_url(self, value: str) -> None:
        if url_problem(value, self.env["ghl.settings"]._flag("alarm_webhook_private")):
            raise ValidationError(
                self.env._(
                    "The alarm address must begin with https://, without a user name "
                    "or a fragment. Only with “Private Alarm Addresses” may it begin "
                    "with http://."
                )
            )

    def _check_ghl_version(self, value: str) -> None:
        if not _API_VERSION.fullmatch(value):
            raise ValidationError(
                self.env._(
                    "The API version is a date such as %(example)s or a name "
                    "such as v3.",
                    example=const.DEFAULT_API_VERSION,
                )
            )

    def _check_ghl_origins(self, value: str) -> None:
        for text in re.split(r"[\s,;]+", value):
            if text and parse_origin(text) is None:
                raise ValidationError(
                    self.env._(
                        "“%(text)s” is no origin. Give scheme and host, such as "
                        "https://app.example.com, one per line, without a path; "
                        "wildcards are not possible.",
                        text=text[:100],
                    )
                )

        self._check_ghl_own_origin(value)

    def _check_ghl_own_origin(self, value: str) -> None:
        """Refuse this Odoo's own address in the list of foreign ones.

        :raise ValidationError: it would not help: listed pages need an API key
        """
        sent_to = request.httprequest.host_url if request else None
        addresses = self.env["ghl.settings"]._own_addresses(sent_to)
        own = set(map(parse_origin, addresses))
        for text in re.split(r"[\s,;]+", value):
            if text and parse_origin(text) in own:
                raise ValidationError(
                    self.env._(
                        "“%(text)s” is the address of this Odoo; its own pages need "
                        "not be listed. If they are refused, let the proxy in front of "
                        "Odoo pass on the address that people use (nginx: "
                        "proxy_set_header Host $host; X-Forwarded-Host with Odoo's "
                        "--proxy-mode), or set the system parameter web.base.url to "
                        "it.",
                        text=text[:100],
                    )
                )

    def _check_ghl_flag(self, name: str, value: str) -> None:
        if value not in ("True", "False"):
            raise ValidationError(
                self.env._(
                    "“%(label)s” is either True or False.",
                    label=self._get_ghl_label(name),
                )
            )

    def _check_ghl_keys(self, value: str) -> None:
        keys = parse_keys(value)
        if keys.problems or not keys.size:
            raise ValidationError(
                self.env._(
                    "The webhook public keys must be PEM blocks of Ed25519 or RSA "
                    "public keys (RSA: 2048 bits or more). %s of them cannot be read.",
                    keys.problems or 1,
                )
            )

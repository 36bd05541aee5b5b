from odoo import api, fields, models

from ... import const


class ResConfigSettings(models.TransientModel):
    """The system parameters `ghl_contact_sync.<name>` as fields `ghl_<name>`.

    Not by `config_parameter=`: that takes a stored 0 for an unset value, and here 0 is
    a meaningful answer (“never wait”, “no minimum”).
    """

    _inherit = "res.config.settings"

    # The API
    ghl_api_base_url = fields.Char(
        string="API Base URL",
        groups="base.group_system",
        help="Where the GoHighLevel API is. Begins with https://, unless it is on this "
        "machine. Leave it empty for GoHighLevel's own address.",
    )
    ghl_api_version = fields.Char(
        string="API Version", help="Sent in the Version header of every request."
    )

    # Reading
    ghl_page_limit = fields.Integer(
        string="Contacts per Request",
        help="100 to 500. Falls back to 100 by itself where GoHighLevel refuses more.",
    )
    ghl_fetch_threads = fields.Integer(
        string="Parallel Requests",
        help="How many requests of one location may be under way at once (1 to 64). "
        "The rate limits are kept whatever the number.",
    )
    ghl_delta_overlap = fields.Integer(
        string="Lookback (seconds)",
        help="How far a read of changes reaches back before the newest change known, "
        "as GoHighLevel's search lags behind its data (0 to 86,400).",
    )
    ghl_delta_interval = fields.Integer(
        string="Read Changes Every (minutes)",
        help="For new locations; each location has its own value (1 to 1,440).",
    )
    ghl_verify_interval = fields.Integer(
        string="Verify Every (hours)",
        help="For new locations; each location has its own value (1 to 8,760).",
    )

    # Smart sync
    ghl_threshold_factor = fields.Integer(
        string="Pages Ahead",
        help="A sync starts when fewer contacts are mirrored than this many times what "
        "the reader asks for (1 to 100).",
    )
    ghl_threshold_minimum = fields.Integer(
        string="Minimum Mirrored",
        help="… or fewer than this number, whichever is larger (0 to 100,000).",
    )
    ghl_threshold_ratio = fields.Float(
        string="Share Mirrored",
        help="… or less than this share of GoHighLevel's total (0 to 1).",
    )
    ghl_total_ttl = fields.Integer(
        string="Total Kept For (seconds)",
        help="How long GoHighLevel's total is believed before it is asked again "
        "(0 to 86,400; 0 asks for every page).",
    )
    ghl_page_wait = fields.Float(
        string="Wait for a Page (seconds)",
        help="How long a reader waits for a running sync to bring the page asked for "
        "(0 to 15; 0 never waits). Only a few wait at once, the others are answered "
        "with what is there.",
    )

    # Safety
    ghl_delete_brake = fields.Integer(
        string="Deletion Brake (%)",
        help="Deletions of more than this share of the mirror within a week, or of "
        "most of a location, wait for a person (1 to 100).",
    )
    ghl_delete_brake_minimum = fields.Integer(
        string="Deletions Always Allowed",
        help="The brake lets so many go in a week, unless they are most of a location "
        "(0 to 1,000,000).",
    )
    ghl_deletion_review_days = fields.Integer(
        string="Deletion Reviews (days)",
        help="How long a person may take to decide on deletions (1 to 90).",
    )
    ghl_allowed_origins = fields.Char(
        string="Allowed Origins",
        help="Web sites whose pages may call the JSON API from a browser, with scheme "
        "and host, one per line. Empty: none but this Odoo.",
    )
    ghl_order_rate_limit = fields.Integer(
        string="Sync Orders per User",
        help="How many syncs one user may order through the API in a minute "
        "(1 to 10,000).",
    )

    # Housekeeping
    ghl_deleted_retention = fields.Integer(
        string="Keep Deleted Contacts (days)",
        help="Contacts that GoHighLevel deleted are archived, and removed for good "
        "after that time (0 to 3,650; 0 keeps them for ever).",
    )
    ghl_run_retention = fields.Integer(
        string="Keep Sync Runs (days)", help="1 to 3,650."
    )
    ghl_event_retention = fields.Integer(
        string="Keep Webhook Events (days)", help="1 to 3,650."
    )
    ghl_metric_retention = fields.Integer(
        string="Keep Metrics (days)",
        help="One row for each location and day (1 to 3,650).",
    )
    ghl_stale_days = fields.Integer(
        string="Stale After (days)",
        help="A contact that GoHighLevel has not changed for so long is stale "
        "(1 to 36,500).",
    )
    ghl_webhook_replay_window = fields.Integer(
        string="Webhook Replay Window (minutes)",
        help="Webhooks signed longer ago than this are refused (5 to 10,080).",
    )

    # Webhooks
    ghl_webhook_enabled = fields.Boolean(string="Receive Webhooks")
    ghl_webhook_rsa_enabled = fields.Boolean(
        string="Accept RSA Signatures",
        help="The older X-WH-Signature, for as long as GoHighLevel sends it. An "
        "Ed25519 signature, where there is one, decides alone.",
    )
    ghl_webhook_public_keys = fields.Text(
        string="Webhook Public Keys",
        help="PEM blocks, Ed25519 and RSA, as many as are in use. Leave it empty for "
        "the keys that GoHighLevel publishes.",
    )
    ghl_webhook_app_ids = fields.Char(
        string="Webhook Apps",
        help="Ids of apps that send webhooks for locations with a private integration "
        "token. OAuth connections know their app.",
    )

    @api.model
    def get_values(self) -> dict:
        """Show what applies: what is stored, if it can be, else the default."""
        values = super().get_values()
        settings = self.env["ghl.settings"]
        values.update(
            {f"ghl_{name}": settings._int(name) for name in const.SETTINGS_INT}
        )
        values.update(
            {f"ghl_{name}": settings._float(name) for name in const.SETTINGS_FLOAT}
        )
        values.update(
            {f"ghl_{name}": settings._flag(name) for name in const.SETTINGS_FLAG}
        )
        values.update(
            ghl_webhook_public_keys=settings._raw("webhook_public_keys"),
            ghl_webhook_app_ids=settings._raw("webhook_app_ids"),
            ghl_api_version=settings._api_version(),
            ghl_allowed_origins=settings._raw("allowed_origins"),
        )
        if self.env.user.has_group("base.group_system"):
            values["ghl_api_base_url"] = settings._raw("api_base_url")
        return values

    def set_values(self) -> None:
        """Store what differs from what applies; `ir.config_parameter` checks it."""
        result = super().set_values()
        settings = self.env["ghl.settings"]
        for read, names in (
            (settings._int, const.SETTINGS_INT),
            (settings._float, const.SETTINGS_FLOAT),
        ):
            for name in names:
                value = self[f"ghl_{name}"]
                if value != read(name):
                    self._set_ghl_parameter(name, repr(value))
        for name in const.SETTINGS_FLAG:
            value = self[f"ghl_{name}"]
            if value != settings._flag(name):
                self._set_ghl_parameter(name, repr(value))
        texts = {
            "webhook_public_keys": "",
            "webhook_app_ids": "",
            "api_version": const.DEFAULT_API_VERSION,
            "allowed_origins": "",
            "api_base_url": "",
        }
        for name, default in texts.items():
            value = (self[f"ghl_{name}"] or "").strip()
            if value != (settings._raw(name) or default):
                self._set_ghl_parameter(name, value or False)
        return result

    def _set_ghl_parameter(self, name: str, value: str | bool) -> None:
        self.env["ir.config_parameter"].set_param(const.PARAM_PREFIX + name, value)

from odoo import api, fields, models

from ... import const

# Texts that only system administrators see.
_OF_SYSTEM = ("api_base_url", "alarm_webhook_url", "alarm_webhook_secret")


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
    ghl_adaptive_sync = fields.Boolean(
        string="Adapt to Changes",
        help="For new locations: one that changes often is read more often, one that "
        "does not less.",
    )
    ghl_delta_shortest = fields.Integer(
        string="Shortest Interval (minutes)",
        help="For new locations; each location has its own value (1 to 1,440).",
    )
    ghl_delta_longest = fields.Integer(
        string="Longest Interval (minutes)",
        help="For new locations; each location has its own value (1 to 10,080).",
    )
    ghl_verify_interval = fields.Integer(
        string="Verify Every (hours)",
        help="For new locations; each location has its own value (1 to 8,760).",
    )
    ghl_quiet_from = fields.Float(
        string="Quiet From",
        help="For new locations: hour of the location's own day from which it is "
        "verified best (0 to 24).",
    )
    ghl_quiet_to = fields.Float(
        string="Quiet Until",
        help="For new locations: hour at which quiet hours end; the same as their "
        "beginning: none is quiet (0 to 24).",
    )

    ghl_quota_share = fields.Integer(
        string="Share of the Day's Requests (%)",
        help="Syncs in the background send no more than this share of the requests "
        "that GoHighLevel allows in a day; what a person looks at may use the rest "
        "(1 to 100).",
    )

    ghl_audit_enabled = fields.Boolean(
        string="Read Contents Again",
        help="For new locations; each location has its own switch. Not every edit at "
        "GoHighLevel gets a new date: those are only found by reading every contact.",
    )
    ghl_audit_days = fields.Integer(
        string="Every Contact Within (days)",
        help="For new locations; each location has its own value (1 to 365).",
    )
    ghl_audit_share = fields.Integer(
        string="Share of the Quota (%)",
        help="How much of the day's requests reading contents again may take. For new "
        "locations; each location has its own value (1 to 50).",
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
        "and host, separated by spaces. Empty: none but this Odoo.",
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
    ghl_alarm_retention = fields.Integer(
        string="Keep Alarms (days)", help="After they are over (1 to 3,650)."
    )
    ghl_task_retention = fields.Integer(
        string="Keep Connection Tasks (days)", help="1 to 3,650."
    )
    ghl_refusal_retention = fields.Integer(
        string="Keep Refused Webhooks (days)",
        help="Counted by day and reason (1 to 3,650).",
    )
    ghl_change_feed = fields.Boolean(
        string="Note Changes of Contacts",
        help="Who changed a contact, when, from what to what, and what was refused.",
    )
    ghl_change_retention = fields.Integer(
        string="Keep Changes (days)", help="1 to 3,650."
    )
    ghl_change_limit = fields.Integer(
        string="Changes at Most",
        help="The oldest are forgotten beyond that (10,000 to 1,000,000,000). A "
        "million take about half a gigabyte.",
    )
    ghl_change_run_limit = fields.Integer(
        string="Changes of One Sync at Most",
        help="A sync that changes more lists the first ones (0 to 10,000,000).",
    )
    ghl_webhook_replay_window = fields.Integer(
        string="Webhook Replay Window (minutes)",
        help="Webhooks signed longer ago than this are refused (5 to 10,080).",
    )

    # Alarms
    ghl_alarm_webhook_url = fields.Char(
        string="Alarm Address",
        groups="base.group_system",
        help="Troubles are posted to it as signed JSON, when they begin and when they "
        "are over. Empty: by mail and activity only.",
    )
    ghl_alarm_webhook_secret = fields.Char(
        string="Alarm Secret",
        groups="base.group_system",
        help="The receiver checks signatures with it. Empty: one is made.",
    )
    ghl_alarm_webhook_private = fields.Boolean(
        string="Private Alarm Addresses",
        help="Allow addresses of your own network, and http:// to them.",
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
            for name in _OF_SYSTEM:
                values[f"ghl_{name}"] = settings._raw(name)
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
            **dict.fromkeys(_OF_SYSTEM, ""),
        }
        for name, default in texts.items():
            value = (self[f"ghl_{name}"] or "").strip()
            if value != (settings._raw(name) or default):
                self._set_ghl_parameter(name, value or False)
        if settings._raw("alarm_webhook_url"):
            settings._alarm_secret()
        return result

    def _set_ghl_parameter(self, name: str, value: str | bool) -> None:
        self.env["ir.config_parameter"].set_param(const.PARAM_PREFIX + name, value)

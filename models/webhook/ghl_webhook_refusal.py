"""Webhooks that were refused: how many, why, and what can be done about it.

"None received" would be wrong where GoHighLevel delivers and this server refuses: by a
clock that is wrong, by old keys, by an app that nobody named.
"""

from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.misc import formatLang

from ...tools.webhook import refusals


class GhlWebhookRefusal(models.Model):
    _name = "ghl.webhook.refusal"
    _description = "Refused GoHighLevel Webhooks"
    _order = "day desc, last_at desc"
    _rec_name = "reason"
    # Written by SQL in the request that refuses.
    _log_access = False

    day = fields.Date(readonly=True, required=True)
    reason = fields.Selection(
        [
            (refusals.SWITCHED_OFF, "Webhooks are switched off"),
            (refusals.UNSIGNED, "Not signed"),
            (refusals.BAD_SIGNATURE, "Wrong signature"),
            (refusals.NO_KEY, "No key for the signature"),
            (refusals.NO_TIMESTAMP, "No time stamp"),
            (refusals.TOO_OLD, "Too old"),
            (refusals.TOO_NEW, "Dated ahead"),
            (refusals.TOO_LARGE, "Too large"),
            (refusals.MALFORMED, "No event"),
            (refusals.UNKNOWN_APP, "Unknown app"),
            (refusals.UNKNOWN_LOCATION, "Unknown location"),
            (refusals.OTHER_DATABASE, "Meant for another database"),
        ],
        readonly=True,
        required=True,
    )
    count = fields.Integer(string="Deliveries", readonly=True)
    first_at = fields.Datetime(readonly=True)
    last_at = fields.Datetime(readonly=True)
    last_age_ms = fields.Float(readonly=True, help="How old the last one was, in ms.")
    about = fields.Char(readonly=True, help="What the last one named, if signed.")
    message = fields.Char(string="What It Means", compute="_compute_message")

    # One row for each reason and day, whatever arrives.
    _day_reason_uniq = models.Constraint(
        "UNIQUE(day, reason)", "Refusals are counted by day and reason."
    )

    @api.depends("reason", "count", "last_age_ms", "about")
    def _compute_message(self) -> None:
        for refusal in self:
            refusal.message = refusal._explain()

    @api.model
    def _add(self, refused: dict) -> None:
        """Add to the counters of today, in the current transaction.

        :param refused: {reason: `tools.webhook.refusals.Refused`}
        """
        now = fields.Datetime.now()
        for reason, one in refused.items():
            self.env.cr.execute(
                SQL(
                    """
                    INSERT INTO ghl_webhook_refusal AS r (
                        day, reason, count, first_at, last_at, last_age_ms, about)
                    VALUES (%(day)s, %(reason)s, %(count)s, %(now)s, %(now)s,
                            %(age)s, %(about)s)
                    ON CONFLICT (day, reason) DO UPDATE
                       SET count = r.count + excluded.count,
                           last_at = excluded.last_at,
                           last_age_ms = COALESCE(excluded.last_age_ms, r.last_age_ms),
                           about = COALESCE(excluded.about, r.about)
                    """,
                    day=now.date(),
                    reason=reason,
                    count=one.count,
                    now=now,
                    age=one.age_ms,
                    about=one.about,
                ),
                log_exceptions=False,
            )
        self.invalidate_model()

    @api.model
    def _recent(self, hours: int = 24, telling: bool = True) -> list[dict]:
        """Return what was refused lately, most of it first.

        :param telling: only what GoHighLevel itself has probably sent
        :return: ``[{"code", "count", "last_at", "text"}]``
        """
        since = fields.Datetime.now() - timedelta(hours=hours)
        domain = [("last_at", ">=", since)]
        if telling:
            domain.append(("reason", "in", refusals.TELLING))
        # sudo: these counters are of the server, of no company.
        rows = self.sudo().search(domain, order="count desc")
        latest: dict = {}
        for row in rows.sorted("day"):
            latest[row.reason] = row
        return [
            {
                "code": row.reason,
                "count": row.count,
                "last_at": row.last_at,
                "text": row.message,
            }
            for row in sorted(latest.values(), key=lambda row: -row.count)
        ]

    def _explain(self) -> str:
        """Return what happened and what can be done, in words."""
        many = formatLang(self.env, self.count, digits=0)
        about = self.about or self.env._("unknown")
        age = _in_words(self.env, self.last_age_ms)
        return self._sentences(many, about, age).get(self.reason) or self.reason or ""

    def _sentences(self, many: str, about: str, age: str) -> dict[str, str]:
        """Return a sentence for each reason."""
        return {
            refusals.SWITCHED_OFF: self.env._(
                "%s deliveries came while webhooks are switched off in Settings.", many
            ),
            refusals.UNSIGNED: self.env._(
                "%s requests without a signature: not from GoHighLevel.", many
            ),
            refusals.BAD_SIGNATURE: self.env._(
                "%s deliveries whose signature does not fit. If GoHighLevel sent them, "
                "it signs with new keys (put them into Settings › Webhooks), or "
                "something between it and Odoo changes the body.",
                many,
            ),
            refusals.NO_KEY: self.env._(
                "%s deliveries of a kind of signature for which Settings hold no key, "
                "or which is switched off.",
                many,
            ),
            refusals.NO_TIMESTAMP: self.env._(
                "%s signed deliveries without a time that can be read.", many
            ),
            refusals.TOO_OLD: self.env._(
                "%(many)s deliveries were signed by GoHighLevel and too old, the last "
                "one by %(age)s. Check this server's clock; or they had waited long.",
                many=many,
                age=age,
            ),
            refusals.TOO_NEW: self.env._(
                "%(many)s deliveries were signed by GoHighLevel and dated %(age)s "
                "ahead: this server's clock is behind.",
                many=many,
                age=age,
            ),
            refusals.TOO_LARGE: self.env._("%s deliveries were too large.", many),
            refusals.MALFORMED: self.env._(
                "%s signed deliveries that are no events.", many
            ),
            refusals.UNKNOWN_APP: self.env._(
                "%(many)s deliveries of an app that no connection has and Settings do "
                "not name; the last one's id is %(about)s.",
                many=many,
                about=about,
            ),
            refusals.UNKNOWN_LOCATION: self.env._(
                "%(many)s deliveries of locations that are not mirrored here; the last "
                "one was of %(about)s.",
                many=many,
                about=about,
            ),
            refusals.OTHER_DATABASE: self.env._(
                "%s deliveries were refused because the connection belongs to another "
                "database. Open it and press “This Database Has Moved” if it has.",
                many,
            ),
        }


class GhlConnection(models.Model):
    _inherit = "ghl.connection"

    webhook_refusals = fields.Text(
        string="Refused Webhooks", compute="_compute_webhook_refusals"
    )

    def _compute_webhook_refusals(self) -> None:
        found = self.env["ghl.webhook.refusal"]._recent()
        self.webhook_refusals = "\n".join(one["text"] for one in found) or False


def _in_words(env, milliseconds: float) -> str:
    seconds = abs(milliseconds or 0) / 1_000
    if seconds < 7_200:
        return env._("%s minutes", round(seconds / 60))
    if seconds < 172_800:
        return env._("%s hours", round(seconds / 3_600))
    return env._("%s days", round(seconds / 86_400))

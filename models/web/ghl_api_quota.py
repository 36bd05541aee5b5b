"""How often one user may order syncs through the API, over all workers and nodes."""

import math

from odoo import api, fields, models
from odoo.tools import SQL

from ...engine.transaction import in_own_transaction

_WINDOW = 60.0


class GhlApiQuota(models.Model):
    """One row per user: the moment at which all orders so far will have been paid.

    The generic cell rate algorithm: an order costs 60 / limit seconds, and may be made
    while less than a minute is owed. One row and one statement, whatever the limit.
    """

    _name = "ghl.api.quota"
    _description = "GoHighLevel API Quota"
    _rec_name = "user_id"
    _log_access = False

    user_id = fields.Many2one(
        "res.users", required=True, readonly=True, ondelete="cascade"
    )
    paid_at = fields.Float(required=True, readonly=True, help="Epoch seconds.")

    _user_uniq = models.Constraint("UNIQUE(user_id)", "A user has one quota.")

    @api.model
    def _take(self) -> int:
        """Count one order of the current user.

        In a transaction of its own, so that an order that fails later counts as well.

        :return: 0 when it is allowed, else the seconds after which to ask again
        """
        step = _WINDOW / self.env["ghl.settings"]._int("order_rate_limit")
        return in_own_transaction(self, lambda own: own._take_once(step), pause=0.01)

    def _take_once(self, step: float) -> int:
        # The database's clock: nodes may disagree about theirs.
        now = SQL("extract(epoch FROM clock_timestamp())")
        # More than that owed means refused; the small part is for rounding.
        ceiling = SQL("(%s + %s)", now, _WINDOW + 1e-3)
        # More than a minute is never owed: that was written by a clock that was ahead.
        owed = SQL("CASE WHEN q.paid_at <= %s THEN q.paid_at END", ceiling)
        paid = SQL("GREATEST(%s, %s) + %s", owed, now, step)
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO ghl_api_quota AS q (user_id, paid_at)
                VALUES (%(user)s, %(now)s + %(step)s)
                ON CONFLICT (user_id) DO UPDATE SET paid_at = %(paid)s
                 WHERE %(paid)s <= %(ceiling)s
                RETURNING TRUE
                """,
                user=self.env.uid,
                now=now,
                step=step,
                paid=paid,
                ceiling=ceiling,
            )
        )
        if self.env.cr.fetchone():
            return 0
        self.env.cr.execute(
            SQL(
                "SELECT %(paid)s - %(ceiling)s FROM ghl_api_quota q "
                "WHERE user_id = %(user)s",
                paid=paid,
                ceiling=ceiling,
                user=self.env.uid,
            )
        )
        return max(1, math.ceil(self.env.cr.fetchone()[0]))

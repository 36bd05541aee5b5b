"""The rate limit of orders through the API, by user, over all workers and nodes."""

import math

from odoo import api, fields, models
from odoo.tools import SQL

from ...engine.transaction import in_own_transaction

_WINDOW = 60.0


class GhlApiRateLimit(models.Model):
    """One row per user: the theoretical arrival time (TAT) of the next order.

    The generic cell rate algorithm (GCRA): an order moves the TAT on by 60 / limit
    seconds, and may be made while the TAT is less than a minute ahead. One row and one
    statement, whatever the limit.
    """

    _name = "ghl.api.rate_limit"
    _description = "GoHighLevel API Rate Limit"
    _rec_name = "user_id"
    _log_access = False

    user_id = fields.Many2one(
        "res.users", required=True, readonly=True, ondelete="cascade"
    )
    tat = fields.Float(
        "Theoretical Arrival Time", required=True, readonly=True, help="Epoch seconds."
    )

    _user_uniq = models.Constraint("UNIQUE(user_id)", "A user has one rate limit.")

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
        # An order whose new TAT is later is refused; the small part is for rounding.
        ceiling = SQL("(%s + %s)", now, _WINDOW + 1e-3)
        # A TAT later than that was written by a clock that was ahead.
        known = SQL("CASE WHEN q.tat <= %s THEN q.tat END", ceiling)
        new_tat = SQL("GREATEST(%s, %s) + %s", known, now, step)
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO ghl_api_rate_limit AS q (user_id, tat)
                VALUES (%(user)s, %(now)s + %(step)s)
                ON CONFLICT (user_id) DO UPDATE SET tat = %(new_tat)s
                 WHERE %(new_tat)s <= %(ceiling)s
                RETURNING TRUE
                """,
                user=self.env.uid,
                now=now,
                step=step,
                new_tat=new_tat,
                ceiling=ceiling,
            )
        )
        if self.env.cr.fetchone():
            return 0
        self.env.cr.execute(
            SQL(
                "SELECT %(new_tat)s - %(ceiling)s FROM ghl_api_rate_limit q "
                "WHERE user_id = %(user)s",
                new_tat=new_tat,
                ceiling=ceiling,
                user=self.env.uid,
            )
        )
        return max(1, math.ceil(self.env.cr.fetchone()[0]))

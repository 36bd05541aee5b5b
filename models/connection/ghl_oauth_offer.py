"""Tokens that wait for a person's word; see `engine.connection.offer`."""

from datetime import timedelta
from typing import Self

from odoo import api, fields, models

from ...engine.crons.cron_job import cron_job

MINUTES = 10


class GhlOauthOffer(models.Model):
    _name = "ghl.oauth.offer"
    _description = "GoHighLevel Account to Be Confirmed"
    _rec_name = "connection_id"

    connection_id = fields.Many2one(
        "ghl.connection", required=True, readonly=True, ondelete="cascade"
    )
    user_id = fields.Many2one(
        "res.users", required=True, readonly=True, ondelete="cascade"
    )
    sealed = fields.Text(
        readonly=True, exportable=False, groups="base.group_system", copy=False
    )

    @api.autovacuum
    @cron_job
    def _gc_offers(self) -> None:
        self._expired().unlink()

    def _expired(self) -> Self:
        past = fields.Datetime.now() - timedelta(minutes=MINUTES)
        return self.search([("create_date", "<", past)])

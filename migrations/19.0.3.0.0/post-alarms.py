"""Trouble is looked for every minute, and a reminder that was put away stays away."""

from odoo import SUPERUSER_ID, api

from odoo.addons.ghl_contact_sync.engine.vendor_access.recipients import responsible_for


def migrate(cr, version):
    # An interval that somebody chose stays.
    cr.execute(
        """
        UPDATE ir_cron SET interval_number = 1
         WHERE id IN (SELECT res_id FROM ir_model_data
                       WHERE module = 'ghl_contact_sync'
                         AND name = 'ir_cron_alarms')
           AND interval_number = 5 AND interval_type = 'minutes'
        """
    )
    env = api.Environment(cr, SUPERUSER_ID, {})
    told = [("closed_at", "=", False), ("notified_at", "!=", False)]
    for row in env["ghl.alarm"].search(told):
        # Everybody counts as reminded: those without a reminder have put it away.
        row.reminded_ids = responsible_for(row.connection_id, row.location_id)

"""Trouble is looked for every minute; whoever chose another interval keeps it."""


def migrate(cr, version):
    cr.execute(
        """
        UPDATE ir_cron SET interval_number = 1
         WHERE id IN (SELECT res_id FROM ir_model_data
                       WHERE module = 'ghl_contact_sync'
                         AND name = 'ir_cron_alarms')
           AND interval_number = 5 AND interval_type = 'minutes'
        """
    )

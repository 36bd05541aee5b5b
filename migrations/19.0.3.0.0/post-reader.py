"""The next run asks an account what earlier versions did not ask."""


def migrate(cr, version):
    cr.execute(
        """
        UPDATE ghl_connection SET calibration_due = TRUE
         WHERE calibrated_at IS NOT NULL
           AND NOT (capabilities::jsonb ? 'made_up_cursors')
        """
    )

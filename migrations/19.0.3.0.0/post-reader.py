"""What earlier versions did not ask of an account is asked by its next run."""


def migrate(cr, version):
    cr.execute(
        """
        UPDATE ghl_connection SET calibration_due = TRUE
         WHERE calibrated_at IS NOT NULL
           AND NOT (capabilities::jsonb ? 'made_up_cursors')
        """
    )

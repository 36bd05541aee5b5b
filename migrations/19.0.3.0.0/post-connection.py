"""Connections: what agencies ask for, and accounts that are found out about anew."""


def migrate(cr, version):
    # Agencies go on asking for an agency's scopes.
    cr.execute(
        "UPDATE ghl_connection SET install_kind = 'Company' WHERE user_type = 'Company'"
    )
    # Ranges of dates that do not select exactly were adapted; they are not used any
    # more.
    cr.execute(
        """
        UPDATE ghl_connection SET capabilities = NULL, calibrated_at = NULL
         WHERE capabilities IS NOT NULL
           AND (COALESCE(capabilities->>'resolution_ms', '1') <> '1'
                OR capabilities->>'lower_inclusive' = 'false'
                OR capabilities->>'upper_inclusive' = 'true'
                OR capabilities->>'undated_listed' = 'false')
        """
    )
    # The next run asks an account what earlier versions did not ask.
    cr.execute(
        """
        UPDATE ghl_connection SET calibration_due = TRUE
         WHERE calibrated_at IS NOT NULL
           AND NOT (capabilities::jsonb ? 'made_up_cursors')
        """
    )

"""Accounts whose ranges of dates do not select exactly are found out about anew.

Their ranges were adapted; they are not used any more.
"""


def migrate(cr, version):
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

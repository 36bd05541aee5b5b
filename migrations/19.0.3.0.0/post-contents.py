"""The contents of each contact were last read by the last full sync."""


def migrate(cr, version):
    cr.execute(
        """
        UPDATE ghl_location SET contents_at = last_full_at
         WHERE contents_at IS NULL AND last_full_at IS NOT NULL
        """
    )

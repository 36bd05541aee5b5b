"""Deletions have a table of their own: runs that are under way begin theirs anew.

What a run has seen stays; what it took for deleted is found, and confirmed, again. An
acceptance that was given to a whole run bound to no contacts, so it ends here: if as
many are gone, a person is asked once more, with their list.
"""


def migrate(cr, version):
    cr.execute(
        """
        SELECT FROM information_schema.columns
         WHERE table_name = 'ghl_sync_page' AND column_name = 'kind'
        """
    )
    if cr.rowcount:
        cr.execute("DELETE FROM ghl_sync_page WHERE kind <> 'seen'")
        cr.execute("ALTER TABLE ghl_sync_page DROP COLUMN kind")
    cr.execute("ALTER TABLE ghl_sync_run DROP COLUMN IF EXISTS brake_released")
    cr.execute(
        """
        UPDATE ghl_sync_run
           SET checkpoint = jsonb_set(checkpoint::jsonb, '{listed}', 'false')
         WHERE state IN ('queued', 'running', 'waiting')
           AND checkpoint::jsonb ? 'listed'
        """
    )
    # Older questions can be decided no more; the next verify asks again.
    cr.execute(
        """
        UPDATE ghl_sync_run
           SET error = regexp_replace(
                   error, ' If this is right.*$',
                   ' Choose “Verify” on the location: if they are still gone, you are '
                   'asked again.')
         WHERE state = 'failed' AND error_code = 'delete_brake'
        """
    )

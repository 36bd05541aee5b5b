"""Windows tell which phase of their run reads them: a run that is under way goes on."""


def migrate(cr, version):
    cr.execute(
        """
        UPDATE ghl_sync_window
           SET phase = CASE WHEN scope IN ('updated', 'recent') THEN 'delta'
                            ELSE 'sweep' END
         WHERE phase IS NULL
        """
    )

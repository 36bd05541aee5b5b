"""A page waits 15 seconds at the most; what was set to more is set to that."""


def migrate(cr, version):
    cr.execute(
        """
        UPDATE ir_config_parameter SET value = '15.0'
         WHERE key = 'ghl_contact_sync.page_wait'
           AND value ~ '^ *[0-9]+([.][0-9]*)? *$' AND value::float > 15
        """
    )

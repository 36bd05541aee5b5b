"""The rate limit of our own API has its field's name: the old table goes.

Its rows told of the last minute alone, so that nothing is lost.
"""


def migrate(cr, version):
    """Migrate from whatever version is installed."""
    # Its fields, rights, rules and constraints go along.
    cr.execute("DELETE FROM ir_model WHERE model = 'ghl.api.quota'")
    cr.execute(
        r"DELETE FROM ir_model_data WHERE module = 'ghl_contact_sync'"
        r" AND name LIKE '%ghl\_api\_quota%'"
    )
    cr.execute("DROP TABLE IF EXISTS ghl_api_quota")

"""Connections of agencies go on asking for an agency's scopes."""


def migrate(cr, version):
    cr.execute(
        "UPDATE ghl_connection SET install_kind = 'Company' WHERE user_type = 'Company'"
    )

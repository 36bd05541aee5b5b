"""Refused tokens and told trouble are kept under better names."""

from odoo.tools.sql import column_exists, rename_column

_RENAMED = (
    ("ghl_oauth_token", "dead_at", "revoked_at"),
    ("ghl_oauth_token", "dead_message", "revoked_message"),
    ("ghl_oauth_token", "told_at", "notified_at"),
    ("ghl_alarm", "told_at", "notified_at"),
)


def migrate(cr, version):
    for table, old, new in _RENAMED:
        if column_exists(cr, table, old) and not column_exists(cr, table, new):
            rename_column(cr, table, old, new)

"""The counter of rechecks of an event goes on under a better name."""

from odoo.tools.sql import column_exists, rename_column

_TABLE = "ghl_webhook_event"


def migrate(cr, version):
    """Migrate from whatever version is installed."""
    if column_exists(cr, _TABLE, "looks") and not column_exists(cr, _TABLE, "rechecks"):
        rename_column(cr, _TABLE, "looks", "rechecks")

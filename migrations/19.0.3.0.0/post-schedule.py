"""Locations whose interval somebody has chosen keep it; the others adapt."""

from odoo.tools import SQL

_USUAL = 15


def migrate(cr, version):
    """Migrate from whatever version is installed."""
    cr.execute(
        "SELECT value FROM ir_config_parameter"
        " WHERE key = 'ghl_contact_sync.delta_interval'"
    )
    row = cr.fetchone()
    usual = int(row[0]) if row and (row[0] or "").strip().isdigit() else _USUAL
    cr.execute(
        SQL(
            "UPDATE ghl_location SET adaptive_sync = FALSE"
            " WHERE delta_interval IS DISTINCT FROM %s AND next_sync_reason IS NULL",
            usual,
        )
    )
